"""The records of the build that is served, read from its store once."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyoxigraph as ox

from ...graph.tables import natural
from ...ontology import BASE, GBF_TARGET, ID
from ..files import Current
from . import record_queries as ask
from .records import (
    FACETS,
    NONE,
    PRIORITIES,
    Activity,
    Deadline,
    Descent,
    Item,
    Records,
    Region,
    State,
    Taxon,
    TaxonMapping,
    order,
    words,
)

_UNSEARCHED = ("deadline", "programme")  # what too many activities have in common
Row = tuple[str, ...]


class Shelf:
    """The records of the build that is served; a build is read once, by whoever asks first."""

    def __init__(self, current: Current):
        self._current, self._lock = current, asyncio.Lock()
        self._held: tuple[str, Records] | None = None

    @property
    def digest(self) -> str:
        """The digest of the dataset that is served now."""
        return self._current().digest

    async def records(self) -> Records:
        """Return the records of the current build."""
        build = self._current()
        async with self._lock:
            if self._held is None or self._held[0] != build.digest:
                self._held = build.digest, await asyncio.to_thread(read_records, build.store)
            return self._held[1]


def read_records(folder: Path) -> Records:
    """Return the records of the store in a folder, which is opened read-only and closed again."""
    store = ox.Store.read_only(str(folder))
    links = _links(store)
    labels = _labels(store)
    deadlines = _deadlines(store)
    items = _items(store)
    named = {facet: dict(labels.get(facet, {})) for facet in FACETS}
    named["priority"] = {**{one: one for one in PRIORITIES}, NONE: "none printed"}
    activities = [
        _activity(row, links.get(row[0], {}), items, deadlines, named)
        for row in _rows(store, ask.ACTIVITIES)
    ]
    years = sorted({year for one in activities for year in one.values["deadline"]} - {NONE})
    named["deadline"] = {**{year: year for year in years}, NONE: "none printed"}
    return Records(
        activities=tuple(sorted(activities, key=lambda one: order(one.slug))),
        labels={facet: _used(facet, values, activities) for facet, values in named.items()},
        regions=_regions(store),
        gbf=dict(sorted(_targets(store), key=lambda pair: natural(pair[0]))),
        states={_slug(iri): State(a, b) for iri, a, b in _rows(store, ask.STATES)},
        taxa={_slug(iri): Taxon(a, b) for iri, a, b in _rows(store, ask.TAXA)},
        mappings=tuple(
            TaxonMapping(_slug(a), b, c, d.rpartition("/")[2], e == "true", f, g, h, _path(i))
            for a, b, c, d, e, f, g, h, i in _rows(store, ask.MAPPINGS)
        ),
        lineage=tuple(
            Descent(_slug(a), _slug(b), c, d, e, f) for a, b, c, d, e, f in _lineage(store)
        ),
    )


def _rows(store: ox.Store, query: str) -> list[Row]:
    found = store.query(ask.PREFIXES + query)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(_text(term) for term in _terms(solution)) for solution in found]


def _terms(solution: ox.QuerySolution) -> Iterable[object]:
    return iter(solution)


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""


def _path(iri: str) -> str:
    return iri.removeprefix(BASE)


def _slug(iri: str) -> str:
    """Return the slug of an IRI: "altai", "wp-2026-2032/12.6", "gbf/3", "spms/goal-5"."""
    if iri.startswith(GBF_TARGET):
        return "gbf/" + iri.removeprefix(GBF_TARGET)
    path = iri.removeprefix(ID)
    return path if path.startswith("spms/") else path.partition("/")[2]


def _links(store: ox.Store) -> Mapping[str, Mapping[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for activity, facet, value in _rows(store, ask.LINKS):
        found.setdefault(activity, {}).setdefault(facet, []).append(value)
    return found


def _labels(store: ox.Store) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for facet, iri, label in _rows(store, ask.LABELS):
        found.setdefault(facet, {})[_slug(iri)] = label
    return found


def _deadlines(store: ox.Store) -> Mapping[str, tuple[Deadline, ...]]:
    found: dict[str, tuple[Deadline, ...]] = {}
    for activity, what, qualifier, date, earliest in _rows(store, ask.DEADLINES):
        slug = _slug(activity)
        found[slug] = (*found.get(slug, ()), Deadline(slug, what, qualifier, date, earliest))
    return found


def _items(store: ox.Store) -> Mapping[str, tuple[Item, ...]]:
    found: dict[str, dict[str, Item]] = {}
    for activity, letter, label, priority in _rows(store, ask.ITEMS):
        of = found.setdefault(_slug(activity), {})
        had = of[letter].priorities if letter in of else ()
        ranks = [one for one in PRIORITIES if one in (*had, priority)]
        of[letter] = Item(letter, label, tuple(ranks))
    return {
        slug: tuple(sorted(items.values(), key=lambda item: natural(item.letter)))
        for slug, items in found.items()
    }


def _activity(
    row: Row,
    links: Mapping[str, list[str]],
    items: Mapping[str, tuple[Item, ...]],
    deadlines: Mapping[str, tuple[Deadline, ...]],
    labels: Mapping[str, Mapping[str, str]],
) -> Activity:
    iri, number, title, summary = row
    slug = _slug(iri)
    due = deadlines.get(slug, ())
    values: dict[str, tuple[str, ...]] = {}
    for facet in FACETS:
        given = {_slug(one) if one.startswith("http") else one for one in links.get(facet, [])}
        values[facet] = tuple(sorted(given, key=list(labels[facet]).index))
    values["deadline"] = tuple(sorted({one.date[:4] for one in due if one.date}))
    for facet in ("priority", "deadline"):
        values[facet] = values[facet] or (NONE,)
    linked = [labels[f][v] for f in FACETS if f not in _UNSEARCHED for v in values[f] if v != NONE]
    own = items.get(slug, ())
    text = [number, title, summary, *linked, *(i.label for i in own), *(d.what for d in due)]
    return Activity(slug, number, title, summary, values, own, due, words(" ".join(text)))


def _used(
    facet: str, values: Mapping[str, str], activities: Iterable[Activity]
) -> Mapping[str, str]:
    """Return the values that activities have; programmes, sections and targets in their order."""
    used = {value for one in activities for value in one.values[facet]}
    kept = {slug: label for slug, label in values.items() if slug in used}
    if facet in ("programme", "section"):
        return dict(sorted(kept.items(), key=lambda pair: order(pair[0])))
    if facet == "target":
        return dict(sorted(kept.items(), key=lambda pair: natural(pair[0])))
    return kept


def _regions(store: ox.Store) -> tuple[Region, ...]:
    found: dict[str, Region] = {}
    for iri, ordinal, label, state in _rows(store, ask.REGIONS):
        slug = _slug(iri)
        before = found[slug].states if slug in found else ()
        found[slug] = Region(slug, int(ordinal), label, (*before, _slug(state)))
    return tuple(found.values())


def _targets(store: ox.Store) -> Iterable[tuple[str, str]]:
    return ((_slug(iri), label) for iri, label in _rows(store, ask.TARGETS))


def _lineage(store: ox.Store) -> list[Row]:
    rows = _rows(store, ask.LINEAGE)
    return sorted(rows, key=lambda row: (not row[0], natural(row[0]), natural(row[1])))
