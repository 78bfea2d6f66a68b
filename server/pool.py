"""A small pool of killable worker processes, seen from the server's event loop."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..queries.formats import FORMATS, Format
from .zygote import FORK, FORKED, KILL, LENGTH, PID, READY, Limits


class Busy(Exception):
    """No worker is free; try again after `retry_after` seconds."""

    def __init__(self, message: str, seconds: float):
        self.retry_after = max(1, round(seconds))
        super().__init__(message)


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
    """One query and what its answer may look like."""

    query: str
    results: Format | None
    graph: Format | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

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
class _Worker:
    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Pool:
    """Workers forked from one process that holds the dataset; one query at a time in each."""

    def __init__(self, source: Path, limits: Limits, workers: int, queue: int):
        self.source, self.limits = source, limits
        self.size, self.queue = workers, queue
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._waiting = 0
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers: set[_Worker] = set()
        self._control: socket.socket | None = None
        self._zygote: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Load the dataset and fork the workers; returns when queries can be answered.

        Raises `WorkerDied` when the dataset cannot be loaded.
        """
        started = False
        try:
            if not await asyncio.to_thread(self._start_zygote):
                raise WorkerDied(f"{self.source} could not be loaded: see the message above")
            for _ in range(self.size):
                self._free.put_nowait(await self._fork())
            started = True
        finally:
            if not started:
                await self.stop()

    def _start_zygote(self) -> bool:
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "cami.server.zygote", str(theirs.fileno())]
        self._zygote = subprocess.Popen(
            [*command, str(self.source), self.limits.text()],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        return self._control.recv(1) == READY

    async def stop(self) -> None:
        """End every process of the pool."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in list(self._workers):
            await self._close(worker)
        if self._control:
            self._control.close()
        if self._zygote:
            try:
                await asyncio.to_thread(self._zygote.wait, 5)
            except subprocess.TimeoutExpired:
                self._zygote.send_signal(signal.SIGKILL)
                self._zygote.wait()

    @property
    def alive(self) -> bool:
        """Whether the process that holds the dataset runs."""
        return self._zygote is not None and self._zygote.poll() is None

    @property
    def running(self) -> int:
        """How many queries are in work."""
        return max(0, len(self._workers) - self._free.qsize())

    @property
    def waiting(self) -> int:
        """How many queries wait for a worker."""
        return self._waiting

    async def ready(self, seconds: float) -> None:
        """Return when a worker has answered within `seconds`; raises what `ask` raises."""
        await self.ask(Request("ASK {}", FORMATS["json"], None), seconds)

    async def ask(self, request: Request, seconds: float | None = None) -> Reply:
        """Return the answer to a query.

        `seconds` may lower the time limit, never raise it. Raises `Busy`, `QueryTimeout`,
        `WorkerDied`, or `QueryFault`. A caller that is cancelled takes its worker down with it.
        """
        limit = min(seconds or self.limits.seconds, self.limits.seconds)
        deadline = asyncio.get_running_loop().time() + limit
        worker = await self._take(deadline)
        healthy = False
        try:
            async with asyncio.timeout_at(deadline):
                header, body = await _exchange(worker, request)
            healthy = True
        except TimeoutError:
            raise QueryTimeout(f"The query was not done in {limit:g} seconds.") from None
        except (EOFError, ConnectionError):
            raise WorkerDied(
                "The engine failed on the query, most likely for want of memory."
            ) from None
        finally:
            if healthy:
                self._free.put_nowait(worker)
            else:
                self._later(self._replace(worker))
        if "error" in header:
            if header["error"] == "MemoryError":
                raise OutOfMemory("The query needed more memory than it may take.")
            raise QueryFault(header["error"], header["message"], header)
        return Reply(FORMATS[header["format"]], body)

    async def _take(self, deadline: float) -> _Worker:
        if self._free.empty() and self._waiting >= self.queue:
            raise Busy("All query workers are busy and the queue is full.", self.limits.seconds)
        self._waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await self._free.get()
        except TimeoutError:
            raise Busy("No query worker was free in time.", self.limits.seconds) from None
        finally:
            self._waiting -= 1

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replace(self, worker: _Worker) -> None:
        self._workers.discard(worker)
        worker.writer.transport.abort()
        while True:  # until there is a worker again: a pool never shrinks
            try:
                async with self._lock:
                    await asyncio.to_thread(self._command, KILL + PID.pack(worker.pid))
                self._free.put_nowait(await self._fork())
                return
            except OSError:  # the process that holds the dataset has ended
                await self._restart()
            except WorkerDied:
                await asyncio.sleep(0.2)

    async def _restart(self) -> None:
        """Start the process that holds the dataset again; its old workers ended with it."""
        async with self._lock:
            if self._zygote and self._zygote.poll() is None and self._control_works():
                return  # another task has done it
            if self._control:
                self._control.close()
            if self._zygote:
                self._zygote.kill()
                await asyncio.to_thread(self._zygote.wait)
            if not await asyncio.to_thread(self._start_zygote):
                await asyncio.sleep(1)

    def _control_works(self) -> bool:
        try:
            self._command(KILL + PID.pack(0))  # no worker has this id: nothing happens
        except OSError:
            return False
        return True

    def _command(self, command: bytes) -> None:
        assert self._control
        self._control.sendall(command)

    async def _fork(self) -> _Worker:
        async with self._lock:
            pid, connection = await asyncio.to_thread(self._forked)
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        worker = _Worker(pid, reader, writer)
        self._workers.add(worker)
        return worker

    async def _close(self, worker: _Worker) -> None:
        self._workers.discard(worker)
        worker.writer.close()
        with contextlib.suppress(ConnectionError):  # it may have died first
            await worker.writer.wait_closed()

    def _forked(self) -> tuple[int, socket.socket]:
        assert self._control
        self._control.sendall(FORK)
        data, descriptors, _, _ = socket.recv_fds(self._control, 1 + PID.size, 1)
        if not data:
            raise ConnectionResetError("the process that holds the dataset has ended")
        if data[:1] != FORKED or not descriptors:
            raise WorkerDied("no new worker could be started")
        connection = socket.socket(fileno=descriptors[0])
        os.set_inheritable(connection.fileno(), False)
        return PID.unpack(data[1:])[0], connection


async def _exchange(worker: _Worker, request: Request) -> tuple[dict[str, Any], bytes]:
    with contextlib.suppress(ConnectionError):  # a dead worker shows as end of file below
        worker.writer.write(request.encode())
        await worker.writer.drain()
    head = await worker.reader.readexactly(LENGTH.size)
    header = json.loads(await worker.reader.readexactly(LENGTH.unpack(head)[0]))
    return header, await worker.reader.readexactly(header["length"])
