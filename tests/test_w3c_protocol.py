"""The 34 SPARQL 1.1 Protocol tests of the W3C, and the same 34 in our own words.

https://www.w3.org/2009/sparql/docs/tests/data-sparql11/protocol/ . The seven tests of a successful
update need an endpoint that takes updates: this one answers 403 and changes nothing.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import rdflib

SHARED = Path(__file__).parents[2] / "shared" / "w3c" / "protocol"
URL = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
TABULAR = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
# Of the W3C tests those that expect an update to be done, and those that expect it refused.
UPDATES = {
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
}
BAD_UPDATES = {
    "bad_update_get": 403,
    "bad_multiple_updates": 403,
    "bad_update_wrong_media_type": 415,
    "bad_update_missing_form_type": 415,
    "bad_update_non_utf8": 415,
    "bad_update_syntax": 403,
    "bad_update_dataset_conflict": 403,
}
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")


@dataclass(frozen=True)
class Sent:
    """One request and what must come back."""

    method: str = "GET"
    query: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    format: str = ""
    boolean: bool | None = None


def check(client: httpx.Client, sent: Sent, path: str = "/sparql") -> None:
    response = client.request(
        sent.method, f"{path}?{sent.query}", content=sent.body, headers=sent.headers
    )
    assert response.status_code == sent.status, response.text
    media_type = response.headers["content-type"].split(";")[0]
    if sent.status >= 400:
        assert media_type == "application/problem+json"
    if sent.format == "boolean":
        assert media_type in TABULAR[:2]
        expected = (True, False) if sent.boolean is None else (sent.boolean,)
        assert response.json()["boolean"] in expected
    if sent.format == "tabular":
        assert media_type in TABULAR
    if sent.format == "RDF":
        rdflib.Graph().parse(data=response.text, format=media_type)


# ---- the W3C's own


@pytest.fixture(scope="module")
def w3c(serve, tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx.Client]:
    lines = [
        line.rstrip(" .") + f" <{URL.format(number)}> .\n"
        for number in (1, 2, 3)
        for line in (SHARED / f"data{number}.nt").read_text().strip().split("\n")
    ]
    path = tmp_path_factory.mktemp("w3c") / "protocol.nq"
    path.write_text("".join(lines))
    with serve("--data", str(path), "--workers", "1") as client:
        yield client


def from_manifest() -> dict[str, list[Sent]]:
    if not SHARED.is_dir():
        return {}
    graph = rdflib.Graph().parse(SHARED / "manifest.ttl", publicID="http://example.org/m#")
    tests = {}
    for entry in rdflib.collection.Collection(graph, next(graph.objects(None, MF.entries))):
        action = graph.value(entry, MF.action)
        requests = rdflib.collection.Collection(graph, graph.value(action, HT.requests))
        tests[str(entry).split("#")[-1]] = [one(graph, request) for request in requests]
    return tests


def one(graph: rdflib.Graph, node: rdflib.term.Node) -> Sent:
    body = graph.value(node, HT.body)
    headers = graph.value(node, HT.headers)
    response = graph.value(node, HT.resp)
    expected = {str(value).split("#")[-1] for value in graph.objects(response, MF.expectedStatus)}
    boolean = graph.value(response, MF.expectedBoolean)
    path, _, query = str(graph.value(node, HT.absolutePath)).partition("?")
    assert path == "/sparql/"
    text = str(graph.value(body, CNT.chars)) if body else ""
    encoding = str(graph.value(body, CNT.characterEncoding)) if body else "utf-8"
    named = rdflib.collection.Collection(graph, headers) if headers else []
    return Sent(
        str(graph.value(node, HT.methodName)),
        query,
        text.encode(encoding),
        {str(graph.value(h, HT.fieldName)): str(graph.value(h, HT.fieldValue)) for h in named},
        {"StatusCode2xx": 200, "StatusCode4xx": 400}[min(expected)],
        str(graph.value(response, MF.expectedFormat) or ""),
        None if boolean is None else bool(boolean),
    )


W3C = from_manifest()
here = pytest.mark.skipif(not W3C, reason="the W3C tests are not beside this checkout")


@here
def test_the_manifest_holds_34_tests() -> None:
    assert len(W3C) == 34
    assert set(W3C) >= UPDATES | set(BAD_UPDATES)
    assert set(OWN) == set(W3C)


@here
@pytest.mark.parametrize("name", W3C or ["none"])
def test_w3c(w3c: httpx.Client, name: str) -> None:
    """As the manifest expects, but for updates: refused, and nothing has changed after them."""
    for number, sent in enumerate(W3C[name]):
        response = w3c.request(
            sent.method, f"/sparql?{sent.query}", content=sent.body, headers=sent.headers
        )
        if name in UPDATES and number == 0:
            assert response.status_code == 403
        elif name in UPDATES:
            assert response.json()["boolean"] is False
        elif name in BAD_UPDATES:
            assert response.status_code == BAD_UPDATES[name]
        elif sent.status == 400:
            assert 400 <= response.status_code < 500
        else:
            check(w3c, sent)


# ---- the same in our own words, to run everywhere

DATA = "".join(
    f"<http://example.org/g{n}> <http://example.org/in> <http://example.org/graph> "
    f"<http://example.org/g{n}> .\n"
    for n in (1, 2, 3)
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}
UPDATE = {"Content-Type": "application/sparql-update"}
IN = "<http://example.org/g{}> <http://example.org/in> ?g"
DEFAULT_12 = f"ASK {{ {IN.format(1)} . {IN.format(2)} }}"
NAMED_12 = f"GRAPH ?a {{ {IN.format(1)} }} GRAPH ?b {{ {IN.format(2)} }}"
ASK = "ASK { ?s ?p ?o }"
CHANGE = "INSERT DATA { GRAPH <http://example.org/new> { <urn:s> <urn:p> <urn:o> } }"
CHANGED = Sent(
    "POST",
    body=b"ASK { GRAPH <http://example.org/new> { ?s ?p ?o } }",
    headers=QUERY,
    format="boolean",
    boolean=False,
)


def graphs(key: str, *numbers: int) -> str:
    return urlencode([(key, f"http://example.org/g{number}") for number in numbers])


def form(**values: str) -> bytes:
    return urlencode(values).encode()


def asked(text: str, query: str = "", boolean: bool = True) -> Sent:
    return Sent("POST", query, text.encode(), QUERY, format="boolean", boolean=boolean)


def get(text: str, query: str = "", boolean: bool = True) -> Sent:
    both = "&".join(part for part in (urlencode({"query": text}), query) if part)
    return Sent(query=both, format="boolean", boolean=boolean)


def update(query: str = "", body: bytes = CHANGE.encode(), status: int = 403) -> Sent:
    return Sent("POST", query, body, UPDATE, status)


D12 = graphs("default-graph-uri", 1, 2)
N12 = graphs("named-graph-uri", 1, 2)
D3 = graphs("default-graph-uri", 3)
OWN: dict[str, Sequence[Sent]] = {
    "query_post_form": [Sent("POST", D3, form(query=ASK), FORM, format="boolean", boolean=True)],
    "query_dataset_default_graphs_get": [get(DEFAULT_12, D12), get(DEFAULT_12, boolean=False)],
    "query_dataset_default_graphs_post": [
        asked(DEFAULT_12, D12),
        asked(DEFAULT_12, graphs("default-graph-uri", 1), False),
    ],
    "query_dataset_named_graphs_post": [
        asked(f"ASK {{ {NAMED_12} }}", N12),
        asked(f"ASK {{ {NAMED_12} }}", graphs("named-graph-uri", 1), False),
    ],
    "query_dataset_named_graphs_get": [get(f"ASK {{ {NAMED_12} }}", N12)],
    "query_dataset_full": [asked(f"ASK {{ {IN.format(3)} {NAMED_12} }}", f"{D3}&{N12}")],
    "query_multiple_dataset": [
        # What the protocol says of the dataset goes before FROM.
        asked(f"ASK FROM <http://example.org/g3> {{ {NAMED_12} }}", N12),
        asked(f"ASK FROM <http://example.org/g3> {{ {IN.format(3)} }}", N12, False),
    ],
    "query_get": [
        get("ASK {}", D3),
        # As in the W3C's own: a graph that the service lacks is an empty one, not a fault.
        get("ASK {}", graphs("default-graph-uri", 9)),
        get(ASK, graphs("default-graph-uri", 9), False),
    ],
    "query_content_type_select": [
        Sent("POST", body=b"SELECT (2 AS ?two) {}", headers=QUERY, format="tabular")
    ],
    "query_content_type_ask": [asked("ASK {}")],
    "query_content_type_describe": [
        Sent("POST", body=b"DESCRIBE <http://example.org/g1>", headers=QUERY, format="RDF")
    ],
    "query_content_type_construct": [
        Sent("POST", body=b"CONSTRUCT { <urn:a> <urn:b> 2 } {}", headers=QUERY, format="RDF")
    ],
    "update_dataset_default_graph": [update(graphs("using-graph-uri", 1)), CHANGED],
    "update_dataset_default_graphs": [update(graphs("using-graph-uri", 1, 2)), CHANGED],
    "update_dataset_named_graphs": [update(graphs("using-named-graph-uri", 1, 2)), CHANGED],
    "update_dataset_full": [
        update(graphs("using-graph-uri", 1) + "&" + graphs("using-named-graph-uri", 2)),
        CHANGED,
    ],
    "update_post_form": [Sent("POST", body=form(update=CHANGE), headers=FORM, status=403), CHANGED],
    "update_post_direct": [update(), CHANGED],
    "update_base_uri": [update(body=CHANGE.replace("urn:o", "o").encode()), CHANGED],
    "query_post_direct": [asked("ASK {}")],
    "bad_query_method": [Sent("PUT", urlencode({"query": "ASK {}"}), headers=FORM, status=405)],
    "bad_multiple_queries": [
        Sent(query=urlencode([("query", "ASK {}"), ("query", "ASK { ?a ?b ?c }")]), status=400)
    ],
    "bad_query_wrong_media_type": [
        Sent("POST", body=b"ASK {}", headers={"Content-Type": "text/plain"}, status=415)
    ],
    "bad_query_missing_form_type": [Sent("POST", body=form(query="ASK {}"), status=415)],
    "bad_query_missing_direct_type": [Sent("POST", body=b"ASK {}", status=415)],
    "bad_query_non_utf8": [
        Sent(
            "POST",
            body="ASK {}".encode("utf-16"),
            headers={"Content-Type": "application/sparql-query; charset=UTF-16"},
            status=415,
        )
    ],
    "bad_query_syntax": [Sent(query=urlencode({"query": "ASK {"}), status=400)],
    "bad_update_get": [Sent(query=urlencode({"update": CHANGE}), status=403), CHANGED],
    "bad_multiple_updates": [
        Sent(
            "POST",
            body=urlencode([("update", CHANGE), ("update", "CLEAR ALL")]).encode(),
            headers=FORM,
            status=403,
        )
    ],
    "bad_update_wrong_media_type": [
        Sent("POST", body=CHANGE.encode(), headers={"Content-Type": "text/plain"}, status=415)
    ],
    "bad_update_missing_form_type": [Sent("POST", body=form(update=CHANGE), status=415)],
    "bad_update_non_utf8": [
        Sent(
            "POST",
            body=CHANGE.encode("utf-16"),
            headers={"Content-Type": "application/sparql-update; charset=UTF-16"},
            status=415,
        )
    ],
    "bad_update_syntax": [
        Sent("POST", body=form(update="INSERT NOTHING"), headers=FORM, status=403)
    ],
    "bad_update_dataset_conflict": [
        update(
            graphs("using-named-graph-uri", 1),
            b"WITH <http://example.org/g1> DELETE { ?s ?p 1 } INSERT { ?s ?p 2 } WHERE { ?s ?p 1 }",
        )
    ],
}


@pytest.fixture(scope="module")
def own(serve, tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx.Client]:
    path = tmp_path_factory.mktemp("own") / "graphs.nq"
    path.write_text(DATA + DATA.splitlines()[2].rsplit(" <", 1)[0] + " .\n")
    with serve("--data", str(path), "--workers", "1") as client:
        yield client


def test_the_own_table_is_of_34_tests() -> None:
    assert len(OWN) == 34
    assert set(OWN) >= UPDATES | set(BAD_UPDATES)
    assert {name: OWN[name][0].status for name in BAD_UPDATES} == BAD_UPDATES


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_own(own: httpx.Client, name: str, path: str) -> None:
    for sent in OWN[name]:
        check(own, sent, path)
