"""A small pool of killable worker processes, seen from the server's event loop."""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

from ..queries.formats import FORMATS
from .convoy import Convoys
from .exchange import (
    Link,
    QueryFault,
    QueryTimeout,
    Reply,
    Request,
    Worker,
    WorkerDied,
    engine_failed,
    out_of_time,
)
from .fairness import NOBODY, Account, Busy, OverBudget
from .launch import Launched, Limits, NoWorker
from .line import Line
from .threads import CONTROL, within

_T = TypeVar("_T")
IDLE_SECONDS = 5  # after which a worker beyond the usual number may end


class Pool:
    """Workers forked from one process that holds the dataset; each answers one query after another.

    When all `workers` are taken and a client comes that has none of them, one more is forked for
    it, up to three times as many; they end when they have nothing to do.
    """

    def __init__(
        self,
        source: Path,
        limits: Limits,
        workers: int,
        queue: int,
        launched: Launched | None = None,  # what loads the source already
    ):
        self.source, self.limits = source, limits
        self._zygote = launched
        self.size, self.most, self._seats = workers, 3 * workers, workers
        self._line = Line[Worker](workers, queue, self._grow, limits.seconds)
        depth = max(1, queue // workers)  # so that all find room in the line, should one be slow
        self._convoys = Convoys(self, depth, queue, limits.seconds)
        self.graphs: frozenset[str] | None = None  # the named graphs of the dataset, if known
        self._spare: Worker | None = None  # so that nobody waits for a fork after a killed query
        self._shrinks: asyncio.TimerHandle | None = None
        self._lock, self._stopped = asyncio.Lock(), False
        self._tasks: set[asyncio.Future[Any]] = set()
        self._workers: set[Worker] = set()

    async def start(self) -> None:
        """Load the dataset and fork the workers; returns when queries can be answered.

        Raises `WorkerDied` when the dataset cannot be loaded.
        """
        started = False
        try:
            if not await within(CONTROL, self._start_zygote):
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
        with contextlib.suppress(QueryFault, QueryTimeout, WorkerDied, Busy):  # so none is refused
            listed = await self.ask(Request("SELECT * { GRAPH ?g {} }", FORMATS["tsv"], None))
            self.graphs = frozenset(re.findall(r"^<(.*)>$", listed.body.decode(), re.MULTILINE))

    def _start_zygote(self) -> bool:
        with contextlib.suppress(OSError):  # no memory, process or descriptor is left
            if not self._zygote:
                self._zygote = Launched(self.source, self.limits)
            return self._zygote.ready()
        return False

    async def stop(self) -> None:
        """End every process of the pool; nothing is started in their place."""
        self._stopped = True
        if self._shrinks:
            self._shrinks.cancel()
        self._convoys.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in list(self._workers):
            await self._close(worker)
        if self._zygote:
            await within(CONTROL, self._zygote.leave, 5)

    @property
    def kind(self) -> str:
        """Where the dataset is: in `memory`, on `disk`, or `elsewhere`."""
        return "disk" if self.source.is_dir() else "memory"

    @property
    def alive(self) -> bool:
        """Whether the process that holds the dataset runs."""
        return self._zygote is not None and self._zygote.alive

    @property
    def running(self) -> int:
        """How many queries are in work."""
        return self._line.working

    @property
    def waiting(self) -> int:
        """How many queries wait for a worker."""
        return self._line.waiting

    async def ready(self, seconds: float, who: Account = NOBODY) -> None:
        """Return when a worker has answered within `seconds`; raises what `ask` raises."""
        await self.ask(Request("ASK {}", FORMATS["json"], None, account=who), seconds)

    async def ask(self, request: Request, seconds: float | None = None) -> Reply:
        """Return the answer to a query.

        `seconds` may lower the time limit, never raise it. Raises `Busy`, `QueryTimeout`,
        `WorkerDied`, or `QueryFault`. A caller that is cancelled takes its worker down with it.
        """
        limit = min(seconds or self.limits.seconds, self.limits.seconds)
        deadline = asyncio.get_running_loop().time() + limit
        request.account.check()
        worker = await self.take(request.account.name, deadline)
        request.begun()
        return Reply.of(*await self._run(worker, request, deadline, limit))

    def quick(self, request: Request) -> "asyncio.Future[Reply] | None":
        """Return the answer to come to a query that is most likely quick, as `ask` does.

        None where it may not wait: then `ask` says why.
        """
        return self._convoys.ask(request)

    async def _run(
        self, worker: Worker, request: Request, deadline: float, limit: float
    ) -> tuple[dict[str, Any], bytes]:
        """Let a worker answer, charge its time, and see that its seat is filled again."""
        healthy, started = False, time.monotonic()
        try:
            request.account.check()  # others of this client may have spent all in the meantime
            answer = await worker.ask(request, deadline)
            healthy = True
            return answer
        except OverBudget:
            healthy = True
            raise
        except TimeoutError:
            raise out_of_time(limit) from None
        except (EOFError, ConnectionError):
            raise engine_failed() from None
        finally:
            request.account.spend(time.monotonic() - started)
            self.back(worker, request.account.name, healthy)

    def free(self, client: str) -> Worker | None:
        """Return a worker as `take` does if one can be had at once, else None."""
        return self._usable(self._line.take_free(client), client)

    async def take(self, client: str, deadline: float) -> Worker:
        """Return a worker for a client, which then has it until `back`.

        Raises `Busy` when none is free at `deadline` of the loop's clock, or the line is full.
        """
        worker = self.free(client)
        try:
            while worker is None:
                async with asyncio.timeout_at(deadline):
                    worker = self._usable(await self._line.take(client), client)
            return worker
        except TimeoutError:
            raise Busy("No query worker was free in time.", self.limits.seconds) from None

    def back(self, worker: Worker, client: str, healthy: bool) -> None:
        """Take a worker back from a client; another takes its place if it cannot work on."""
        self._line.leave(client)
        if healthy and not worker.slow:
            self._give(worker)
        else:
            self.later(self._replace(worker))

    def _usable(self, worker: Worker | None, client: str) -> Worker | None:
        if worker and worker.link.ended:  # it was killed while it had nothing to do
            self.back(worker, client, healthy=False)
            return None
        return worker

    def _give(self, worker: Worker) -> None:
        self._line.give(worker)
        self._shrink_later()

    def _grow(self) -> None:
        if self._seats < self.most:
            self._seats += 1
            self.later(self._replace(None))

    def _shrink_later(self) -> None:
        if self._seats > self.size and not self._shrinks and not self._stopped:
            self._shrinks = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._shrink)

    def _shrink(self) -> None:
        self._shrinks = None
        if self._seats > self.size and (worker := self._line.spare(self.size)):
            self._seats -= 1
            self.later(self._end(worker))
        self._shrink_later()  # one that is needed now may not be later

    async def _end(self, worker: Worker) -> None:
        with contextlib.suppress(OSError):  # it ends with the zygote in any case
            async with self._lock:
                await self._kill(worker)
        await self._close(worker)

    def later(self, work: Awaitable[_T]) -> asyncio.Future[_T]:
        """Return work that is begun, and given up when the pool stops."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _replace(self, worker: Worker | None) -> None:
        """End a worker, if one is given; the spare one takes its seat, and a new one is forked."""
        if worker:
            self._workers.discard(worker)
            worker.link.transport.abort()
        seated = self._spare is not None
        if self._spare:
            spare, self._spare = self._spare, None
            self._give(spare)
        while not self._stopped:  # until there is a worker again: a pool never shrinks
            try:
                if worker:
                    async with self._lock:
                        await self._kill(worker)
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
            if self._zygote and self._zygote.works():
                return  # another task has done it
            if self._zygote:
                await within(CONTROL, self._zygote.end)
                self._zygote = None
            if not await within(CONTROL, self._start_zygote):
                await asyncio.sleep(1)

    def _data(self) -> Launched:
        if not self._zygote:
            raise ConnectionError("The process that holds the dataset could not be started.")
        return self._zygote

    async def _kill(self, worker: Worker) -> None:
        await within(CONTROL, self._data().kill, worker.pid)

    async def _fork(self) -> Worker:
        async with self._lock:
            forking = asyncio.ensure_future(within(CONTROL, self._data().fork))
            try:
                pid, connection = await asyncio.shield(forking)
            except asyncio.CancelledError:  # the pool stops: what has been forked is let go
                with contextlib.suppress(OSError, NoWorker):
                    (await forking)[1].close()
                raise
            except NoWorker as error:
                raise WorkerDied(str(error)) from None
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(Link, sock=connection)
        worker = Worker(pid, link)
        self._workers.add(worker)
        return worker

    async def _close(self, worker: Worker) -> None:
        self._workers.discard(worker)
        worker.link.transport.close()
        await worker.link.closed
