"""Darwin Core Archives: which member is the core, how it is written, and which column is what.

https://dwc.tdwg.org/text/
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

from .import_kinds import FormatError
from .import_rows import Dialect, Source

_NAMESPACE = "{http://rs.tdwg.org/dwc/text/}"
_OCCURRENCE = "http://rs.tdwg.org/dwc/terms/Occurrence"
_MAX_META = 1 << 20
_ESCAPED = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\r\\n": "\r\n"}


@dataclass(frozen=True)
class Core:
    """The core table of an archive: its member, and the terms by position or as constants."""

    member: str
    dialect: Dialect
    columns: dict[str, int]
    constants: dict[str, str]
    width: int


def read_core(source: Source, needed: Sequence[str]) -> Core:
    """Return the core of occurrences of an archive; terms are known by their last part.

    Raises `FormatError` when there is none, or terms that are needed are missing.
    """
    member = source.find("meta.xml")
    if member is None:
        raise FormatError(f"{source.path}: has no meta.xml: not a Darwin Core Archive")
    where = f"{source.path}: {member}"
    core = _core_element(source, member, where)
    folder = member.removesuffix("meta.xml")
    location = (core.findtext(f"{_NAMESPACE}files/{_NAMESPACE}location") or "").strip()
    if folder + location not in source.members():
        raise FormatError(f"{where}: names {location!r}, which the archive does not hold")
    columns, constants = _fields(core, where)
    if missing := [name for name in needed if name not in columns and name not in constants]:
        raise FormatError(f"{where}: is no GBIF download of occurrences: missing: {missing}")
    width = 1 + max(columns.values(), default=0)
    return Core(folder + location, _dialect(core, where), columns, constants, width)


def _core_element(source: Source, member: str, where: str) -> ET.Element:
    with source.open(member, lambda _: None) as file:
        content = file.read(_MAX_META + 1)
    if len(content) > _MAX_META or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise FormatError(f"{where}: is too large, or declares entities: not one of GBIF")
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise FormatError(f"{where}: is not XML: {error}") from None
    core = root.find(f"{_NAMESPACE}core")
    if core is None or core.get("rowType") != _OCCURRENCE:
        found = "none" if core is None else core.get("rowType")
        raise FormatError(f"{where}: its core is {found}: needed is {_OCCURRENCE}")
    return core


def _fields(core: ET.Element, where: str) -> tuple[dict[str, int], dict[str, str]]:
    columns: dict[str, int] = {}
    constants: dict[str, str] = {}
    for field in core.findall(f"{_NAMESPACE}field"):
        name = (field.get("term") or "").rpartition("/")[2]
        index = field.get("index")
        if index is None:
            constants[name] = field.get("default") or ""
        elif index.isascii() and index.isdecimal() and len(index) < 5:
            columns[name] = int(index)
        else:
            raise FormatError(f"{where}: index {index[:20]!r} is not a number")
    return columns, constants


def _dialect(core: ET.Element, where: str) -> Dialect:
    def told(name: str, default: str) -> str:
        value = core.get(name, default)
        return _ESCAPED.get(value, value)

    separator, quote = told("fieldsTerminatedBy", ","), told("fieldsEnclosedBy", '"')
    encoding, skip = told("encoding", "UTF-8").lower(), told("ignoreHeaderLines", "0")
    if len(separator) != 1 or len(quote) > 1 or encoding not in ("utf-8", "utf8"):
        raise FormatError(
            f"{where}: cells must be parted by one character, quoted by one or none, in UTF-8"
        )
    if not (skip.isascii() and skip.isdecimal() and len(skip) < 4):
        raise FormatError(f"{where}: ignoreHeaderLines {skip[:20]!r} is not a number")
    return Dialect(separator, quote, "utf-8", None, int(skip))
