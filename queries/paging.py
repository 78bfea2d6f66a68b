"""Pages of the answer of a canned query, and CSV that a spreadsheet opens right and safely.

A page is asked for with one row more than it shows, so that it can say whether more follow.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from .formats import SPREADSHEET, Format
from .parameters import ParameterError

MAX_LIMIT = 10_000
MAX_OFFSET = 1_000_000
# A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Page:
    """A part of an answer: at most `limit` rows after the first `offset`."""

    limit: int
    offset: int = 0

    def window(self, text: str) -> str:
        """Return a query in total order with the solution modifiers of this page."""
        return f"{text.rstrip()}\nLIMIT {self.limit + 1} OFFSET {self.offset}\n"

    def cut(self, body: bytes, form: Format) -> tuple[bytes, bool]:
        """Return the page in a format, from JSON results, and whether more rows follow."""
        document = json.loads(body)
        rows = document["results"]["bindings"]
        document["results"]["bindings"] = rows[: self.limit]
        parsed = ox.parse_query_results(
            json.dumps(document).encode(), format=ox.QueryResultsFormat.JSON
        )
        assert isinstance(parsed, ox.QuerySolutions)
        if form == SPREADSHEET:
            return spreadsheet(parsed), len(rows) > self.limit
        assert isinstance(form.engine, ox.QueryResultsFormat)
        written = parsed.serialize(format=form.engine)
        assert written is not None
        return written, len(rows) > self.limit

    @property
    def next(self) -> "Page":
        """The page after this one."""
        return Page(self.limit, self.offset + self.limit)

    @property
    def previous(self) -> "Page":
        """The page before this one."""
        return Page(self.limit, max(0, self.offset - self.limit))


def read_page(limit: str | None, offset: str | None) -> Page | None:
    """Return the page that a client asks for, None when it asks for none: then it gets all rows.

    Raises `ParameterError` for what is no whole number in the declared range.
    """
    if not limit and not offset:
        return None
    rows = _whole("limit", limit, 1, MAX_LIMIT) if limit else MAX_LIMIT
    return Page(rows, _whole("offset", offset, 0, MAX_OFFSET) if offset else 0)


def _whole(name: str, text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 9 and least <= int(text) <= most:
        return int(text)
    raise ParameterError(
        f"Parameter {name!r}: {text[:40]!r} is not a whole number from {least} to {most:,}."
    )


def spreadsheet(solutions: ox.QuerySolutions) -> bytes:
    """Return solutions as CSV with a byte order mark, where no cell can become a formula.

    A cell that begins like one gets an apostrophe before it. Plain CSV is left exact.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_harmless(name.value) for name in solutions.variables])
    for solution in solutions:
        writer.writerow(map(_cell, _terms(solution)))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _terms(solution: ox.QuerySolution) -> Iterable[object]:
    return iter(solution)


def _cell(term: object) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode | ox.Literal):
        return _harmless(term.value)
    return _harmless(str(term))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
