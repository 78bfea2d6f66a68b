"""Queries that follow each other to a worker: each gets its own answer, and none waits for long."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvloop

from cami.queries.formats import FORMATS
from cami.server import convoy
from cami.server.exchange import Link, QueryFault, QueryTimeout, Reply, Request, WorkerDied
from cami.server.fairness import NOBODY, Account, Budgets, Busy
from cami.server.launch import Limits
from cami.server.pool import Pool
from cami.server.zygote import SIZES

HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
# Longer than the patience of those behind it, and far from the limit.
SOME = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?v {{{' 1' * 1500}}} VALUES ?w {{{' 2' * 900}}} }}"
BOMB = f"SELECT (STRLEN(GROUP_CONCAT(?p)) AS ?n) {{ ?s ?p ?o . VALUES ?v {{{' 1' * 9000}}} }}"
QUEUE = 24
TRIPLES = 3000
OTHER = Account("other", None)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fewer triples than CAMI has, soon loaded, and still too many for `HEAVY`."""
    file = tmp_path_factory.mktemp("convoy") / "some.nq"
    one = "<https://example.org/subject/{0}> <https://example.org/predicate> <https://example.org/object/{0}> ."
    file.write_text("\n".join(one.format(number) for number in range(TRIPLES)))
    return file


class CountingPool(Pool):
    """A pool that counts the queries for which a worker was taken alone."""

    alone = 0

    async def ask(self, request: Request, seconds: float | None = None) -> Reply:
        self.alone += 1
        return await super().ask(request, seconds)


def in_loop(work: Coroutine[None, None, None]) -> None:
    """Run in the event loop that the server has."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def query(text: str, account: Account = NOBODY) -> Request:
    return Request(text, FORMATS["csv"], None, account=account)


def number(value: int, account: Account = NOBODY) -> Request:
    return query(f"SELECT ({value} AS ?n) {{}}", account)


def value(reply: Reply) -> int:
    return int(reply.body.split()[1])


def within(
    data: Path,
    scenario: Callable[[CountingPool], Awaitable[None]],
    workers: int = 1,
    limits: Limits | None = None,
) -> None:
    async def run() -> None:
        pool = CountingPool(data, limits or Limits(seconds=1.5), workers, QUEUE)
        try:
            await pool.start()
            pool.alone = 0  # at its start it asks which graphs there are
            await scenario(pool)
        finally:
            await pool.stop()

    in_loop(run())


def begun(pool: Pool, request: Request) -> asyncio.Future[Reply]:
    reply = pool.quick(request)
    assert reply
    return reply


def workers_of(pool: Pool) -> set[int]:
    return {worker.pid for worker in pool._workers}  # pyright: ignore[reportPrivateUsage]


@dataclass
class AtWork:
    """The one worker that has queries, and how many."""

    pid: int
    asked: int


def at_work(pool: Pool) -> AtWork:
    (one,) = pool._convoys._convoys  # pyright: ignore[reportPrivateUsage]
    return AtWork(one.worker.pid, len(one.asked))


def has_stopped(pid: int) -> bool:
    stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


@contextlib.contextmanager
def at_rest(pool: Pool) -> Generator[None]:
    """Let the one worker that has queries do nothing: how long one takes is up to the test."""
    pid = at_work(pool).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        while not has_stopped(pid):  # before anything is sent to it
            time.sleep(0.001)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def until_whole(pool: Pool, before: set[int]) -> set[int]:
    """Return the workers once one of those before has been replaced."""
    async with asyncio.timeout(10):
        while len(workers_of(pool)) < len(before) or workers_of(pool) == before:
            await asyncio.sleep(0.01)
    return workers_of(pool)


@pytest.mark.parametrize("workers", [1, 2])
def test_each_gets_its_own_answer(data: Path, workers: int) -> None:
    async def scenario(pool: CountingPool) -> None:
        for _ in range(5):
            replies = [begun(pool, number(value)) for value in range(QUEUE)]
            assert pool.running == workers
            assert [value(reply) for reply in await asyncio.gather(*replies)] == list(range(QUEUE))
            assert pool.running == 0

    within(data, scenario, workers)


def test_large_and_small_answers_follow_each_other(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        large = query("SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 2500")
        whole = await pool.ask(large)
        assert len(whole.body) > 200_000
        asked = [number(1), large, number(2), large, large, number(3)]
        replies = await asyncio.gather(*(begun(pool, request) for request in asked))
        assert [value(replies[place]) for place in (0, 2, 5)] == [1, 2, 3]
        assert {replies[place].body for place in (1, 3, 4)} == {whole.body}

    within(data, scenario, limits=Limits(seconds=60))


def test_a_large_answer_is_gathered_in_one_place() -> None:
    """To copy what has come with each further part would take seconds of everybody's time."""

    async def run() -> None:
        link, came = Link(), list[Any]()
        head, body = b'{"format": "csv"}', bytes(1000)
        data = SIZES.pack(len(head), len(body)) + head + body
        link._expected.extend([came.append] * 3)  # pyright: ignore[reportPrivateUsage]
        places: list[Any] = []
        for start in range(0, 3 * len(data), 100):
            link.data_received((3 * data)[start : start + 100])
            places.append(link._data)  # pyright: ignore[reportPrivateUsage]
        assert [answer[1] for answer in came] == [body] * 3
        assert all(place is places[0] for place in places)

    in_loop(run())


