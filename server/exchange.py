"""What the server and a worker say to each other."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from ..queries.formats import Format
from .fairness import NOBODY, Account
from .zygote import LENGTH


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


async def exchange(worker: Worker, request: Request) -> tuple[dict[str, Any], bytes]:
    """Return the header and body of a worker's answer; `EOFError` when the worker dies."""
    with contextlib.suppress(ConnectionError):  # a dead worker shows as end of file below
        worker.writer.write(request.encode())
        await worker.writer.drain()
    head = await worker.reader.readexactly(LENGTH.size)
    header = json.loads(await worker.reader.readexactly(LENGTH.unpack(head)[0]))
    return header, await worker.reader.readexactly(header["length"])
