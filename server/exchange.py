"""What the server and a worker say to each other."""

import asyncio
import contextlib
import json
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..queries.formats import FORMATS, Format
from .fairness import NOBODY, Account
from .zygote import SIZES

SLOW_SECONDS = 0.3  # after which a query lets the quick ones go first
SLOW_NICE = 10  # by how much a long query lets the quick ones go first
_USUAL = 40  # characters of a header that may come again
_Answer = tuple[dict[str, Any], bytes]  # header and body


class QueryTimeout(Exception):
    """The query was not done in its time, and its worker was killed."""


class WorkerDied(Exception):
    """The worker ended in the middle of a query: the engine failed, or it was killed."""


class OutOfMemory(WorkerDied):
    """The query needed more memory than it may take."""


class StoreFailed(WorkerDied):
    """The store behind this server cannot be asked, or its answer cannot be used."""


class QueryFault(Exception):
    """The worker refused the query; `kind` names the error class, `details` its attributes."""

    def __init__(self, kind: str, message: str, details: dict[str, Any]):
        self.kind, self.details = kind, details
        super().__init__(message)


def out_of_time(seconds: float) -> QueryTimeout:
    """Return the error of a query that took longer than it may."""
    return QueryTimeout(f"The query was not done in {seconds:g} seconds.")


def engine_failed() -> WorkerDied:
    """Return the error of a query in which its worker ended by itself."""
    return WorkerDied("The engine failed on the query, most likely for want of memory.")


class Request(NamedTuple):
    """One query, what its answer may look like, and who pays for it."""

    query: str
    results: Format | None
    graph: Format | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    account: Account = NOBODY
    begun: Callable[[], object] = bool  # is called when its turn has come

    def encode(self) -> bytes:
        """Return the request as a worker reads it."""
        query = self.query.encode("utf-8", "surrogatepass")
        told = self.results, self.graph, self.default_graphs, self.named_graphs
        short = not (self.default_graphs or self.named_graphs)  # else they are the client's
        rest = _usual_rest(*told) if short else _rest(*told)
        return SIZES.pack(len(query), len(rest)) + query + rest


def _rest(
    results: Format | None, graph: Format | None, default: tuple[str, ...], named: tuple[str, ...]
) -> bytes:
    """Return what a worker reads of a request after its query."""
    return json.dumps(
        {
            "results": results.name if results else "",
            "graph": graph.name if graph else "",
            "default_graphs": default,
            "named_graphs": named,
        }
    ).encode()


_usual_rest = lru_cache(100)(_rest)


class Reply(NamedTuple):
    """A whole serialised result: nothing is sent before it is complete, so nothing is cut."""

    format: Format
    body: bytes

    @classmethod
    def of(cls, header: dict[str, Any], body: bytes) -> "Reply":
        """Return what a worker answered; raises `OutOfMemory` or `QueryFault` where it refused."""
        if "error" in header:
            if header["error"] == "MemoryError":
                raise OutOfMemory("The query needed more memory than it may take.")
            raise QueryFault(header["error"], header["message"], header)
        return cls(FORMATS[header["format"]], body)


class Link(asyncio.Protocol):
    """The server's end of a worker's socket: requests go out, whole answers come in, in turn.

    Plainer than streams, which cost a quick query more than the engine does.
    """

    def __init__(self) -> None:
        self.ended = False
        self.left = 0  # requests that the worker may have left when more go out
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._data = bytearray()
        self._least = SIZES.size  # bytes of the answer that comes, as far as that is known
        self._expected: deque[Callable[[_Answer | None], None]] = deque()
        self._leaving: list[bytes] = []
        self._out = 0  # requests that are with the worker
        self._left = 0.0  # when the last request went out
        self._answer: asyncio.Future[_Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the worker."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer, or several answers."""
        given: bytes | bytearray = data
        if self._data:
            self._data += data
            given = self._data
        start, have = 0, len(given)
        while have - start >= self._least:
            first, second = SIZES.unpack_from(given, start)
            body = start + SIZES.size + first
            end = body + second
            if end > have:
                self._least = end - start
                break
            self._least = SIZES.size
            self._out -= 1
            whole = data[body:end] if given is data else bytes(memoryview(given)[body:end])
            self._expected.popleft()((_header(bytes(given[body - first : body])), whole))
            start = end
        if given is self._data:
            del self._data[:start]  # and nothing is copied of an answer that is still coming
        elif start < have:
            self._data = bytearray(memoryview(given)[start:])
        if self._leaving and self._out <= self.left:
            asyncio.get_running_loop().call_soon(self._leave)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that the worker has ended."""
        self.ended = True
        while self._expected:
            self._expected.popleft()(None)
        if not self.closed.done():
            self.closed.set_result(None)

    def send(self, request: bytes, then: Callable[[_Answer | None], None]) -> None:
        """Send a request; `then` is called with the answer, or None when the worker has ended.

        What is asked in the same moment, or while the worker has enough to do, goes out together.
        """
        if self.ended:
            then(None)
            return
        self._expected.append(then)
        self._leaving.append(request)
        if len(self._leaving) == 1 and self._out <= self.left:
            asyncio.get_running_loop().call_soon(self._leave)

    def recall(self) -> int:
        """Take back the requests that have not gone out; return how many that are."""
        count, self._leaving = len(self._leaving), []
        for _ in range(count):
            self._expected.pop()
        return count

    def silent(self) -> float:
        """Return the seconds since a request went out; 0 while the worker's next one is to go."""
        return 0.0 if self._leaving and not self._out else time.monotonic() - self._left

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        if leaving and not self.ended:  # who waited was told when it ended
            self._out += len(leaving)
            self._left = time.monotonic()
            self.transport.write(b"".join(leaving))

    def give_up(self) -> None:
        """Let who waits for an answer wait no longer: `exchange` raises `TimeoutError`."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(TimeoutError())

    async def exchange(self, request: bytes) -> _Answer:
        """Return the header and body of the worker's answer.

        Raises `EOFError` when the worker dies, and `TimeoutError` after `give_up`.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self.send(request, self._came)
        return await self._answer

    def _came(self, answer: _Answer | None) -> None:
        if not self._answer or self._answer.done():
            return
        if answer:
            self._answer.set_result(answer)
        else:
            self._answer.set_exception(EOFError("the worker has ended"))


def follow(task: "asyncio.Future[Reply]", reply: "asyncio.Future[Reply]") -> None:
    """Let an answer come out as a task did."""
    if task.cancelled():  # by who waits for the reply, or by the end of the workers
        fail(reply, WorkerDied("The server is being shut down."))
    elif error := task.exception():
        fail(reply, error)
    elif not reply.done():
        reply.set_result(task.result())


def fail(reply: "asyncio.Future[Reply]", error: BaseException) -> None:
    """Raise an error in whoever waits for an answer."""
    if not reply.done():
        reply.set_exception(error)


def _header(text: bytes) -> dict[str, Any]:
    return _usual(text) if len(text) <= _USUAL else json.loads(text)


@lru_cache(100)
def _usual(text: bytes) -> dict[str, Any]:
    """Return the header of an answer without a fault: it names a format, and there are few."""
    return json.loads(text)


@dataclass(eq=False)
class Worker:
    """A worker process, and the server's end of its socket."""

    pid: int
    link: Link
    slow: bool = False  # it has stepped back, and is of no use after its query

    async def ask(self, request: Request, deadline: float) -> _Answer:
        """Return the header and body of the answer; raises what `Link.exchange` raises.

        A query that is slow steps back; at `deadline` of the loop's clock it is given up.
        """
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(min(deadline, loop.time() + SLOW_SECONDS), self._late, deadline)
        try:
            return await self.link.exchange(request.encode())
        finally:
            self._timer.cancel()

    def _late(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= deadline:
            self.link.give_up()
        else:
            self.step_back()
            self._timer = loop.call_at(deadline, self.link.give_up)

    def step_back(self) -> None:
        """Lower its priority for good: a process never gets it back, so it ends with its query.

        In return it may run on every processor.
        """
        self.slow = True
        with contextlib.suppress(OSError):  # it has ended, or a guard forbids the second
            threads = [int(one.name) for one in Path(f"/proc/{self.pid}/task").iterdir()]
            for thread in threads:
                os.setpriority(os.PRIO_PROCESS, thread, SLOW_NICE)
            everywhere = os.sched_getaffinity(0)
            for thread in threads:
                os.sched_setaffinity(thread, everywhere)
