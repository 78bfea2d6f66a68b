"""N-Triples written straight as text: terms escaped, values checked, nothing kept in memory.

https://www.w3.org/TR/n-triples/
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from ..ontology import BASE, CAMI, DCTERMS, DWC, ID, PREFIXES, TCS

RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_XSD = PREFIXES["xsd"]
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACE = re.compile(r"\s+")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)


class RowError(Exception):
    """A row that cannot be used; the message names the column and what is wrong with it."""


def dcterms(name: str) -> str:
    """Return a term of Dublin Core as N-Triples has it."""
    return f"<{DCTERMS}{name}>"


def dwc(name: str) -> str:
    """Return a term of Darwin Core as N-Triples has it."""
    return f"<{DWC}{name}>"


def tcs(name: str) -> str:
    """Return a term of the Taxon Concept Standard as N-Triples has it."""
    return f"<{TCS}{name}>"


def cami(name: str) -> str:
    """Return a term of ours as N-Triples has it."""
    return f"<{CAMI}{name}>"


def column(kind: str, name: str) -> str:
    """Return the property that a column of an export is, where no vocabulary has a term for it.

    As in https://www.w3.org/TR/csv2rdf/: the address of the kind of table, and the column's name.
    """
    return f"<{BASE}import/{kind}#{name}>"


def iri(kind: str, slug: str) -> str:
    """Return the IRI of a thing of ours as N-Triples has it."""
    return f"<{ID}{kind}/{slug}>"


def lines(subject: str, parts: Iterable[str]) -> str:
    """Return each statement about a subject as a line, once."""
    return "".join(f"{subject} {part} .\n" for part in dict.fromkeys(parts))


def text(value: str, column: str) -> str:
    """Return a plain literal. Raises `RowError` for characters that RDF/XML cannot hold."""
    if _CONTROL.search(value):
        raise RowError(f"{column}: holds a control character")
    return f'"{value.translate(_ESCAPES)}"'


def typed(value: str, datatype: str) -> str:
    """Return a literal of a datatype of XML Schema, for a value that was checked."""
    return f'"{value}"^^<{_XSD}{datatype}>'


def plain(value: str) -> str:
    """Return a text with its runs of white space made one space."""
    return _SPACE.sub(" ", value).strip()


def date(value: str, column: str) -> str:
    """Return the day with which a value begins as `xsd:date`. Raises `RowError`."""
    if not (found := _DATE.match(value)):
        raise RowError(f"{column}: {value[:40]!r} does not begin with a day such as 2020-03-13")
    return typed(found[0], "date")


def year(value: str, column: str) -> str:
    """Return a year as `xsd:gYear`. Raises `RowError`."""
    if not _YEAR.fullmatch(value):
        raise RowError(f"{column}: {value[:40]!r} is not a year")
    return typed(value, "gYear")


def number(value: str, column: str, limit: int = 0) -> str:
    """Return a number as `xsd:decimal`, between minus and plus the limit if there is one.

    Raises `RowError`.
    """
    if not _NUMBER.fullmatch(value):
        raise RowError(f"{column}: {value[:40]!r} is not a number")
    if limit and not -limit <= float(value) <= limit:
        raise RowError(f"{column}: {value[:40]} is not between -{limit} and {limit}")
    return typed(f"{Decimal(value):f}" if "e" in value.lower() else value, "decimal")


def digits(value: str, column: str) -> str:
    """Return an identifier that has to be a whole number. Raises `RowError`."""
    if not (value.isascii() and value.isdecimal() and len(value) < 20):
        raise RowError(f"{column}: {value[:40]!r} is not a whole number")
    return value
