"""JSON-LD compacted with the published context: every reader gets the same triples back."""

import json

import pyoxigraph as ox
import pytest
import rdflib
from pyld import jsonld

from cami.queries.evaluate import serialize_graph
from cami.queries.jsonld import TripleTerm, published_context
from cami.server.release import Build

JSON_LD = ox.RdfFormat.JSON_LD
PREFIXES = """
PREFIX cami: <https://w3id.org/cami/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
ODD = {
    "types of every kind": "<urn:s> a cami:Activity, <urn:t>, [], 'text' .",
    "a coerced link with literals": "<urn:s> cami:spansState <urn:o>, 'KAZ', 'x'@en, [ ] .",
    "a coerced number": "<urn:s> cami:ordinal 1, 01, '1', '1'^^xsd:int, <urn:o>, 'one'@en .",
    "a coerced language": "<urn:s> rdfs:label 'a'@en, 'a', 'a'@en-gb, 'a'@ru, 1, <urn:o> .",
    "the direction of a text": "<urn:s> rdfs:label 'a'@ar--rtl, 'a'@en--ltr .",
    "dates and years": "<urn:s> cami:deadline '2026'^^xsd:gYear, '2026-01-01'^^xsd:date, '2026' .",
    "a scheme like a prefix": "<geo:1,2> <geo:p> <id:x>, 'x'^^<owl:t> . <cami:a> a <skos:b> .",
    "a scheme like a prefix beside its terms": "<dcterms:x> dcterms:license <urn:l> ; rdfs:label 1 .",
    "namespaces themselves": "owl: owl:sameAs cami: . <https://w3id.org/cami/> owl: cami: .",
    "slashes after a prefix": "<https://w3id.org/cami/id///x> cami:number '1' .",
    "a class as a subject and as an object": "cami:Activity cami:inSection cami:Section .",
    "a term as a property that is no property": "<urn:s> cami:Activity 'x' .",
    "lists": "<urn:s> owl:unionOf (cami:Activity 2 ()) .",
    "shared blank nodes": "<urn:s> <urn:p> _:a, _:b . _:a <urn:p> _:b . _:b <urn:p> _:b .",
    "escapes": r'<urn:s> rdfs:label "a\n\t\"\\\u0001\u2028\U0001F42A" .',
    "JSON as a value": "<urn:s> <urn:p> '{\"a\":1}'^^rdf:JSON, true, 1.0, 1.0E0, 'x'^^rdf:HTML .",
    "an empty string and an empty language": "<urn:s> rdfs:label '', ''@en .",
    "nothing": "",
}


def triples(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]


def canonical(quads: list[ox.Quad]) -> set[str]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def of(found: list[ox.Triple]) -> set[str]:
    return canonical([ox.Quad(t.subject, t.predicate, t.object) for t in found])


def by_pyld(body: bytes) -> set[str]:
    text = jsonld.to_rdf(json.loads(body), {"format": "application/n-quads"})
    return canonical(list(ox.parse(text, format=ox.RdfFormat.N_QUADS)))


@pytest.mark.parametrize("case", ODD)
def test_odd_triples_come_back(case: str) -> None:
    wanted = triples(ODD[case])
    body = serialize_graph(wanted, JSON_LD)
    assert of([quad.triple for quad in ox.parse(body, format=JSON_LD)]) == of(wanted)
    if case != "the direction of a text":  # RDF 1.2, which the second reader does not know
        assert by_pyld(body) == of(wanted)


@pytest.mark.parametrize("graph", ["", "ontology", "shapes", "description", "reference", "lineage"])
def test_real_graphs_come_back_by_two_readers(built: Build, graph: str) -> None:
    name = ox.NamedNode(f"https://w3id.org/cami/graph/{graph}") if graph else ox.DefaultGraph()
    quads = ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS)
    wanted = [quad.triple for quad in quads if quad.graph_name == name]
    assert len(wanted) > 50
    body = serialize_graph(wanted, JSON_LD)
    assert {quad.triple for quad in ox.parse(body, format=JSON_LD)} == set(wanted)
    if graph:  # the whole is too slow for a reader in Python
        assert by_pyld(body) == of(wanted)


def test_the_context_is_the_part_of_the_published_one_that_is_used(built: Build) -> None:
    path = built.folder / "ontology" / "context.jsonld"
    published = json.loads(path.read_text(encoding="utf-8"))["@context"]
    assert published == published_context()
    altai = "<https://w3id.org/cami/id/region/altai>"
    turtle = f"{altai} a cami:Region ; cami:ordinal 1 ; cami:spansState <urn:k> ; rdfs:label 'Altai'@en ."
    document = json.loads(serialize_graph(triples(turtle), JSON_LD))
    context = document["@context"]
    assert context.items() <= published.items()
    assert set(context) == {"cami", "id", "xsd", "ordinal", "spansState", "rdfs", "rdfs:label"}
    assert document["@graph"] == [
        {
            "@id": "id:region/altai",
            "@type": "cami:Region",
            "rdfs:label": "Altai",
            "ordinal": "1",
            "spansState": "urn:k",
        }
    ]


def test_rdflib_reads_it_too() -> None:
    wanted = triples(ODD["a coerced link with literals"])
    graph = rdflib.Graph().parse(data=serialize_graph(wanted, JSON_LD), format="json-ld")
    assert len(graph) == len(wanted)


def test_a_triple_term_is_said_to_be_too_much() -> None:
    term = ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal("x"))
    outer = ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), term)
    with pytest.raises(TripleTerm, match="another format"):
        serialize_graph([outer], JSON_LD)
