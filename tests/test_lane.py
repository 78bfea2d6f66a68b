"""Plain queries are answered below the web framework as the framework answers them."""

import asyncio
import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from cami.queries.formats import FORMATS
from cami.server.answers import Answers, Dataset, Outcome
from cami.server.cache import ByteCache
from cami.server.encoding import encode
from cami.server.exchange import QueryTimeout, Reply, Request
from cami.server.fairness import NOBODY
from cami.server.lane import Lane, Question, Whole
from cami.server.negotiate import negotiate
from cami.server.pool import Pool
from cami.server.release import Build
from cami.server.zygote import Limits

# Some seconds of work that does not grow.
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
# About a second: every three of three lists.
LISTS = " ".join(f"VALUES ?{name} {{{' 1' * 300}}}" for name in "uvw")
SLOW = f"SELECT (COUNT(*) AS ?n) {{ {LISTS} }}"
ALL = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3000"
QUERIES = {
    "boolean": "ASK {}",
    "rows": "SELECT * { ?s a <https://w3id.org/cami/ontology#Region> } ORDER BY ?s",
    "more than is packed in the loop": ALL,
    "graph": "CONSTRUCT WHERE { <https://w3id.org/cami/id/region/altai> ?p ?o }",
    "each time another": "SELECT (STRUUID() AS ?u) {}",
    "not in the same order": "SELECT ?s { ?s a <https://w3id.org/cami/ontology#Site> } LIMIT 5",
    "not SPARQL": "SELECT WHERE",
    "refused": "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }",
    "nothing": "",
}
HEADS = {
    "no header": "",
    "JSON, packed": "Accept: application/sparql-results+json\r\nAccept-Encoding: gzip, br\r\n",
    "XML, not packed": "Accept: application/sparql-results+xml\r\nAccept-Encoding: identity\r\n",
    "Turtle": "Accept: text/turtle\r\nConnection: keep-alive\r\nUser-Agent: x\r\n",
    "a page": "Accept: text/html\r\n",
    "nothing that there is": "Accept: image/png\r\n",
    "no coding at all": "Accept-Encoding: *;q=0\r\n",
    "two lines": "Accept: text/csv\r\nAccept: text/turtle\r\n",
    "a time": "Prefer: wait=7\r\n",
}
_CHANGES = re.compile(rb"\r\n(date|x-query-id): [^\r]*", re.IGNORECASE)


@pytest.fixture(scope="module")
def server(built: Build, serve) -> Generator[httpx.Client]:
    options = ("--timeout", "8", "--workers", "2", "--cache", "0")
    with serve("--build", str(built.folder.parent), *options) as client:
        yield client


def request(query: str, head: str, **parameters: str) -> bytes:
    given = "&".join(
        f"{name}={quote(value)}" for name, value in {"query": query, **parameters}.items()
    )
    return f"GET /sparql?{given} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode()


def connect(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port), 20)


