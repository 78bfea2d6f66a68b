"""An ontology file as terms, each with what is said of it in words and in axioms."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import OWL, RDF, RDFS, BNode, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from . import CAMI, DCTERMS, SKOS
from .expressions import Expression, curie, everything, expression, listed, text

KINDS = {
    OWL.Class: "class",
    OWL.ObjectProperty: "object property",
    OWL.DatatypeProperty: "datatype property",
    OWL.AnnotationProperty: "annotation property",
    RDFS.Datatype: "datatype",
    OWL.NamedIndividual: "individual",
}
LISTS = {OWL.propertyChainAxiom: "o", OWL.hasKey: ",", OWL.disjointUnionOf: "or"}
_GROUPS = {
    OWL.AllDisjointClasses: OWL.disjointWith,
    OWL.AllDisjointProperties: OWL.propertyDisjointWith,
    OWL.AllDifferent: OWL.differentFrom,
}
MUTUAL = (*_GROUPS.values(), OWL.inverseOf, OWL.equivalentClass, OWL.equivalentProperty)
_LOGICAL = (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range)
_N_TRIPLES = ox.RdfFormat.N_TRIPLES
_SAYINGS = (OWL.deprecated, OWL.versionInfo)


class OntologyError(Exception):
    """An ontology file cannot be used; the message names the file and the fault."""


@dataclass(frozen=True)
class Term:
    """A term of our namespace."""

    iri: URIRef
    kind: str
    label: str
    definition: str

    @property
    def name(self) -> str:
        """The local name, which is also the anchor on the page."""
        return self.iri.removeprefix(CAMI)


@dataclass(frozen=True)
class Statement:
    """One thing said of a term: a predicate and what it leads to; `logical` if it is an axiom."""

    predicate: URIRef
    value: Expression
    logical: bool

    def __str__(self) -> str:
        return f"{curie(self.predicate)} {text(self.value)}"


@dataclass(frozen=True)
class Ontology:
    """The triples of one version of the ontology."""

    graph: rdflib.Graph
    iri: URIRef
    version: str

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The terms of our namespace by local name, sorted by kind and name."""
        found = [term for iri in set(self.graph.subjects(RDF.type)) for term in self._term(iri)]
        order = list(KINDS.values())
        found.sort(key=lambda term: (order.index(term.kind), term.name.casefold(), term.name))
        return {term.name: term for term in found}

    def _term(self, iri: Node) -> Iterator[Term]:
        if isinstance(iri, URIRef) and iri.startswith(CAMI):
            types = set(self.graph.objects(iri, RDF.type))
            kind = next((word for kind, word in KINDS.items() if kind in types), "individual")
            yield Term(iri, kind, self.words(iri, RDFS.label), self.words(iri, SKOS.definition))

    def words(self, subject: Node, predicate: URIRef) -> str:
        """Return the text that a predicate gives a subject, English first; "" when there is none."""
        values = [v for v in self.graph.objects(subject, predicate) if isinstance(v, Literal)]
        return str(min(values, key=lambda value: (value.language != "en", str(value)), default=""))

    def statements(self, iri: URIRef) -> list[Statement]:
        """Return all that is said of a term, by itself or in a group, sorted by predicate and text."""
        said = {self._statement(p, o) for p, o in self.graph.predicate_objects(iri)}
        said |= {
            Statement(predicate, (subject,), True)
            for predicate in MUTUAL
            for subject in self.graph.subjects(predicate, iri)
            if isinstance(subject, URIRef)
        }
        for predicate, other in self._grouped(iri):
            said.add(Statement(predicate, (other,), True))
        return sorted(said, key=str)

    def _statement(self, predicate: Node, value: Node) -> Statement:
        predicate = URIRef(str(predicate))
        owl = predicate.startswith(str(OWL)) and predicate not in _SAYINGS
        logical = owl or predicate in _LOGICAL
        if predicate in LISTS:
            return Statement(predicate, listed(self.graph, value, LISTS[predicate]), logical)
        return Statement(predicate, expression(self.graph, value), logical)

    def _grouped(self, iri: URIRef) -> Iterator[tuple[URIRef, URIRef]]:
        for predicate, members in self._groups:
            if iri in members:
                yield from ((predicate, other) for other in members if other != iri)

    @cached_property
    def _groups(self) -> list[tuple[URIRef, list[URIRef]]]:
        return [
            (predicate, [one for one in Collection(self.graph, members) if isinstance(one, URIRef)])
            for kind, predicate in _GROUPS.items()
            for group in self.graph.subjects(RDF.type, kind)
            for key in (OWL.members, OWL.distinctMembers)
            for members in self.graph.objects(group, key)
        ]

    def subjects(self, predicate: URIRef, iri: URIRef) -> list[URIRef]:
        """Return the named terms that a predicate leads from to a term, sorted."""
        return sorted(s for s in self.graph.subjects(predicate, iri) if isinstance(s, URIRef))

    def general_axioms(self) -> list[str]:
        """Return as text the axioms that are on no term, groups of disjoint terms apart; sorted."""
        inner = set(self.graph.objects())
        return sorted(
            text(everything(self.graph, node))
            for node in set(self.graph.subjects())
            if isinstance(node, BNode)
            and node not in inner
            and self.graph.value(node, RDF.type) not in _GROUPS
        )

    def is_deprecated(self, iri: URIRef) -> bool:
        """Return whether a term is kept only for those who used it before."""
        return (iri, OWL.deprecated, Literal(True)) in self.graph

    def says_why(self, iri: URIRef) -> bool:
        """Return whether a deprecated term names what to use now, or the reason why it goes."""
        return any((iri, p, None) in self.graph for p in (DCTERMS.isReplacedBy, CAMI.reason))


def read_ontology(path: Path) -> Ontology:
    """Return the ontology that a Turtle file holds.

    Raises `OntologyError` when the file cannot be parsed or does not declare one version X.Y.Z.
    """
    try:
        triples = ox.serialize(
            ox.parse(path=str(path), format=ox.RdfFormat.TURTLE), format=_N_TRIPLES
        )
    except (OSError, SyntaxError) as error:  # RDFLib's own parser leaves an IndexError to the user
        raise OntologyError(f"{path}: is not Turtle: {error}") from None
    graph = rdflib.Graph().parse(data=triples, format="nt")
    return from_graph(graph, path.name)


def from_graph(graph: rdflib.Graph, name: str) -> Ontology:
    """Return the ontology that a graph holds; `name` is what an `OntologyError` calls it."""
    for iri in graph.subjects(RDF.type, OWL.Ontology):
        version = str(graph.value(iri, OWL.versionInfo))
        if re.fullmatch(r"\d+\.\d+\.\d+", version):
            return Ontology(graph, URIRef(str(iri)), version)
    raise OntologyError(f"{name}: no owl:Ontology with an owl:versionInfo such as 1.2.3")


def by_kind(terms: Iterable[Term]) -> dict[str, list[Term]]:
    """Return terms by kind, in the order in which pages show the kinds."""
    found: dict[str, list[Term]] = {}
    for term in terms:
        found.setdefault(term.kind, []).append(term)
    return found
