"""`cami serve`: the application over a build or a file, and the HTTP server around it."""

import argparse
import sys

import uvicorn

from .app import create_app
from .edge import MAX_HEADER_BYTES, MAX_TARGET, Place
from .fairness import Budgets
from .pool import Pool
from .release import Build
from .sources import check_rdf
from .validate_route import Validator
from .wire import MAX_CONNECTIONS, Wire, more_files
from .zygote import Limits


def run(options: argparse.Namespace, built: Build | None) -> int:
    """Serve a build, or the file that the options name, until told to stop; return the exit code.

    Raises `RdfError` when the file cannot be used.
    """
    source, things, digest = options.data, {}, ""
    if built:
        source, things, digest = built.nquads, built.things(), built.digest
    else:
        digest = check_rdf(options.data)
    limits = Limits(
        seconds=options.timeout,
        memory_bytes=options.memory << 20,
        result_bytes=options.result << 20,
        result_rows=options.rows,
    )
    app = create_app(
        Pool(source, limits, options.workers, options.queue),
        things,
        digest,
        canned=built is not None,
        build=built,
        validator=_validator(options, built) if built else None,
        cache_bytes=options.cache << 20,
        place=Place(options.root_path, bool(options.proxy)),
        budgets=Budgets() if options.budget is None else Budgets(options.budget, loopback=True),
    )
    more_files()
    print(f"cami: starting on http://{options.host}:{options.port}/", file=sys.stderr)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=options.host,
            port=options.port,
            http=Wire,
            ws="none",
            log_level="error",  # below that, each request that is not HTTP writes a line
            proxy_headers=bool(options.proxy),  # else clients could say who they are
            forwarded_allow_ips=options.proxy,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            # the limit on the head of a request is above ours, which explain
            h11_max_incomplete_event_size=2 * (MAX_TARGET + MAX_HEADER_BYTES),
            timeout_graceful_shutdown=5,
        )
    )
    try:
        server.run()
    except SystemExit:  # uvicorn has said why, such as a port in use
        return 2
    return 0 if server.started else 2


def _validator(options: argparse.Namespace, built: Build) -> Validator:
    return Validator(
        built.nquads,
        workers=options.workers,
        seconds=options.validate_timeout,
        memory_bytes=options.memory << 20,
        body_bytes=options.validate_size << 20,
    )
