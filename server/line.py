"""The line in which queries wait for a worker: short for all, and fair between clients."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .fairness import Busy

T = TypeVar("T")


@dataclass(eq=False)
class _Place(Generic[T]):
    client: str
    worker: "asyncio.Future[T]" = field(default_factory=lambda: asyncio.Future())


class Line(Generic[T]):
    """Free workers, and the clients that wait for one.

    While fewer than `share` are at work, anyone gets a worker, first the client that has the
    fewest; beyond that only a client that has none. Where such a one has to wait, `grow` is called:
    it may add a worker.
    """

    def __init__(self, share: int, places: int, grow: Callable[[], None], seconds: float):
        self._share, self._places, self._grow, self._seconds = share, places, grow, seconds
        self._free: list[T] = []
        self._waiting: list[_Place[T]] = []
        self._working: Counter[str] = Counter()

    @property
    def working(self) -> int:
        """How many workers are taken."""
        return self._working.total()

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    def take_free(self, client: str) -> T | None:
        """Return a worker as `take` does if one can be had at once, else None."""
        if self._waiting or not self._free:
            return None
        if self._working[client] and self._working.total() >= self._share:
            return None
        self._working[client] += 1
        return self._free.pop()

    async def take(self, client: str) -> T:
        """Return a worker for a client, which then counts as having it until `leave`.

        Raises `Busy` when the line is full and this client has as many in it as any other.
        """
        place = _Place[T](client)
        self._waiting.append(place)
        try:
            self._serve()
            if not place.worker.done():
                self._make_room(place)
                if not self._working[client]:
                    self._grow()
            return await place.worker
        except asyncio.CancelledError:
            if _was_given(place.worker):
                self.leave(client)
                self.give(place.worker.result())
            raise
        finally:
            if place in self._waiting:
                self._waiting.remove(place)

    def leave(self, client: str) -> None:
        """Say that a client's worker works for it no more."""
        self._working[client] -= 1
        if not self._working[client]:
            del self._working[client]
        self._serve()

    def give(self, worker: T) -> None:
        """Add a free worker."""
        self._free.append(worker)
        self._serve()

    def spare(self, keep: int) -> T | None:
        """Return a free worker to be ended, if more than `keep` are free."""
        return self._free.pop() if len(self._free) > keep else None

    def _make_room(self, newcomer: _Place[T]) -> None:
        """Turn one away if too many wait: the newcomer, or the last of whoever has more in line."""
        if len(self._waiting) <= self._places:
            return
        waiting = Counter(place.client for place in self._waiting if place is not newcomer)
        most, count = waiting.most_common(1)[0] if waiting else ("", 0)
        full = Busy("All query workers are busy and the queue is full.", self._seconds)
        if count <= waiting[newcomer.client]:
            raise full
        last = next(place for place in reversed(self._waiting) if place.client == most)
        self._waiting.remove(last)
        if not last.worker.done():
            last.worker.set_exception(full)

    def _serve(self) -> None:
        while self._free:
            everyone = self._working.total() < self._share
            ready = [one for one in self._waiting if everyone or not self._working[one.client]]
            if not ready:
                return
            first = min(ready, key=lambda place: self._working[place.client])
            self._waiting.remove(first)
            if not first.worker.done():  # else it gave up a moment ago
                self._working[first.client] += 1
                first.worker.set_result(self._free.pop())


def _was_given(worker: "asyncio.Future[T]") -> bool:
    """Whether a place got a worker, and was not given up or turned away."""
    return worker.done() and not worker.cancelled() and not worker.exception()
