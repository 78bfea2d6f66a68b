"""`cami serve`: choose the store, put the application together, run it until told to stop."""

import argparse
import contextlib
import math
import signal
import sys
from collections.abc import Callable, Container, Sequence
from ipaddress import ip_network
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from ..queries import catalogue
from .answers import Answers
from .app import create_app
from .builds import Build, CorruptBuild
from .commands import Unusable
from .connections import MAX_CONNECTIONS, more_files
from .edge import MAX_HEADER_BYTES, MAX_TARGET, Place
from .exchange import StoreFailed
from .fairness import Budgets
from .forwarded import Forwarded
from .hot import Hot
from .lane import Lane
from .launch import Launched, Limits
from .metrics import Metrics
from .observe import Observed
from .pool import Pool
from .start import Started
from .stores import in_memory, store_of_file
from .swap import Served
from .validate_route import Validator
from .wire import Wire

_GRACE = 2  # seconds to write the last answers, on top of the time that a query may take


def run(options: argparse.Namespace, limits: Limits, source: Started | Callable[[], Build]) -> int:
    """Serve until told to stop, and return the exit code.

    `source` is a build that is being loaded, or gives one when it is needed. Raises `Unusable`
    when the file, the build or the store cannot be served.
    """
    _demand_addresses(options.proxy)
    serving = _Serving(options, limits)
    with contextlib.ExitStack() as stack:
        if isinstance(source, Started):
            app = serving.build(source)
        elif options.data:
            app = serving.file(stack)
        elif options.endpoint:
            app = serving.elsewhere(source())
        else:
            app = serving.with_imports(source())
        observed = Observed(
            app,
            serving.metrics,
            [] if options.data else list(catalogue()),
            place=serving.place,
            log=options.log == "json",
            addresses=options.log_addresses,
        )
        if not options.proxy:
            return _run(observed, options, serving.wire(app, observed))
        believing = Forwarded(observed, options.proxy)
        return _run(believing, options, serving.wire(app, observed, believing.proxies))


