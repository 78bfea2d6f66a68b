"""`cami serve`: choose the store, put the application together, run it until told to stop."""

import argparse
import contextlib
import math
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from ..graph import graph_name
from ..queries import catalogue
from .app import create_app
from .builds import Build, CorruptBuild, verify
from .commands import Unusable
from .metrics import Metrics
from .observe import Observed
from .pool import Pool, StoreFailed
from .sources import RdfError, check_rdf
from .stores import in_memory, store_of_file
from .swap import Served
from .zygote import Limits

_GRACE = 2  # seconds to write the last answers, on top of the time that a query may take


def run(options: argparse.Namespace, opened: Callable[[], Build]) -> int:
    """Serve until told to stop; `opened` gives the build when one is needed."""
    metrics = Metrics()
    with contextlib.ExitStack() as stack:
        if options.data:
            app = _file_app(options, metrics, stack)
        elif options.endpoint:
            app = _endpoint_app(options, metrics, opened())
        else:
            app = _build_app(options, metrics, opened())
        queries = [] if options.data else list(catalogue())
        observed = Observed(
            app, metrics, queries, log=options.log == "json", addresses=options.log_addresses
        )
        return _run(observed, options)


def _limits(options: argparse.Namespace) -> Limits:
    return Limits(
        seconds=options.timeout,
        memory_bytes=options.memory << 20,
        result_bytes=options.result << 20,
    )


def _pool(options: argparse.Namespace, source: Path) -> Pool:
    return Pool(source, _limits(options), options.workers, options.queue)


def _build_app(options: argparse.Namespace, metrics: Metrics, build: Build) -> ASGIApp:
    def make(build: Build) -> FastAPI:
        memory = in_memory(options.store, build.quads)
        pool = _pool(options, build.nquads if memory else build.store)
        return create_app(pool, build.things(), build.digest, metrics=metrics)

    try:
        verify(build)
    except CorruptBuild as error:
        raise Unusable(str(error)) from None
    return Served(build.folder.parent, build, make, metrics)


def _file_app(
    options: argparse.Namespace, metrics: Metrics, stack: contextlib.ExitStack
) -> ASGIApp:
    try:
        digest, quads = check_rdf(options.data)
    except RdfError as error:
        raise Unusable(str(error)) from None
    memory = in_memory(options.store, quads)
    source = options.data if memory else stack.enter_context(store_of_file(options.data))
    metrics.serving(digest)
    return create_app(_pool(options, source), {}, digest, canned=False, metrics=metrics)


def _endpoint_app(options: argparse.Namespace, metrics: Metrics, build: Build) -> ASGIApp:
    from .load import LoadFailed, sign_in
    from .remote import Endpoint, RemotePool, loaded_digests

    try:
        auth = sign_in(options.endpoint, options.auth)
        digests = loaded_digests(options.endpoint, auth)
    except (LoadFailed, StoreFailed) as error:
        raise Unusable(f"--endpoint: {error}") from None
    if build.digest not in digests:
        raise Unusable("--endpoint: the store does not hold this build: use 'cami load' first")
    names = tuple(str(graph_name(origin)) for origin in build.manifest["graphs"])
    endpoint = Endpoint(options.endpoint, auth, build.digest, names)
    pool = RemotePool(endpoint, _limits(options), options.workers, options.queue)
    metrics.serving(build.digest)
    return create_app(pool, build.things(), build.digest, metrics=metrics)


def _run(app: ASGIApp, options: argparse.Namespace) -> int:
    print(f"cami: starting on http://{options.host}:{options.port}/", file=sys.stderr)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=options.host,
            port=options.port,
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # whoever connects could name any address
            limit_concurrency=1000,
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
