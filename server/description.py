"""What is said of one thing: the queries that ask for it, and the answer as a page reads it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from ..graph.terms import LABEL, A
from ..ontology import BASE, CAMI, GRAPH, ID, PREFIXES, PROV

PAGE_SIZE = 100  # links to a thing that one page shows
_INFERRED = f"{GRAPH}inferred"
_TEXT = """PREFIX cami: <https://w3id.org/cami/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

CONSTRUCT {{
    <{iri}> ?property ?value .
    ?other ?link <{iri}> .
    ?mentioned rdfs:label ?label .
    ?place cami:locator ?locator ; cami:inDocument ?document .
}} WHERE {{
    {{
        GRAPH ?origin {{ <{iri}> ?property ?value }}
        FILTER(?origin != <{inferred}>)
    }} UNION {{
        {links}
    }} UNION {{
        {{
            SELECT DISTINCT ?mentioned WHERE {{
                {{
                    GRAPH ?g {{ <{iri}> ?p ?v }}
                    FILTER(?g != <{inferred}>)
                    VALUES ?which {{ 1 2 }}
                    BIND(IF(?which = 1, ?p, ?v) AS ?mentioned)
                }} UNION {{
                    {links}
                    VALUES ?which {{ 1 2 }}
                    BIND(IF(?which = 1, ?link, ?other) AS ?mentioned)
                }} UNION {{
                    <{iri}> prov:hadPrimarySource/cami:inDocument ?mentioned
                }}
            }}
        }}
        ?mentioned rdfs:label ?label .
    }} UNION {{
        <{iri}> prov:hadPrimarySource ?place .
        ?place cami:locator ?locator ; cami:inDocument ?document .
    }}
}}
"""
_LINKS = """{{
            SELECT DISTINCT ?other ?link WHERE {{
                GRAPH ?from {{ ?other ?link <{iri}> }}
                FILTER(?from != <{inferred}>)
            }} ORDER BY ?link ?other{window}
        }}"""


def exists_query(iri: str) -> str:
    """Return the query that says whether anything is asserted about a thing."""
    return f"ASK {{ GRAPH ?g {{ <{iri}> ?p ?o }} FILTER(?g != <{_INFERRED}>) }}"


def describe_query(iri: str, offset: int | None = None) -> str:
    """Return the query for the asserted triples about a thing, the links to it, and the labels.

    With an `offset` only a page of links and one more, so that a reader knows whether more follow.
    """
    window = "" if offset is None else f" LIMIT {PAGE_SIZE + 1} OFFSET {offset}"
    links = _LINKS.format(iri=iri, inferred=_INFERRED, window=window)
    return _TEXT.format(iri=iri, inferred=_INFERRED, links=links)


def graph_query(iri: str) -> str:
    """Return the query for all triples of a named graph."""
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}"


Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def _no_labels() -> dict[str, list[ox.Literal]]:
    return {}


@dataclass
class Description:
    """The triples of one answer, sorted into what a page shows."""

    iri: str
    facts: dict[str, list[Term]] = field(default_factory=dict[str, list[Term]])
    links: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    labels: dict[str, list[ox.Literal]] = field(default_factory=_no_labels)
    locators: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def label(self, iri: str) -> str:
        """Return the label of a thing, in English if it has one, or its shortened IRI."""
        held = self.labels.get(iri, [])
        english = sorted(one.value for one in held if one.language == "en")
        return (english or sorted(one.value for one in held) or [short(iri)])[0]

    @property
    def types(self) -> list[str]:
        """The IRIs of the classes that are asserted."""
        return _iris(self.facts.get(str(A), []))

    @property
    def places(self) -> list[str]:
        """The IRIs of the places in the documents that state the thing."""
        return _iris(self.facts.get(_SOURCE, []))


_SOURCE = str(PROV.hadPrimarySource)
_LABEL = str(LABEL)


def _iris(terms: Iterable[Term]) -> list[str]:
    return sorted(one.value for one in terms if isinstance(one, ox.NamedNode))


def read_description(iri: str, ntriples: bytes) -> Description:
    """Return the answer to `describe_query` in order; without facts, there is no such thing."""
    said = Description(iri)
    documents: dict[str, str] = {}
    locators: dict[str, str] = {}
    for triple in sorted({quad.triple for quad in _parsed(ntriples)}, key=str):
        subject, name, value = triple.subject, triple.predicate.value, triple.object
        if not isinstance(subject, ox.NamedNode):
            continue
        if subject.value == iri:
            said.facts.setdefault(name, []).append(value)
        elif isinstance(value, ox.NamedNode) and value.value == iri:
            said.links.append((name, subject.value))
        if name == _LABEL and isinstance(value, ox.Literal):
            said.labels.setdefault(subject.value, []).append(value)
        elif name == str(CAMI.locator) and isinstance(value, ox.Literal):
            locators[subject.value] = value.value
        elif name == str(CAMI.inDocument) and isinstance(value, ox.NamedNode):
            documents[subject.value] = value.value
    said.links.sort()
    said.locators = {place: (text, documents.get(place, "")) for place, text in locators.items()}
    return said


def _parsed(ntriples: bytes) -> Iterable[ox.Quad]:
    return ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES)


def short(iri: str) -> str:
    """Return an IRI as people read it: a path under ours, a prefixed name, or the whole."""
    if iri.startswith(ID):
        return iri.removeprefix(ID)
    fits = [(len(space), name) for name, space in PREFIXES.items() if iri.startswith(space)]
    if fits:
        name = max(fits)[1]
        return f"{name}:{iri.removeprefix(PREFIXES[name])}"
    return iri


def is_ours(iri: str) -> bool:
    """Return whether this server resolves an IRI; targets of the GBF and countries are others'."""
    return iri.startswith(BASE)
