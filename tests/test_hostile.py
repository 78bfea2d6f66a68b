"""Hostile queries and requests end as they must, and a client beside them notices nothing.

All of `tests/hostile/` is sent at once, from addresses of its own, while a well-behaved client asks
on. How each case must end stands beside it.
"""

import concurrent.futures
import contextlib
import json
import re
import select
import socket
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from cami.server.release import Build

pytestmark = pytest.mark.alone
FOLDER = Path(__file__).with_name("hostile")
KILLED = {"timeout", "out-of-memory", "worker-died"}
SECONDS = 2  # the time limit of this server
LIMITS = f"--timeout {SECONDS} --workers 2 --memory 256 --result 16 --rows 15000".split()
QUERIES_FROM, REQUESTS_FROM = "127.0.0.2", "127.0.0.3"


def load(name: str) -> dict[str, dict[str, Any]]:
    """Return the cases of a file by "kind/name"."""
    kinds = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return {f"{kind}/{case}": one for kind, cases in kinds.items() for case, one in cases.items()}


QUERIES, REQUESTS = load("queries"), load("requests")


def written_out(text: str) -> str:
    """Return a text with each ⟪N¦part⟫ repeated, the innermost first."""
    while "⟪" in text:
        text = re.sub(
            r"⟪(\d+)¦([^⟪⟫]*)⟫",
            lambda one: "".join(one[2].replace("#", str(i)) for i in range(int(one[1]))),
            text,
        )
    return text


@dataclass
class Polite:
    """How a client fared that asked small things all the time."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def p99(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[98] * 1000


@dataclass
class Storm:
    """What came of everything."""

    ends: dict[str, str]
    quiet: Polite
    loaded: Polite
    after: int


@pytest.fixture(scope="module")
def storm(built: Build, serve) -> Generator[Storm]:
    with serve("--build", str(built.folder.parent), *LIMITS) as client:
        url = str(client.base_url)
        quiet, loaded = Polite(), Polite()
        with asking(url, quiet):
            time.sleep(5)
        with asking(url, loaded), concurrent.futures.ThreadPoolExecutor(16) as threads:
            # A reader's answer must have begun before the others take the workers.
            order = sorted(REQUESTS, key=lambda name: REQUESTS[name].get("then") != "ignore")
            requests = {}
            for name in order:
                requests[name] = threads.submit(send, url, REQUESTS[name])
                if REQUESTS[name].get("then") == "ignore":
                    time.sleep(1)
            with concurrent.futures.ThreadPoolExecutor(2) as heavy:
                queries = {name: heavy.submit(ask, url, one) for name, one in QUERIES.items()}
            ends = {name: done.result() for name, done in {**requests, **queries}.items()}
        yield Storm(ends, quiet, loaded, client.get("/sparql?query=ASK{}").status_code)


@contextlib.contextmanager
def asking(url: str, polite: Polite) -> Generator[None]:
    process = subprocess.Popen(
        [sys.executable, str(FOLDER / "polite.py"), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield
    finally:
        polite.__dict__.update(json.loads(process.communicate()[0]))


def ask(url: str, case: dict[str, str]) -> str:
    """Send a query; return how it ended."""
    transport = httpx.HTTPTransport(local_address=QUERIES_FROM)
    headers = {"Accept": case.get("accept", "*/*"), "Content-Type": "application/sparql-query"}
    body = written_out(case["query"]).encode()
    with httpx.Client(transport=transport, timeout=30) as client:
        answer = client.post(f"{url}/sparql", content=body, headers=headers)
    if answer.status_code == 200:
        return "answer"
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:200]
    return answer.json()["type"].rpartition("/")[2]


def send(url: str, case: dict[str, Any]) -> str:
    """Send bytes; return the statuses of what comes back, and whether it was cut off."""
    connection = socket.socket()
    connection.bind((case.get("from", REQUESTS_FROM), 0))
    if case.get("then") == "ignore":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    connection.connect((httpx.URL(url).host, httpx.URL(url).port))
    with connection:
        data = written_out(case["send"]).encode("latin-1", "strict")
        with contextlib.suppress(ConnectionError, TimeoutError):
            deliver(connection, data, case)
        match case.get("then"):
            case "leave":
                return "closed"
            case "ignore":
                time.sleep(25)
            case "half-close":
                connection.shutdown(socket.SHUT_WR)
            case _:
                pass
        return " ".join(ends_of(connection, closes="closed" in case["ends"]))


def deliver(connection: socket.socket, data: bytes, case: dict[str, Any]) -> None:
    if "pause" not in case:
        if case.get("then") == "leave":
            connection.settimeout(1)
        connection.sendall(data)
        return
    seen = b""
    for start in range(0, len(data), case["piece"]):
        connection.sendall(data[start : start + case["piece"]])
        if select.select([connection], [], [], case["pause"])[0]:
            now = connection.recv(1 << 16, socket.MSG_PEEK)
            if now == seen or "closed" not in case["ends"]:
                return  # the end of the connection, or the one answer that is awaited
            seen = now
            time.sleep(case["pause"])


def ends_of(connection: socket.socket, *, closes: bool) -> list[str]:
    """Read answers until the connection ends or, where it need not, falls silent."""
    connection.settimeout(30 if closes else 5)
    data = bytearray()
    ended = False
    with contextlib.suppress(TimeoutError):
        try:
            while chunk := connection.recv(1 << 20):
                data += chunk
            ended = True
        except ConnectionError:
            ended = True
    found: list[str] = []
    rest = bytes(data)
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if length is None or len(rest) < int(length[1]):
            found.append("cut")
            break
        found.append(head.split()[1].decode())
        rest = rest[int(length[1]) :]
    return ["closed" if one == "cut" else one for one in found] + (
        ["closed"] if closes and ended and "cut" not in found else []
    )


@pytest.mark.parametrize("name", QUERIES)
def test_a_hostile_query_ends_as_it_must(storm: Storm, name: str) -> None:
    allowed = set(QUERIES[name]["ends"].split())
    allowed |= KILLED if "killed" in allowed else set()
    assert storm.ends[name] in allowed


@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request_ends_as_it_must(storm: Storm, name: str) -> None:
    assert storm.ends[name] == REQUESTS[name]["ends"]


def test_a_client_beside_them_is_answered(storm: Storm, capsys: pytest.CaptureFixture) -> None:
    quiet, loaded = storm.quiet.p99(), storm.loaded.p99()
    with capsys.disabled():
        print(
            f"\n{len(storm.ends)} hostile cases beside {len(storm.loaded.statuses)} small requests:"
            f" p99 {quiet:.1f} ms alone, {loaded:.1f} ms beside them ({loaded / quiet:.1f} times),"
            f" slowest {max(storm.loaded.seconds) * 1000:.0f} ms"
        )
    assert len(storm.loaded.statuses) > 100
    assert set(storm.quiet.statuses + storm.loaded.statuses) == {200}
    assert storm.after == 200


def test_the_table_of_the_readme_is_true() -> None:
    table = subprocess.check_output([sys.executable, str(FOLDER / "table.py")], text=True)
    assert table in FOLDER.parents[1].joinpath("README.md").read_text(encoding="utf-8")
