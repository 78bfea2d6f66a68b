"""Queries of plain requests on their way to workers, several to one worker at a time.

Two processes that wake each other for every look-up cost more than the look-up. So such queries
follow each other to a worker and do not wait for its answers. None waits behind a slow one: when a
query takes longer than `PATIENCE`, those behind it are asked again where each has a worker of its
own, and the slow one goes on alone, with the limits that hold for all.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Protocol, TypeVar

from .awake import Awake
from .exchange import (
    SLOW_SECONDS,
    Reply,
    Request,
    Worker,
    WorkerDied,
    engine_failed,
    fail,
    follow,
    out_of_time,
)
from .fairness import Busy, OverBudget

PATIENCE = 0.02  # seconds; a look-up takes a ten-thousandth of one
QUICK = 0.001  # seconds that look-ups take in the mean, their way included
FRESH = 0.005  # seconds; nobody gets behind a query that has taken longer already
LEFT = 5  # look-ups that a worker has left when it gets more, so that it never waits for us
_LAST = 16  # queries that count most for how long they take
_T = TypeVar("_T")
_Answer = tuple[dict[str, Any], bytes] | None


@dataclass(eq=False, slots=True)
class _Asked:
    request: Request
    reply: asyncio.Future[Reply]
    at: float  # when it was asked: what it waits counts towards its time
    moved: bool = False  # asked again elsewhere


@dataclass(eq=False)
class _Convoy:
    """The queries that one worker has, whose seat in the line is that of `client`."""

    worker: Worker
    client: str
    since: float = 0.0  # when the first of them began, by a clock finer than uvloop's
    asked: deque[_Asked] = field(default_factory=deque[_Asked])
    alone: bool = False  # its first query is slow: none may follow


class Seats(Protocol):
    """Workers, and who has them: see `Pool`."""

    @property
    def waiting(self) -> int:
        """How many wait for a worker."""
        ...

    def free(self, client: str) -> Worker | None:
        """Return a worker for a client if one can be had at once."""
        ...

    async def take(self, client: str, deadline: float) -> Worker:
        """Return a worker for a client once there is one; raises `Busy`."""
        ...

    def back(self, worker: Worker, client: str, healthy: bool) -> None:
        """Take a worker back, and whether it may work on."""
        ...

    def later(self, work: Awaitable[_T]) -> asyncio.Future[_T]:
        """Return work that is begun, and given up when the workers end."""
        ...

    async def ask(self, request: Request) -> Reply:
        """Return the answer to a query that has a worker of its own."""
        ...


class Convoys:
    """Sends queries to workers.

    At most `depth` are on their way to one worker, and `places` of a client wait for one; `seconds`
    is the time limit of a query.
    """

    def __init__(self, seats: Seats, depth: int, places: int, seconds: float):
        self._seats = seats
        self._depth, self._places, self._seconds = depth, places, seconds
        self._convoys: list[_Convoy] = []
        self._waiting: dict[str, list[_Asked]] = {}  # by client, each with one place in the line
        self._ticks: asyncio.TimerHandle | None = None
        self._awake = Awake()
        self._mean = QUICK / 2  # seconds that queries have taken, the last ones above all

    def ask(self, request: Request) -> asyncio.Future[Reply] | None:
        """Return the answer to come, or None for a query that may not wait here: then `Pool.ask`.

        It raises what `Pool.ask` raises. A worker whose first query is cancelled is killed.
        """
        client = request.account.name
        try:
            request.account.check()
        except OverBudget:
            return None
        now = time.monotonic()
        asked = _Asked(request, asyncio.get_running_loop().create_future(), now)
        if convoy := self._convoy(client, now):
            self._send(convoy, asked)
            return asked.reply
        waiting = self._waiting.setdefault(client, [])
        if len(waiting) >= self._places:
            return None
        waiting.append(asked)
        if len(waiting) == 1:
            self._seats.later(self._take(client))
        return asked.reply

    def _send(self, convoy: _Convoy, asked: _Asked) -> None:
        if not convoy.asked:
            convoy.since = time.monotonic()
        convoy.asked.append(asked)
        if len(convoy.asked) > 1 or len(self._convoys) > 1:
            self._awake.stay()
        if not self._ticks:
            self._tick_later()
        encoded = asked.request.encode()
        convoy.worker.link.left = LEFT if self._quick else 0
        convoy.worker.link.send(encoded, partial(self._came, convoy))

    async def _take(self, client: str) -> None:
        """Stand in line for all queries of a client that wait, and send them off together."""
        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            worker = await self._seats.take(client, deadline)
        except Busy as error:
            for asked in self._waiting.pop(client):
                fail(asked.reply, error)
            return
        waiting = self._in_time(self._waiting.pop(client))
        if not waiting:
            self._seats.back(worker, client, healthy=True)
            return
        self._convoys.append(convoy := _Convoy(worker, client))
        room = self._room
        for asked in waiting[:room]:
            self._send(convoy, asked)
        if rest := waiting[room:]:
            self._waiting[client] = rest
            self._seats.later(self._take(client))

    def _in_time(self, waiting: list[_Asked]) -> list[_Asked]:
        """Return those that can still be answered, and tell the others."""
        begun = time.monotonic() - self._seconds
        for asked in waiting:
            if asked.at <= begun:
                fail(asked.reply, out_of_time(self._seconds))
        return [asked for asked in waiting if not asked.reply.done()]

    def stop(self) -> None:
        """Let nobody wait any longer."""
        if self._ticks:
            self._ticks.cancel()
        for asked in chain(*(one.asked for one in self._convoys), *self._waiting.values()):
            fail(asked.reply, WorkerDied("The server is being shut down."))
        self._convoys = []

    def _convoy(self, client: str, now: float) -> _Convoy | None:
        """Return the shortest convoy, of a free worker or one that has begun; None: stand in line."""
        if worker := self._seats.free(client):
            self._convoys.append(_Convoy(worker, client))
            return self._convoys[-1]
        if self._seats.waiting:  # who waits for a worker goes first
            return None
        fresh, shortest, length = now - FRESH, None, self._room
        for one in self._convoys:
            if len(one.asked) < length and one.since > fresh and not one.alone:
                shortest, length = one, len(one.asked)
        return shortest

    @property
    def _room(self) -> int:
        """How many may be on their way to one worker, if they are like the last ones.

        Of more, the last would be asked again elsewhere, and this worker's time be lost.
        """
        most = self._depth if self._quick else int(PATIENCE / self._mean)
        return max(1, min(self._depth, most))

    @property
    def _quick(self) -> bool:
        return self._mean < QUICK

    def _came(self, convoy: _Convoy, answer: _Answer) -> None:
        if convoy not in self._convoys:
            return  # it has ended
        if answer is None:
            self._lost(convoy)
            return
        asked, now = convoy.asked.popleft(), time.monotonic()
        seconds = now - convoy.since
        self._took(convoy, seconds)
        if not asked.moved:
            asked.request.account.spend(seconds)
            _settle(asked, answer)
        convoy.since = now
        if convoy.worker.slow:
            self._end(convoy, healthy=False)
        elif not convoy.asked:
            self._end(convoy, healthy=True)

    def _took(self, convoy: _Convoy, seconds: float) -> None:
        """Note how long the first query of a convoy took, or has taken: once for a slow one."""
        if not convoy.alone:
            self._mean += (seconds - self._mean) / _LAST

    def _tick(self) -> None:
        """See to convoys whose first query takes long."""
        self._ticks = None
        for convoy in list(self._convoys):
            seconds = min(time.monotonic() - convoy.since, convoy.worker.link.silent())
            if seconds >= PATIENCE:
                self._see_to(convoy, seconds)
        if self._convoys:
            self._tick_later()

    def _tick_later(self) -> None:  # what has come is read before timers fire, in both event loops
        self._ticks = asyncio.get_running_loop().call_later(PATIENCE, self._tick)

    def _see_to(self, convoy: _Convoy, seconds: float) -> None:
        first = convoy.asked[0]
        self._took(convoy, seconds)
        self._disband(convoy)
        for _ in range(convoy.worker.link.recall()):  # they have been asked again
            convoy.asked.pop()
        if time.monotonic() - first.at >= self._seconds:
            fail(first.reply, out_of_time(self._seconds))
        if first.moved or first.reply.done():  # nobody waits for it
            if not first.moved:
                first.request.account.spend(seconds)
            self._end(convoy, healthy=False)
        elif seconds >= SLOW_SECONDS and not convoy.worker.slow:
            convoy.worker.step_back()

    def _disband(self, convoy: _Convoy) -> None:
        """Ask those behind the first one again, where each has a worker of its own."""
        convoy.alone = True
        for asked in list(convoy.asked)[1:]:
            if not (asked.moved or asked.reply.done()):
                asked.moved = True
                self._ask_again(asked)

    def _ask_again(self, asked: _Asked) -> None:
        task = self._seats.later(self._seats.ask(asked.request))
        task.add_done_callback(lambda task: follow(task, asked.reply))
        asked.reply.add_done_callback(lambda reply: reply.cancelled() and task.cancel())

    def _lost(self, convoy: _Convoy) -> None:
        """Tell who asked that the worker has ended: its first query was too much for the engine."""
        first = convoy.asked[0]
        self._disband(convoy)
        if not first.moved:
            fail(first.reply, engine_failed())
            first.request.account.spend(time.monotonic() - convoy.since)
        self._end(convoy, healthy=False)

    def _end(self, convoy: _Convoy, *, healthy: bool) -> None:
        self._convoys.remove(convoy)
        if not self._convoys:
            self._awake.rest()
        self._seats.back(convoy.worker, convoy.client, healthy)


def _settle(asked: _Asked, answer: tuple[dict[str, Any], bytes]) -> None:
    if asked.reply.done():
        return
    try:
        asked.reply.set_result(Reply.of(*answer))
    except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
        asked.reply.set_exception(error)
