"""Recognise an official document and read it as text; the records that it is split into.

Nothing here knows the graph or its tables. A document is a text whose table cells each start on a
new line after a tab (or, in the text of 2014, stand on one line between tabs), or a .docx.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

COP15 = "cop15-cami-document"
RESOLUTION = "resolution-11.24-2014"

# The headings by which a document is recognised, in their printed order.
KNOWN: dict[str, tuple[str, ...]] = {
    COP15: (
        "COP14 also adopted the following Decisions",
        "Text from Existing Resolution",
        "Annex to Resolution 11.24 (Rev.COP13)",
        "Table 1. Species covered",
        "CAMI WORK PROGRAMME 2026\u20132032",
        "Activities to be implemented by 2032",
        "Annex to CAMI WP",
        "ANNEX 2",
    ),
    RESOLUTION: (
        "UNEP/CMS/Resolution 11.24",
        "Annex to Resolution 11.24",
        "II. Taxonomic and geographical scope",
        "III. Vision, Goal and Objectives of the POW",
        "IV. Structure of a draft POW",
        "Table 1: Programme of Work",
    ),
}
TITLES = {
    COP15: "the document on CAMI before COP15, with the Work Programme 2026-2032",
    RESOLUTION: "Resolution 11.24 of 2014, with the Programme of Work 2014-2020",
}

_NOTE = re.compile(r"\[footnoteRef:\d+\](?:\s?\[\d+:.*?\])?|\[bookmark:[^\]]*\]", re.DOTALL)


class PaperError(Exception):
    """A document cannot be audited; the message says why, and what would do."""


class DocxMissing(PaperError):
    """The library that reads .docx is not installed."""


@dataclass(frozen=True)
class Activity:
    """A row of a programme with its cells as printed; what the document has no cell for is empty."""

    number: str
    text: str
    responsible: str
    indicator: str
    priority: str
    related: str = ""


@dataclass(frozen=True)
class Section:
    """The heading of a section, with what it lists for a region; all as printed."""

    number: str
    title: str
    states: tuple[str, ...] = ()
    ordinal: str = ""
    species: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Species:
    """A species in a list or table: its place, its names as printed, and the stated Appendices."""

    position: int
    common_name: str
    scientific_name: str
    appendices: tuple[str, ...]


@dataclass(frozen=True)
class Amendment:
    """A row of the table of amendments: its place, the paragraph, the reason, the new text."""

    row: int
    existing: str
    commentary: str
    clean: str


@dataclass(frozen=True)
class Lettered:
    """A numbered provision or decision with the letters of its items, or an area with its States.

    For a landscape `number` is its letter and `items` are its States; for a paragraph of the
    resolution `title` is its operative verb.
    """

    number: str
    title: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A document as records. What a document does not have is empty."""

    name: str
    activities: tuple[Activity, ...]
    sections: tuple[Section, ...]
    species: tuple[Species, ...]
    range_states: tuple[str, ...]
    regions: tuple[tuple[str, str], ...] = ()  # number and name, in the list of regions
    instruments: tuple[tuple[str, ...], ...] = ()  # of the programme, in each place that lists them
    amendments: tuple[Amendment, ...] = ()
    decisions: tuple[Lettered, ...] = ()
    landscapes: tuple[Lettered, ...] = ()
    paragraphs: tuple[Lettered, ...] = ()
    objectives: tuple[str, ...] = ()


def read_text(path: Path) -> str:
    """Return the text of a document, cells marked by tabs, without footnotes and bookmarks.

    Raises `PaperError` when the file cannot be read or is neither text nor .docx, `DocxMissing`
    when it is a .docx and the library for it is not installed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PaperError(f"{path}: {error.strerror or error}") from None
    if content.startswith(b"PK"):
        text = _docx(path, one_line=False)
        if not missing_headings(text)[RESOLUTION]:
            text = _docx(path, one_line=True)
    else:
        text = _decode(path, content)
    text = _NOTE.sub("", text.replace("\r\n", "\n").replace("\u00a0", " ").replace("\f", "\n"))
    if not text.strip():
        raise PaperError(f"{path}: is empty; {_known()}")
    return text


def _decode(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise PaperError(f"{path}: is neither UTF-8 text nor .docx; {_known()}")
    return text


def _docx(path: Path, one_line: bool) -> str:
    try:
        import docx
        from docx.opc.exceptions import OpcError
        from docx.table import Table
    except ImportError:
        raise DocxMissing(
            f"{path}: to read .docx, install the extra: pip install 'cami[audit]'"
        ) from None
    try:
        blocks = list(docx.Document(str(path)).iter_inner_content())
    except (KeyError, ValueError, zipfile.BadZipFile, OpcError) as error:
        raise PaperError(f"{path}: is not a .docx that can be opened: {error}") from None
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                texts = _merged_once((cell.text, cell.grid_span) for cell in row.cells)
                lines += _row(list(texts), one_line)
        else:
            lines.append(block.text)
    return "\n".join(lines)


def _merged_once(cells: Iterable[tuple[str, int]]) -> Iterator[str]:
    """Yield the texts of a row, that of a cell over several columns once."""
    covered = 0
    for text, columns in cells:
        if not covered:
            yield text
            covered = columns
        covered -= 1


def _row(cells: list[str], one_line: bool) -> list[str]:
    if one_line:
        return ["\t".join(" ".join(cell.split("\n")) for cell in cells)]
    return [*("\t" + cell for cell in cells), ""]


def missing_headings(text: str) -> dict[str, list[str]]:
    """Return, for each document that the audit knows, which of its headings a text does not have.

    A heading counts where a line starts with it, after blanks and a number of a paragraph.
    """
    return {
        name: [heading for heading in headings if not _at_line(heading).search(text)]
        for name, headings in KNOWN.items()
    }


def _at_line(heading: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in heading.split())
    return re.compile(rf"^[\t ]*(?:\d+\. )?{words}", re.MULTILINE)


def recognise(text: str) -> str:
    """Return the name of the document that a text is.

    Raises `PaperError` when it is none that the audit knows; the message names the documents that
    it knows and the headings that the nearest one lacks.
    """
    missing = missing_headings(text)
    for name, headings in missing.items():
        if not headings:
            return name
    nearest = min(missing, key=lambda name: len(missing[name]) / len(KNOWN[name]))
    lacking = ", ".join(f"'{heading}'" for heading in missing[nearest])
    raise PaperError(
        f"is none of the documents that the audit knows; {_known()}; "
        f"to be {nearest} it lacks the headings {lacking}"
    )


def _known() -> str:
    return "it knows " + " and ".join(f"{name} ({title})" for name, title in TITLES.items())


def between(text: str, start: str, end: str) -> str:
    """Return the part of a text from one heading to the next; headings start a line.

    Raises `PaperError` when either is missing.
    """
    first = _at_line(start).search(text)
    stop = _at_line(end).search(text, first.end()) if first else None
    if first and stop:
        return text[first.start() : stop.start()]
    raise PaperError(f"the part from '{start}' to '{end}' is missing")


def cells_of(text: str) -> list[str]:
    """Return the table cells of a text: each starts on a new line after a tab."""
    return [cell.strip() for cell in ("\n" + text).split("\n\t")[1:]]


def parts_after(text: str, starts: Sequence[re.Match[str]]) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each of some matches in a text with what follows it, up to the next."""
    for match, following in zip(starts, [*starts[1:], None], strict=False):
        yield match, text[match.end() : following.start() if following else len(text)]


def letters(text: str) -> list[str]:
    """Return the letters of the items in a text, in order; unlettered bullets count from 1."""
    found = re.findall(r"(?:^|(?<=[\s:,;.]))([a-z])\)(?=\s|$)", text, re.MULTILINE)
    bullets = re.findall(r"^\s*· ", text, re.MULTILINE)
    return list(dict.fromkeys(found)) + [str(n) for n in range(1, len(bullets) + 1)]


def verb(paragraph: str) -> str:
    """Return the operative verb of a paragraph in small letters, with a second one after `and`."""
    first = re.match(r"((?:Further |Also )?\w+(?: upon| note)?)", paragraph)
    second = re.search(r"\band ((?:endorses|urges|invites|instructs|requests))\b", paragraph)
    return " and ".join(one[1].casefold() for one in (first, second) if one)


def split_states(text: str) -> Iterator[str]:
    """Yield the names in a list of States, without articles and additions such as 'areas of'."""
    for part in re.split(r",| and (?=[A-Z]|the )", " ".join(text.split())):
        name = part.strip(" .").removeprefix("and ").removeprefix("the ")
        name = re.sub(r"^small areas of ", "", name)
        if name:
            yield name
