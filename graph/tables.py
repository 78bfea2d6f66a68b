"""Read the tables of facts into typed rows, or say what is wrong with them and where.

A table is a UTF-8 file of tab-separated cells without quotes: a header line, then one row a line,
sorted by its key columns (numbers inside them by value). An empty cell means: not stated.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from rdflib import URIRef

from .terms import DOCUMENT, Triple, document_of, named

R = TypeVar("R", bound="Row")


def check_date(text: str) -> str:
    """Return a date as exact as it is known; raise `ValueError` when it is none."""
    try:
        datetime.date.fromisoformat((text + "-01-01")[:10] if len(text) < 10 else text)
    except ValueError:
        raise ValueError("write a date as 2028, 2028-02 or 2026-09-15") from None
    return text


def _year(text: str) -> str:
    if not re.fullmatch(r"\d{4}", text):
        raise ValueError("write a year as 2028")
    return text


def _slug(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9./-]*", text) or ".." in text:
        raise ValueError("write an id with letters of A to Z, digits, and . / - inside")
    return text


def _title(text: str) -> str:
    if not 5 <= len(text.split()) <= 12:
        raise ValueError("write a title of 5 to 12 words")
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", text):
        raise ValueError("write an address that starts with http:// or https://, without blanks")
    return text


Slug = Annotated[str, AfterValidator(_slug)]
Address = Annotated[str, AfterValidator(_address)]
Title = Annotated[str, AfterValidator(_title)]
Text = Annotated[str, StringConstraints(min_length=1)]
PartialDate = Annotated[str, AfterValidator(check_date)]
Year = Annotated[str, AfterValidator(_year)]


@dataclass(frozen=True)
class Refers:
    """Marks a column whose cells name rows of other tables.

    With one kind the cell is the bare id ("altai"); with several it is "kind/id" ("treaty/cms").
    """

    kinds: tuple[str, ...]

    def split(self, cell: str) -> tuple[str, str]:
        """Return the kind and the id that a cell names."""
        if len(self.kinds) == 1:
            return self.kinds[0], cell
        kind, _, slug = cell.partition("/")
        return kind, slug


class Row(BaseModel):
    """One line of one table; a subclass for each table names its file, key and origin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: ClassVar[str]
    kind: ClassVar[str] = ""  # the kind of thing whose slug is the id column; "" for relations
    key: ClassVar[int] = 1  # how many leading columns identify a row
    origin: ClassVar[str] = DOCUMENT  # the graph that its triples belong to
    part_of: ClassVar[str] = ""  # the column whose id says which programme a row is of, if one does

    def where(self) -> str:
        """Return the origin of this row: the name of the graph that its triples belong to."""
        return document_of(getattr(self, self.part_of)) if self.part_of else self.origin

    def triples(self) -> Iterator[Triple]:
        """Yield what this row says."""
        raise NotImplementedError


class Link(Row):
    """A row that says one triple: its two columns, linked by `predicate`."""

    key: ClassVar[int] = 2
    predicate: ClassVar[URIRef]

    def triples(self) -> Iterator[Triple]:
        """Yield the link between the things that the columns name."""
        subject, target = (
            named("/".join(refers.split(getattr(self, column))))
            for column, refers in _references(type(self))
        )
        yield subject, self.predicate, target


@dataclass(frozen=True)
class Problem:
    """One fault of a table: where it is, and what to do about it."""

    file: str
    line: int
    column: str
    what: str

    def __str__(self) -> str:
        column = f" column {self.column!r}:" if self.column else ""
        return f"{self.file}:{self.line}:{column} {self.what}"


