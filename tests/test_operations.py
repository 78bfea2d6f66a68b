"""What those who run the server rely on: health, counters, ids, logs, a clean end."""

import asyncio
import concurrent.futures
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cami.server.app import create_app
from cami.server.builds import Build
from cami.server.pool import Pool
from cami.server.zygote import Limits

CAMI = str(Path(sys.executable).with_name("cami"))
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
# About a second of work: every pair of two lists.
SLOW = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?v {{{' 1' * 6000}}} VALUES ?w {{{' 2' * 4500}}} }}"


@contextmanager
def server(built: Build, log: Path, *options: str) -> Generator[tuple]:
    """A server whose log and whose process the test can look at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [CAMI, "serve", "--port", str(port), "--build", str(built.folder.parent), *options]
    with log.open("w") as output:
        process = subprocess.Popen(command, stderr=output)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for _ in range(300):
                assert process.poll() is None, log.read_text()
                try:
                    client.get("/livez")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield client, process
    finally:
        process.kill()
        process.wait()


def samples(client: httpx.Client) -> dict[tuple, float]:
    """Every counter, as a Prometheus server would read it."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def stop(pid: int) -> None:
    """Stop a process, and wait until it stands still."""
    os.kill(pid, signal.SIGSTOP)
    while state(pid) != "T":
        time.sleep(0.01)


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_readyz_asks_a_worker_and_livez_does_not(built: Build, tmp_path: Path) -> None:
    with server(built, tmp_path / "log", "--workers", "1") as (client, process):
        assert client.get("/readyz").text == "ok\n"
        (keeper,) = children(process.pid)
        stop(keeper)  # first, so that it starts no other worker
        family = {keeper, *descendants(keeper)}
        for pid in family:
            stop(pid)
        answer = client.get("/readyz")  # waits two seconds for the only worker, in vain
        assert (answer.status_code, client.get("/livez").status_code) == (503, 200)
        for pid in family:
            os.kill(pid, signal.SIGCONT)
        assert client.get("/readyz").status_code == 200


def test_metrics_count_answers_by_route_and_killed_queries_by_reason(
    built: Build, tmp_path: Path
) -> None:
    options = ("--workers", "2", "--timeout", "3", "--memory", "256")
    with server(built, tmp_path / "log", *options) as (client, _):
        for _ in range(3):
            assert client.get("/queries/actors-by-load").status_code == 200
        client.get("/queries/no-such-query")
        assert client.get("/none", headers={"Accept": "text/html"}).text.startswith("<!DOCTYPE")
        assert client.get("/reconcile").status_code == 200
        killed = client.post("/sparql", data={"query": HEAVY})
        assert killed.status_code == 503
        reason = killed.json()["type"].rpartition("/")[2]
        found = samples(client)
        assert found["cami_requests_total", "/queries/actors-by-load", "200"] == 3
        assert found["cami_request_seconds_count", "/queries/actors-by-load"] == 3
        assert found["cami_request_seconds_sum", "/queries/actors-by-load"] > 0
        assert found["cami_requests_total", "404", "other"] == 2
        assert found["cami_problems_total", "not-found"] == 1
        assert found["cami_problems_total", "status-404"] == 1
        assert found["cami_requests_total", "/reconcile", "200"] == 1
        assert found["cami_problems_total", reason] == 1
        assert found["cami_workers",] == 2
        assert found["cami_queries_running",] == 0
        assert found["cami_dataset_info", built.digest] == 1
        assert found["process_open_fds",] > 3


