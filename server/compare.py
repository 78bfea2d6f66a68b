"""Where CAMI and an export of the user differ: names, categories, Appendices, Range States.

Every row has what both sides say and where each says it. An export may be of some taxa only, so
what it lacks altogether is no difference.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass

import pyoxigraph as ox

from ..ontology import ID, PREFIXES
from .compare_queries import (
    ABSENT,
    CATEGORIES,
    DISTRIBUTIONS,
    LABEL,
    LISTINGS,
    OCCURRENCES,
    OUR_CATEGORIES,
    OUR_NAMES,
    OUR_STATES,
    RELATIONS,
    STATED,
    TAXA,
    THEIR_APPENDICES,
    THEIR_NAMES,
)
from .import_store import Imported

DIFFERS, ONLY_CAMI, ONLY_EXPORT = "differs", "only in CAMI", "only in the export"
SILENT, SAME = "CAMI states none", "same"
DIFFERENCES = (DIFFERS, ONLY_CAMI, ONLY_EXPORT)
COLUMNS = (
    "facet",
    "taxon",
    "relation",
    "cami",
    "cami_source",
    "export",
    "export_source",
    "verdict",
)
_WIDER = ("isIncludedIn", "intersects", "partiallyOverlaps", "isDisjointFrom")
_CONGRUENT = "isCongruentWith"
_GONE = ("extinct", "introduced", "uncertain", "vagrant", "absent")
_PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


@dataclass(frozen=True, order=True)
class Comparison:
    """One thing that both sides, or one of them, say about a taxon."""

    facet: str
    taxon: str
    relation: str
    cami: str
    cami_source: str
    export: str
    export_source: str
    verdict: str

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the row, in the order of `COLUMNS`."""
        return astuple(self)