class TableError(Exception):
    """The tables cannot be used; `problems` says why, one entry a fault."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key in which numbers inside a text count by value: 1.2 before 1.10."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"[0-9]+|[^0-9]+", text)
    ]


def read(row_type: type[R], folder: Path) -> list[R]:
    """Return the rows of one table, in file order.

    Raises `TableError` with every fault of the file: encoding, header, cell count, blanks, foreign
    letters, values that do not fit their column, order and repeated keys.
    """
    name = f"{row_type.table}.tsv"
    try:
        text = (folder / name).read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise TableError([Problem(name, 1, "", f"is missing from {folder}")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TableError([Problem(name, line, "", "is not UTF-8: save it as UTF-8")]) from None
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        raise TableError([Problem(name, line, "", "ends with CR LF: save it with LF line ends")])
    lines = text.split("\n")
    columns = list(row_type.model_fields)
    if lines[0].split("\t") != columns:
        wanted = " <tab> ".join(columns)
        raise TableError([Problem(name, 1, "", f"the header must be: {wanted}")])
    if lines[-1]:
        raise TableError([Problem(name, len(lines), "", "must end with one line feed")])
    problems: list[Problem] = []
    rows: list[R] = []
    for number, line in enumerate(lines[1:-1], 2):
        row = _row(row_type, columns, line, name, number, problems)
        if row:
            rows.append(row)
    problems += _order(row_type, lines[1:-1], name)
    if problems:
        raise TableError(problems)
    return rows


def _row(
    row_type: type[R], columns: list[str], line: str, name: str, number: int, out: list[Problem]
) -> R | None:
    cells = line.split("\t")
    if len(cells) != len(columns):
        out.append(
            Problem(name, number, "", f"has {len(cells)} cells, the header has {len(columns)}")
        )
        return None
    return typed_row(row_type, dict(zip(columns, cells, strict=True)), name, number, out)


def typed_row(
    row_type: type[R], cells: Mapping[str, str], name: str, number: int, out: list[Problem]
) -> R | None:
    """Return the row that some cells say, or None and its faults in `out`."""
    before = len(out)
    for column, cell in cells.items():
        out.extend(Problem(name, number, column, fault) for fault in _faults(cell, row_type))
    if len(out) > before:
        return None
    try:
        return row_type.model_validate({column: cell or None for column, cell in cells.items()})
    except ValidationError as error:
        for detail in error.errors():
            value = detail["input"]
            message = detail["msg"].removeprefix("Value error, ")
            said = "is empty: fill it in" if value is None else f"{value!r}: {message}"
            out.append(Problem(name, number, str(detail["loc"][0]), said))
        return None


def _faults(cell: str, row_type: type[Row]) -> Iterator[str]:
    if cell != cell.strip() or "  " in cell or "\r" in cell or "\xa0" in cell:
        yield f"{cell!r} has stray blanks: remove them"
    if cell.isascii():  # Latin letters alone, in one form
        return
    if cell != unicodedata.normalize("NFC", cell):
        yield f"{cell!r} is not in Unicode normal form C: type it anew"
    if row_type.table != "anomalies":  # which quotes such slips
        for word in re.findall(r"\w+", cell):
            scripts = {unicodedata.name(c, "?").split()[0] for c in word if c.isalpha()}
            if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK"}:
                yield f"{word!r} mixes Latin with look-alike letters: type it anew"


def _order(row_type: type[Row], lines: list[str], name: str) -> Iterator[Problem]:
    previous: list[list[tuple[int, int, str]]] | None = None
    for number, line in enumerate(lines, 2):
        key = [natural(cell) for cell in line.split("\t")[: row_type.key]]
        shown = " ".join(line.split("\t")[: row_type.key])
        if previous is not None and key == previous:
            yield Problem(name, number, "", f"repeats the key {shown!r}: keep one of the two rows")
        elif previous is not None and key < previous:
            yield Problem(name, number, "", f"{shown!r} is out of order: sort rows by their key")
        previous = key


def check_references(tables: dict[type[Row], list[Row]]) -> None:
    """Raise `TableError` for each cell that names a row which no table has."""
    known = known_ids(tables)
    problems = [
        problem
        for rows in tables.values()
        for number, row in enumerate(rows, 2)
        for problem in broken_links(row, number, known)
    ]
    if problems:
        raise TableError(problems)


def known_ids(tables: Mapping[type[Row], Sequence[Row]]) -> dict[str, set[str]]:
    """Return the ids that the tables list, by kind of thing."""
    known: dict[str, set[str]] = {}
    for row_type, rows in tables.items():
        if row_type.kind:
            known.setdefault(row_type.kind, set()).update(str(row.id) for row in rows)  # type: ignore[attr-defined]
    return known


def broken_links(row: Row, number: int, known: Mapping[str, set[str]]) -> Iterator[Problem]:
    """Yield a problem for each cell of a row, on line `number`, that names a row of no table."""
    for column, refers in _references(type(row)):
        yield from _dangling(type(row), column, refers, getattr(row, column), number, known)


def _references(row_type: type[Row]) -> Iterator[tuple[str, Refers]]:
    for column, info in row_type.model_fields.items():
        for mark in info.metadata:
            if isinstance(mark, Refers):
                yield column, mark


def _dangling(
    row_type: type[Row],
    column: str,
    refers: Refers,
    cell: str | None,
    number: int,
    known: Mapping[str, set[str]],
) -> Iterator[Problem]:
    if cell is None:
        return
    kind, slug = refers.split(cell)
    if kind not in refers.kinds or slug not in known.get(kind, set()):
        kinds = " or ".join(refers.kinds)
        what = f"{cell!r} is no {kind if kind in refers.kinds else kinds} that a table lists"
        yield Problem(f"{row_type.table}.tsv", number, column, f"{what}: correct it or add its row")
