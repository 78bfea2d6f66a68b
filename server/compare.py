"""Where CAMI and an export of the user differ: names, categories, Appendices, Range States.

Every row has what both sides say and where each says it. An export may be of some taxa only, so
what it lacks altogether is no difference.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass

import pyoxigraph as ox

from ..ontology import ID, PREFIXES
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
        self._taxa = {row[0]: row[1] for row in self._rows(_TAXA)}
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
            for taxon, said, relation in self._rows(_RELATIONS)
        }

    def _row(self, facet: str, taxon: str, relation: str, *cells: str) -> Comparison:
        cami, cami_source, export, verdict = cells
        label = self._taxa.get(taxon, taxon)
        return Comparison(facet, label, relation, cami, cami_source, export, self._source, verdict)

    def _names(self) -> Iterator[Comparison]:
        held: dict[str, set[str]] = defaultdict(set)
        label = "".join(row[0] for row in self._rows(_LABEL))
        for taxon, name in self._rows(_OUR_NAMES):
            held[taxon].add(name)
        for taxon, name, relation in self._rows(_THEIR_NAMES):
            ours = held[taxon]
            verdict = SAME if name in ours else DIFFERS if ours else SILENT
            said = relation.removeprefix(PREFIXES["tcs"])
            yield self._row("name", taxon, said, "; ".join(sorted(ours)), label, name, verdict)

    def _categories(self) -> Iterator[Comparison]:
        ours = {taxon: (code, source) for taxon, code, source in self._rows(_OUR_CATEGORIES)}
        for taxon, said, code, when in self._rows(_CATEGORIES):
            mine, source = ours.get(taxon, ("", ""))
            verdict = SILENT if not mine else SAME if mine == code else DIFFERS
            relation = self._relations.get((taxon, said), "")
            shown = f"{code} ({when})"
            yield self._row("category", taxon, relation, mine, source, shown, verdict)

    def _appendices(self) -> Iterator[Comparison]:
        treaty = self._imported.kind.name.rpartition("-")[2]
        if treaty not in ("cms", "cites"):
            return
        convention = f"<{ID}treaty/{treaty}>"
        theirs: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for taxon, said, name, appendix in self._rows(_THEIR_APPENDICES):
            relation = self._relations.get((taxon, said), "")
            theirs[taxon, relation, name] |= {appendix} if appendix else set()
        listed = self._rows(_LISTINGS.replace("$CONVENTION", convention))
        stated = self._rows(_STATED) if treaty == "cms" else []
        absent = {row[0] for row in self._rows(_ABSENT.replace("$CONVENTION", convention))}
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
        for taxon, state, source in self._rows(_OUR_STATES):
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
        return _OCCURRENCES if self._imported.kind.name == "gbif" else _DISTRIBUTIONS


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


_TAXA = "SELECT ?taxon ?label WHERE { ?taxon a cami:TreatyTaxonConcept ; rdfs:label ?label }"
_LABEL = "SELECT ?label WHERE { $AUTHORITY rdfs:label ?label }"
_RELATIONS = """
SELECT ?taxon ?said ?relation WHERE { GRAPH $GRAPH {
    ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:mappingRelation ?relation ;
        tcs:objectTaxonConcept ?concept .
    ?concept dwc:scientificName|dwc:taxonID ?said .
} }"""
_OUR_NAMES = """
SELECT DISTINCT ?taxon ?name WHERE {
    { ?mapping a tcs:TaxonConceptMapping ; tcs:subjectTaxonConcept ?taxon ;
        tcs:objectTaxonConcept ?concept }
    UNION { ?event cami:listedTaxon ?taxon ; cami:listedConcept ?concept }
    ?concept tcs:accordingTo $AUTHORITY ; tcs:taxonName/tcs:nameString ?name .
}"""
_THEIR_NAMES = """
SELECT ?taxon ?name ?relation WHERE { GRAPH $GRAPH {
    ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:mappingRelation ?relation ;
        tcs:objectTaxonConcept/dwc:scientificName ?name .
} }"""
_CATEGORIES = """
SELECT ?taxon ?said ?code ?when WHERE {
    GRAPH $GRAPH {
        ?assessment <http://iucn.org/terms/threatStatus> ?category ; dcterms:issued ?when ;
            dcterms:coverage ?scope ; dwc:scientificName|dwc:taxonID ?said .
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
        FILTER(CONTAINS(?scope, "Global"))
        FILTER NOT EXISTS {
            ?assessment <https://w3id.org/cami/import/red-list#latest> false
        }
    }
    OPTIONAL { ?category skos:notation ?notation }
    BIND(COALESCE(?notation, STR(?category)) AS ?code)
}"""
_OUR_CATEGORIES = """
SELECT ?taxon ?code ?source WHERE {
    ?assessment <http://iucn.org/terms/threatStatus>/skos:notation ?code ; dcterms:subject ?taxon .
    BIND(STR(?assessment) AS ?source)
}"""
_THEIR_APPENDICES = """
SELECT ?taxon ?said ?name ?appendix WHERE {
    GRAPH $GRAPH {
        ?usage a cami:TreatyTaxonUsage ; cami:printedName ?name ;
            dwc:scientificName|dwc:taxonID ?said .
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
    }
    OPTIONAL {
        GRAPH $GRAPH { ?usage cami:statedAppendix ?stated }
        ?stated skos:notation ?appendix
    }
}"""
_LISTINGS = """
SELECT ?taxon ?name ?appendix ?source WHERE {
    ?event cami:listedTaxon ?taxon ; cami:convention $CONVENTION ; cami:listingAction "addition" ;
        cami:adoptionStatus cami:Adopted ; cami:appendix/skos:notation ?appendix ;
        cami:listedConcept/tcs:taxonName/tcs:nameString ?name ; dcterms:source ?source .
}"""
_STATED = """
SELECT ?taxon ?name ?appendix ?source WHERE {
    ?usage a cami:TreatyTaxonUsage ; cami:refersToConcept ?taxon ; cami:printedName ?name ;
        cami:statedAppendix/skos:notation ?appendix ; prov:hadPrimarySource/cami:locator ?source .
}"""
_ABSENT = """
SELECT ?taxon WHERE { ?absence cami:listedTaxon ?taxon ; a cami:ListingAbsence ;
    cami:convention $CONVENTION }"""
_DISTRIBUTIONS = """
SELECT DISTINCT ?taxon ?said ?name ?status WHERE {
    GRAPH $GRAPH {
        ?place a <http://rs.gbif.org/terms/1.0/Distribution> ; dcterms:spatial ?state ;
            dcterms:source ?record .
        ?record dwc:scientificName|dwc:taxonID ?said .
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
        OPTIONAL { ?place dwc:occurrenceStatus|dwc:establishmentMeans ?status }
    }
    ?state rdfs:label ?name .
}"""
_OCCURRENCES = """
SELECT DISTINCT ?taxon ?said ?name ?status WHERE {
    { SELECT DISTINCT ?said ?state ?status WHERE { GRAPH $GRAPH {
        ?record a dwc:Occurrence ; dcterms:spatial ?state ; dwc:occurrenceStatus ?status ;
            dwc:scientificName|dwc:taxonID ?said . } } }
    GRAPH $GRAPH {
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
    }
    ?state rdfs:label ?name .
}"""
_OUR_STATES = """
SELECT DISTINCT ?taxon ?name ?source WHERE {
    { ?region a cami:PriorityTransboundaryConservationRegion ; cami:hasTaxon ?taxon ;
        cami:spansState ?state ; rdfs:label ?label .
      BIND(CONCAT("region ", STR(?label), " has the taxon and spans the State") AS ?source) }
    UNION
    { ?event cami:listedTaxon ?taxon ; cami:includesPopulationOf ?state ; dcterms:source ?said .
      BIND(CONCAT("listing of this population: ", ?said) AS ?source) }
    ?state rdfs:label ?name .
}"""
