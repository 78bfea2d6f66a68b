"""Who asks the same at the same time shares one worker, and nobody's leaving harms another."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cami.queries.formats import FORMATS
from cami.server.answers import Answers, Dataset
from cami.server.app import create_app
from cami.server.builds import Build
from cami.server.cache import ByteCache
from cami.server.exchange import QueryTimeout, Reply, Request
from cami.server.fairness import NOBODY, Account, Busy
from cami.server.flights import Asker, Flights
from cami.server.pool import Pool
from cami.server.zygote import Limits

# Some tenths of a second of work.
SLOW = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?v {{{' 1' * 1500}}} VALUES ?w {{{' 2' * 900}}} }}"
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


class CountingPool(Pool):
    """A pool that counts what it is asked, and turns the first away when told to."""

    asked = 0
    turn_away = False

    async def ask(self, request: Request, seconds: float | None = None) -> Reply:
        self.asked += 1
        if self.turn_away:
            self.turn_away = False
            await asyncio.sleep(0.2)
            raise Busy("All query workers are busy and the queue is full.", 1)
        return await super().ask(request, seconds)


Scenario = Callable[[httpx.AsyncClient, CountingPool], Awaitable[None]]


def within(built: Build, scenario: Scenario, cache_bytes: int = 8 << 20) -> None:
    """Run a scenario against the application with its real workers, in this process."""

    async def run() -> None:
        pool = CountingPool(built.nquads, Limits(seconds=20), 2, 8)
        app = create_app(pool, built.things(), built.digest, cache_bytes=cache_bytes)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client,
        ):
            pool.asked = 0  # at its start it asks which graphs there are
            await scenario(client, pool)

    asyncio.run(run())


async def ask(client: httpx.AsyncClient, query: str, **headers: str) -> httpx.Response:
    return await client.post("/sparql", data={"query": query}, headers=headers)


async def until_running(pool: CountingPool) -> None:
    while not pool.running:
        await asyncio.sleep(0.01)


def test_the_same_query_at_the_same_time_is_one_worker_s_work(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        answers = await asyncio.gather(*(ask(client, SLOW) for _ in range(6)))
        assert {one.status_code for one in answers} == {200}
        assert {one.json()["results"]["bindings"][0]["n"]["value"] for one in answers} == {
            str(1500 * 900)
        }
        assert pool.asked == 1
        assert (await ask(client, SLOW)).status_code == 200
        get = {"query": SLOW}
        tag = (await client.get("/sparql", params=get)).headers["etag"]
        assert (
            await client.get("/sparql", params=get, headers={"If-None-Match": tag})
        ).status_code == 304
        assert pool.asked == 1
        text = (await client.get("/metrics")).text
        seen = {
            sample.labels["source"]: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "cami_answers_total"
        }
        assert seen == {"worker": 1, "shared": 5, "cache": 2, "unchanged": 1}

    within(built, scenario)


@pytest.mark.parametrize("mark", ["BIND(RAND() AS ?r)", "BIND(UUID() AS ?r)", "BIND(NOW() AS ?r)"])
def test_what_differs_each_time_is_not_shared(built: Build, mark: str) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        query = SLOW.replace("{ VALUES ?v", f"{{ {mark} VALUES ?v", 1)
        answers = await asyncio.gather(*(ask(client, query) for _ in range(3)))
        assert {one.status_code for one in answers} == {200}
        assert pool.asked == 3

    within(built, scenario)


def test_nothing_is_shared_where_nothing_is_kept(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        await asyncio.gather(*(ask(client, SLOW) for _ in range(3)))
        assert pool.asked == 3

    within(built, scenario, cache_bytes=0)


def test_another_format_or_another_limit_is_another_answer(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        await asyncio.gather(
            ask(client, SLOW),
            ask(client, SLOW, Accept="text/csv"),
            ask(client, SLOW, Prefer="wait=9"),
        )
        assert pool.asked == 3

    within(built, scenario)


def test_the_first_may_go_and_the_others_are_answered(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        first = asyncio.create_task(ask(client, SLOW))
        await until_running(pool)
        second = asyncio.create_task(ask(client, SLOW))
        await asyncio.sleep(0.05)
        first.cancel()
        assert (await second).status_code == 200
        assert pool.asked == 1

    within(built, scenario)


def test_nobody_joins_what_the_last_has_left(built: Build) -> None:
    """For some turns of the event loop a query that has been given up is still about to end."""

    async def scenario(_: httpx.AsyncClient, pool: CountingPool) -> None:
        flights, request = Flights(pool), Request(SLOW, FORMATS["csv"], None)
        for _ in range(20):
            first = asyncio.create_task(flights.ask("tag", Asker(NOBODY), request))
            await until_running(pool)
            first.cancel()
            await asyncio.sleep(0)  # it is told, and has not ended
            answer, shared = await flights.ask("tag", Asker(NOBODY), request)
            assert (answer.body.split()[-1], shared) == (b"1350000", False)
            quick = flights.begin("other", request)
            assert quick
            quick.cancel()
            await asyncio.sleep(0)
            again = flights.begin("other", request)
            assert again is None or (await again).body.split()[-1] == b"1350000"

    within(built, scenario)


def test_the_worker_is_killed_when_the_last_has_gone(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        both = [asyncio.create_task(ask(client, HEAVY)) for _ in range(2)]
        await until_running(pool)
        both[0].cancel()
        await asyncio.sleep(0.1)
        assert pool.running == 1
        both[1].cancel()
        await asyncio.gather(*both, return_exceptions=True)
        assert pool.running == 0
        assert (await ask(client, "ASK {}")).json()["boolean"] is True

    within(built, scenario)


def test_who_joins_one_that_is_turned_away_asks_again(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        pool.turn_away = True
        answers = await asyncio.gather(ask(client, SLOW), ask(client, SLOW))
        assert sorted(one.status_code for one in answers) == [200, 429]

    within(built, scenario)


def test_nobody_waits_in_the_place_of_another(built: Build) -> None:
    """Whose many queries wait for a worker would hold up who asks the last of them."""

    async def scenario(_: httpx.AsyncClient, pool: CountingPool) -> None:
        flights, request = Flights(pool), Request(SLOW, FORMATS["csv"], None)
        greedy, modest = Account("greedy", None), Account("modest", None)
        heavy = [Request(f"{HEAVY}#{number}", FORMATS["csv"], None) for number in range(4)]
        asked = [
            asyncio.create_task(flights.ask(f"{number}", Asker(greedy), one))
            for number, one in enumerate(heavy)
        ]
        asked.append(asyncio.create_task(flights.ask("tag", Asker(greedy), request)))
        await asyncio.sleep(0.2)
        async with asyncio.timeout(8):
            answer, shared = await flights.ask("tag", Asker(modest), request)
        assert (answer.body.split()[-1], shared) == (b"1350000", False)
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    within(built, scenario)


def test_who_joins_late_has_a_time_of_their_own(built: Build) -> None:
    """The first began long before, and waited for a worker."""

    class Late(CountingPool):
        async def ask(self, request: Request, seconds: float | None = None) -> Reply:
            self.asked += 1
            request.begun()
            if self.asked > 1:
                return await Pool.ask(self, request, seconds)
            await asyncio.sleep(0.2)
            raise QueryTimeout("The query was not done in 20 seconds.")

    async def run() -> None:
        pool = Late(built.nquads, Limits(seconds=20), 1, 8)
        flights, request = Flights(pool), Request("ASK {}", FORMATS["csv"], None)
        await pool.start()
        try:
            pool.asked = 0
            first = asyncio.create_task(flights.ask("tag", Asker(NOBODY), request))
            await asyncio.sleep(0.05)
            second = asyncio.create_task(flights.ask("tag", Asker(NOBODY), request))
            with pytest.raises(QueryTimeout):
                await first
            assert (await second)[0].body == b"true"
        finally:
            await pool.stop()

    asyncio.run(run())


def test_a_plain_request_shares_too_and_may_leave(built: Build) -> None:
    """`Answers.begin` is how requests that need no web framework ask."""

    async def run() -> None:
        pool = CountingPool(built.nquads, Limits(seconds=20), 2, 8)
        seen: list[str] = []
        answers = Answers(pool, Dataset("digest"), ByteCache[Reply](8 << 20), seen.append)
        request = Request(SLOW, FORMATS["csv"], None)
        tag = answers.tag(request)
        assert tag
        await pool.start()
        try:
            pool.asked = 0
            first, second, third = (answers.begin(request, tag) for _ in range(3))
            await asyncio.sleep(0.05)
            first.cancel()
            assert (await second).body.split()[1] == b"%d" % (1500 * 900)
            assert (await third).body == (await second).body
            assert (await answers.begin(request, tag)).body == (await second).body
            assert seen == ["worker", "shared", "shared", "cache"]
            assert pool.asked == 0
            alone = answers.begin(Request(HEAVY, FORMATS["csv"], None), "another")
            await asyncio.sleep(0.05)
            alone.cancel()
            while pool.running:  # nobody waits for it, so its worker is killed
                await asyncio.sleep(0.01)
        finally:
            await pool.stop()

    asyncio.run(asyncio.wait_for(run(), 15))
