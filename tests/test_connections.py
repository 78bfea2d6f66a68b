"""Connections of slow, absent and greedy clients, against real servers and real sockets."""

import contextlib
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest

from cami.server import connections
from cami.server.connections import Connection
from cami.server.release import Build

pytestmark = pytest.mark.alone
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT "
SLOW_SECONDS = 17  # an idle connection ends after 5, and is cut after 10 more
NEXT = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


def get(query: str, more: str = "") -> bytes:
    target = f"/sparql?format=csv&query={quote(query)}"
    return f"GET {target} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


@contextlib.contextmanager
def connected(client: httpx.Client, buffer: int = 0) -> Generator[socket.socket]:
    """A connection to a server that takes `buffer` bytes ahead, if that is not 0."""
    with socket.socket() as peer:
        if buffer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        peer.settimeout(20)
        peer.connect((client.base_url.host, client.base_url.port))
        yield peer


def running(client: httpx.Client) -> float:
    found = re.search(r"^cami_queries_running (\S+)$", client.get("/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


def until(client: httpx.Client, wanted: float, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if running(client) == wanted:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def server(built: Build, serve) -> Generator[httpx.Client]:
    with serve("--build", str(built.folder.parent), "--workers", "2", "--timeout", "20") as client:
        client.get("/sparql", params={"query": "ASK {}"})
        yield client


@pytest.mark.parametrize("more", ["", "Prefer: wait=19\r\n"], ids=["plain", "by the application"])
@pytest.mark.parametrize("behind", [b"", NEXT, 30 * NEXT], ids=["alone", "one behind", "many"])
def test_whoever_goes_away_takes_the_query_along(
    server: httpx.Client, more: str, behind: bytes
) -> None:
    for _ in range(2):  # the second time without the web framework, where that can be
        with connected(server) as peer:
            peer.sendall(get(HEAVY, more))
            assert until(server, 1, 5)
            peer.sendall(behind)
            time.sleep(0.2)
        assert until(server, 0, 3)


def test_what_comes_behind_a_request_is_answered_in_its_turn(server: httpx.Client) -> None:
    """Also where it comes in pieces, while the first is being answered."""
    slow = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?v {{{' 1' * 1500}}} VALUES ?w {{{' 2' * 900}}} }}"
    with connected(server) as peer:
        peer.sendall(get(slow))
        for start in range(0, 20 * len(NEXT), 7):
            peer.sendall((20 * NEXT)[start : start + 7])
        said = b""
        while said.count(b"\r\n\r\nok\n") < 20:
            more = peer.recv(1 << 16)
            assert more, said
            said += more
    assert said.count(b"HTTP/1.1 200 OK") == 21
    assert b"1350000" in said.partition(b"ok\n")[0]


def test_a_slow_reader_gets_all_and_one_that_reads_nothing_is_left(server: httpx.Client) -> None:
    """It is slow for longer than an idle connection may live, and than the system takes ahead."""
    whole: dict[int, bool] = {}

    def read(rate: int, rows: int) -> None:
        with connected(server, 8192) as peer:
            peer.sendall(get(f"{LARGE}{rows}"))
            head = b""
            while b"\r\n\r\n" not in head:
                head += peer.recv(512)
            head, _, body = head.partition(b"\r\n\r\n")
            missing = int(head.lower().partition(b"content-length: ")[2].split()[0]) - len(body)
            ends = time.monotonic() + SLOW_SECONDS
            with contextlib.suppress(ConnectionError):
                while time.monotonic() < ends:
                    missing -= len(peer.recv(4096)) if rate else 0
                    time.sleep(4096 / rate if rate else 0.1)
                while missing and (more := len(peer.recv(1 << 16))):
                    missing -= more
            whole[rate] = not missing

    jobs = [(500_000, 60_000), (30_000, 59_000), (0, 70_000)]  # bytes a second, rows
    threads = [threading.Thread(target=read, args=job) for job in jobs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert whole == {500_000: True, 30_000: True, 0: False}


def test_one_address_does_not_shut_the_others_out(built: Build, serve) -> None:
    """Each connection holds a place while its body does not come."""
    begun = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
    begun += b"Content-Type: application/sparql-query\r\n\r\n"
    with (
        serve("--build", str(built.folder.parent), "--budget", "1000") as client,
        contextlib.ExitStack() as stack,
    ):
        peers = [stack.enter_context(connected(client)) for _ in range(520)]
        for peer in peers:
            with contextlib.suppress(ConnectionError):
                peer.sendall(begun)
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(base_url=client.base_url, transport=transport) as other:
            assert other.get("/sparql?query=ASK%7B%7D").status_code == 200
        with connected(client) as late:
            assert late.recv(100).startswith(b"HTTP/1.1 429 ")
        stack.close()
        time.sleep(0.5)
        assert client.get("/livez").status_code == 200


def test_all_that_is_not_read_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves most unread loses the oldest answer."""
    aborted: list[str] = []

    def of(name: str, host: str, size: int) -> Connection:
        one = cast(Any, Connection.__new__(Connection))
        one.client, one._stall = (host, 1), None
        one.transport = SimpleNamespace(
            get_write_buffer_size=lambda: size, abort=lambda: aborted.append(name)
        )
        return one

    held = [of("a", "1", 40), of("b", "2", 50), of("c", "2", 50), of("d", "3", 60)]
    monkeypatch.setattr(connections, "MAX_UNREAD", 150)
    monkeypatch.setattr(Connection, "_unread", dict.fromkeys(held))
    held[0]._make_room()
    assert aborted == ["b"]
    assert list(Connection._unread) == [held[0], *held[2:]]
    assert Counter(aborted) == {"b": 1}
