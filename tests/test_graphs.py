"""`/graphs` and the service description, against real servers.

https://www.w3.org/TR/sparql11-http-rdf-update/ https://www.w3.org/TR/sparql11-service-description/
"""

import asyncio
import math
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from cami.queries import GRAPH_FORMATS, Format
from cami.server.child import output_of
from cami.server.release import Build
from cami.server.service import EXTENSION_FUNCTIONS

GRAPH = "https://w3id.org/cami/graph/"
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")


def dump(built: Build) -> dict[str, set[ox.Triple]]:
    """The triples of the dump by graph; the default graph is ""."""
    found: dict[str, set[ox.Triple]] = {}
    for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS):
        name = quad.graph_name
        key = "" if isinstance(name, ox.DefaultGraph) else name.value
        found.setdefault(key, set()).add(quad.triple)
    return found


def canonical(triples: set[ox.Triple]) -> set[str]:
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def parsed(response: httpx.Response, form: Format) -> set[ox.Triple]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].split(";")[0] == form.media_type
    assert isinstance(form.engine, ox.RdfFormat)
    return {quad.triple for quad in ox.parse(response.content, format=form.engine)}


def test_every_graph_is_the_dump_s_with_its_exact_literals(
    client: httpx.Client, built: Build
) -> None:
    """The engine's own store would turn xsd:nonNegativeInteger into xsd:integer."""
    graphs = dump(built)
    assert len(graphs) > 8
    for name, triples in graphs.items():
        given = {"graph": name} if name else {"default": ""}
        response = client.get("/graphs", params={**given, "format": "ntriples"})
        assert parsed(response, GRAPH_FORMATS[1]) == triples
    assert any("nonNegativeInteger" in str(triple) for triple in graphs[f"{GRAPH}ontology"])


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_a_graph_in_every_format(client: httpx.Client, built: Build, form: Format) -> None:
    triples = dump(built)[f"{GRAPH}lineage"]
    for sent in (
        {"params": {"graph": f"{GRAPH}lineage"}, "headers": {"Accept": form.media_type}},
        {"params": {"graph": f"{GRAPH}lineage", "format": form.name}},
    ):
        assert canonical(parsed(client.get("/graphs", **sent), form)) == canonical(triples)


def test_head_tags_and_304(client: httpx.Client) -> None:
    params = {"graph": f"{GRAPH}lineage"}
    first = client.get("/graphs", params=params)
    head = client.head("/graphs", params=params)
    assert head.content == b""
    assert head.headers["content-length"] == first.headers["content-length"]
    assert head.headers["etag"] == first.headers["etag"]
    held = {"If-None-Match": first.headers["etag"]}
    assert client.get("/graphs", params=params, headers=held).status_code == 304
    other = client.get("/graphs", params={"default": ""}, headers=held)
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "slug"),
    [
        ("graph=https://w3id.org/cami/graph/nothing", 404, "no-graph"),
        ("graph=file:///etc/passwd", 404, "no-graph"),
        ("graph=http://127.0.0.1/", 404, "no-graph"),
        ("graph=nothing", 400, "iri"),
        ("", 400, "which-graph"),
        ("default&graph=urn:x", 400, "which-graph"),
        ("graph=urn:x&graph=urn:y", 400, "parameter"),
        ("default&grpah=urn:x", 400, "parameter"),
        ("default&format=csv", 406, "not-acceptable"),
        ("default&format=pdf", 400, "unknown-format"),
        ("graph=%FF", 400, "encoding"),
    ],
)
def test_what_is_not_there(client: httpx.Client, query: str, status: int, slug: str) -> None:
    response = client.get(f"/graphs?{query}")
    assert response.status_code == status, response.text
    assert response.json()["type"].endswith(f"/{slug}")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_nothing_is_written(client: httpx.Client, built: Build, method: str) -> None:
    response = client.request(method, "/graphs?default", content=b"<urn:s> <urn:p> <urn:o> .")
    assert response.status_code == 405
    assert {"GET", "HEAD"} <= set(response.headers["allow"].split(", "))
    answer = client.get("/sparql", params={"query": "ASK { <urn:s> ?p ?o }"})
    assert answer.json()["boolean"] is False


def test_graphs_of_one_s_own_file_come_from_a_worker(serve, tmp_path: Path) -> None:
    path = tmp_path / "mine.trig"
    path.write_text("<urn:s> <urn:p> 1 . <urn:g> { <urn:s> <urn:p> 2, 3 } <urn:empty> {}")
    with serve("--data", str(path), "--workers", "1") as client:
        found = client.get("/graphs", params={"graph": "urn:g", "format": "ntriples"})
        assert len(found.text.strip().split("\n")) == 2
        default = client.get("/graphs", params={"default": "", "format": "ntriples"})
        assert default.text.startswith('<urn:s> <urn:p> "1"^^')
        assert client.get("/graphs", params={"graph": "urn:empty"}).status_code == 404
        graph = described(client)
        dataset = graph.value(None, rdflib.RDF.type, SD.Dataset)
        assert counts(graph, dataset) == {"": 1, "urn:g": 2}
        assert (None, SD.feature, SD.UnionDefaultGraph) not in graph
        assert "license" not in client.get("/sparql", params={"query": "ASK {}"}).links


