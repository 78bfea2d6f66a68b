"""Run one query on an Oxigraph store and serialise its result, or say what is wrong with it."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import IO, NamedTuple, cast

import pyoxigraph as ox

from ..graph.turtle import in_order, write
from ..ontology import BASE
from .formats import SPREADSHEET, Format
from .jsonld import compact
from .paging import spreadsheet
from .rows import RowCounter

# For people: each subject once, in order; the engine alone would repeat it row by row.
_WHOLE = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.JSON_LD)


class QueryError(Exception):
    """A query that cannot be answered."""


class QuerySyntaxError(QueryError):
    """The query is not SPARQL; `line` and `column` count from 1, 0 where the engine gives none."""

    def __init__(self, message: str, line: int = 0, column: int = 0):
        self.line, self.column = line, column
        super().__init__(message)


class EvaluationError(QueryError):
    """The query is SPARQL but the engine cannot evaluate it, such as an unknown function."""


class ResultTooLarge(QueryError):
    """The serialised result passes the limit of bytes."""


class TooManyRows(ResultTooLarge):
    """The result has more rows than the limit."""


class NotAcceptable(QueryError):
    """No acceptable format can carry this kind of result."""


class Answer(NamedTuple):
    """A serialised result and its format."""

    body: bytes
    format: Format


class _Capped:
    """A file that stops the engine's serialiser once it holds too much.

    What is written at once, as small results are, is kept as it came.
    """

    __slots__ = ("_all", "_first", "_rows", "_size", "form", "limit", "max_rows")

    def __init__(self, limit: int, max_rows: int = 0, form: Format | None = None):
        self.limit, self.max_rows, self.form = limit, max_rows, form
        self._first, self._size = b"", 0
        self._all: io.BytesIO | None = None
        self._rows: RowCounter | None = None

    def flush(self) -> None:
        """Do nothing: nothing is behind this file."""

    def getvalue(self) -> bytes:
        """Return all that was written."""
        return self._all.getvalue() if self._all else self._first

    def write(self, data: bytes, /) -> int:
        """Append bytes; raise `ResultTooLarge` or `TooManyRows` past the limits."""
        size = self._size + len(data)
        if size > self.limit:
            raise ResultTooLarge(
                f"The result is larger than {self.limit:,} bytes: "
                "ask for less with LIMIT, or take a dump."
            )
        if self._size:
            self._buffer().write(data)
        else:
            self._first = data
        self._size = size
        if self.max_rows and size > self.max_rows:  # a row takes a byte at least
            self._check_rows(data)
        return len(data)

    def _buffer(self) -> io.BytesIO:
        if self._all is None:
            self._all = io.BytesIO()
            self._all.write(self._first)
        return self._all

    def _check_rows(self, data: bytes) -> None:
        if self._rows is None:
            assert self.form
            self._rows, data = RowCounter(self.form, self.max_rows), self.getvalue()
        if not self._rows.add(data):
            return
        with self._buffer().getbuffer() as written:
            too_many = self._rows.exact(written)
        if too_many:
            self.limit = 0  # the engine tries once more to write what it holds
            raise TooManyRows(
                f"The result has more than {self.max_rows:,} rows: "
                "ask for less with LIMIT, or take a dump."
            )


def evaluate(
    store: ox.Store,
    text: str,
    results: Format | None,
    graph: Format | None,
    *,
    default_graphs: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
    max_bytes: int = 2**31,
    max_rows: int = 0,
) -> Answer:
    """Return the serialised result of a query.

    `results` is the format for SELECT and ASK, `graph` the one for CONSTRUCT and DESCRIBE; None
    means that the client accepts none. Dataset IRIs work as the protocol says: once one is given,
    only the named graphs exist (https://www.w3.org/TR/sparql11-protocol/#dataset). Relative IRIs
    are relative to the IRI of the project. `max_rows` is for SELECT; 0 means any number.

    Raises `QuerySyntaxError`, `EvaluationError`, `NotAcceptable`, `ResultTooLarge` or
    `TooManyRows`.
    """
    result = _query(store, text, default_graphs, named_graphs)
    wanted = graph if isinstance(result, ox.QueryTriples) else results
    if wanted is None:
        kind = "a graph" if isinstance(result, ox.QueryTriples) else "solutions or a boolean"
        raise NotAcceptable(f"The result is {kind}, which no acceptable format can carry.")
    rows = max_rows if isinstance(result, ox.QuerySolutions) else 0
    buffer = _Capped(max_bytes, rows, wanted)
    try:
        _serialize(result, buffer, wanted)
    except (RuntimeError, ValueError, OSError) as error:
        raise EvaluationError(str(error)) from None
    return Answer(buffer.getvalue(), wanted)


def write_result(body: bytes, form: Format, max_bytes: int) -> bytes:
    """Return a store's JSON result, or its N-Triples or Turtle, in another format.

    Raises `ResultTooLarge`, and `SyntaxError` or `ValueError` when it is not whole.
    """
    buffer = _Capped(max_bytes)
    if not form.is_graph:
        result = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        _serialize(result, buffer, form)
        return buffer.getvalue()
    assert isinstance(form.engine, ox.RdfFormat)
    triples = (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.TURTLE))
    buffer.write(serialize_graph(triples, form.engine))
    return buffer.getvalue()


def _query(
    store: ox.Store, text: str, default_graphs: Sequence[str], named_graphs: Sequence[str]
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    try:
        if not default_graphs and not named_graphs:
            return store.query(text, base_iri=BASE)
        return store.query(
            text,
            base_iri=BASE,  # not the address of the server: an answer is the same at every one
            default_graph=[ox.NamedNode(iri) for iri in default_graphs],
            named_graphs=[ox.NamedNode(iri) for iri in named_graphs],
        )
    except SyntaxError as error:
        raise _located(str(error)) from None
    except (RuntimeError, ValueError, OSError) as error:
        raise EvaluationError(str(error)) from None


def _located(message: str) -> QuerySyntaxError:
    """Read line and column out of the engine's text, the only place where it puts them."""
    found = re.search(r"(\d+):(\d+)", message)
    line, column = (int(found[1]), int(found[2])) if found else (0, 0)
    return QuerySyntaxError(re.sub(r"^(error at )?(\d+:\d+: )?", "", message), line, column)


def _serialize(
    result: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, buffer: _Capped, form: Format
) -> None:
    if isinstance(form.engine, ox.RdfFormat):
        assert isinstance(result, ox.QueryTriples)
        if form.engine in _WHOLE:
            buffer.write(serialize_graph(result, form.engine))
        else:
            result.serialize(cast(IO[bytes], buffer), form.engine)
    elif form == SPREADSHEET and isinstance(result, ox.QuerySolutions):
        buffer.write(spreadsheet(result))
    else:
        assert not isinstance(result, ox.QueryTriples)
        result.serialize(cast(IO[bytes], buffer), form.engine)


def serialize_graph(triples: Iterable[ox.Triple], form: ox.RdfFormat) -> bytes:
    """Return triples in a format, each once and in order; JSON-LD is compacted.

    Raises `ValueError` when the format cannot hold them.
    """
    ordered = in_order(set(triples))
    return compact(ordered) if form == ox.RdfFormat.JSON_LD else write(ordered, form)
