"""A small pool of killable worker processes, seen from the server's event loop."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..queries.formats import FORMATS
from .exchange import (
    SLOW_SECONDS,
    Link,
    OutOfMemory,
    QueryFault,
    QueryTimeout,
    Reply,
    Request,
    Worker,
    WorkerDied,
)
from .fairness import Account, Busy, OverBudget
from .line import Line
from .zygote import FORK, FORKED, KILL, PID, READY, Limits

IDLE_SECONDS = 5  # after which a worker beyond the usual number may end


class Pool:
    """Workers forked from one process that holds the dataset; one query at a time in each.

    When all `workers` are taken and a client comes that has none of them, one more is forked for
    it, up to three times as many; they end when they have nothing to do.
    """

    def __init__(self, source: Path, limits: Limits, workers: int, queue: int):
        self.source, self.limits = source, limits
        self.size, self.most, self._seats = workers, 3 * workers, workers
        self._line = Line[Worker](workers, queue, self._grow, limits.seconds)
        self.graphs: frozenset[str] | None = None  # the named graphs of the dataset, if known
        self._spare: Worker | None = None  # so that nobody waits for a fork after a killed query
        self._shrinks: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers: set[Worker] = set()
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
                self._line.give(await self._fork())
            self._spare = await self._fork()
            await self._list_graphs()
            started = True
        finally:
            if not started:
                await self.stop()

    async def _list_graphs(self) -> None:
        with contextlib.suppress(QueryFault, QueryTimeout, WorkerDied):  # then none is refused
            listed = await self.ask(Request("SELECT * { GRAPH ?g {} }", FORMATS["tsv"], None))
            self.graphs = frozenset(re.findall(r"^<(.*)>$", listed.body.decode(), re.MULTILINE))

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
        if self._shrinks:
            self._shrinks.cancel()
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
    def kind(self) -> str:
        """Where the dataset is: in `memory`, on `disk`, or `elsewhere`."""
        return "disk" if self.source.is_dir() else "memory"

    @property
    def alive(self) -> bool:
        """Whether the process that holds the dataset runs."""
        return self._zygote is not None and self._zygote.poll() is None

    @property
    def running(self) -> int:
        """How many queries are in work."""
        return self._line.working

    @property
    def waiting(self) -> int:
        """How many queries wait for a worker."""
        return self._line.waiting

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
        request.account.check()
        worker = await self._take(request.account, deadline)
        header, body = await self._run(worker, request, deadline, limit)
        if "error" in header:
            if header["error"] == "MemoryError":
                raise OutOfMemory("The query needed more memory than it may take.")
            raise QueryFault(header["error"], header["message"], header)
        return Reply(FORMATS[header["format"]], body)

    async def _run(
        self, worker: Worker, request: Request, deadline: float, limit: float
    ) -> tuple[dict[str, Any], bytes]:
        """Let a worker answer, charge its time, and see that its seat is filled again."""
        loop = asyncio.get_running_loop()
        healthy, started = False, loop.time()
        try:
            request.account.check()  # others of this client may have spent all in the meantime
            answer = await worker.ask(request, deadline)
            healthy = True
            return answer
        except OverBudget:
            healthy = True
            raise
        except TimeoutError:
            raise QueryTimeout(f"The query was not done in {limit:g} seconds.") from None
        except (EOFError, ConnectionError):
            raise WorkerDied(
                "The engine failed on the query, most likely for want of memory."
            ) from None
        finally:
            request.account.spend(loop.time() - started)
            self._line.leave(request.account.name)
            if healthy and loop.time() - started < SLOW_SECONDS:
                self._give(worker)
            else:
                self._later(self._replace(worker))

    async def _take(self, account: Account, deadline: float) -> Worker:
        worker = self._line.take_free(account.name)
        try:
            while worker is None or worker.link.ended:
                if worker:  # it was killed while it had nothing to do
                    self._line.leave(account.name)
                    self._later(self._replace(worker))
                async with asyncio.timeout_at(deadline):
                    worker = await self._line.take(account.name)
            return worker
        except TimeoutError:
            raise Busy("No query worker was free in time.", self.limits.seconds) from None

    def _give(self, worker: Worker) -> None:
        self._line.give(worker)
        self._shrink_later()

    def _grow(self) -> None:
        if self._seats < self.most:
            self._seats += 1
            self._later(self._replace(None))

    def _shrink_later(self) -> None:
        if self._seats > self.size and not self._shrinks:
            self._shrinks = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._shrink)

    def _shrink(self) -> None:
        self._shrinks = None
        if self._seats > self.size and (worker := self._line.spare(self.size)):
            self._seats -= 1
            self._later(self._end(worker))
            self._shrink_later()

    async def _end(self, worker: Worker) -> None:
        with contextlib.suppress(OSError):  # it ends with the zygote in any case
            async with self._lock:
                await asyncio.to_thread(self._command, KILL + PID.pack(worker.pid))
        await self._close(worker)

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replace(self, worker: Worker | None) -> None:
        """End a worker, if one is given; the spare one takes its seat, and a new one is forked."""
        if worker:
            self._workers.discard(worker)
            worker.link.transport.abort()
        seated = self._spare is not None
        if self._spare:
            spare, self._spare = self._spare, None
            self._give(spare)
        while True:  # until there is a worker again: a pool never shrinks
            try:
                if worker:
                    async with self._lock:
                        await asyncio.to_thread(self._command, KILL + PID.pack(worker.pid))
                fresh = await self._fork()
                if seated and not self._spare:
                    self._spare = fresh
                else:
                    self._give(fresh)
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

    async def _fork(self) -> Worker:
        async with self._lock:
            forking = asyncio.ensure_future(asyncio.to_thread(self._forked))
            try:
                pid, connection = await asyncio.shield(forking)
            except asyncio.CancelledError:  # the pool stops: what has been forked is let go
                with contextlib.suppress(OSError, WorkerDied):
                    (await forking)[1].close()
                raise
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(Link, sock=connection)
        worker = Worker(pid, link)
        self._workers.add(worker)
        return worker

    async def _close(self, worker: Worker) -> None:
        self._workers.discard(worker)
        worker.link.transport.close()
        await worker.link.closed

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