def test_no_more_follow_each_other_than_may_wait_in_line(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        replies = [begun(pool, number(value)) for value in range(2 * QUEUE)]
        assert pool.quick(number(1)) is None
        assert [value(reply) for reply in await asyncio.gather(*replies)] == list(range(2 * QUEUE))
        assert value(await begun(pool, number(2))) == 2
        assert pool.alone == 0

    within(data, scenario)


WHOLE = SIZES.pack(2, 4) + b"{}" + b"body"  # an answer


@dataclass
class Linked:
    """A link, the worker's end of it, and the bodies of the answers that came."""

    link: Link
    theirs: socket.socket
    came: list[bytes] = field(default_factory=list[bytes])

    async def ask(self, *requests: bytes) -> None:
        for request in requests:
            self.link.send(request, lambda got: self.came.append(got[1] if got else b""))
            await asyncio.sleep(0.01)

    async def answer(self, data: bytes) -> None:
        self.theirs.sendall(data)
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def linked() -> AsyncGenerator[Linked]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    _, link = await asyncio.get_running_loop().create_unix_connection(Link, sock=ours)
    try:
        yield Linked(link, theirs)
    finally:  # else uvloop waits for them
        link.transport.abort()
        theirs.close()


def test_what_is_asked_while_the_worker_works_goes_out_together() -> None:
    async def scenario() -> None:
        async with linked() as worker:
            await worker.ask(b"first", b"second", b"third")
            assert worker.theirs.recv(100) == b"first"
            await worker.answer(WHOLE[:-1])
            assert worker.came == []
            await worker.answer(WHOLE[-1:])
            assert worker.theirs.recv(100) == b"secondthird"
            await worker.answer(2 * WHOLE)
            assert worker.came == [b"body"] * 3

    in_loop(scenario())


def test_look_ups_go_out_before_the_worker_has_nothing_to_do() -> None:
    async def scenario() -> None:
        async with linked() as worker:
            worker.link.left = 1
            await worker.ask(b"1", b"2", b"3", b"4")
            assert worker.theirs.recv(100) == b"12"  # it has two: what comes now waits
            await worker.answer(WHOLE)
            assert worker.theirs.recv(100) == b"34"  # while it still has one
            await worker.answer(3 * WHOLE)
            assert worker.came == [b"body"] * 4

    in_loop(scenario())


def test_a_look_up_does_not_get_behind_who_waits_for_a_worker(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        first = begun(pool, number(1))
        with at_rest(pool):
            alone = asyncio.ensure_future(pool.ask(number(2)))
            await asyncio.sleep(0)
            assert pool.waiting == 1
            behind = begun(pool, number(3))
            assert at_work(pool).asked == 1
        assert [value(reply) for reply in await asyncio.gather(first, alone, behind)] == [1, 2, 3]

    within(data, scenario, limits=Limits(seconds=20))


def test_queries_that_take_long_do_not_follow_each_other(data: Path) -> None:
    """Else all but the first would be asked again, of a worker that works at the second."""

    async def scenario(pool: CountingPool) -> None:
        convoys = pool._convoys  # pyright: ignore[reportPrivateUsage]
        convoys._mean = 1.5 * convoy.PATIENCE  # pyright: ignore[reportPrivateUsage]
        before = workers_of(pool)
        replies = [begun(pool, query(SOME)) for _ in range(6)]
        asked = [len(one.asked) for one in convoys._convoys]  # pyright: ignore[reportPrivateUsage]
        assert asked == [1, 1]
        await asyncio.gather(*replies)
        assert (pool.alone, workers_of(pool)) == (0, before)

    within(data, scenario, workers=2, limits=Limits(seconds=20))


def test_who_has_waited_too_long_takes_no_worker(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        first = begun(pool, query(HEAVY))
        await asyncio.sleep(2 * convoy.PATIENCE)
        late = [begun(pool, number(value)) for value in range(3)]
        for asked in pool._convoys._waiting[NOBODY.name]:  # pyright: ignore[reportPrivateUsage]
            asked.at -= 1.5  # the limit: as if others had gone first all the time
        for reply in (first, *late):
            with pytest.raises(QueryTimeout):
                await reply
        assert value(await begun(pool, number(1))) == 1

    within(data, scenario)


def test_one_slow_query_says_little_of_look_ups(data: Path) -> None:
    """Else who asks for it again and again would send everybody's look-ups one by one."""

    async def scenario(pool: CountingPool) -> None:
        convoys = pool._convoys  # pyright: ignore[reportPrivateUsage]
        for _ in range(100):
            await begun(pool, number(1))
        slow = begun(pool, query(HEAVY))
        quick = 0
        while not slow.done():
            await begun(pool, number(1, OTHER))
            quick += convoys._quick  # pyright: ignore[reportPrivateUsage]
            said = convoys._mean  # pyright: ignore[reportPrivateUsage]
            assert said <= convoy.PATIENCE
        assert quick > 10
        with pytest.raises(QueryTimeout):
            await slow

    within(data, scenario, workers=2)


def test_who_had_to_wait_once_goes_together_again(data: Path) -> None:
    """Else each query would wait for a worker of its own from then on."""

    async def scenario(pool: CountingPool) -> None:
        slow = begun(pool, number(0))
        with at_rest(pool):
            await asyncio.sleep(2 * convoy.PATIENCE)
            replies = [begun(pool, number(value)) for value in range(QUEUE)]
            await asyncio.sleep(0)  # now they stand in line, at one place
            assert pool.waiting == 1
        assert [value(reply) for reply in await asyncio.gather(*replies)] == list(range(QUEUE))
        assert slow.done()
        assert (pool.running, pool.waiting, pool.alone) == (0, 0, 0)

    within(data, scenario, limits=Limits(seconds=20))


def test_what_a_query_waits_counts_towards_its_time(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        first = begun(pool, number(0))
        with at_rest(pool):
            await asyncio.sleep(2 * convoy.PATIENCE)
            asked = time.monotonic()
            second = begun(pool, query(HEAVY))
            await asyncio.sleep(1.5)
        await first
        with pytest.raises(QueryTimeout):
            await second
        assert time.monotonic() - asked < 3 + 0.75  # 3 + 1.5 if its wait did not count

    within(data, scenario, limits=Limits(seconds=3))


def test_what_is_asked_again_elsewhere_does_not_go_to_the_first_worker_too(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convoy, "FRESH", 60)  # so that the second gets behind the first
    monkeypatch.setattr(convoy, "SLOW_SECONDS", 60)  # and the worker is not replaced for this
    monkeypatch.setattr(convoy, "LEFT", 0)  # as if queries had not been quick

    async def scenario(pool: CountingPool) -> None:
        before = workers_of(pool)
        first = begun(pool, number(0))
        with at_rest(pool):
            await asyncio.sleep(0.001)  # what comes now waits until the worker has answered
            second = begun(pool, query(HEAVY))
            async with asyncio.timeout(10):
                while not pool.alone:
                    await asyncio.sleep(0.01)
            second.cancel()
        assert value(await first) == 0
        await asyncio.sleep(0.2)
        assert workers_of(pool) == before  # none had to be killed for what nobody waits for

    within(data, scenario)


def test_who_waits_too_long_is_told_so(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        slow = begun(pool, query(HEAVY))
        await asyncio.sleep(2 * convoy.PATIENCE)
        late = begun(pool, number(1))
        gone = begun(pool, number(2))
        gone.cancel()
        with pytest.raises(QueryTimeout):
            await slow
        with contextlib.suppress(Busy):  # at the same moment a worker becomes free
            assert value(await late) == 1
        assert value(await begun(pool, number(3))) == 3

    within(data, scenario)


def test_those_behind_a_slow_query_are_answered_before_it(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        slow = begun(pool, query(HEAVY))
        behind = [begun(pool, number(value, OTHER)) for value in range(20)]
        assert [value(reply) for reply in await asyncio.gather(*behind)] == list(range(20))
        assert not slow.done()
        with pytest.raises(QueryTimeout):
            await slow
        assert value(await pool.ask(number(7))) == 7

    within(data, scenario)


def test_nobody_gets_behind_a_query_that_is_no_longer_quick(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        slow = begun(pool, query(HEAVY))
        await asyncio.sleep(convoy.FRESH + (convoy.PATIENCE - convoy.FRESH) / 2)
        assert value(await begun(pool, number(2, OTHER))) == 2
        assert pool.alone == 0
        assert not slow.done()
        with pytest.raises(QueryTimeout):
            await slow

    within(data, scenario)


def test_a_server_whose_queries_are_slow_sleeps(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        slow = [begun(pool, query(HEAVY)), begun(pool, query(HEAVY, OTHER))]
        await asyncio.sleep(2 * convoy.PATIENCE)
        before = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - before < 0.1
        assert not any(one.done() for one in slow)
        for one in slow:
            one.cancel()

    within(data, scenario, workers=2)


def test_a_query_of_some_time_is_answered_too(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        some = [begun(pool, query(SOME)), begun(pool, number(3)), begun(pool, query(SOME))]
        answers = await asyncio.gather(*some)
        assert [value(one) for one in answers] == [1500 * 900, 3, 1500 * 900]

    within(data, scenario, limits=Limits(seconds=20))


def test_a_server_that_stands_still_takes_no_query_for_slow(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        replies = [begun(pool, number(value)) for value in range(9)]
        time.sleep(0.1)  # noqa: ASYNC251 - the loop stands still while the answers come
        await asyncio.gather(*replies)
        assert pool.alone == 0
        slow = begun(pool, query(HEAVY))
        behind = begun(pool, number(9, OTHER))
        for _ in range(20):  # a server that never gets to anything in time
            time.sleep(0.05)  # noqa: ASYNC251 - as above
            await asyncio.sleep(0.0)
        assert value(await behind) == 9
        with pytest.raises(QueryTimeout):
            await slow

    within(data, scenario)


def test_faults_are_those_of_the_query_that_has_them(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        asked = [number(1), query("SELECT ?x {"), number(2), query("SELECT (<no:f>() AS ?x) {}")]
        one, syntax, two, unknown = await asyncio.gather(
            *(begun(pool, request) for request in asked), return_exceptions=True
        )
        assert isinstance(one, Reply) and value(one) == 1
        assert isinstance(two, Reply) and value(two) == 2
        assert isinstance(syntax, QueryFault) and syntax.kind == "QuerySyntaxError"
        assert not isinstance(unknown, BaseException) or isinstance(unknown, QueryFault)

    within(data, scenario)


def test_a_worker_that_dies_fails_one_query(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        slow = begun(pool, query(HEAVY))
        behind = [begun(pool, number(value)) for value in range(9)]
        os.kill(at_work(pool).pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await slow
        assert [value(reply) for reply in await asyncio.gather(*behind)] == list(range(9))

    within(data, scenario)


def test_a_query_that_takes_all_memory_fails_alone(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        bomb = begun(pool, query(BOMB))
        behind = [begun(pool, number(value)) for value in range(9)]
        assert [value(reply) for reply in await asyncio.gather(*behind)] == list(range(9))
        with pytest.raises(WorkerDied):
            await bomb
        assert value(await pool.ask(number(4))) == 4

    within(data, scenario, limits=Limits(seconds=30, memory_bytes=1 << 26))


def test_a_slow_query_that_nobody_waits_for_is_killed(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        before = workers_of(pool)
        slow = begun(pool, query(HEAVY))
        behind = begun(pool, number(5))
        slow.cancel()
        assert value(await behind) == 5
        after = await until_whole(pool, before)
        assert len(before - after) == 1

    within(data, scenario, limits=Limits(seconds=30))


def test_who_gives_up_behind_a_slow_query_is_not_asked_for(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        slow = begun(pool, query(SOME))
        gone, stays = begun(pool, number(1)), begun(pool, number(2))
        gone.cancel()
        assert value(await stays) == 2
        assert value(await slow) == 1500 * 900
        assert gone.cancelled()

    within(data, scenario, limits=Limits(seconds=30))


def test_who_waits_for_a_worker_goes_first(data: Path) -> None:
    async def scenario(pool: CountingPool) -> None:
        first = begun(pool, number(1))
        waiting = asyncio.ensure_future(pool.ask(number(2, OTHER)))
        await asyncio.sleep(0)  # now it stands in line
        assert pool.waiting == 1
        last = begun(pool, number(3))
        assert at_work(pool).asked == 1  # the last has not gone before the one in line
        answers = await asyncio.gather(first, waiting, last)
        assert [value(one) for one in answers] == [1, 2, 3]

    within(data, scenario)


def test_time_is_charged_to_who_asked(data: Path) -> None:
    budgets = Budgets(5.0, loopback=True, clock=lambda: 0.0)
    pays, rich = Account("pays", budgets), Account("rich", budgets)

    async def scenario(pool: CountingPool) -> None:
        slow = begun(pool, query(HEAVY, pays))
        quick = begun(pool, number(2, rich))
        await quick
        with pytest.raises(QueryTimeout):
            await slow
        assert budgets.left("pays") < 4.1
        assert budgets.left("rich") > 4.5
        budgets.spend("pays", 5)
        assert pool.quick(number(2, pays)) is None

    within(data, scenario, limits=Limits(seconds=1))


@pytest.mark.parametrize("waited", [0, 5 * convoy.PATIENCE])
def test_nobody_waits_for_a_pool_that_has_stopped(data: Path, waited: float) -> None:
    """Not even who has been asked again, since the query before was slow."""
    left: list[asyncio.Future[Reply]] = []

    async def scenario(pool: CountingPool) -> None:
        left.append(begun(pool, query(HEAVY)))
        await asyncio.sleep(0.001)  # it goes out, and what follows waits here
        left.append(begun(pool, number(1)))
        await asyncio.sleep(waited)
        assert pool.alone == bool(waited)

    async def run() -> None:
        pool = CountingPool(data, Limits(seconds=30), 1, QUEUE)
        await pool.start()
        pool.alone = 0  # as above
        try:
            await scenario(pool)
        finally:
            await pool.stop()
        for reply in left:
            with pytest.raises(WorkerDied):
                await asyncio.wait_for(reply, 1)

    in_loop(run())
