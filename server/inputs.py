"""What users give to be validated: RDF, tables of ours, folders of both, standard input."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.term import Node

from ..graph import GivenRow, GivenTable, TableError, read_given
from .findings import Finding
from .places import Places, places
from .positions import Place
from .sources import ENGINE, RDFLIB, SUFFIXES, RdfError, parse, to_rdflib

TABULAR = {".tsv": "tsv", ".csv": "csv"}
INPUT_FORMATS = (*ENGINE, *RDFLIB, "tsv", "csv")
_AMBIGUOUS = {".json", ".xml"}  # in a folder, such a file is most often something else


class InputError(Exception):
    """An input cannot be used; the message says which, where and why, in one line."""

    def __init__(self, message: str, line: int = 0, column: int = 0):
        self.line, self.column = line, column
        super().__init__(message)


@dataclass
class Given:
    """One input that was read: its triples, and where each of them stands."""

    name: str
    graph: rdflib.Graph
    text: str = ""
    form: str = ""
    quads: Sequence[ox.Quad] = ()
    table: GivenTable | None = None
    _places: Places | None = field(default=None, repr=False)

    def subjects(self) -> set[Node]:
        """Return what this input says something about."""
        return set(self.graph.subjects())

    def place(self, focus: str, path: str, value: str) -> tuple[Place, str] | None:
        """Return the place of what is said about a node, and the column if this is a table."""
        if self.table:
            return self._row_place(self.table, focus, path, value)
        found = self._found().find(focus, path, value)
        return (found, "") if found else None

    def mention(self, focus: str, value: str) -> tuple[Place, str] | None:
        """Return where this input names a node of elsewhere, or a value, as object or property."""
        if self.table:
            named = {focus, value} - {""}
            for given in self.table.rows:
                said = {term.n3() for triple in given.row.triples() for term in triple[1:]}
                if named & said:
                    return Place(given.line, 1), ""
            return None
        found = self._found().mention(focus, value)
        return (found, "") if found else None

    def _row_place(
        self, table: GivenTable, focus: str, path: str, value: str
    ) -> tuple[Place, str] | None:
        """Return the row about a node, and the column whose cell became the value of a property."""
        about = [
            (given, triple)
            for given in table.rows
            for triple in given.row.triples()
            if triple[0].n3() == focus
        ]
        stated = [(given, t) for given, t in about if t[1].n3() == path]
        exact = [(given, t) for given, t in stated if t[2].n3() == value]
        if value and not path:  # a path of several steps, or a rule of several properties
            rows = {one.line: one for one, _ in about}.values()
            said = [(given, t) for given in rows for t in given.row.triples()]
            stated = [(given, t) for given, t in said if t[2].n3() == value]
            path = stated[0][1][1].n3() if stated else ""
        for given, triple in (*exact, *stated, *about):
            cell = _cell(given, str(triple[2]), path)
            if cell:
                return Place(given.line, self.column(given.line, cell)), cell
        return (Place(about[0][0].line, 1), "") if about else None

    def column(self, line: int, cell: str) -> int:
        """Return where the cell of a column starts in a line of this table; 0 when unknown."""
        header = self.table.header if self.table else ()
        lines = self.text.splitlines()
        if cell not in header or line > len(lines) or '"' in lines[line - 1]:
            return 0
        mark = "\t" if self.form == "tsv" else max(",;\t", key=lines[0].count)
        before = lines[line - 1].split(mark)[: header.index(cell)]
        return sum(len(one) + 1 for one in before) + 1

    def _found(self) -> Places:
        if self._places is None:
            self._places = places(self.text, self.form, self.quads)
        return self._places


def _cell(given: GivenRow, said: str, path: str) -> str:
    """Return the column whose cell became a value, or that is called like a property."""
    if not path:
        return ""
    local = path.rstrip(">").rpartition("#")[2].rpartition("/")[2].lower()
    called = next((c for c in given.cells if c.replace("_", "") == local), "")
    named = (c for c, cell in given.cells.items() if cell and f"/{said}".endswith(f"/{cell}"))
    return called or next(named, "")


def read_inputs(names: Sequence[str], form: str | None = None) -> list[Given]:
    """Return every input that some names stand for, in their order; folders by the names in them.

    `form` overrides what the endings say. Raises `InputError`.
    """
    found: list[Given] = []
    for name in dict.fromkeys(names):
        if name == "-":
            found.append(read_content("<stdin>", sys.stdin.buffer.read(), form or "turtle"))
        elif Path(name).is_dir():
            found.extend(_folder(Path(name)))
        else:
            chosen = form or _form(Path(name), (*SUFFIXES, *TABULAR))
            found.append(read_content(name, _bytes(Path(name)), chosen))
    return found


def _folder(folder: Path) -> Iterable[Given]:
    endings = (set(SUFFIXES) | set(TABULAR)) - _AMBIGUOUS
    paths = sorted(
        Path(top) / name
        for top, folders, names in os.walk(folder)
        if not _hide(folders)
        for name in names
        if Path(name).suffix.lower() in endings and not name.startswith(".")
    )
    some = False
    for path in paths:
        form = _form(path, tuple(endings))
        try:
            yield read_content(str(path), _bytes(path), form)
            some = True
        except InputError as error:
            if form not in ("tsv", "csv") or "is that of no table" not in str(error):
                raise
            print(f"cami: note: left out: {error}", file=sys.stderr)
    if not some:
        shown = " ".join(sorted(endings))
        raise InputError(f"{folder}: holds no file to validate: endings are {shown}")


def _hide(folders: list[str]) -> None:
    """Keep `os.walk` out of hidden folders, in an order that is always the same."""
    folders[:] = sorted(name for name in folders if not name.startswith("."))


def _form(path: Path, endings: Sequence[str]) -> str:
    ending = path.suffix.lower()
    if ending not in endings:
        reason = "the ending says no RDF syntax and no table: use"
        raise InputError(f"{path}: {reason} .ttl, .nt, .jsonld, .tsv, ... or --input-format")
    return SUFFIXES.get(ending) or TABULAR[ending]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None


def read_content(name: str, content: bytes, form: str) -> Given:
    """Return the input that some bytes hold in one of `INPUT_FORMATS`.

    Raises `InputError`, with line and column where the syntax is broken.
    """
    if not content.strip():
        raise InputError(f"{name}: is empty")
    if form in ("tsv", "csv"):
        return _table(name, content, form)
    try:
        quads = parse(name, content, form)
        graph = to_rdflib(quads)
    except RdfError as error:
        raise InputError(str(error), error.line, error.column) from None
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None
    if not len(graph):
        raise InputError(f"{name}: holds no statement")
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    shown = ENGINE[form].name if form in ENGINE else form
    return Given(name, graph, text, shown, quads)


def _table(name: str, content: bytes, form: str) -> Given:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{name}:{line}: is not UTF-8: save it as UTF-8", line) from None
    known = name if Path(name).suffix.lower() in TABULAR else f"{name}.{form}"
    try:
        table = read_given(known, text)
    except TableError as error:
        reasons = str(error.problems[0]).removeprefix(f"{known}:")
        raise InputError(f"{name}:{reasons}", error.problems[0].line) from None
    graph = rdflib.Graph()
    for given in table.rows:
        for triple in given.row.triples():
            graph.add(triple)
    return Given(name, graph, text.removeprefix("\ufeff"), form, (), table)


def table_findings(given: Given, rule: str, problems: Sequence[object]) -> list[Finding]:
    """Return the faults of single rows as findings."""
    found: list[Finding] = []
    for problem in problems:
        line, column, what = (getattr(problem, name) for name in ("line", "column", "what"))
        at = given.column(line, column) or 1
        found.append(Finding(given.name, line, at, "violation", rule, what, cell=column))
    return found
