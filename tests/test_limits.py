"""What one query and one client may take, and that the others go on."""

import asyncio
import concurrent.futures
import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from cami.server.cache import remember
from cami.server.fairness import Account, Budgets, Busy, OverBudget, Turns, wait_of
from cami.server.line import Line
from cami.server.release import Build

pytestmark = pytest.mark.alone
QUICK = "ASK { ?s a ?o }"
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
GROWING = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?e ?i"
BURSTING = (
    "SELECT (STRLEN(?c) AS ?n) { BIND(REPLACE('"
    + "a" * 1000
    + "', 'a', '"
    + "a" * 1000
    + "') AS ?b)"
    " BIND(REPLACE(?b, 'a', '" + "a" * 1000 + "') AS ?c) }"
)


def ask(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return client.post("/sparql", data={"query": query}, headers=headers)


def slug(response: httpx.Response) -> str:
    return response.json()["type"].rpartition("/")[2]


def of(client: httpx.Client, address: str) -> httpx.Client:
    """A client of the same server from another address."""
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=client.base_url, transport=transport, timeout=30)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_is_spent_and_fills_again() -> None:
    clock = Clock()
    budgets = Budgets(60, clock=clock)
    account = budgets.account(("192.0.2.1", 1))
    account.spend(70)
    with pytest.raises(OverBudget) as caught:
        account.check()
    assert caught.value.retry_after == 11  # ten seconds to nothing, one more to start with
    budgets.account(("192.0.2.2", 1)).check()  # another address
    clock.now = 11
    account.check()
    clock.now = 10_000
    assert budgets.left(account.name) == 60  # no more than full


def test_who_counts_as_one_client() -> None:
    budgets = Budgets(60)
    names = [
        budgets.account((host, 1)).name
        for host in (
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8:0:1::1",
            "::ffff:192.0.2.1",
            "192.0.2.1",
        )
    ]
    assert names == ["2001:db8::", "2001:db8::", "2001:db8:0:1::", "192.0.2.1", "192.0.2.1"]
    for host in ("127.0.0.1", "::1"):
        assert budgets.account((host, 1)).budgets is None  # may be a proxy for everybody
        assert Budgets(60, loopback=True).account((host, 1)).budgets
    assert Budgets(0).account(("192.0.2.1", 1)).budgets is None


def test_accounts_are_forgotten_the_fullest_first() -> None:
    budgets = Budgets(60, clock=Clock())
    budgets.spend("poor", 100)
    for number in range(20_000):
        budgets.spend(f"client {number}", 0.001)
    assert budgets.left("poor") == -40
    assert len(budgets._left) <= 10_000


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=3", 3),
        ('respond-async, wait="2"; x=1', 2),
        ("WAIT = 5", 5),
        *((bad, None) for bad in ("wait=0", "wait=-1", "wait=x", "wait", "", "wait=1.5")),
    ],
)
def test_prefer_is_read(header: str, seconds: float | None) -> None:
    from starlette.datastructures import Headers

    assert wait_of(Headers({"prefer": header})) == seconds


def test_the_line_is_fair() -> None:
    """One that has no worker goes before one that has; a full line turns away the greediest."""

    async def scenario() -> list[str]:
        grown: list[str] = []
        line = Line[str](2, 3, lambda: grown.append("more"), 1)
        line.give("a")
        line.give("b")
        await line.take("greedy")
        await line.take("greedy")
        served: list[str] = []

        async def wait(client: str) -> None:
            try:
                await line.take(client)
                served.append(client)
            except Busy:
                served.append(f"{client} is refused")

        tasks = [asyncio.ensure_future(wait(one)) for one in ("greedy", "greedy", "greedy")]
        await asyncio.sleep(0)
        assert grown == []  # it has two already
        tasks += [asyncio.ensure_future(wait(one)) for one in ("modest", "greedy")]
        await asyncio.sleep(0.01)
        assert grown == ["more"]
        line.give("c")
        await asyncio.sleep(0.01)
        line.leave("greedy")
        line.give("a")
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        return served

    served = asyncio.run(scenario())
    assert served == ["greedy is refused", "greedy is refused", "modest"]


def test_who_is_turned_away_and_gives_up_at_once_is_not_counted() -> None:
    """The line would hold a client for one with fewer workers than none."""

    async def scenario() -> tuple[int, int]:
        line = Line[str](1, 1, lambda: None, 1)
        line.give("a")
        await line.take("hog")
        waits = asyncio.ensure_future(line.take("greedy"))
        await asyncio.sleep(0)
        comes = asyncio.ensure_future(line.take("modest"))
        line._make_room = lambda _: waits.cancel()  # type: ignore[method-assign]
        await asyncio.sleep(0)
        del line._make_room
        comes.cancel()
        turned_away = asyncio.ensure_future(line.take("greedy"))
        await asyncio.sleep(0)
        line._waiting[0].worker.set_exception(Busy("full", 1))
        turned_away.cancel()
        await asyncio.gather(waits, comes, turned_away, return_exceptions=True)
        return line.working, line.waiting

    assert asyncio.run(scenario()) == (1, 0)


def test_a_place_counts_even_while_a_worker_is_free() -> None:
    """It is kept for others: who has one already waits, and not without end."""

    async def scenario() -> list[str]:
        line = Line[str](1, 2, lambda: None, 1)
        for worker in "ab":
            line.give(worker)
        await line.take("greedy")  # the share; another worker is free for another client
        waiting = [asyncio.ensure_future(line.take("greedy")) for _ in range(5)]
        await asyncio.sleep(0)
        kinds = [type(one.exception()).__name__ for one in waiting if one.done()]
        assert await line.take("modest") in "ab"
        for one in waiting:
            one.cancel()
        return kinds

    assert asyncio.run(scenario()) == ["Busy"] * 3


def test_one_client_has_a_quarter_of_the_places_for_work_of_the_server() -> None:
    async def scenario(budgets: Budgets) -> int:
        turns = Turns(1, 8, "Busy.")
        done = asyncio.Event()

        async def work() -> None:
            async with turns.of(budgets.account(("10.0.0.1", 1)), 5):
                await done.wait()

        works = [asyncio.ensure_future(work()) for _ in range(12)]
        await asyncio.sleep(0.01)
        done.set()
        ends = await asyncio.gather(*works, return_exceptions=True)
        return sum(isinstance(end, Busy) for end in ends)

    assert asyncio.run(scenario(Budgets(60))) == 12 - 1 - 2
    assert asyncio.run(scenario(Budgets(0))) == 12 - 1 - 8  # it may be a proxy


def test_the_next_turn_is_for_who_has_had_least() -> None:
    """And the last turn is for a client that has none; who gives up takes none with it."""

    async def scenario(at_once: int) -> list[str]:
        budgets, order = Budgets(60), list[str]()
        greedy, modest = (budgets.account((f"10.0.0.{n}", 1)) for n in (1, 2))
        budgets.spend(greedy.name, 1)
        turns = Turns(at_once, 40, "Busy.")

        async def work(account: Account) -> None:
            async with turns.of(account, 5):
                order.append("greedy" if account is greedy else "modest")
                await asyncio.sleep(0.05)

        works = [asyncio.ensure_future(work(greedy)) for _ in range(4)]
        await asyncio.sleep(0)
        works.append(asyncio.ensure_future(work(modest)))
        await asyncio.sleep(0)
        works[1].cancel()
        await asyncio.gather(*works, return_exceptions=True)
        async with asyncio.timeout(1):  # all turns are there again
            await asyncio.gather(*(work(a) for a in (greedy, modest)))
        return order[:4]

    assert asyncio.run(scenario(1)) == ["greedy", "modest", "greedy", "greedy"]
    assert asyncio.run(scenario(2)) == ["greedy", "modest", "greedy", "greedy"]


def test_who_was_given_a_turn_and_gave_up_in_the_same_moment_leaves_it() -> None:
    async def scenario() -> None:
        turns, account = Turns(1, 40, "Busy."), Budgets(60).account(("10.0.0.1", 1))

        async def work() -> None:
            async with turns.of(account, 5):
                pass

        async with turns.of(account, 5):
            second = asyncio.ensure_future(work())
            await asyncio.sleep(0)
        second.cancel()  # before it runs again
        await asyncio.wait([second])
        assert second.cancelled()
        async with asyncio.timeout(1):
            await work()

    asyncio.run(scenario())


def test_a_budget_over_http(built: Build, serve) -> None:
    options = ("--build", str(built.folder.parent), "--timeout", "2", "--budget", "1")
    with serve(*options) as client, of(client, "127.0.0.2") as other:
        assert slug(ask(client, HEAVY)) == "timeout"
        refused = ask(client, QUICK)
        assert refused.status_code == 429
        assert slug(refused) == "budget"
        assert int(refused.headers["retry-after"]) >= 60
        assert ask(other, QUICK).status_code == 200
        assert client.get("/livez").status_code == 200  # asks no engine


def test_a_client_may_not_say_who_it_is(built: Build, serve) -> None:
    """`X-Forwarded-For` counts only from a proxy that is named."""
    options = ("--build", str(built.folder.parent), "--timeout", "2", "--budget", "1")
    with serve(*options) as client:
        assert slug(ask(client, HEAVY, **{"X-Forwarded-For": "192.0.2.1"})) == "timeout"
        assert slug(ask(client, QUICK, **{"X-Forwarded-For": "192.0.2.2"})) == "budget"
    with serve(*options, "--proxy", "127.0.0.1") as client, of(client, "127.0.0.2") as other:
        assert slug(ask(client, HEAVY, **{"X-Forwarded-For": "192.0.2.1"})) == "timeout"
        assert ask(client, QUICK, **{"X-Forwarded-For": "192.0.2.2"}).status_code == 200
        assert ask(other, QUICK, **{"X-Forwarded-For": "192.0.2.1"}).status_code == 200
        assert slug(ask(client, QUICK, **{"X-Forwarded-For": "192.0.2.1"})) == "budget"


def test_rows_are_limited_and_said_so(built: Build, serve) -> None:
    with serve("--build", str(built.folder.parent), "--rows", "5") as client:
        for form in ("json", "xml", "csv", "tsv"):
            query = {"query": "SELECT * { ?s ?p ?o } LIMIT 6", "format": form}
            refused = client.get("/sparql", params=query)
            assert refused.status_code == 413
            assert slug(refused) == "too-many-rows"
            assert "5 rows" in refused.json()["detail"]
            query["query"] = "SELECT * { ?s ?p ?o } LIMIT 5"
            assert client.get("/sparql", params=query).status_code == 200


def test_a_preference_that_is_kept_is_said(client: httpx.Client) -> None:
    """The limit of this server is 2 seconds: it can be lowered, not raised."""
    assert ask(client, QUICK, Prefer="wait=1").headers["preference-applied"] == "wait=1"
    assert "preference-applied" not in ask(client, QUICK, Prefer="wait=100").headers
    assert "preference-applied" not in ask(client, QUICK, Prefer="wait=x").headers
    late = ask(client, HEAVY, Prefer="wait=1")
    assert late.status_code == 503
    assert late.headers["preference-applied"] == "wait=1"


def test_every_worker_is_taken_and_another_client_is_answered(built: Build, serve) -> None:
    options = ("--build", str(built.folder.parent), "--timeout", "3", "--workers", "1")
    with serve(*options) as client, of(client, "127.0.0.2") as other:
        with concurrent.futures.ThreadPoolExecutor() as threads:
            heavy = [threads.submit(ask, client, HEAVY) for _ in range(3)]
            time.sleep(0.5)
            assert [ask(other, QUICK).status_code for _ in range(5)] == [200] * 5
            assert not heavy[0].done()
        assert {one.result().status_code for one in heavy} <= {429, 503}


def test_how_soon_the_next_query_is_answered(
    built: Build, serve, capsys: pytest.CaptureFixture
) -> None:
    """The only worker dies in each way there is; the next query finds a new one."""
    options = ("--build", str(built.folder.parent), "--timeout", "2", "--workers", "1")
    times: dict[str, float] = {}
    with serve(*options, "--memory", "256") as client:
        ask(client, QUICK)
        times["nothing"] = next_answer(client)
        for name, query in {"time": HEAVY, "memory": GROWING, "abort": BURSTING}.items():
            assert ask(client, query).status_code == 503
            times[name] = next_answer(client)
        leave(client)
        times["client gone"] = next_answer(client)
        kill_workers(client)
        time.sleep(0.1)  # until the server has noticed
        times["killed"] = next_answer(client)
    with capsys.disabled():
        shown = ", ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in times.items())
        print(f"\nms to the next answer after: {shown}")


def next_answer(client: httpx.Client) -> float:
    started = time.perf_counter()
    answer = ask(client, QUICK)
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - started


def leave(client: httpx.Client) -> None:
    body = HEAVY.encode()
    head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: application/sparql-query\r\n\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as left:
        left.sendall(head.encode() + body)
        time.sleep(0.3)


def kill_workers(client: httpx.Client) -> None:
    server = max(children(os.getpid()))
    for zygote in children(server):
        for worker in children(zygote):
            os.kill(worker, signal.SIGKILL)


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def test_of_long_texts_nothing_is_remembered() -> None:
    """A client would decide how much memory the server takes."""
    read: list[int] = []

    @remember
    def function(text: str, more: int) -> int:
        read.append(len(text))
        return len(text) + more

    for text in ("short", "x" * 2001):
        for _ in range(2):
            assert function(text, 1) == len(text) + 1
    assert read == [5, 2001, 2001]


def test_what_holds_no_worker_is_charged_too(built: Build, serve) -> None:
    """Whole graphs, and the reading of a long query before any worker has it."""
    options = ("--build", str(built.folder.parent), "--budget", "0.001")
    with serve(*options) as client, of(client, "127.0.0.2") as other:
        assert client.get("/graphs?default&format=turtle").status_code == 200
        assert slug(client.get("/graphs?default&format=nquads")) == "budget"
        long = "ASK { ?s a ?o }" + " # x\n" * 15_000  # no worker has it for as long as it is read
        assert slug(ask(other, long)) == "budget"
