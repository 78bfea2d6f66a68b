"""One worker for all who ask the same at the same time."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from .exchange import Reply, Request
from .fairness import Busy, wait_of
from .pool import Pool

_Key = tuple[str, float | None]


async def ask(pool: Pool, http: HttpRequest, request: Request) -> Reply:
    """Return the pool's answer; when the client goes away, its worker is killed.

    Raises what `Pool.ask` raises, and `ClientDisconnect`.
    """
    return await _Flight(_started(pool, http, request)).wait(http)


def _started(pool: Pool, http: HttpRequest, request: Request) -> "asyncio.Future[Reply]":
    request = replace(request, account=http.app.state.budgets.account(http.scope["client"]))
    return asyncio.ensure_future(pool.ask(request, seconds=wait_of(http.headers)))


class Flights:
    """Queries in work, by the entity tags of their answers."""

    def __init__(self, pool: Pool):
        self.pool = pool
        self._flying: dict[_Key, _Flight] = {}

    async def ask(self, tag: str, http: HttpRequest, request: Request) -> tuple[Reply, bool]:
        """Return an answer, and whether it was shared; its worker is killed when nobody waits.

        The first client pays; whoever joins must have something left. Raises what `ask` raises.
        """
        key = tag, wait_of(http.headers)
        flight = self._flying.get(key)
        if flight is None:
            flight = self._flying[key] = _Flight(_started(self.pool, http, request))
            flight.task.add_done_callback(lambda _: self._landed(key, flight))
            return await flight.wait(http), False
        http.app.state.budgets.account(http.scope["client"]).check()
        try:
            return await flight.wait(http), True
        except Busy:  # the other client was turned away, perhaps for having asked too much
            return await ask(self.pool, http, request), False

    def _landed(self, key: _Key, flight: "_Flight") -> None:
        if self._flying.get(key) is flight:
            del self._flying[key]


@dataclass(eq=False)
class _Flight:
    """One query in work, and how many wait for it."""

    task: "asyncio.Future[Reply]"
    waiting: int = 0

    async def wait(self, http: HttpRequest) -> Reply:
        """Return the answer; raises `ClientDisconnect` when this client goes away."""
        self.waiting += 1
        gone = asyncio.ensure_future(_disconnected(http))
        ended: list[asyncio.Future[Any]] = [gone]
        try:
            await asyncio.wait({self.task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not self.task.done():
                raise ClientDisconnect
            return self.task.result()
        finally:
            self.waiting -= 1
            gone.cancel()
            if not self.waiting and not self.task.done():
                self.task.cancel()
                ended.append(self.task)
            await asyncio.gather(*ended, return_exceptions=True)


async def _disconnected(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass
