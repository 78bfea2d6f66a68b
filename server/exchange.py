"""What the server and a worker say to each other."""

import asyncio
import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..queries.formats import Format
from .fairness import NOBODY, Account
from .zygote import LENGTH

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


@dataclass(eq=False)
class Worker:
    """A worker process, and the server's end of its socket."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def step_back(self) -> None:
        """Lower its priority for good: a process never gets it back, so it ends with its query."""
        with contextlib.suppress(OSError):  # it has ended
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                os.setpriority(os.PRIO_PROCESS, int(thread.name), SLOW_NICE)


async def exchange(worker: Worker, request: Request) -> tuple[dict[str, Any], bytes]:
    """Return the header and body of a worker's answer; `EOFError` when the worker dies."""
    with contextlib.suppress(ConnectionError):  # a dead worker shows as end of file below
        worker.writer.write(request.encode())
        await worker.writer.drain()
    head = await worker.reader.readexactly(LENGTH.size)
    header = json.loads(await worker.reader.readexactly(LENGTH.unpack(head)[0]))
    return header, await worker.reader.readexactly(header["length"])