class Comparer:
    """Asks a store of a build with one import."""

    def __init__(self, store: ox.Store, imported: Imported):
        self._store, self._imported = store, imported
        self._graph = f"<{imported.graph}>"
        self._source = f"{imported.kind.title}: {imported.manifest['file']}"
        self._authority = f"{ID}document/{imported.kind.authority}"
        self._taxa = {row[0]: row[1] for row in self._rows(TAXA)}
        self._relations = self._related()

    def rows(self) -> list[Comparison]:
        """Return all rows, the same ones included, in order."""
        found = [*self._names(), *self._categories(), *self._appendices(), *self._states()]
        return sorted(set(found))

    def _rows(self, query: str) -> list[list[str]]:
        text = _PROLOGUE + query.replace("$GRAPH", self._graph)
        solutions = self._store.query(text.replace("$AUTHORITY", f"<{self._authority}>"))
        assert isinstance(solutions, ox.QuerySolutions)
        return [[str(term.value) if term else "" for term in row] for row in solutions]

    def _related(self) -> dict[tuple[str, str], str]:
        """Return how CAMI's taxon relates to each taxon that the export names."""
        return {
            (taxon, said): relation.removeprefix(PREFIXES["tcs"])
            for taxon, said, relation in self._rows(RELATIONS)
        }

    def _row(self, facet: str, taxon: str, relation: str, *cells: str) -> Comparison:
        cami, cami_source, export, verdict = cells
        label = self._taxa.get(taxon, taxon)
        return Comparison(facet, label, relation, cami, cami_source, export, self._source, verdict)

    def _names(self) -> Iterator[Comparison]:
        held: dict[str, set[str]] = defaultdict(set)
        label = "".join(row[0] for row in self._rows(LABEL))
        for taxon, name in self._rows(OUR_NAMES):
            held[taxon].add(name)
        for taxon, name, relation in self._rows(THEIR_NAMES):
            ours = held[taxon]
            verdict = SAME if name in ours else DIFFERS if ours else SILENT
            said = relation.removeprefix(PREFIXES["tcs"])
            yield self._row("name", taxon, said, "; ".join(sorted(ours)), label, name, verdict)

    def _categories(self) -> Iterator[Comparison]:
        """Yield categories of what is the same concept on both sides; never across two."""
        ours = self._our_categories()
        theirs: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for taxon, said, name, code, when in self._rows(CATEGORIES):
            theirs[taxon, f"{name}: {code} ({when})"].add((said, code))
        for (taxon, shown), found in theirs.items():
            relation = next(filter(None, (self._relations.get((taxon, s)) for s, _ in found)), "")
            keys = [(taxon, said) for said, _ in sorted(found)]
            keys += [(taxon, _CONGRUENT)] if relation == _CONGRUENT else []
            code, mine, source = next((ours[key] for key in keys if key in ours), ("", "", ""))
            verdict = SILENT if not code else SAME if code in {c for _, c in found} else DIFFERS
            yield self._row("category", taxon, relation, mine, source, shown, verdict)

    def _our_categories(self) -> dict[tuple[str, str], tuple[str, str, str]]:
        """Return code, words and source of what the Red List's name or identifier has.

        What is the same as our taxon is there under `_CONGRUENT` too, whatever name it has.
        """
        found: dict[tuple[str, str], tuple[str, str, str]] = {}
        label = "".join(row[0] for row in self._rows(LABEL))
        for taxon, said, relation, name, code, year, source in self._rows(OUR_CATEGORIES):
            words = f"{name}: {code} ({year or 'year not verified'})"
            category = (code, words, f"{label}, seen in: {source}")
            found[taxon, said] = category  # the latest year comes last
            if relation.removeprefix(PREFIXES["tcs"]) == _CONGRUENT:
                found[taxon, _CONGRUENT] = category
        return found

    def _appendices(self) -> Iterator[Comparison]:
        treaty = self._imported.kind.name.rpartition("-")[2]
        if treaty not in ("cms", "cites"):
            return
        convention = f"<{ID}treaty/{treaty}>"
        theirs: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for taxon, said, name, appendix in self._rows(THEIR_APPENDICES):
            relation = self._relations.get((taxon, said), "")
            theirs[taxon, relation, name] |= {appendix} if appendix else set()
        listed = self._rows(LISTINGS.replace("$CONVENTION", convention))
        stated = self._rows(STATED) if treaty == "cms" else []
        absent = {row[0] for row in self._rows(ABSENT.replace("$CONVENTION", convention))}
        for (taxon, relation, name), found in theirs.items():
            export = f"{name}: {_list(found)}"
            ours = [row for row in listed if row[0] == taxon]
            same_name = [row for row in ours if row[1] == name or row[1].startswith(f"{name} ")]
            for mine in _grouped(same_name or ours):
                yield self._appendix(taxon, relation, mine, found, export)
            if not ours and taxon in absent:
                none = (set[str](), f"looked for under {treaty.upper()} and not found")
                yield self._appendix(taxon, relation, none, found, export)
            elif not ours:
                verdict = ONLY_EXPORT if found else SAME
                yield self._row("Appendix", taxon, relation, "", "", export, verdict)
            for mine in _grouped([row for row in stated if row[0] == taxon]):
                yield self._appendix(taxon, relation, mine, found, export)

    def _appendix(
        self, taxon: str, relation: str, mine: tuple[set[str], str], found: set[str], export: str
    ) -> Comparison:
        appendices, source = mine
        verdict = SAME if appendices == found else DIFFERS
        return self._row("Appendix", taxon, relation, _list(appendices), source, export, verdict)

    def _states(self) -> Iterator[Comparison]:
        theirs: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for taxon, said, state, status in self._rows(self._state_query()):
            relation = self._relations.get((taxon, said), "")
            theirs[taxon, relation][state].add(status)
        ours: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for taxon, state, source in self._rows(OUR_STATES):
            ours[taxon][state].add(source)
        for (taxon, relation), states in theirs.items():
            for state in sorted({*states, *ours[taxon]}):
                source = "; ".join(sorted(ours[taxon].get(state, ())))
                said = states.get(state)
                verdict = _verdict(bool(source), said, relation)
                export = f"{state}: {_list(said)}" if said is not None else ""
                mine = state if source else ""
                yield self._row("Range State", taxon, relation, mine, source, export, verdict)

    def _state_query(self) -> str:
        return OCCURRENCES if self._imported.kind.name == "gbif" else DISTRIBUTIONS


def _verdict(ours: bool, theirs: set[str] | None, relation: str) -> str:
    if theirs is None:
        return ONLY_CAMI
    words = " ".join(theirs).lower()
    there = not any(word in words for word in _GONE)
    if ours:
        return SAME if there else DIFFERS
    if not there:
        return SAME
    return SILENT if relation in _WIDER else ONLY_EXPORT


def _grouped(rows: list[list[str]]) -> Iterator[tuple[set[str], str]]:
    """Yield the Appendices of rows by their kind of source, with all places named."""
    if rows:
        yield {row[2] for row in rows}, "; ".join(sorted({f"{row[1]}: {row[3]}" for row in rows}))


def _list(values: set[str] | None) -> str:
    return ", ".join(sorted(filter(None, values or ()))) or "none"
