"""Read one table that a user gives: our columns, from a spreadsheet or by hand.

Order of rows and columns, line ends and a byte order mark do not matter here, as they do in the
tables of the project: what a spreadsheet writes is read as it is meant.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from rdflib import URIRef

from .dataset import TABLES
from .records import RECORDS
from .tables import Problem, Row, TableError, broken_links, known_ids, typed_row

GIVEN: tuple[type[Row], ...] = (*TABLES, *RECORDS)
_BY_NAME = {row_type.table: row_type for row_type in GIVEN}


@dataclass(frozen=True)
class GivenRow:
    """A row of a user's table, the line it starts on, and its cells as written."""

    line: int
    row: Row
    cells: Mapping[str, str]


@dataclass(frozen=True)
class GivenTable:
    """A user's table: the rows that could be read, and the faults of the others."""

    name: str
    row_type: type[Row]
    header: tuple[str, ...]
    rows: tuple[GivenRow, ...]
    problems: tuple[Problem, ...]


def read_given(name: str, text: str) -> GivenTable:
    """Return the table that a text holds, which is tab-separated unless its name ends in .csv.

    Faults of single rows are in its `problems`. Raises `TableError` when the text is no table of
    ours: the header does not fit, or there is no row.
    """
    lines = _split(name, text.removeprefix("\ufeff"))
    header = tuple(lines[0][1]) if lines else ()
    row_type = recognise(name, header)
    rows: list[GivenRow] = []
    problems: list[Problem] = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            what = f"has {len(cells)} cells, the header has {len(header)}"
            problems.append(Problem(name, number, "", what))
            continue
        named = dict.fromkeys(row_type.model_fields, "") | dict(zip(header, cells, strict=True))
        row = typed_row(row_type, named, name, number, problems)
        if row and _says(row, name, number, problems):
            rows.append(GivenRow(number, row, named))
    if len(lines) < 2:
        raise TableError([Problem(name, 1, "", "holds no row below the header")])
    problems += _repeated(name, row_type, rows)
    return GivenTable(name, row_type, header, tuple(rows), tuple(problems))


def _says(row: Row, name: str, number: int, out: list[Problem]) -> bool:
    """Return whether a row gives triples: it names a programme of the graph, and its ids make IRIs."""
    try:
        row.where()
        terms = {term for triple in row.triples() for term in triple}
    except KeyError as error:
        out.append(Problem(name, number, row.part_of, f"{error} is no programme of this graph"))
        return False
    broken = [iri for iri in terms if isinstance(iri, URIRef) and _NOT_IN_IRI.search(iri)]
    if broken:
        cells = ((column, getattr(row, column)) for column in type(row).model_fields)
        column = next((c for c, cell in cells if cell and broken[0].endswith(str(cell))), "")
        what = f"{broken[0]!s} is no IRI: write ids with letters, digits, and . / - inside"
        out.append(Problem(name, number, column, what))
    return not broken


_NOT_IN_IRI = re.compile(r"""[\x00-\x20<>"{}|\\^`]""")


def _split(name: str, text: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that is not blank, with the line on which it starts."""
    first = text.split("\n", 1)[0]
    if PurePath(name).suffix.lower() == ".csv":
        mark = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    else:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    found: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            if any(cells):
                found.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise TableError([Problem(name, reader.line_num, "", f"is not CSV: {error}")]) from None
    return found


def recognise(name: str, header: Sequence[str]) -> type[Row]:
    """Return the kind of table that a file name, or else a header, tells.

    Raises `TableError` when neither does, or when the header has columns too many or too few.
    """
    by_name = _BY_NAME.get(PurePath(name).stem)
    fitting = [one for one in GIVEN if set(header) == set(one.model_fields)]
    if by_name is None and len(fitting) == 1:
        return fitting[0]
    if by_name is None:
        names = " or ".join(one.table for one in fitting)
        what = f"could be {names}: name the file so" if fitting else _unknown(header)
        raise TableError([Problem(name, 1, "", what)])
    wanted = set(by_name.model_fields)
    needed = {column for column, info in by_name.model_fields.items() if _required(info.annotation)}
    for column in header:
        if column not in wanted or header.count(column) > 1:
            what = f"is no column of {by_name.table}, or is there twice: the columns are "
            raise TableError([Problem(name, 1, column, what + ", ".join(by_name.model_fields))])
    if missing := sorted(needed - set(header)):
        raise TableError([Problem(name, 1, missing[0], "is missing from the header: add it")])
    return by_name


def _required(annotation: object) -> bool:
    return type(None) not in getattr(annotation, "__args__", ())


def _unknown(header: Sequence[str]) -> str:
    shown = ", ".join(header)[:80] or "nothing"
    return f"the header ({shown}) is that of no table: 'cami template' lists some that are"


def _repeated(name: str, row_type: type[Row], rows: Sequence[GivenRow]) -> list[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    problems: list[Problem] = []
    for given in rows:
        key = key_of(given.row)
        if key in seen:
            what = f"repeats the key {' '.join(key)!r} of line {seen[key]}: keep one of the two"
            problems.append(Problem(name, given.line, "", what))
        seen.setdefault(key, given.line)
    return problems


def key_of(row: Row) -> tuple[str, ...]:
    """Return what identifies a row in its table."""
    columns = list(type(row).model_fields)[: type(row).key]
    return tuple(str(getattr(row, column) or "") for column in columns)


def merged(
    shipped: Mapping[type[Row], Sequence[Row]], given: Sequence[GivenTable]
) -> dict[type[Row], list[Row]]:
    """Return the shipped tables with the given rows in them; a given row replaces its namesake."""
    tables = {row_type: list(rows) for row_type, rows in shipped.items()}
    for table in given:
        new = {key_of(one.row): one.row for one in table.rows}
        kept = [row for row in tables.get(table.row_type, []) if key_of(row) not in new]
        tables[table.row_type] = [*kept, *new.values()]
    return tables


def given_links(
    tables: Mapping[type[Row], Sequence[Row]], given: Sequence[GivenTable]
) -> list[Problem]:
    """Return a problem for each cell of given tables that names no row of `tables`."""
    known = known_ids(tables)
    return [
        replace(problem, file=table.name)
        for table in given
        for one in table.rows
        for problem in broken_links(one.row, one.line, known)
    ]
