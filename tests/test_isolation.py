"""What a hostile or a heavy query can do: nothing to anyone else."""

import asyncio
import concurrent.futures
import contextlib
import os
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from cami.queries import RefusedQuery, refuse, refuse_extensions
from cami.queries.formats import FORMATS
from cami.queries.stability import stability
from cami.server.exchange import QueryTimeout, Request
from cami.server.negotiate import coding, negotiate, prefers_html
from cami.server.pool import Pool
from cami.server.release import Build
from cami.server.threads import PACKING, READING
from cami.server.zygote import Limits

pytestmark = pytest.mark.alone
QUICK = "ASK { ?s ?p ?o }"
CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
HEAVY = {
    "count of a cross product": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}",
    "a cross product of values": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{i} {{ {'1 ' * 200}}}" for i in range(8))
    + "}",
    "distinct over a cross product": f"SELECT DISTINCT ?a ?d ?g {{ {CROSS} }}",
    "a slow filter": f"ASK {{ {CROSS} FILTER(CONCAT(STR(?a), STR(?d), STR(?g)) = 'no') }}",
    "an unbounded path": "SELECT (COUNT(*) AS ?n) { ?a (!<x:x>|^!<x:x>)* ?b . ?b (!<x:x>)* ?c }",
    "many patterns to plan": "ASK { " + " ".join(f"?s ?p{i} ?o{i} ." for i in range(200)) + "}",
}


