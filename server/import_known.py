"""What a build knows: the taxa, States and codes that rows of exports are joined to."""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from ..ontology import ID, PREFIXES
from .builds import Build

_PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
_NAMES = """
SELECT ?taxon ?name ?authority ?relation ?by WHERE {
    ?mapping a tcs:TaxonConceptMapping ; tcs:subjectTaxonConcept ?taxon ;
        tcs:mappingRelation ?relation ; tcs:objectTaxonConcept ?concept ;
        tcs:mappingAccordingTo ?by .
    ?concept tcs:accordingTo ?authority ; tcs:taxonName/tcs:nameString ?name .
}"""
_OWN = """
SELECT ?taxon ?name WHERE {
    ?taxon a cami:TreatyTaxonConcept ; (tcs:taxonName|tcs:synonym)/tcs:nameString ?name .
}"""
_LISTED = """
SELECT ?taxon ?name WHERE {
    ?event cami:listedTaxon ?taxon ; cami:listedConcept/tcs:taxonName/tcs:nameString ?name .
}"""
_STATES = """
SELECT ?state ?iso2 ?label WHERE {
    ?state a cami:RangeState ; cami:isoAlpha2 ?iso2 ; rdfs:label|skos:altLabel ?label .
}"""
_CODES = """
SELECT ?concept ?scheme ?notation ?label WHERE {
    ?concept skos:inScheme ?scheme ; skos:notation ?notation ; skos:prefLabel ?label .
}"""
_TAXON = f"{ID}taxon/"
_CURATED = f"{ID}document/cami-curation"
SURE = ("isCongruentWith", "includes")  # every animal of the export's taxon is of CAMI's


@dataclass(frozen=True, order=True)
class Match:
    """A taxon of CAMI, how it relates to the taxon of an export, and why we say so."""

    taxon: str
    relation: str
    why: str


@dataclass
class Known:
    """What can be joined; read once, a few hundred entries."""

    names: dict[str, dict[str, dict[str, str]]] = field(
        default_factory=dict[str, dict[str, dict[str, str]]]
    )
    identifiers: dict[tuple[str, str], list[Match]] = field(
        default_factory=dict[tuple[str, str], list[Match]]
    )
    states: dict[str, str] = field(default_factory=dict[str, str])
    state_names: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    codes: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    labels: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def by_identifier(self, scheme: str | None, identifier: str) -> list[Match]:
        """Return the taxa to which an identifier of a scheme was verified to belong."""
        return self.identifiers.get((scheme, identifier), []) if scheme else []

    def by_name(self, name: str, authority: str) -> list[Match]:
        """Return the taxa that go by exactly this name.

        What the authority itself means by it counts; without an authority that uses it, what all
        others agree on; where they differ, only that the two have something in common.
        """
        return [
            self._named(name, taxon, said, authority)
            for taxon, said in sorted(self.names.get(name, {}).items())
        ]

    def _named(self, name: str, taxon: str, said: dict[str, str], authority: str) -> Match:
        if authority in said:
            return Match(taxon, said[authority], f"name {name} according to {authority}")
        relations = {relation for by, relation in said.items() if by}
        who = ", ".join(sorted(by for by in said if by))
        if len(relations) == 1:
            return Match(taxon, relations.pop(), f"name {name}, as {who} use it")
        return Match(taxon, "intersects", f"name {name}, which does not mean the same to all")


def read_known(build: Build) -> Known:
    """Return what the default graph of a build, and its table of identifiers, know."""
    known, store = Known(), ox.Store.read_only(str(build.store))
    known.identifiers = _identifiers(build.folder / "identifiers.csv")
    names: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in _rows(store, _NAMES):
        taxon, name, authority, relation, by = row
        said = names[name][taxon]
        source = authority.removeprefix(f"{ID}document/")
        if source not in said or by == _CURATED:
            said[source] = relation.removeprefix(PREFIXES["tcs"])
    for query in (_OWN, _LISTED):
        for taxon, name in _rows(store, query):
            names[name][taxon].setdefault("", "")
    known.names = names
    for state, iso2, label in _rows(store, _STATES):
        known.states[iso2] = state
        known.state_names.setdefault(state, set()).add(label)
    for concept, scheme, notation, label in _rows(store, _CODES):
        listed = scheme.removeprefix(f"{ID}scheme/")
        known.codes[listed, notation] = concept
        known.labels[listed, label] = concept
    return known


def _identifiers(path: Path) -> dict[tuple[str, str], list[Match]]:
    """Return the taxa of each identifier of a linkset, none for a build without that table."""
    found: dict[tuple[str, str], list[Match]] = defaultdict(list)
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["iri"].startswith(_TAXON):
                    why = f"identifier {row['identifier']} of {row['linkset']}"
                    match = Match(row["iri"], row["relation"], why)
                    found[row["linkset"], row["identifier"]].append(match)
    return found


def _rows(store: ox.Store, query: str) -> list[list[str]]:
    solutions = store.query(_PROLOGUE + query)
    assert isinstance(solutions, ox.QuerySolutions)
    return [[str(term.value) if term else "" for term in row] for row in solutions]
