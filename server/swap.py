"""The build that is served, replaced by a new one without a failed or a mixed answer.

Each request belongs to one generation: the application of one build and its workers. When
`current` points to another build, that build is checked, loaded and started beside the old one;
then new requests go to it, and the old one ends when its last answer is out.
"""

import asyncio
import contextlib
import gc
import hashlib
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import fastapi.dependencies.models
from fastapi import FastAPI
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from .answers import Answers
from .builds import Build, CorruptBuild, NoBuild, open_build, verify
from .fairness import Busy
from .metrics import Metrics
from .pool import WorkerDied

POLL_SECONDS = 1.0
DRAIN_SECONDS = 120.0  # whoever reads an answer longer than this no longer needs a worker
_MAY_PASS = (NoBuild, WorkerDied, Busy, OSError, MemoryError, RuntimeError)  # no thread, no memory
_LOG = logging.getLogger("uvicorn.error")


class _Generation:
    """One build in service: its application, and how many requests are inside.

    Its context keeps it in service for one request, and gives what answers queries.
    """

    def __init__(self, app: FastAPI):
        self.app = app
        self._answers: Answers = app.state.answers
        self.inside = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self._stack = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Start its workers."""
        await self._stack.enter_async_context(self.app.router.lifespan_context(self.app))

    def __enter__(self) -> Answers:
        self.inside += 1
        self.idle.clear()
        return self._answers

    def __exit__(self, *_: object) -> None:
        self.inside -= 1
        if not self.inside:
            self.idle.set()

    async def end(self) -> None:
        """Stop its workers once every request is answered."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.idle.wait(), DRAIN_SECONDS)
        await self._stack.aclose()
        del self.app, self._answers
        _forget_handlers()


class Served:
    """An ASGI application that hands each request to the build that is served now."""

    def __init__(self, out: Path, first: Build, make: Callable[[Build], FastAPI], metrics: Metrics):
        self.out, self.make, self.metrics = out, make, metrics
        self._first = first
        self._now: _Generation | None = None
        self._seen = self._refused = ""
        self._asked = asyncio.Event()
        self._draining: set[asyncio.Task[None]] = set()
        self._router = Router(lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request by one build."""
        if scope["type"] == "lifespan":
            await self._router(scope, receive, send)
            return
        now = self._now
        assert now
        with now:
            await now.app(scope, receive, send)

    def entered(self) -> contextlib.AbstractContextManager[Answers]:
        """Keep the build that is served now in service for one request."""
        assert self._now
        return self._now

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncGenerator[None]:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._ask)
        self._seen = _identity(self.out)
        await self._serve(self._first)
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            for task in self._draining:
                task.cancel()
            await asyncio.gather(watching, *self._draining, return_exceptions=True)
            assert self._now
            await self._now.end()

    def _ask(self) -> None:
        self._seen = ""  # also tries a build again that was refused
        self._asked.set()

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), POLL_SECONDS)
            self._asked.clear()
            identity = _identity(self.out)
            if identity != self._seen:
                self._seen = identity
                [fault] = await asyncio.gather(self._swap(), return_exceptions=True)
                if fault:  # that nobody thought of; later builds are looked for all the same
                    _LOG.error("a new build could not be served", exc_info=fault)
                    self._refuse(f"it could not be served: {fault!r}")

    async def _swap(self) -> None:
        try:
            build = open_build(self.out)
            await asyncio.to_thread(verify, build)
            await self._serve(build)
        except CorruptBuild as error:
            self._refuse(str(error))
        except _MAY_PASS as error:
            self._refuse(str(error) or type(error).__name__)
            self._seen = ""  # the next look tries again
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            self._refuse(f"its files are not of the form of a build: {error!r}")
        else:
            self._refused = ""
            self.metrics.swaps.inc()
            print(f"cami: now serving {build.folder.name}", file=sys.stderr)

    def _refuse(self, reason: str) -> None:
        if reason != self._refused:  # say it once, not every second
            self._refused = reason
            self.metrics.swaps_refused.inc()
            print(f"cami: the new build is refused, the old one stays: {reason}", file=sys.stderr)

    async def _serve(self, build: Build) -> None:
        following = _Generation(self.make(build))
        await following.start()
        before, self._now = self._now, following
        self.metrics.serving(build.digest)
        if before:
            task = asyncio.create_task(before.end())
            self._draining.add(task)
            task.add_done_callback(self._draining.discard)


def _forget_handlers() -> None:
    """Let go of the handlers of ended applications, and of all that they hold.

    FastAPI remembers thousands of them in caches of the process; it fills them again by itself.
    """
    for kept in vars(fastapi.dependencies.models).values():
        if callable(clear := getattr(kept, "cache_clear", None)):
            clear()
    gc.collect()


def _identity(out: Path) -> str:
    """Return what changes when another build becomes current, or the same is made again."""
    link = out / "current"
    try:
        target = str(link.readlink()) if link.is_symlink() else ""
        manifest = (link / "manifest.json").read_bytes()
    except OSError:
        return ""
    return f"{target} {hashlib.sha256(manifest).hexdigest()}"