def ask(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return client.post("/sparql", data={"query": query}, headers=headers)


def slug(response: httpx.Response) -> str:
    return response.json()["type"].rpartition("/")[2]


@pytest.mark.parametrize("case", HEAVY)
def test_a_heavy_query_ends_at_the_limit_and_the_next_one_is_answered(
    client: httpx.Client, case: str
) -> None:
    started = time.monotonic()
    response = ask(client, HEAVY[case])
    assert response.status_code == 503, response.text[:200]
    assert slug(response) in {"timeout", "out-of-memory", "worker-died"}
    assert time.monotonic() - started < 4  # the limit of this server is 2 seconds
    assert ask(client, QUICK).json()["boolean"] is True


def test_memory_is_limited(client: httpx.Client) -> None:
    response = ask(client, f"SELECT * {{ {CROSS} }} ORDER BY ?a")
    assert response.status_code == 503
    assert slug(response) in {"timeout", "out-of-memory", "worker-died"}
    text = "CONCAT(?s, ?s, ?s, ?s, ?s, ?s, ?s, ?s)"
    grow = " ".join(f"BIND({text.replace('?s', f'?s{i}')} AS ?s{i + 1})" for i in range(10))
    response = ask(client, f'SELECT (STRLEN(?s10) AS ?n) {{ BIND("0123456789" AS ?s0) {grow} }}')
    assert response.status_code == 503
    assert slug(response) in {"out-of-memory", "worker-died"}
    assert ask(client, QUICK).json()["boolean"] is True


def test_a_result_over_the_limit_is_an_error_and_never_cut(client: httpx.Client) -> None:
    """This server allows 2 MB; a result is sent when it is complete, or not at all."""
    response = ask(
        client, "SELECT * { ?a ?b ?c . ?d <http://www.w3.org/2000/01/rdf-schema#label> ?f }"
    )
    assert response.status_code == 413
    assert slug(response) == "result-too-large"


def test_prefer_wait_lowers_the_limit(client: httpx.Client) -> None:
    started = time.monotonic()
    response = ask(client, HEAVY["count of a cross product"], Prefer="wait=1")
    assert slug(response) == "timeout"
    assert time.monotonic() - started < 1.8


def test_a_quick_client_does_not_wait_for_a_heavy_one(client: httpx.Client) -> None:
    """Two workers: one is taken by a heavy query, the other goes on answering."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        heavy = threads.submit(ask, client, HEAVY["count of a cross product"])
        time.sleep(0.2)
        answered = 0
        while not heavy.done():
            assert ask(client, QUICK).status_code == 200
            answered += 1
        assert heavy.result().status_code == 503
    assert answered > 10


def test_a_client_that_goes_away_takes_its_query_with_it(client: httpx.Client) -> None:
    body = b"query=SELECT+%28COUNT%28%2A%29+AS+%3Fn%29+%7B+%3Fa+%3Fb+%3Fc+.+%3Fd+%3Fe+%3Ff+.+%3Fg+%3Fh+%3Fi+%7D"
    request = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    for _ in range(2):  # as many as there are workers
        with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as left:
            left.sendall(request)
            time.sleep(0.2)
    started = time.monotonic()
    assert ask(client, QUICK).status_code == 200
    assert time.monotonic() - started < 1


def test_a_full_queue_is_said_with_429(built: Build, serve) -> None:
    options = ("--build", str(built.folder.parent), "--timeout", "2")
    with serve(*options, "--workers", "1", "--queue", "1") as client:
        heavy = HEAVY["count of a cross product"]
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: ask(client, heavy), range(6)))
        busy = [one for one in answers if one.status_code == 429]
        assert busy
        assert all(int(one.headers["retry-after"]) >= 1 for one in busy)
        assert {one.status_code for one in answers} <= {429, 503}
        assert ask(client, QUICK).status_code == 200


def test_a_worker_that_is_killed_from_outside_is_replaced(built: Build, serve) -> None:
    with serve("--build", str(built.folder.parent), "--workers", "1") as client:
        assert ask(client, QUICK).status_code == 200
        killed = workers_of(os.getpid())
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        while any(is_alive(worker) for worker in killed):  # else the server cannot know it yet
            time.sleep(0.01)
        assert ask(client, QUICK).status_code in (200, 503)
        assert ask(client, QUICK).status_code == 200


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def workers_of(pid: int) -> list[int]:
    """The great-grandchildren: this process, then server, zygote, workers; newest server only."""
    server = max(children(pid))
    return [worker for zygote in children(server) for worker in children(zygote)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "SELECT * { service<http://127.0.0.1:{port}/>{ ?s ?p ?o } }",
        "SELECT * { VALUES ?x { <http://127.0.0.1:{port}/> } SERVICE ?x { ?s ?p ?o } }",
        "SELECT * { SERV\\u0049CE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:{port}/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:{port}/> SELECT * { ?a ?b 1.SERVICE:x { ?s ?p ?o } }",
        "SELECT * { FILTER(1<2)SERVICE<http://127.0.0.1:{port}/>{ ?s ?p ?o } }",
        "SELECT * { #>\n SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "SELECT * { FILTER('''a'b''' = \"'\") SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
    ],
)
def test_no_request_leaves_the_server(client: httpx.Client, query: str) -> None:
    with listening() as (port, calls):
        response = ask(client, query.replace("{port}", str(port)))
        assert response.status_code == 400
        assert slug(response) in {"no-service", "syntax"}
    assert calls == []


class listening:
    """A loopback port that notes who connects."""

    def __enter__(self) -> tuple[int, list[object]]:
        self.calls: list[object] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self.socket.getsockname()[1], self.calls

    def accept(self) -> None:
        try:
            while True:
                self.calls.append(self.socket.accept()[1])
        except OSError:
            return

    def __exit__(self, *_: object) -> None:
        time.sleep(0.05)
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def test_the_second_wall_holds_without_the_guard(built: Build) -> None:
    """A worker cannot open a file or a connection, whatever query reaches it."""
    import asyncio

    from cami.queries import FORMATS
    from cami.server.pool import Pool, QueryFault, Request, WorkerDied
    from cami.server.zygote import Limits

    async def attempt(query: str) -> None:
        pool = Pool(built.nquads, Limits(seconds=5), workers=1, queue=1)
        await pool.start()
        try:
            await pool.ask(Request(query, FORMATS["json"], None))
        finally:
            await pool.stop()

    with listening() as (port, calls), pytest.raises((QueryFault, WorkerDied)):
        asyncio.run(attempt(f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"))
    assert calls == []


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("SELECT * " + "{ " * 2000 + "}" * 2000, "query-depth"),
        ("SELECT * { FILTER(" + "(" * 4000 + "1" + ")" * 4000 + ") }", "query-depth"),
        ("SELECT * { FILTER(" + "!" * 9000 + "true) }", "query-operators"),
        ("SELECT (1" + "+1" * 13000 + " AS ?x) {}", "query-operators"),
    ],
)
def test_queries_that_crash_a_parser_are_refused_by_name(
    client: httpx.Client, query: str, rule: str
) -> None:
    response = ask(client, query)
    assert response.status_code == 400
    assert slug(response) == rule


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s ?p "SERVICE" }',
        "SELECT * { ?s ?p 'LOAD' } # SERVICE <x>",
        "SELECT ?service { ?service ?load $insert }",
        "PREFIX ex: <http://x/SERVICE/> SELECT * { ex:service ex:SERVICE ex:insert }",
        'SELECT * { ?s ?p """a "quoted" SERVICE""" }',
        "SELECT * { ?s <http://x/#SERVICE> ?o FILTER(?s < ?o && ?o > ?s) }",
        "SELECT * { ?s ?p 'it\\'s a SERVICE' }",
        'SELECT * { ?s ?p "x"@en-service }',
    ],
)
def test_the_guard_reads_tokens_and_not_letters(query: str) -> None:
    refuse(query)


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("SELECT * { SERVICE <x:y> {} }", "no-service"),
        ("INSERT DATA { <a:a> <b:b> <c:c> }", "read-only"),
        ("LOAD <http://x/>", "read-only"),
        ("SELECT * {} #" + "x" * 100_001, "query-size"),
        ("SELECT * { ?s ?p '\x00' }", "query-text"),
        ("SELECT * { ?s ?p '\ud800' }", "query-text"),
        ("SELECT * { ?s ?p 'not closed }", "query-text"),
        ("PREFIX service: <http://x/> SELECT * { service:a ?p ?o }", "no-service"),
    ],
)
def test_the_guard_names_its_rule(query: str, rule: str) -> None:
    with pytest.raises(RefusedQuery) as caught:
        refuse(query)
    assert caught.value.rule == rule


EVASIONS = [
    "SELECT * { SERVICESILENT<http://127.0.0.1:{port}/>{ ?s ?p ?o } }",
    "PREFIX x: <http://127.0.0.1:{port}/> SELECT * { SERVICEx:a { ?s ?p ?o } }",
    "SELECT * { ?a ?b 1e0SERVICE<http://127.0.0.1:{port}/>{ ?s ?p ?o } }",
    "SELECT * { ?a ?b trueSERVICE<http://127.0.0.1:{port}/>{ ?s ?p ?o } }",
    "PREFIX : <http://127.0.0.1:{port}/> SELECT * { ?a ?b 1SERVICE:x { ?s ?p ?o } }",
    "SELECT * { FILTER(1<2)SERVICE#>\n<http://127.0.0.1:{port}/>{ ?s ?p ?o } }",
    'SELECT * { FILTER(1<2#>"""\n)SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } #"""\n }',
    'SELECT * { BIND("\\u0022" AS ?x) SERVICE <http://127.0.0.1:{port}/> {} BIND("\\u0022" AS ?y) }',
    'SELECT * { # \\u000A"""\n SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } #"""\n }',
]