class _Serving:
    """What one server process keeps from one build to the next, and the ways to serve."""

    def __init__(self, options: argparse.Namespace, limits: Limits):
        self.options, self.limits, self.metrics = options, limits, Metrics()
        self._launched: Launched | None = None
        self.place = Place(options.root_path, bool(options.proxy))
        budget = options.budget
        self.budgets = Budgets() if budget is None else Budgets(budget, loopback=True)

    def build(self, started: Started) -> Served:
        """Return the application that serves a build, and each that takes its place."""
        try:
            build = started.checked()
        except CorruptBuild as error:
            raise Unusable(str(error)) from None
        self._launched = started.launched
        return Served(build.folder.parent, build, self._of_build, self.metrics)

    def _of_build(self, build: Build) -> FastAPI:
        memory = in_memory(self.options.store, build.quads)
        return self._app(self._pool(build.nquads if memory else build.store), build.digest, build)

    def file(self, stack: contextlib.ExitStack) -> FastAPI:
        """Return the application that serves a file; what it needs on disk goes with the stack."""
        from .sources import RdfError, check_rdf

        path = self.options.data
        try:
            digest, quads = check_rdf(path)
        except RdfError as error:
            raise Unusable(str(error)) from None
        if not in_memory(self.options.store, quads):
            path = stack.enter_context(store_of_file(path))
        self.metrics.serving(digest)
        return self._app(self._pool(path), digest, None)

    def with_imports(self, build: Build) -> FastAPI:
        """Return the application that serves a build with imports, from disk; none takes its place.

        Raises `Unusable` unless only this machine can ask: what was imported may not be passed on.
        """
        from .import_command import served_with

        place, digest = served_with(build, self.options)
        self.metrics.serving(digest)
        return self._app(self._pool(place), digest, build)

    def elsewhere(self, build: Build) -> FastAPI:
        """Return the application that serves a build from a store elsewhere."""
        if self.limits.services:
            raise Unusable(
                "--allow-service: a store elsewhere would be the one to ask: set it there"
            )
        from ..graph import graph_name
        from .load import LoadFailed, sign_in
        from .remote import Endpoint, RemotePool, loaded_digests

        options = self.options
        try:
            auth = sign_in(options.endpoint, options.auth)
            digests = loaded_digests(options.endpoint, auth)
        except (LoadFailed, StoreFailed) as error:
            raise Unusable(f"--endpoint: {error}") from None
        if build.digest not in digests:
            raise Unusable("--endpoint: the store does not hold this build: use 'cami load' first")
        names = tuple(str(graph_name(origin)) for origin in build.manifest["graphs"])
        endpoint = Endpoint(options.endpoint, auth, build.digest, names)
        pool = RemotePool(endpoint, self.limits, options.workers, options.queue)
        self.metrics.serving(build.digest)
        return self._app(pool, build.digest, build)

    def wire(
        self,
        app: FastAPI | Served,
        observed: Observed,
        proxies: Container[str | None] | None = None,
    ) -> type[Wire]:
        """Return the protocol of connections, with what it answers without the application."""
        kept = self.options.cache << 19  # the other half is for answers before they are framed
        hot = Hot(kept, lambda: self.metrics.served, observed.given) if kept else None
        if self.place.proxy or self.place.root_path:  # their headers say more than is read there
            return Wire.short(hot, None, observed, self.budgets, proxies)
        enter = app.entered if isinstance(app, Served) else _entering(app)
        return Wire.short(hot, Lane(enter), observed, self.budgets)

    def _pool(self, source: Path) -> Pool:
        launched, self._launched = self._launched, None  # of the first build
        return Pool(source, self.limits, self.options.workers, self.options.queue, launched)

    def _app(self, pool: Pool, digest: str, build: Build | None) -> FastAPI:
        return create_app(
            pool,
            build.things() if build else {},
            digest,
            canned=build is not None,
            build=build,
            validator=self._validator(build) if build else None,
            cache_bytes=self.options.cache << 19,  # the other half is for what went out
            place=self.place,
            budgets=self.budgets,
            metrics=self.metrics,
        )

    def _validator(self, build: Build) -> Validator:
        return Validator(
            build.nquads,
            workers=self.options.workers,
            queue=self.options.queue,
            seconds=self.options.validate_timeout,
            memory_bytes=self.options.memory << 20,
            body_bytes=self.options.validate_size << 20,
        )


def _demand_addresses(given: Sequence[str]) -> None:
    """Raise `Unusable` unless all are addresses or networks."""
    for text in given:
        try:
            ip_network(text, strict=False)
        except ValueError:
            wanted = "write an IP address or a network, such as 127.0.0.1"
            raise Unusable(f"--proxy {text!r}: {wanted}") from None


def _entering(app: FastAPI) -> Callable[[], contextlib.AbstractContextManager[Answers]]:
    """Return what gives the answers of an application that nothing takes the place of."""
    return lambda: contextlib.nullcontext(app.state.answers)


def _run(app: ASGIApp, options: argparse.Namespace, wire: type[Wire]) -> int:
    more_files()
    print(f"cami: starting on http://{options.host}:{options.port}/", file=sys.stderr)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=options.host,
            port=options.port,
            http=wire,
            ws="none",
            log_level="error",  # below that, each request that is not HTTP writes a line
            proxy_headers=False,  # else clients could say who they are; see `forwarded`
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            # the limit on the head of a request is above ours, which explain
            h11_max_incomplete_event_size=2 * (MAX_TARGET + MAX_HEADER_BYTES),
            timeout_graceful_shutdown=math.ceil(options.timeout) + _GRACE,
        )
    )
    # When it has shut down, uvicorn raises the signal again: it must not keep us from cleaning up.
    signal.signal(signal.SIGTERM, _end)
    try:
        server.run()
    except SystemExit as end:
        return 2 if end.code else 0  # uvicorn has said why, such as a port in use
    return 0 if server.started else 2


def _end(_number: int, _frame: object) -> None:
    sys.exit(0)
