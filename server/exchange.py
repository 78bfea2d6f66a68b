"""What the server and a worker say to each other."""

import asyncio
import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..queries.formats import Format
from .fairness import NOBODY, Account
from .zygote import LENGTH, SIZES

SLOW_SECONDS = 0.3  # after which a query lets the quick ones go first
SLOW_NICE = 10  # by how much a long query lets the quick ones go first


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


@dataclass(frozen=True)
class Request:
    """One query, what its answer may look like, and who pays for it."""

    query: str
    results: Format | None
    graph: Format | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    account: Account = field(default=NOBODY, compare=False)

    def encode(self) -> bytes:
        """Return the request as a worker reads it."""
        body = json.dumps(
            {
                "query": self.query,
                "results": self.results.name if self.results else "",
                "graph": self.graph.name if self.graph else "",
                "default_graphs": self.default_graphs,
                "named_graphs": self.named_graphs,
            }
        ).encode()
        return LENGTH.pack(len(body)) + body


@dataclass(frozen=True)
class Reply:
    """A whole serialised result: nothing is sent before it is complete, so nothing is cut."""

    format: Format
    body: bytes


class Link(asyncio.Protocol):
    """The server's end of a worker's socket: one request goes out, one whole answer comes in.

    Plainer than streams, which cost a quick query more than the engine does.
    """

    def __init__(self) -> None:
        self.ended = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._data = bytearray()
        self._whole = 0  # bytes of the answer that comes, once that is known
        self._answer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the worker."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        self._data += data
        if not self._whole and len(self._data) >= SIZES.size:
            self._whole = SIZES.size + sum(SIZES.unpack_from(self._data))
        if self._whole and len(self._data) >= self._whole and self._answer:
            _settle(self._answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that the worker has ended."""
        self.ended = True
        if self._answer and not self._answer.done():
            self._answer.set_exception(EOFError("the worker has ended"))
        _settle(self.closed)

    def give_up(self) -> None:
        """Let who waits for an answer wait no longer: `exchange` raises `TimeoutError`."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(TimeoutError())

    async def exchange(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        """Return the header and body of the worker's answer.

        Raises `EOFError` when the worker dies, and `TimeoutError` after `give_up`.
        """
        if self.ended:
            raise EOFError("the worker has ended")
        self._data, self._whole = bytearray(), 0
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self._answer
        answer, self._data = self._data, bytearray()
        end = SIZES.size + SIZES.unpack_from(answer)[0]
        return json.loads(answer[SIZES.size : end]), bytes(memoryview(answer)[end:])


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


@dataclass(eq=False)
class Worker:
    """A worker process, and the server's end of its socket."""

    pid: int
    link: Link

    async def ask(self, request: Request, deadline: float) -> tuple[dict[str, Any], bytes]:
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
        """Lower its priority for good: a process never gets it back, so it ends with its query."""
        with contextlib.suppress(OSError):  # it has ended
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                os.setpriority(os.PRIO_PROCESS, int(thread.name), SLOW_NICE)