def test_a_process_that_cannot_be_started_is_one_that_failed(monkeypatch) -> None:
    """So it is 503, and not a fault of the program: no memory, process or descriptor is left."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert asyncio.run(output_of("cami.server.graph_worker", "[]", b"", math.inf)) is None


# ---- the service description


def described(client: httpx.Client, accept: str = "text/turtle") -> rdflib.Graph:
    response = client.get("/sparql", headers={"Accept": accept})
    return rdflib.Graph().parse(data=response.text, format=accept)


def counts(graph: rdflib.Graph, dataset: rdflib.term.Node | None) -> dict[str, int]:
    default = graph.value(dataset, SD.defaultGraph)
    found = {"": int(str(graph.value(default, VOID.triples)))}
    for named in graph.objects(dataset, SD.namedGraph):
        assert (named, rdflib.RDF.type, SD.NamedGraph) in graph
        inside = graph.value(named, SD.graph)
        assert (inside, rdflib.RDF.type, SD.Graph) in graph
        found[str(graph.value(named, SD.name))] = int(str(graph.value(inside, VOID.triples)))
    return found


@pytest.mark.parametrize("form", GRAPH_FORMATS[:4], ids=lambda form: form.name)
def test_the_description_is_the_same_in_every_format(client: httpx.Client, form: Format) -> None:
    one, two = described(client), described(client, form.media_type)
    assert len(one) > 100
    assert isomorphic(one, two)


def test_the_description_names_address_languages_and_formats(client: httpx.Client) -> None:
    graph = described(client)
    (service,) = graph.subjects(rdflib.RDF.type, SD.Service)
    address = rdflib.URIRef(str(client.base_url.join("/sparql")))
    assert list(graph.objects(service, SD.endpoint)) == [address]
    assert list(graph.objects(service, SD.url)) == [address]
    assert list(graph.objects(service, SD.supportedLanguage)) == [SD.SPARQL11Query]
    formats = {str(iri) for iri in graph.objects(service, SD.resultFormat)}
    names = {
        *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
        *("Turtle", "N-Triples", "JSON-LD", "RDF_XML", "N-Quads", "TriG"),
    }
    assert formats == {f"http://www.w3.org/ns/formats/{name}" for name in names}
    assert (service, SD.inputFormat, None) not in graph  # nothing is fetched
    features = set(graph.objects(service, SD.feature))
    assert features == {SD.UnionDefaultGraph}


def test_the_description_counts_the_graphs(client: httpx.Client, built: Build) -> None:
    graph = described(client)
    service = graph.value(None, rdflib.RDF.type, SD.Service)
    dataset = graph.value(service, SD.defaultDataset)
    assert (dataset, rdflib.RDF.type, SD.Dataset) in graph
    expected = {GRAPH + name: count for name, count in built.manifest["graphs"].items()}
    assert counts(graph, dataset) == {"": built.manifest["triples"], **expected}


def test_the_default_graph_is_the_union_that_the_description_claims(built: Build) -> None:
    graphs = dump(built)
    default = graphs.pop("")
    assert set[ox.Triple]().union(*graphs.values()) == default


WKT = "^^<http://www.opengis.net/ont/geosparql#wktLiteral>"
SQUARE = f'"POLYGON((0 0,2 0,2 2,0 2,0 0))"{WKT}'
POINT = f'"POINT(1 1)"{WKT}'
METRE = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"


@pytest.mark.parametrize("function", EXTENSION_FUNCTIONS, ids=lambda iri: iri.split("/")[-1])
def test_every_function_of_the_description_can_be_called(
    client: httpx.Client, function: str
) -> None:
    graph = described(client)
    assert (None, SD.extensionFunction, rdflib.URIRef(function)) in graph
    assert (rdflib.URIRef(function), rdflib.RDF.type, SD.Function) in graph
    values = []
    for given in (
        SQUARE,
        f"{SQUARE}, {POINT}",
        f"{SQUARE}, {SQUARE}",
        f"{SQUARE}, {METRE}",
        f"{POINT}, {POINT}, {METRE}",
    ):
        query = f"SELECT (<{function}>({given}) AS ?x) {{}}"
        answer = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
        values += [row["x"]["value"] for row in answer if "x" in row]
    assert values


def test_no_function_is_left_out_that_this_project_knows_of(client: httpx.Client) -> None:
    """An unknown function is the query's fault, so the list is not one of guesses."""
    query = "SELECT (<http://www.opengis.net/def/function/geosparql/boundary>(1) AS ?x) {}"
    response = client.get("/sparql", params={"query": query})
    assert response.status_code == 400
    assert response.json()["type"].endswith("/evaluation")