def answer_on(peer: socket.socket) -> bytes:
    """Read one answer, its length known from its head."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += peer.recv(1 << 16) or pytest.fail(f"closed after {said[:200]!r}")
    head, _, _ = said.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head)
    whole = len(head) + 4 + (int(found[1]) if found else 0)
    while len(said) < whole:
        said += peer.recv(1 << 16) or pytest.fail("cut")
    assert len(said) == whole
    return said


def answers_to(client: httpx.Client, data: bytes, times: int) -> list[bytes]:
    with connect(client) as peer:
        found: list[bytes] = []
        for _ in range(times):
            peer.sendall(data)
            found.append(_CHANGES.sub(b"", answer_on(peer)))
        return found


@pytest.mark.parametrize("head", HEADS)
def test_every_answer_is_that_of_the_application(server: httpx.Client, head: str) -> None:
    """A header that the lane does not know sends a request to the application."""
    for name, query in QUERIES.items():
        around = answers_to(server, request(query, f"X-Other: 1\r\n{HEADS[head]}"), 1)
        through = answers_to(server, request(query, HEADS[head]), 3)
        if name == "each time another":
            around, through = (
                [one.partition(b"\r\n\r\n")[0] for one in x] for x in (around, through)
            )
        assert through == around * 3, name


def test_parameters_beside_the_query_are_not_lost(server: httpx.Client) -> None:
    answers_to(server, request("ASK {}", ""), 2)
    (csv,) = answers_to(server, request("SELECT (1 AS ?a) {}", "", format="csv"), 1)
    assert csv.endswith(b"a\r\n1\r\n")
    named = {"default-graph-uri": "https://w3id.org/cami/graph/none"}
    (none,) = answers_to(server, request("ASK { ?s ?p ?o }", "", **named), 1)
    assert b" 200 " in none and none.endswith(b"false}")


def test_requests_that_come_meanwhile_are_answered_in_their_order(server: httpx.Client) -> None:
    head = "User-Agent: order\r\n"
    answers_to(server, request("ASK {}", head), 1)
    small = request("SELECT (7 AS ?n) {}", head)
    with connect(server) as peer:
        peer.sendall(request(SLOW, head))
        time.sleep(0.1)
        peer.sendall(small[:30])
        time.sleep(0.1)
        peer.sendall(small[30:] + request("SELECT (8 AS ?n) {}", head) + small)
        said = b""
        while said.count(b"}]}}") < 4:  # they may come together, or in pieces
            more = peer.recv(1 << 16)
            assert more, said
            said += more
        values = re.findall(rb'"value":"(\d+)"', said)
    assert values == [b"27000000", b"7", b"8", b"7"]


def running(client: httpx.Client) -> int:
    text = client.get("/metrics").text
    return int(float(re.findall(r"^cami_queries_running (\S+)$", text, re.MULTILINE)[0]))


def gone(client: httpx.Client) -> int:
    text = client.get("/metrics").text
    found = re.findall(r'^cami_problems_total\{reason="client-gone"\} (\S+)$', text, re.MULTILINE)
    return int(float(found[0])) if found else 0


def until(true: object) -> None:
    for _ in range(100):
        if true():  # type: ignore[operator]
            return
        time.sleep(0.05)
    pytest.fail("not in 5 seconds")


def test_a_client_that_leaves_takes_its_query_with_it(server: httpx.Client) -> None:
    head = "User-Agent: leaves\r\n"
    answers_to(server, request("ASK {}", head), 1)
    before = gone(server)
    with connect(server) as peer:
        peer.sendall(request(LONG, head))
        until(lambda: running(server) == 1)
    until(lambda: running(server) == 0)
    assert gone(server) == before + 1


def test_a_query_out_of_time_is_a_problem_and_its_connection_stays(server: httpx.Client) -> None:
    """Longer than an idle connection is kept, too."""
    head = "User-Agent: waits\r\n"
    answers_to(server, request("ASK {}", head), 1)
    with connect(server) as peer:
        peer.sendall(request(LONG, head))
        assert b"/problem/timeout" in answer_on(peer)
        peer.sendall(request("ASK {}", head))
        assert answer_on(peer).endswith(b"true}")


@pytest.fixture
def program(built: Build) -> Generator[tuple["subprocess.Popen[bytes]", int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("cami")), "serve", "--port", str(port)]
    command += ["--build", str(built.folder.parent), "--timeout", "4"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/livez")
                break
            time.sleep(0.1)
        yield process, port
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("last", "status"), [(SLOW, b" 200 "), (LONG, b" 503 ")])
def test_at_the_end_the_answers_that_are_being_made_come_out(
    program: tuple["subprocess.Popen[bytes]", int], last: str, status: bytes
) -> None:
    process, port = program
    with socket.create_connection(("127.0.0.1", port), 20) as peer:
        for query, expected in (("ASK {}", b" 200 "), (last, status)):
            peer.sendall(request(query, ""))
            if query == last:
                time.sleep(0.1)
                process.send_signal(signal.SIGTERM)
            assert expected in answer_on(peer)
        with contextlib.suppress(ConnectionError):  # closed, whatever is still asked
            peer.sendall(request("ASK {}", ""))
            assert peer.recv(1) == b""
    assert process.wait(10) == 0


class Told(Answers):
    """Answers that come from the test."""

    came: Reply | Exception

    def begin(self, request: Request, tag: str) -> asyncio.Future[Reply]:
        reply = asyncio.get_running_loop().create_future()
        if isinstance(self.came, Exception):
            reply.set_exception(self.came)
        else:
            reply.set_result(self.came)
        return reply


PLAIN = (
    b"HTTP/1.1 200 OK\r\ndate: D\r\nvary: Accept\r\nlink: </a%20b>\r\netag: E\r\n"
    b"content-type: application/sparql-results+json\r\ncontent-length: 1\r\nx-query-id: I\r\n"
)
PACKED = PLAIN.replace(b"etag", b"content-encoding: gzip\r\netag")
ASKED = [(b"host", b"x"), (b"accept-encoding", b"gzip")]


@pytest.fixture
def told(tmp_path: Path) -> tuple[Lane, Told]:
    (tmp_path / "x.nq").write_text("")
    pool = Pool(tmp_path / "x.nq", Limits(), 1, 1)
    answers = Told(pool, Dataset("digest"), ByteCache[Reply](0), lambda _: None)
    return Lane(lambda: contextlib.nullcontext(answers)), answers


def through(lane: Lane, data: bytes) -> Whole | Outcome | None:
    question = lane.question(data, NOBODY)

    async def answered(question: Question) -> Whole | Outcome:
        came = question.ask()
        await asyncio.wait({came})
        return lane.answer(question, came)

    return asyncio.run(answered(question)) if question else None


def test_what_was_learnt_is_used_and_nothing_else(told: tuple[Lane, Told]) -> None:
    lane, answers = told
    data = request("ASK {}", "Accept-Encoding: gzip\r\n")
    json = FORMATS["json"]
    answers.came = Reply(json, b"small")
    assert through(lane, data) is None  # nothing is known of these headers
    lane.learn(data, ASKED, PLAIN)
    found = through(lane, data)
    assert isinstance(found, Whole)
    tag = answers.tag(Request("ASK {}", *negotiate(None)))
    wanted = PLAIN.replace(b": D", b": now").replace(b": I", b": me").replace(b": 1", b": 5")
    assert tag is not None
    assert found.filled(b"now", b"me") == wanted.replace(b": E", f": {tag}".encode()) + b"\r\n"
    answers.came = Reply(json, b"large " * 200)
    assert isinstance(through(lane, data), Outcome)  # it would be packed, which was not seen
    lane.learn(data, ASKED, PACKED)
    packed = through(lane, data)
    assert isinstance(packed, Whole)
    assert packed.body == encode("gzip", b"large " * 200)
    assert packed.tag.decode() == f'{tag[:-1]}-gzip"'
    answers.came = Reply(FORMATS["csv"], b"other")
    assert isinstance(through(lane, data), Outcome)
    for error in (QueryTimeout("late"), ZeroDivisionError()):
        answers.came = error
        outcome = through(lane, data)
        assert isinstance(outcome, Outcome)
        with pytest.raises(type(error)):
            outcome.reply()


@pytest.mark.parametrize(
    ("headers", "head"),
    [
        ([*ASKED, (b"if-none-match", b"*")], PLAIN),
        ([*ASKED, (b"accept", b"text/html")], PLAIN),
        ([*ASKED, (b"accept-encoding", b"br")], PLAIN),
        ([*ASKED, (b"connection", b"close")], PLAIN),
        (ASKED, PLAIN.replace(b"200", b"406")),
        (ASKED, PLAIN.replace(b"etag: E\r\n", b"")),
        (ASKED, PLAIN + b"connection: close\r\n"),
        (ASKED, PLAIN.replace(b"content-length: 1", b"transfer-encoding: chunked")),
    ],
)
def test_what_could_differ_is_not_learnt(
    told: tuple[Lane, Told], headers: list[tuple[bytes, bytes]], head: bytes
) -> None:
    lane, answers = told
    answers.came = Reply(FORMATS["json"], b"small")
    data = request("ASK {}", "")
    lane.learn(data, headers, head)
    assert through(lane, data) is None
