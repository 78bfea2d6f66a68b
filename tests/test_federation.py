"""`SERVICE` reaches the servers that the operator allowed, and nothing else."""

import http.server
import threading
from collections.abc import Generator

import httpx
import pytest
import rdflib

from cami.queries.guard import RefusedQuery, refuse
from cami.queries.stability import Stability, stability
from cami.server.release import Build

ALLOWED = "https://example.org/sparql"
REGION = "https://w3id.org/cami/ontology#PriorityTransboundaryConservationRegion"


class Other(http.server.BaseHTTPRequestHandler):
    """A server that counts who comes, and sends them on."""

    came: list[str] = []  # noqa: RUF012 - the class is made once, for one server
    to = ""

    def do_POST(self) -> None:
        self.came.append(self.path)
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(307)
        self.send_header("Location", f"{self.to}/elsewhere")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def other() -> Generator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
    Other.to = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Other.to
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def servers(built: Build, other: str, serve) -> Generator[tuple[httpx.Client, str]]:
    """A server that may ask another one, and the address of that."""
    options = ("--build", str(built.folder.parent), "--workers", "1", "--timeout", "5")
    with serve(*options) as remote:
        there = f"{str(remote.base_url).rstrip('/')}/sparql"
        allowed = ("--allow-service", there, "--allow-service", f"{other}/sparql", "--cache", "8")
        with serve(*options, *allowed) as near:
            yield near, there


def ask(client: httpx.Client, query: str) -> httpx.Response:
    return client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})


def reason(answer: httpx.Response) -> str:
    return answer.json()["type"].rpartition("/")[2]


def test_an_allowed_server_is_asked(servers: tuple[httpx.Client, str]) -> None:
    near, there = servers
    query = f"SELECT (COUNT(*) AS ?n) {{ SERVICE <{there}> {{ ?region a <{REGION}> }} }}"
    answer = ask(near, query)
    assert answer.status_code == 200, answer.text
    assert answer.text.split() == ["n", "13"]
    assert answer.headers["cache-control"] == "no-store"
    joined = (
        f"SELECT ?s {{ ?s a <{REGION}> SERVICE silent # any\n <{there}> {{ ?s a <{REGION}> }} }}"
    )
    assert len(ask(near, joined).text.split()) == 14


def test_a_worker_reaches_nothing_with_the_next_query(servers: tuple[httpx.Client, str]) -> None:
    """Its limit of descriptors is back where it was: this build's engine could open no file either."""
    near, there = servers
    for _ in range(3):
        assert ask(near, f"ASK {{ SERVICE <{there}> {{ ?s ?p 1 }} }}").status_code in (200, 406)
        assert ask(near, "SELECT (1 AS ?a) {}").status_code == 200


def test_no_other_server_is_reached(servers: tuple[httpx.Client, str], other: str) -> None:
    near, there = servers
    Other.came.clear()
    for name in (
        f"<{other}/>",
        f"<{there}#>",
        f"<{there[:-1]}\\u006C>",
        "?there",
        "other:sparql",
        f"SILENT SILENT ?x <{there}>",
        f"<{other}/x> {{}} SERVICE <{there}>",
    ):
        query = f"PREFIX other: <{other}/> SELECT * {{ VALUES ?there {{ <{other}/> }} SERVICE {name} {{ ?s ?p ?o }} }}"
        answer = ask(near, query)
        assert (answer.status_code, reason(answer)) == (400, "no-service"), name
        assert there in answer.json()["detail"]
    assert Other.came == []


def test_a_redirection_is_not_followed(servers: tuple[httpx.Client, str], other: str) -> None:
    near, _ = servers
    Other.came.clear()
    answer = ask(near, f"SELECT * {{ SERVICE <{other}/sparql> {{ ?s ?p ?o }} }}")
    assert (answer.status_code, reason(answer)) == (400, "evaluation")
    assert Other.came == ["/sparql"] or Other.came[0].startswith("/sparql?")
    assert len(Other.came) == 1


def test_the_description_says_that_queries_are_federated(
    servers: tuple[httpx.Client, str],
) -> None:
    feature = rdflib.URIRef("http://www.w3.org/ns/sparql-service-description#BasicFederatedQuery")
    near, there = servers
    for url, said in ((f"{str(near.base_url).rstrip('/')}/sparql", True), (there, False)):
        text = httpx.get(url, headers={"Accept": "text/turtle"}, timeout=30).text
        assert ((None, None, feature) in rdflib.Graph().parse(data=text)) is said


@pytest.mark.parametrize("address", ["file:///etc/passwd", "example.org", "http://a b", "http://"])
def test_only_an_address_can_be_allowed(cami, address: str) -> None:
    done = cami("serve", "--allow-service", address)
    assert done.returncode == 2
    assert "is not the address of a SPARQL endpoint" in done.stderr


def test_a_store_elsewhere_is_not_asked_to_ask_others(cami) -> None:
    done = cami("serve", "--endpoint", "http://127.0.0.1:9/", "--allow-service", ALLOWED)
    assert done.returncode == 2
    assert "set it there" in done.stderr


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICEx <https://example.org/sparql> {} }",
        "SELECT * { SERVICE:x <https://example.org/sparql> {} }",
        "SELECT * { ?s ?p 1.SERVICE <https://example.org/sparql> {} }",
        "SELECT * { SERVICE <https://example.org/sparql/> {} }",
        "SELECT * { SERVICE <HTTPS://example.org/sparql> {} }",
        "SELECT * { SERVICE 'x' <https://example.org/sparql> {} }",
        "SELECT * { SERVICE",
    ],
)
def test_only_the_whole_name_is_allowed(query: str) -> None:
    refuse("SELECT * { SERVICE SILENT <https://example.org/sparql> {} }", (ALLOWED,))
    with pytest.raises(RefusedQuery, match="SERVICE is refused"):
        refuse(query, (ALLOWED,))


def test_what_others_say_is_not_kept() -> None:
    assert stability(f"SELECT * {{ SERVICE <{ALLOWED}> {{}} }}") is Stability.NONE