@pytest.mark.parametrize("query", EVASIONS)
def test_evasions_of_the_guard_are_refused(query: str) -> None:
    """Each of these once got past it, and the engine does send the request."""
    with pytest.raises(RefusedQuery):
        refuse(query.replace("{port}", "9"))


@pytest.mark.parametrize("query", EVASIONS)
def test_the_command_line_sends_no_request_either(cami, query: str, tmp_path: Path) -> None:
    with listening() as (port, calls):
        path = tmp_path / "evil.rq"
        path.write_text(query.replace("{port}", str(port)))
        assert cami("query", str(path)).returncode == 2
    assert calls == []


@pytest.mark.parametrize(
    "text",
    [
        "1" * 99_000,
        '"' + '\\"' * 49_000,
        "." * 99_000,
        "-" * 99_000,
        "<" * 99_000,
        "1.a" * 33_000,
        "'''" + "\\'" * 49_000,
        "<a" * 49_000,
        '"""\\' * 24_000,
        '\\"""x"' * 16_000,
        "'''x' " * 16_000,
        "service é" + "<#>" * 33_000,
        "#NOW\n" * 19_998 + "ASK{}",
        "NOW " * 24_000,
        "NOW" + " " * 99_000,
        "CONSTRUCT{}WHERE{?s ?p '''\\'''" + '"\\"' + '\\"' * 49_000 + "'''}",
        "CONSTRUCT{" * 9_900,
        "CONSTRUCT" + " " * 99_000,
        "CONSTRUCT" + "<a" * 49_000,
        "CONSTRUCT" + '"""x"' * 19_000,
    ],
)
def test_what_reads_a_query_is_quick_on_hostile_texts(text: str) -> None:
    """It runs beside every client: reading must be linear in the length."""
    started = time.process_time()
    with contextlib.suppress(RefusedQuery):
        refuse(text)
    stability(text)
    with contextlib.suppress(RefusedQuery):
        refuse_extensions(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("piece", ['"\\', 'a;b="\\', "a,", '"', ";", 'a;b="c"'])
def test_what_reads_accept_is_quick_too(piece: str) -> None:
    started = time.process_time()
    for read in (negotiate, coding, prefers_html):
        read(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 1


def test_many_typed_literals_are_no_offence() -> None:
    refuse("SELECT * { VALUES ?x { " + '"1"^^<http://x/t> ' * 3000 + "} }")


def test_when_the_process_with_the_dataset_dies_it_comes_back(built: Build, serve) -> None:
    with serve("--build", str(built.folder.parent), "--workers", "2") as client:
        assert ask(client, QUICK).status_code == 200
        for zygote in children(max(children(os.getpid()))):
            os.kill(zygote, signal.SIGKILL)
        answers = [ask(client, QUICK).status_code]
        for _ in range(50):
            time.sleep(0.1)
            answers.append(ask(client, QUICK).status_code)
            if answers[-4:] == [200] * 4:
                break
        assert answers[-4:] == [200] * 4, answers
        assert client.get("/livez").status_code == 200


def test_a_query_is_killed_and_replaced_while_every_other_thread_is_at_work(built: Build) -> None:
    """Threads that pack answers or read queries and files are others than those that end workers."""
    query = Request(HEAVY["count of a cross product"], FORMATS["json"], None)
    done = threading.Event()

    async def run() -> None:
        pool = Pool(built.nquads, Limits(seconds=1), 1, 8)
        await pool.start()
        busy = concurrent.futures.ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(busy)
        for threads in (busy, READING, PACKING, PACKING):
            threads.submit(done.wait, 30)
        try:
            for _ in range(4):  # more than there are workers ready
                with pytest.raises(QueryTimeout):
                    await pool.ask(query)
                await pool.ready(1)
        finally:
            done.set()
            await pool.stop()

    asyncio.run(run())


def test_a_pool_that_stops_with_a_query_in_work_leaves_no_process(built: Build) -> None:
    async def run() -> set[int]:
        pool = Pool(built.nquads, Limits(), 1, 8)
        before = set(children(os.getpid()))
        await pool.start()
        heavy = Request(HEAVY["count of a cross product"], FORMATS["json"], None)
        asked = asyncio.ensure_future(pool.ask(heavy))
        while not pool.running:
            await asyncio.sleep(0.01)
        await pool.stop()
        await asyncio.gather(asked, return_exceptions=True)
        await asyncio.sleep(2)  # another one would be there by then
        return set(children(os.getpid())) - before

    assert asyncio.run(run()) == set()


def test_waiting_in_the_queue_counts_towards_the_limit(built: Build, serve) -> None:
    options = ("--build", str(built.folder.parent), "--timeout", "3", "--workers", "1")
    with serve(*options) as client, concurrent.futures.ThreadPoolExecutor() as threads:
        heavy = threads.submit(ask, client, HEAVY["count of a cross product"])
        time.sleep(0.3)
        started = time.monotonic()
        response = ask(client, QUICK, Prefer="wait=1")
        assert response.status_code == 429
        assert time.monotonic() - started < 2
        assert heavy.result().status_code == 503


def test_a_client_that_sends_nothing_more_does_not_hold_the_shutdown(built: Build, serve) -> None:
    with serve("--build", str(built.folder.parent), "--workers", "1") as client:
        left = socket.create_connection((client.base_url.host, client.base_url.port or 80))
        left.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        time.sleep(0.2)
    left.close()  # the fixture has seen the server end within ten seconds
