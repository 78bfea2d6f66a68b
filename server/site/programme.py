"""The programme view: which activities a reader asks for, in which order, and what else there is."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from ...graph.tables import natural
from ...ontology import ID
from ...queries import ParameterError
from .records import FACETS, NONE, PRIORITIES, Activity, Records, order, path_of, words

PAGE_SIZE = 50
MAX_SEARCH = 200  # characters
MAX_PAGE = 10_000
ORDERS = ("number", "title", "section", "priority", "deadline")
COLUMNS = (
    *("number", "title", "programme", "section", "priority", "region", "actor", "target"),
    *("taxon", "state", "deadline", "items", "summary", "iri"),
)
_OTHERS = ("q", "sort", "page", "lang")


@dataclass(frozen=True)
class View:
    """What a reader asks for; it is written into the address and read from it."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    search: str = ""
    sort: str = "number"
    descending: bool = False
    page: int = 1
    lang: str = ""

    @property
    def order(self) -> str:
        """The order as the address has it: "-priority" for priority, descending."""
        return f"-{self.sort}" if self.descending else self.sort

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address; what everybody gets is left out."""
        asked = [(name, value) for name in FACETS for value in self.chosen.get(name, ())]
        if self.search:
            asked.insert(0, ("q", self.search))
        if self.order != "number":
            asked.append(("sort", self.order))
        if self.page > 1:
            asked.append(("page", str(self.page)))
        return [*asked, ("lang", self.lang)] if self.lang else asked

    def query(self, **changed: Any) -> str:
        """Return the query string of this view, with some of it changed; "" for none."""
        asked = urlencode(replace(self, **changed).parameters())
        return f"?{asked}" if asked else ""

    def of_page(self) -> str:
        """Return the query string for this page alone, the first one named too."""
        kept = [pair for pair in self.parameters() if pair[0] != "page"]
        return f"?{urlencode([*kept, ('page', str(self.page))])}"

    def without(self, facet: str, value: str) -> str:
        """Return the query string of this view without one chosen value, at its first page."""
        kept = tuple(one for one in self.chosen[facet] if one != value)
        return self.query(chosen={**self.chosen, facet: kept}, page=1)


@dataclass(frozen=True)
class Choice:
    """A value of a facet, and how many activities it has under all else that is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Shown:
    """What a view shows: all matching activities in order, the page of them, and the facets."""

    all: Sequence[Activity]
    page: Sequence[Activity]
    pages: int
    facets: Mapping[str, Sequence[Choice]]


def read_view(given: Sequence[tuple[str, str]], records: Records) -> View:
    """Return the view that the parameters of an address ask for; empty ones are left out.

    Raises `ParameterError` for a name that is none, and for a value that does not exist.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    others: dict[str, str] = {}
    for name, value in given:
        if name in FACETS:
            if value:
                _demand(name, value, list(records.labels[name]))
                chosen[name] = tuple(dict.fromkeys((*chosen.get(name, ()), value)))
        elif name not in _OTHERS:
            known = ", ".join((*FACETS, *_OTHERS))
            raise ParameterError(f"{name[:80]!r} is no parameter here: there are {known}.")
        elif name in others:
            raise ParameterError(f"Parameter {name!r} is given more than once.")
        else:
            others[name] = value
    asked = others.get("sort") or "number"
    _demand("sort", asked, [*ORDERS, *(f"-{one}" for one in ORDERS)])
    search = others.get("q", "").strip()
    if len(search) > MAX_SEARCH:
        raise ParameterError(f"Parameter 'q' is longer than {MAX_SEARCH} characters.")
    page = _page(others.get("page") or "1")
    return View(
        chosen, search, asked.removeprefix("-"), asked.startswith("-"), page, others.get("lang", "")
    )


def show(view: View, records: Records) -> Shown:
    """Return what a view shows.

    Values of one facet widen, those of different facets narrow. The count of a value leaves out
    what is chosen in its own facet: it says how many there would be with this value alone.
    """
    tokens = words(view.search).split()
    searched = [one for one in records.activities if all(f" {t}" in one.words for t in tokens)]
    failed = {one.slug: _failed(one, view.chosen) for one in searched}
    found = [one for one in searched if not failed[one.slug]]
    ordered = sorted(found, key=_KEYS[view.sort], reverse=view.descending)
    facets: dict[str, Sequence[Choice]] = {}
    for name in FACETS:
        others = [one for one in searched if failed[one.slug] <= {name}]
        counts = Counter(value for one in others for value in one.values[name])
        taken = view.chosen.get(name, ())
        facets[name] = [
            Choice(value, label, counts[value], value in taken)
            for value, label in records.labels[name].items()
            if counts[value] or value in taken
        ]
    first = (view.page - 1) * PAGE_SIZE
    pages = max(1, -(-len(ordered) // PAGE_SIZE))
    return Shown(ordered, ordered[first : first + PAGE_SIZE], pages, facets)


def as_csv(rows: Sequence[Activity], records: Records) -> str:
    """Return activities as CSV (RFC 4180); several values of a cell are separated by "; "."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in rows:
        cells = as_data(one, records)
        writer.writerow([_cell(cells[name]) for name in COLUMNS])
    return buffer.getvalue()


def as_data(one: Activity, records: Records) -> dict[str, Any]:
    """Return an activity as a JSON object with the columns of the CSV; values have IRI and label."""
    said: dict[str, Any] = {"number": one.number, "title": one.title}
    for facet in FACETS:
        said[facet] = [
            {"label": records.labels[facet][value], "iri": path_of(facet, value)}
            for value in one.values[facet]
            if value != NONE
        ]
    said["priority"] = [value for value in one.values["priority"] if value != NONE]
    said["deadline"] = [f"{due.text}: {due.what}" for due in one.deadlines]
    said["items"] = [f"{item.letter}) {item.label}" for item in one.items]
    return {**said, "summary": one.summary, "iri": f"{ID}activity/{one.slug}"}


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "; ".join(one if isinstance(one, str) else one["label"] for one in value)


def _failed(one: Activity, chosen: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the facets whose chosen values an activity does not have."""
    return {
        facet
        for facet, values in chosen.items()
        if values and not set(values) & set(one.values[facet])
    }


def _section(one: Activity) -> Any:
    return order(one.values["section"][0]), natural(one.number)


def _rank(one: Activity) -> Any:
    ranks = [PRIORITIES.index(p) for p in one.values["priority"] if p != NONE]
    return min(ranks, default=len(PRIORITIES)), order(one.slug)


def _due(one: Activity) -> Any:
    spans = [span[1] for due in one.deadlines if due.date and (span := due.span)]
    return min(spans, default=float("inf")), order(one.slug)


_KEYS: Mapping[str, Callable[[Activity], Any]] = {
    "number": lambda one: order(one.slug),
    "title": lambda one: (one.title.casefold(), order(one.slug)),
    "section": _section,
    "priority": _rank,
    "deadline": _due,
}


def _demand(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        shown = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
        raise ParameterError(f"Parameter {name!r}: {value[:80]!r} is not one of {shown}.")


def _page(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MAX_PAGE:
        return int(text)
    raise ParameterError(f"Parameter 'page': {text[:40]!r} is not a whole number from 1 up.")