def test_each_answer_has_an_id_that_the_log_repeats(built: Build, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with server(built, log, "--workers", "1", "--log", "json") as (client, _):
        ids = [client.get("/queries/actors-by-load").headers["x-query-id"] for _ in range(3)]
        assert len(set(ids)) == 3
        secret = 'ASK { ?s ?p "my-private-question" }'
        asked = client.post("/sparql?x=also-private", data={"query": secret})
        wrong = client.get("/queries/activities-by-region", params={"region": "my-private-place"})
        client.request("MYPRIVATEMETHOD", "/my-private-path")
        for _ in range(50):  # a line is written when its answer is out
            if '"other"' in (text := log.read_text()):
                break
            time.sleep(0.1)
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    by_id = {line["id"]: line for line in lines}
    assert by_id[ids[0]]["route"] == "/queries/actors-by-load"
    assert by_id[asked.headers["x-query-id"]]["status"] == 200
    assert by_id[wrong.headers["x-query-id"]]["problem"] == "parameter"
    assert by_id[asked.headers["x-query-id"]]["bytes"] == len(asked.content)
    assert "other" in {line["route"] for line in lines}
    assert "private" not in text.lower()
    assert not re.search(r"127\.0\.0\.1(?!:\d+/$)", text.partition("\n")[2])


def test_a_server_without_its_process_of_data_is_not_alive(built: Build) -> None:
    async def run() -> int:
        app = create_app(Pool(built.nquads, Limits(), 1, 8), built.things(), built.digest)
        transport = httpx.ASGITransport(app)  # nothing is started by it
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return (await client.get("/livez")).status_code

    assert asyncio.run(run()) == 503


def test_a_request_that_goes_wrong_half_way_ends_its_query_and_writes_nothing(
    built: Build, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    # The first would go on to its limit; the second would be answered after the problem.
    many = quote(f"VALUES ?v {{{' 1' * 1500}}} VALUES ?w {{{' 2' * 900}}}")
    with server(built, log, "--workers", "1") as (client, _):
        before = log.read_text()
        where = client.base_url.host, client.base_url.port or 80
        for pattern in ("?a%20?b%20?c.?d%20?e%20?f.?g%20?h%20?i", many):
            target = f"/sparql?query=SELECT%20(COUNT(*)%20AS%20?n)%7B{pattern}%7D"
            head = f"GET {target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            with socket.create_connection(where, 10) as peer:
                peer.sendall(head.encode())
                until(lambda: samples(client)["cami_queries_running",] == 1)
                peer.sendall(b"ZZ\r\n")
                assert peer.recv(1 << 16).startswith(b"HTTP/1.1 400 ")
                until(lambda: samples(client)["cami_queries_running",] == 0)
                time.sleep(0.5)
        assert log.read_text() == before


def gone(client: httpx.Client) -> float:
    return samples(client).get(("cami_problems_total", "client-gone"), 0.0)


@pytest.mark.parametrize(
    "route", ["/validate", "/reconcile", "/queries/activities-by-actor", "/sparql"]
)
def test_a_client_that_goes_away_is_no_fault_of_the_server(
    built: Build, tmp_path: Path, route: str
) -> None:
    log = tmp_path / "log"
    kind = "text/turtle" if route == "/validate" else "application/x-www-form-urlencoded"
    head = f"Host: x\r\nContent-Type: {kind}\r\nContent-Length: 100\r\n\r\n."
    with server(built, log, "--workers", "1") as (client, _):
        before = log.read_text()
        with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as peer:
            method = "QUERY" if route.startswith("/queries") else "POST"
            peer.sendall(f"{method} {route} HTTP/1.1\r\n{head}".encode())
            time.sleep(0.2)
        until(lambda: gone(client) == 1)
        assert log.read_text() == before


def test_bytes_that_are_no_request_after_one_that_waits_for_leave_are_no_fault(
    built: Build, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    head = "Host: x\r\nContent-Type: text/turtle\r\nExpect: 100-continue\r\n"
    with server(built, log, "--workers", "1") as (client, _):
        before = log.read_text()
        with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as peer:
            sent = f"POST /validate HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n"
            peer.sendall(sent.encode())
            said = peer.recv(1 << 16)
            assert said.startswith(b"HTTP/1.1 400 ")
        time.sleep(0.3)
        assert log.read_text() == before


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 1
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_addresses_are_logged_on_demand_only(built: Build, tmp_path: Path) -> None:
    log = tmp_path / "log"
    options = ("--workers", "1", "--log", "json", "--log-addresses")
    with server(built, log, *options) as (client, _):
        client.get("/livez")
        assert '"client": "127.0.0.1"' in log.read_text()


@pytest.mark.parametrize(
    ("module", "slow"),
    [
        # before the process that loads the dataset is started
        ("cami.server.start", {"pyoxigraph", "rdflib", "pydantic", "fastapi", "uvicorn", "yaml"}),
        # before it loads the dataset, which takes long enough
        ("cami.server.zygote", {"rdflib", "pydantic", "fastapi", "uvicorn", "yaml", "asyncio"}),
        # before requests can be answered; the command or the first request imports these
        ("cami.server.serve_command", {"cami.graph.dataset", "cami.shapes", "rapidfuzz", "httpx"}),
    ],
)
def test_a_start_imports_only_what_it_needs(module: str, slow: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert module in done.stdout.split()
    assert not slow & set(done.stdout.split())


def test_a_server_that_is_killed_while_it_starts_leaves_no_process(
    built: Build, tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w") as log:
        command = [CAMI, "serve", "--port", "0", "--build", str(built.folder.parent)]
        process = subprocess.Popen(command, stderr=log)
    while not (family := descendants(process.pid)):  # the process that loads the dataset
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    for _ in range(600):  # it looks when it has loaded
        if not any(Path(f"/proc/{pid}").exists() for pid in family):
            break
        time.sleep(0.05)
    else:
        raise AssertionError("processes of the server are left")
    assert (tmp_path / "log").read_text() == ""


def test_sigterm_answers_what_has_begun_and_leaves_no_process(built: Build, tmp_path: Path) -> None:
    with (
        server(built, tmp_path / "log", "--workers", "1", "--timeout", "20") as (client, process),
        concurrent.futures.ThreadPoolExecutor() as threads,
    ):
        family = descendants(process.pid)
        assert len(family) == 3  # the process that holds the data, its worker, and a spare one
        url = f"{client.base_url}/sparql"
        slow = threads.submit(httpx.post, url, data={"query": SLOW}, timeout=30)
        while not samples(client)["cami_queries_running",]:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert slow.result().status_code == 200
        assert process.wait(20) == 0
        for _ in range(100):
            if not any(Path(f"/proc/{pid}").exists() for pid in family):
                return
            time.sleep(0.05)
        raise AssertionError("processes of the server are left")


def children(pid: int) -> set[int]:
    lists = [one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    return {int(child) for child in " ".join(lists).split()}


def descendants(pid: int) -> set[int]:
    found = children(pid)
    return found.union(*(descendants(child) for child in found))


@pytest.mark.parametrize("route", ["/readyz", "/metrics"])
def test_head_works(client: httpx.Client, route: str) -> None:
    response = client.head(route)
    assert (response.status_code, response.content) == (200, b"")
