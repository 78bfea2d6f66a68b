"""Who asks, what they have spent, and what they want to wait: limits for each client."""

import asyncio
import contextlib
import ipaddress
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from starlette.datastructures import Headers

PERIOD = 60.0  # seconds in which a spent budget fills again
_MOST_KNOWN = 10_000


class Busy(Exception):
    """No worker is free; try again after `retry_after` seconds."""

    slug, title = "busy", "The server is busy"

    def __init__(self, message: str, seconds: float):
        self.retry_after = max(1, math.ceil(seconds))
        super().__init__(message)


class OverBudget(Busy):
    """The client has used up its seconds of processing."""

    slug, title = "budget", "The budget of processing time is spent"


class Budgets:
    """Seconds of processing that each client address may use: `seconds` a minute, and at once.

    Only a worker's time counts: an answer from a cache, or one that asks no engine, is free.
    `loopback` says whether clients on this machine are counted too; without a trusted proxy they
    may be a proxy that speaks for everybody.
    """

    def __init__(
        self,
        seconds: float = 60.0,
        *,
        loopback: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.seconds, self.loopback, self._clock = seconds, loopback, clock
        self._left: dict[str, tuple[float, float]] = {}  # seconds left, and when that was

    def account(self, client: tuple[str, int] | None) -> "Account":
        """Return the account of a client's address and port, which a Unix socket has not."""
        name, local = _network(client[0] if client else "")
        counted = self.seconds and (self.loopback or not local)
        return Account(name, self if counted else None)

    def left(self, name: str) -> float:
        """Return the seconds that a client has left; below 0 if it overdrew."""
        seconds, then = self._left.get(name, (self.seconds, 0.0))
        return min(self.seconds, seconds + (self._clock() - then) * self.seconds / PERIOD)

    def check(self, name: str) -> None:
        """Raise `OverBudget` when a client has nothing left."""
        left = self.left(name)
        if left <= 0:
            raise OverBudget(
                f"This address has used its {self.seconds:g} seconds of processing a minute.",
                (1 - left) * PERIOD / self.seconds,
            )

    def spend(self, name: str, seconds: float) -> None:
        """Take seconds from a client's account."""
        self._left[name] = (self.left(name) - seconds, self._clock())
        if len(self._left) > _MOST_KNOWN:  # a full account need not be remembered
            known = [(name, self.left(name)) for name in self._left]
            kept = sorted(known, key=lambda one: one[1])[: _MOST_KNOWN // 2]
            self._left = {name: self._left[name] for name, _ in kept}


class Account(NamedTuple):
    """One client: its name in the line for workers, and its budget if it has one."""

    name: str
    budgets: Budgets | None

    def check(self) -> None:
        """Raise `OverBudget` when nothing is left."""
        if self.budgets:
            self.budgets.check(self.name)

    def spend(self, seconds: float) -> None:
        """Charge seconds of a worker's time."""
        if self.budgets:
            self.budgets.spend(self.name, seconds)

    def share_of(self, most: int) -> int:
        """Return how much of what all may have this client may: a quarter, if it has a budget.

        Without one it may be a proxy that speaks for everybody.
        """
        return max(1, most // 4) if self.budgets else most


NOBODY = Account("", None)


@dataclass(eq=False)
class _Waiting:
    account: Account
    turn: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.Future())

    @property
    def given(self) -> bool:
        return self.turn.done() and not self.turn.cancelled()


class Turns:
    """Work of the server itself that `at_once` requests do, while at most `places` wait.

    The next turn goes to the client that has the fewest, and of those to the one that has most of
    its budget left; the last one goes to a client that has none. One client has at most its share
    of the places. `busy` says to others, and to who waited too long, what there is too much of.
    """

    def __init__(self, at_once: int, places: int, busy: str):
        self._at_once, self._places, self._busy = at_once, places, busy
        self._waiting: list[_Waiting] = []
        self._working: Counter[str] = Counter()  # by the names of accounts

    @contextlib.asynccontextmanager
    async def of(self, account: Account, seconds: float) -> AsyncGenerator[None]:
        """Wait up to `seconds` for a turn, hold it, and charge its time to an account.

        Raises `Busy` and `OverBudget`.
        """
        account.check()
        await self._turn(account, seconds)
        started = time.monotonic()
        try:
            account.check()  # others of this client may have spent all in the meantime
            yield
        finally:
            account.spend(time.monotonic() - started)
            self._leave(account)

    async def _turn(self, account: Account, seconds: float) -> None:
        mine = sum(one.account.name == account.name for one in self._waiting)
        full = len(self._waiting) >= self._places or mine >= account.share_of(self._places)
        place = _Waiting(account)
        self._waiting.append(place)
        try:
            self._serve()
            if full and not place.given:
                raise Busy(self._busy, seconds)
            async with asyncio.timeout(seconds):
                await place.turn
        except BaseException as error:
            if place.given:  # a moment before this one gave up
                self._leave(account)
            if isinstance(error, TimeoutError):
                raise Busy(self._busy, seconds) from None
            raise
        finally:
            if place in self._waiting:
                self._waiting.remove(place)

    def _leave(self, account: Account) -> None:
        self._working -= Counter([account.name])  # which forgets whoever has none left
        self._serve()

    def _serve(self) -> None:
        while ready := [one for one in self._waiting if self._may_have_one(one.account)]:
            first = min(ready, key=self._rank)
            self._waiting.remove(first)
            if not first.turn.done():  # else it gave up a moment ago
                self._working[first.account.name] += 1
                first.turn.set_result(None)

    def _may_have_one(self, account: Account) -> bool:
        left = self._at_once - self._working.total()
        has_more = account.budgets and self._working[account.name]
        return left > 1 if has_more else left > 0

    def _rank(self, place: _Waiting) -> tuple[int, float]:
        name, budgets = place.account
        return self._working[name], -budgets.left(name) if budgets else 0.0


@lru_cache(1000)
def _network(host: str) -> tuple[str, bool]:
    """Return what counts as one client, and whether it is this machine; a /64 is one customer."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host, False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, 64), strict=False)
            return str(network.network_address), address.is_loopback
        address = address.ipv4_mapped
    return str(address), address.is_loopback


def wait_of(headers: Headers) -> float | None:
    """Return the seconds of `Prefer: wait=N` (RFC 7240), or None if it is absent or not usable."""
    for header in headers.getlist("prefer"):
        for part in header.split(","):
            name, _, value = part.partition(";")[0].partition("=")
            value = value.strip().strip('"')
            if name.strip().lower() == "wait" and value.isascii() and value.isdecimal():
                return float(value[:6]) or None
    return None
