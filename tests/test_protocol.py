"""`/sparql` over HTTP, against a real server (https://www.w3.org/TR/sparql11-protocol/)."""

import csv
import io
import json
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import httpx
import pytest
import rdflib
from hypothesis import example, given, settings
from hypothesis import strategies as st
from SPARQLWrapper import JSON, SPARQLWrapper

from cami.server.parameters import MAX_FIELDS, pairs
from cami.server.problems import HttpProblem

COUNT = """SELECT (COUNT(*) AS ?n) WHERE {
    ?activity a <https://w3id.org/cami/ontology#Activity> ;
        <https://w3id.org/cami/ontology#inProgramme> <https://w3id.org/cami/id/programme/wp-2026-2032> }"""
FIRST = """SELECT ?number WHERE {
    <https://w3id.org/cami/id/activity/wp-2026-2032/12.6> <https://w3id.org/cami/ontology#number> ?number }"""
GRAPH = """CONSTRUCT { ?s ?p ?o } WHERE {
    BIND(<https://w3id.org/cami/id/region/altai> AS ?s) ?s ?p ?o }"""
DESCRIBE = "DESCRIBE <https://w3id.org/cami/id/region/altai>"


def count(response: httpx.Response) -> str:
    return response.json()["results"]["bindings"][0]["n"]["value"]


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["type"] == f"https://w3id.org/cami/problem/{slug}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


def test_get(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": COUNT})
    assert response.headers["content-type"] == "application/sparql-results+json"
    assert "Accept" in response.headers["vary"]
    assert count(response) == "205"


def test_post_form(client: httpx.Client) -> None:
    assert count(client.post("/sparql", data={"query": COUNT})) == "205"


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_direct(client: httpx.Client, method: str) -> None:
    headers = {"Content-Type": "application/sparql-query; charset=utf-8"}
    assert count(client.request(method, "/sparql", content=COUNT, headers=headers)) == "205"


def test_head_has_the_headers_and_no_body(client: httpx.Client) -> None:
    response = client.head("/sparql", params={"query": COUNT})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/sparql-results+json"
    assert response.content == b""


def test_options_lists_the_methods(client: httpx.Client) -> None:
    response = client.options("/sparql")
    assert response.status_code == 204
    assert {"GET", "POST", "HEAD", "QUERY"} <= set(response.headers["allow"].split(", "))


def test_json(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": FIRST, "format": "json"})
    assert response.json()["results"]["bindings"] == [
        {"number": {"type": "literal", "value": "12.6"}}
    ]


def test_xml(client: httpx.Client) -> None:
    response = client.get(
        "/sparql", params={"query": FIRST}, headers={"Accept": "application/sparql-results+xml"}
    )
    tree = ElementTree.fromstring(response.text)
    assert [e.text for e in tree.iter("{http://www.w3.org/2005/sparql-results#}literal")] == [
        "12.6"
    ]


def test_csv(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": FIRST}, headers={"Accept": "text/csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(io.StringIO(response.text))) == [["number"], ["12.6"]]


def test_tsv(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": FIRST, "format": "tsv"})
    assert response.text == '?number\n"12.6"\n'


@pytest.mark.parametrize("query", [GRAPH, DESCRIBE])
@pytest.mark.parametrize(
    ("media_type", "parser"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ],
)
def test_graphs(client: httpx.Client, query: str, media_type: str, parser: str) -> None:
    response = client.get("/sparql", params={"query": query}, headers={"Accept": media_type})
    assert response.headers["content-type"].split(";")[0] == media_type
    graph = rdflib.Graph().parse(data=response.text, format=parser)
    altai = rdflib.URIRef("https://w3id.org/cami/id/region/altai")
    label = rdflib.URIRef("http://www.w3.org/2000/01/rdf-schema#label")
    assert graph.value(altai, label) == rdflib.Literal("Altai", lang="en")


@pytest.mark.parametrize("form", ["json", "xml"])
def test_ask(client: httpx.Client, form: str) -> None:
    response = client.get("/sparql", params={"query": "ASK { ?s ?p ?o }", "format": form})
    assert response.status_code == 200
    assert "true" in response.text


def test_a_known_client_library_works(client: httpx.Client) -> None:
    wrapper = SPARQLWrapper(str(client.base_url.join("/sparql")))
    wrapper.setQuery(COUNT)
    wrapper.setReturnFormat(JSON)
    answer = wrapper.queryAndConvert()
    assert answer["results"]["bindings"][0]["n"]["value"] == "205"


def test_rdflib_as_a_client_works(client: httpx.Client) -> None:
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    graph = rdflib.Graph(SPARQLStore(str(client.base_url.join("/sparql"))))
    assert [str(row[0]) for row in graph.query(FIRST)] == ["12.6"]


def test_a_dataset_can_be_named(client: httpx.Client) -> None:
    """Only the graphs that the request names exist, as the protocol says."""
    pattern = "?activity <https://w3id.org/cami/ontology#concernsRegion> ?region"
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}"
    graphs = "https://w3id.org/cami/graph/"
    inferred = {"query": query, "default-graph-uri": f"{graphs}inferred"}
    assert count(client.get("/sparql", params=inferred)) == "106"
    named = {"query": query, "named-graph-uri": f"{graphs}inferred"}
    assert count(client.get("/sparql", params=named)) == "0"
    inside = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH ?g {{ {pattern} }} }}"
    assert count(client.get("/sparql", params={**named, "query": inside})) == "106"
    assert count(client.post("/sparql", data={**inferred})) == "106"
    # A dataset is a set; what the engine makes of a repetition must not be kept either.
    for which in ("default-graph-uri", "named-graph-uri"):
        asked = inside if which == "named-graph-uri" else query
        twice = {"query": asked + " # twice", which: [f"{graphs}inferred"] * 2}
        assert count(client.get("/sparql", params=twice)) == "106"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (COUNT(*) AS ?n) FROM <file:///etc/hostname> { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM NAMED<http://127.0.0.1/> { GRAPH ?g { ?s ?p ?o } }",
        "PREFIX x: <http://127.0.0.1/> SELECT (COUNT(*) AS ?n) FROM # here\n x:y { ?s ?p ?o }",
    ],
)
def test_an_outside_graph_is_refused_and_is_not_fetched(client: httpx.Client, query: str) -> None:
    problem(client.get("/sparql", params={"query": query}), 400, "no-such-graph")


def test_an_outside_graph_of_the_protocol_is_empty(client: httpx.Client) -> None:
    """As the W3C's tests have it; nothing is fetched."""
    for name in ("default-graph-uri", "named-graph-uri"):
        given = {"query": COUNT, name: "http://127.0.0.1/"}
        assert count(client.get("/sparql", params=given)) == "0"


def test_a_graph_of_the_dataset_may_be_named(client: httpx.Client) -> None:
    query = (
        "PREFIX g: <https://w3id.org/cami/graph/> SELECT (COUNT(*) AS ?n) "
        "FROM g:ontology FROM NAMED <https://w3id.org/cami/graph/reference> { ?s ?p ?o }"
    )
    assert int(count(client.get("/sparql", params={"query": query}))) > 1000


def test_a_syntax_error_has_line_and_column(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": "SELECT *\nWHERE { ?s ?p }"})
    document = problem(response, 400, "syntax")
    assert document["line"] == 2
    assert isinstance(document["column"], int)


def test_an_unknown_function_is_the_query_s_fault(client: httpx.Client) -> None:
    query = "SELECT (<http://x/f>(1) AS ?x) { }"
    response = client.get("/sparql", params={"query": query})
    assert response.status_code in (200, 400)  # an error in an expression leaves it unbound


def test_updates_are_refused(client: httpx.Client) -> None:
    update = "INSERT DATA { <http://a> <http://b> <http://c> }"
    problem(client.post("/sparql", data={"update": update}), 403, "read-only")
    headers = {"Content-Type": "application/sparql-update"}
    problem(client.post("/sparql", content=update, headers=headers), 403, "read-only")
    problem(client.get("/sparql", params={"query": update}), 403, "read-only")


def test_requests_that_the_protocol_does_not_know(client: httpx.Client) -> None:
    problem(client.post("/sparql", data={}), 415, "content-type")
    problem(client.post("/sparql", data={"q": COUNT}), 400, "no-query")
    problem(client.get("/sparql", params=[("query", COUNT), ("query", FIRST)]), 400, "many-queries")
    problem(client.put("/sparql", content=COUNT), 405, "method")
    headers = {"Content-Type": "text/plain"}
    problem(client.post("/sparql", content=COUNT, headers=headers), 415, "content-type")
    latin = {"Content-Type": "application/sparql-query; charset=latin-1"}
    problem(client.post("/sparql", content=COUNT, headers=latin), 415, "charset")
    bad = {"query": COUNT, "default-graph-uri": "not an iri"}
    problem(client.get("/sparql", params=bad), 400, "iri")
    problem(client.get("/sparql", params={"query": COUNT, "format": "pdf"}), 400, "unknown-format")


def test_bytes_that_are_not_utf8(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/sparql-query"}
    problem(client.post("/sparql", content=b"SELECT \xff", headers=headers), 400, "encoding")
    problem(client.get("/sparql?query=%FF"), 400, "encoding")


def test_too_much(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/sparql-query"}
    long = COUNT + "#" * (2 << 20)
    problem(client.post("/sparql", content=long, headers=headers), 413, "request-size")
    problem(
        client.post("/sparql", content=COUNT + "#" * 200_000, headers=headers), 413, "query-size"
    )


def test_no_format_fits(client: httpx.Client) -> None:
    png = {"Accept": "image/png"}
    problem(client.get("/sparql", params={"query": COUNT}, headers=png), 406, "not-acceptable")
    turtle = {"Accept": "text/turtle"}
    problem(client.get("/sparql", params={"query": COUNT}, headers=turtle), 406, "not-acceptable")
    problem(client.get("/sparql", params={"query": GRAPH, "format": "csv"}), 406, "not-acceptable")
    for nothing in (";", ";;", ", ;q=1", "; ;"):
        answer = client.get("/sparql", params={"query": COUNT}, headers={"Accept": nothing})
        problem(answer, 406, "not-acceptable")


def test_without_a_query_the_endpoint_describes_itself(client: httpx.Client) -> None:
    response = client.get("/sparql", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=response.text, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    service = graph.value(None, rdflib.RDF.type, sd.Service)
    assert str(graph.value(service, sd.endpoint)) == str(client.base_url.join("/sparql"))
    browser = client.get("/sparql", headers={"Accept": "text/html"})
    assert browser.headers["content-type"].startswith("text/html")


def test_cors_is_open_and_without_credentials(client: httpx.Client) -> None:
    headers = {"Origin": "https://example.org"}
    response = client.get("/sparql", params={"query": FIRST}, headers=headers)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


def test_a_percent_in_a_query_is_decoded_once(client: httpx.Client) -> None:
    query = 'SELECT ("a%2Fb" AS ?x) {}'
    response = client.get("/sparql", params={"query": query})
    assert json.loads(response.text)["results"]["bindings"][0]["x"]["value"] == "a%2Fb"


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*"a=&+%;/4", "%41", "%C3%A9", "%26", "%E9", "é"])).map("".join))
@example("&" * (MAX_FIELDS - 1))
@example("&" * MAX_FIELDS)
def test_parameters_are_read_as_the_standard_library_reads_them(text: str) -> None:
    try:
        text.encode("ascii")
        read = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        with pytest.raises(HttpProblem):
            pairs(text.encode())
    else:
        assert pairs(text.encode()) == read
