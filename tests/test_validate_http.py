"""`POST /validate` on a real server: the same answers as the program, within limits, alone."""

import concurrent.futures
import contextlib
import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from cami.server.release import Build
from cami.server.validate_work import Work

PREFIXES = """@prefix cami: <https://w3id.org/cami/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
"""
GOOD = f"""{PREFIXES}
<https://example.org/site> a cami:Site ; rdfs:label "A valley"@en ; cami:siteKind "valley" ;
    cami:siteState <https://w3id.org/cami/id/state/KAZ> ;
    prov:hadPrimarySource <https://w3id.org/cami/id/location/cop15-cami-document/range-states> .
"""
BAD = GOOD.replace("state/KAZ", "state/XXX")
TURTLE = {"Content-Type": "text/turtle"}


@pytest.fixture(scope="module")
def server(built: Build, serve) -> Generator[httpx.Client]:
    options = ("--build", str(built.folder.parent), "--workers", "2", "--validate-size", "1")
    with serve(*options, "--validate-timeout", "120") as client:
        client.timeout = httpx.Timeout(150)
        yield client


def post(
    client: httpx.Client, body: str | bytes, path: str = "/validate", **headers: str
) -> httpx.Response:
    sent = TURTLE | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, content=body, headers=sent)


def slug(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()["type"].rpartition("/")[2]


def test_the_report_is_that_of_the_program(server: httpx.Client, cami, tmp_path) -> None:
    good, bad = post(server, GOOD), post(server, BAD, "/validate?name=mine.ttl")
    assert (good.status_code, good.json()["conforms"]) == (200, True)
    assert (bad.status_code, bad.json()["conforms"]) == (200, False)
    (tmp_path / "mine.ttl").write_text(BAD)
    printed = json.loads(cami("validate", str(tmp_path / "mine.ttl"), "--format", "json").stdout)
    found = bad.json()["results"]
    assert [one | {"file": ""} for one in found] == [
        one | {"file": ""} for one in printed["results"]
    ]
    assert (found[0]["file"], found[0]["line"], found[0]["column"]) == ("mine.ttl", 6, 20)


@pytest.mark.parametrize(
    ("accept", "media_type", "start"),
    [
        ("application/json", "application/json", "{"),
        ("application/sarif+json", "application/sarif+json", "{"),
        ("text/turtle", "text/turtle; charset=utf-8", "@prefix"),
        (
            "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
            "text/html; charset=utf-8",
            "<!doctype",
        ),
        ("text/plain", "text/plain; charset=utf-8", "body: 1 violation"),
        ("application/xml", "application/xml", "<?xml"),
        ("*/*", "application/json", "{"),
    ],
)
def test_the_format_is_negotiated(
    server: httpx.Client, accept: str, media_type: str, start: str
) -> None:
    response = post(server, BAD, Accept=accept)
    assert response.headers["content-type"] == media_type, response.text
    assert "Accept" in response.headers["vary"]
    assert response.text.startswith(start)


def test_other_syntaxes_and_tables(server: httpx.Client) -> None:
    row = "site\tstate\nalai-valley\tXXX\n"
    response = post(server, row, Content_Type="text/tab-separated-values; charset=utf-8")
    (one,) = response.json()["results"]
    assert (one["shape"], one["line"], one["cell"]) == ("table-link", 2, "state")
    named = post(server, "id,label\nx,y\n", "/validate?name=hotspots.csv", Content_Type="text/csv")
    assert named.status_code == 200, named.text
    ambiguous = post(server, "id,label\nx,y\n", Content_Type="text/csv")
    assert ambiguous.status_code == 400
    line = "<https://example.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/cami/ontology#Nonsense> .\n"
    response = post(server, line, Content_Type="application/n-triples")
    assert [one["line"] for one in response.json()["results"]] == [1]


def test_what_cannot_be_read_is_400_with_its_line(server: httpx.Client) -> None:
    response = post(server, GOOD + "\nnonsense")
    assert (response.status_code, slug(response)) == (400, "input")
    assert response.json()["line"] == 9
    assert post(server, "").status_code == 400
    assert post(server, b"\xff\xfe", Content_Type="text/csv").status_code == 400


def test_requests_that_ask_for_what_there_is_not(server: httpx.Client) -> None:
    assert slug(post(server, GOOD, Content_Type="image/png")) == "media-type"
    assert post(server, GOOD, Content_Type="image/png").status_code == 415
    assert post(server, GOOD, Accept="image/png").status_code == 406
    for query in ("x=1", "format=pdf", "severity=high", "name=../x", "format=json&format=json"):
        response = post(server, GOOD, f"/validate?{query}")
        assert (response.status_code, slug(response)) == (400, "parameter"), query
    assert server.get("/validate").status_code == 405


def test_a_large_body_is_413_however_it_is_sent(server: httpx.Client) -> None:
    line = b"# " + b"x" * 1022 + b"\n"
    response = post(server, line * 1100)
    assert (response.status_code, slug(response)) == (413, "body-size")
    chunked = server.post("/validate", content=iter([line] * 1100), headers=TURTLE)
    assert chunked.status_code == 413


def test_no_request_leaves_and_no_file_is_read(server: httpx.Client, tmp_path) -> None:
    """Contexts, imports, entities and shapes elsewhere: a server beside this one sees nothing."""
    seen: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_POST = do_GET

    listener = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{listener.server_address[1]}"
    secret = tmp_path / "secret.txt"
    secret.write_text("secret-7351")
    bodies = {
        "application/ld+json": f'{{"@context": "{address}/context.jsonld", "@id": "http://a/s", "x": 1}}',
        "text/turtle": f"@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        f"<{address}/o> a owl:Ontology ; owl:imports <{address}/imported.ttl> ; sh:shapesGraph <{address}/shapes.ttl> .\n",
        "application/rdf+xml": f'<!DOCTYPE r [<!ENTITY e SYSTEM "{address}/entity"><!ENTITY f SYSTEM "{secret.as_uri()}">]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
        '<rdf:Description rdf:about="http://e/a"><e:p>&e;&f;</e:p></rdf:Description></rdf:RDF>',
    }
    try:
        statuses = {}
        for kind, body in bodies.items():
            response = post(server, body, Content_Type=kind)
            statuses[kind] = response.status_code
            assert "secret-7351" not in response.text
        assert statuses == {
            "application/ld+json": 400,
            "text/turtle": 200,
            "application/rdf+xml": 400,
        }
        assert seen == []
        httpx.get(f"{address}/sees")
        assert seen == ["/sees"]
    finally:
        listener.shutdown()
        listener.server_close()


def test_what_is_not_done_in_time_is_503_and_the_server_lives(built: Build, serve) -> None:
    options = ("--build", str(built.folder.parent), "--workers", "1", "--validate-timeout", "0.5")
    with serve(*options) as client:
        response = post(client, GOOD)
        assert (response.status_code, slug(response)) == (503, "timeout")
        assert client.get("/livez").status_code == 200


def test_memory_is_limited(built: Build, serve) -> None:
    options = ("--build", str(built.folder.parent), "--memory", "64", "--validate-timeout", "120")
    lines = "".join(f"<http://a/{n}> <http://a/p> <http://a/{n + 1}> .\n" for n in range(80_000))
    with serve(*options) as client:
        client.timeout = httpx.Timeout(150)
        response = post(client, lines, Content_Type="application/n-triples")
        assert response.status_code == 503
        assert slug(response) in {"out-of-memory", "worker-died"}
        assert client.get("/livez").status_code == 200


def test_a_validation_is_charged_to_who_asked(built: Build, serve) -> None:
    with serve("--build", str(built.folder.parent), "--budget", "0.1") as client:
        client.timeout = httpx.Timeout(60)
        assert post(client, GOOD).status_code == 200
        refused = post(client, GOOD)
        assert (refused.status_code, slug(refused)) == (429, "budget")


def test_few_validations_wait(built: Build, serve) -> None:
    options = ("--build", str(built.folder.parent), "--workers", "1", "--queue", "1")
    with serve(*options) as client, concurrent.futures.ThreadPoolExecutor() as threads:
        client.timeout = httpx.Timeout(60)
        all_three = list(threads.map(lambda _: post(client, GOOD), range(3)))
        assert sorted(one.status_code for one in all_three) == [200, 200, 429]
        assert [slug(one) for one in all_three if one.status_code == 429] == ["busy"]


def answer_on(peer: socket.socket) -> bytes:
    """Return a problem; its head and its body may come in two parts."""
    said = b""
    while b"}" not in said and (more := peer.recv(1 << 16)):
        said += more
    return said


def test_all_bodies_together_have_a_limit(built: Build, serve) -> None:
    """Those that do not end are forgotten with their connections."""
    with serve("--build", str(built.folder.parent)) as client, contextlib.ExitStack() as stack:
        size = 4 << 20
        head = f"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\nContent-Length: {size}"
        peers = [
            stack.enter_context(
                socket.create_connection((client.base_url.host, client.base_url.port), 20)
            )
            for _ in range(34)
        ]
        for peer in peers:
            peer.sendall(head.encode() + b"\r\n\r\n" + b" " * (size - 1))
        refused: list[socket.socket] = []
        ends = time.monotonic() + 10
        while not refused and time.monotonic() < ends:  # no more than 32 find room
            refused, _, _ = select.select(peers, [], [], 0.1)
        assert refused
        for peer in refused:
            answer = answer_on(peer)
            assert answer.startswith(b"HTTP/1.1 429 ")
            assert b"/problem/busy" in answer
        stack.close()
        assert post(client, "nothing").status_code == 400  # it is read


def test_one_address_may_not_hold_all_that_bodies_may_have(built: Build, serve) -> None:
    """It has a quarter; only where addresses are counted, since it may be a proxy's."""
    for path, kind, size, fit in (
        ("/validate", "text/turtle", 4 << 20, 8),
        ("/sparql", "application/sparql-query", 1 << 20, 16),
    ):
        options = ("--build", str(built.folder.parent), "--budget", "1000")
        with serve(*options) as client, contextlib.ExitStack() as stack:
            where = client.base_url.host, client.base_url.port
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n"
            peers = [stack.enter_context(socket.create_connection(where, 20)) for _ in range(fit)]
            for peer in peers:
                peer.sendall(head.encode() + b" " * (size - 1))
            last = stack.enter_context(socket.create_connection(where, 20))
            last.sendall(head.encode() + b" " * (size - 1))
            refused, _, _ = select.select([*peers, last], [], [], 5)
            assert len(refused) == 1, path
            answer = answer_on(refused[0])
            assert answer.startswith(b"HTTP/1.1 429 ")
            assert b"This address" in answer
            with httpx.Client(
                base_url=client.base_url,
                transport=httpx.HTTPTransport(local_address="127.0.0.2"),
                timeout=30,
            ) as other:
                assert other.post(path, content="x", headers={"Content-Type": kind}).is_client_error
                assert other.get("/livez").status_code == 200


def test_nothing_of_a_body_gets_into_the_log(built: Build, tmp_path: Path) -> None:
    """Libraries quote what they cannot read; a line break in it would forge a line."""
    wrong = f"""{PREFIXES}
<https://example.org/a> rdfs:label \"\"\"x\n{{"forged": 1}}\n\"\"\"^^<http://www.w3.org/2001/XMLSchema#duration> ,
    "also-forged"^^<http://www.w3.org/2001/XMLSchema#integer> ."""
    work = Work(str(built.nquads), "a.ttl", "turtle", "core", "info", "json", 60, 1 << 30)
    command = [sys.executable, "-m", "cami.server.validate_worker", work.text()]
    done = subprocess.run(command, check=True, capture_output=True, input=wrong.encode())
    assert done.stdout.startswith(b"{}\n")
    assert done.stderr == b""
    broken = [*command[:-1], work.text().replace("cami.nq", "forged.nq")]
    failed = subprocess.run(broken, check=False, capture_output=True, input="", text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith("cami: a validation failed: ")
    assert "forged" not in failed.stderr


def test_a_server_of_other_data_has_no_such_route(serve, tmp_path) -> None:
    (tmp_path / "other.ttl").write_text("<http://a/s> <http://a/p> 1 .")
    with serve("--data", str(tmp_path / "other.ttl"), "--workers", "1") as client:
        assert post(client, GOOD).status_code == 404


def test_a_report_has_a_largest_size(built: Build) -> None:
    """The server would hold all of it."""
    work = Work(str(built.nquads), "a.ttl", "turtle", "core", "info", "json", 60, 1 << 30)
    code = "import sys; from cami.server import validate_worker as worker; worker.MAX_REPORT = {};"
    code += "worker.main(sys.argv[1:])"
    heads: list[bytes] = []
    for most in (10, 1 << 20):
        done = subprocess.run(
            [sys.executable, "-c", code.format(most), work.text()],
            check=True,
            capture_output=True,
            input=BAD.encode(),
        )
        heads.append(done.stdout.partition(b"\n")[0])
    assert heads == [b'{"error": "size"}', b"{}"]


def test_the_process_of_a_validation_opens_nothing_of_others(tmp_path: Path) -> None:
    """Not by any library: what is refused is refused to the whole process."""
    (tmp_path / "secret.txt").write_text("secret")
    code = f"""
import pathlib, socket, subprocess, sys, urllib.request
from cami.server.validate_worker import Work, limit
limit(Work("", "", "", "core", "info", "json", 60, 1 << 30))
import rdflib.plugins.parsers.trix  # what is installed can still be imported
for attempt in (
    lambda: pathlib.Path({str(tmp_path / "secret.txt")!r}).read_text(),
    lambda: pathlib.Path("new.txt").write_text("x"),
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: urllib.request.urlopen("http://127.0.0.1:9/"),
    lambda: rdflib.Graph().parse("http://127.0.0.1:9/x.ttl"),
    lambda: subprocess.run(["true"]),
):
    try:
        attempt()
    except PermissionError as error:
        print("refused")
    except OSError as error:
        print("refused" if "refused in a validation" in str(error) else error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, cwd=tmp_path, text=True
    )
    assert done.stdout.splitlines() == ["refused"] * 6, done.stdout
    assert not (tmp_path / "new.txt").exists()
