"""One worker for all who ask the same at the same time."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from .exchange import QueryTimeout, Reply, Request, WorkerDied, follow
from .fairness import Account, Busy, wait_of
from .pool import Pool

_Key = tuple[str, float | None]


@dataclass(frozen=True)
class Asker:
    """Who asks: whose budget pays, how many seconds they wait, and the request they may give up.

    Without a request, the caller is cancelled when the client goes away.
    """

    account: Account
    seconds: float | None = None
    http: HttpRequest | None = None


def asker(http: HttpRequest) -> Asker:
    """Return who sent a request."""
    account = http.app.state.budgets.account(http.scope["client"])
    return Asker(account, wait_of(http.headers), http)


async def ask(pool: Pool, http: HttpRequest, request: Request) -> Reply:
    """Return the pool's answer; when the client goes away, its worker is killed.

    Raises what `Pool.ask` raises, and `ClientDisconnect`.
    """
    return await ask_for(asker(http), pool, request)


async def ask_for(who: Asker, pool: Pool, request: Request) -> Reply:
    """Return the pool's answer as `ask` does."""
    asked = pool.ask(_paid(request, who), who.seconds)
    if who.http is None:
        return await asked
    return await _Flight(asyncio.ensure_future(asked), who.account).wait(who.http)


def _paid(request: Request, who: Asker) -> Request:
    return request if request.account is who.account else request._replace(account=who.account)


class Flights:
    """Queries in work, by the entity tags of their answers."""

    def __init__(self, pool: Pool):
        self.pool = pool
        self._flying: dict[_Key, _Flight] = {}

    async def ask(self, tag: str, who: Asker, request: Request) -> tuple[Reply, bool]:
        """Return an answer, and whether it was shared; its worker is killed when nobody waits.

        The first client pays; whoever joins must have something left. Raises what `ask` raises.
        """
        key = tag, who.seconds
        flight = self._flying.get(key)
        if flight is None or not flight.takes(who.account):
            flight = self._start(key, _paid(request, who), who.seconds)
            return await flight.wait(who.http), False
        who.account.check()
        clock = asyncio.get_running_loop().time
        joined = clock()
        try:
            return await flight.wait(who.http), True
        except (Busy, QueryTimeout):  # for what the other client has asked, or when it began
            limit = min(who.seconds or self.pool.limits.seconds, self.pool.limits.seconds)
            if (left := limit - (clock() - joined)) <= 0:
                raise
            return await ask_for(replace(who, seconds=left), self.pool, request), False

    def begin(self, tag: str, request: Request) -> "asyncio.Future[Reply] | None":
        """Return the answer to come to a query that is most likely quick; others may join it.

        None where it has to wait, for its worker or with others: then `ask`.
        """
        key = tag, None
        flight = self._flying.get(key)
        if (flight and flight.takes(request.account)) or not (reply := self.pool.quick(request)):
            return None
        return self._enter(key, _Flight(reply, request.account, begun=True)).part()

    def _start(self, key: _Key, request: Request, seconds: float | None) -> "_Flight":
        def begun() -> None:
            flight.begun = True

        asked = self.pool.ask(request._replace(begun=begun), seconds)
        flight = _Flight(asyncio.ensure_future(asked), request.account)
        return self._enter(key, flight)

    def _enter(self, key: _Key, flight: "_Flight") -> "_Flight":
        self._flying[key] = flight
        flight.task.add_done_callback(lambda _: self._landed(key, flight))
        return flight

    def _landed(self, key: _Key, flight: "_Flight") -> None:
        if self._flying.get(key) is flight:
            del self._flying[key]


@dataclass(eq=False)
class _Flight:
    """One query of a client, and how many wait for it."""

    task: "asyncio.Future[Reply]"
    account: Account
    waiting: int = 0
    begun: bool = False  # it has a worker

    def takes(self, account: Account) -> bool:
        """Whether a client may join: not what the last has left, nor another's place in line."""
        return self.waiting > 0 and (self.begun or account.name == self.account.name)

    async def wait(self, http: HttpRequest | None) -> Reply:
        """Return the answer; raises `ClientDisconnect` when the client of a request goes away."""
        self.waiting += 1
        gone = [asyncio.ensure_future(_disconnected(http))] if http else []
        ended: list[asyncio.Future[Any]] = [*gone]
        try:
            await asyncio.wait({self.task, *gone}, return_when=asyncio.FIRST_COMPLETED)
            if not self.task.done():
                raise ClientDisconnect
            if self.task.cancelled():
                raise WorkerDied("The server is being shut down.")
            return self.task.result()
        finally:
            for watching in gone:
                watching.cancel()
            if self._leave():
                ended.append(self.task)
            await asyncio.gather(*ended, return_exceptions=True)

    def part(self) -> "asyncio.Future[Reply]":
        """Return the answer for one who gives it up by cancelling it."""
        self.waiting += 1
        mine: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.task.add_done_callback(lambda task: follow(task, mine))
        mine.add_done_callback(lambda _: self._leave())
        return mine

    def _leave(self) -> bool:
        """Wait no more; return whether the work was given up because nobody does."""
        self.waiting -= 1
        return not self.waiting and self.task.cancel()


async def _disconnected(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass
