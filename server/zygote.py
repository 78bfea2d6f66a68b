"""The process that holds the dataset in memory and forks the workers that answer queries.

It runs as `python -m cami.server.zygote CONTROL-FD SOURCE LIMITS` and speaks on a Unix socket with
the server: "F" forks a worker and sends back its process id and its socket; "K" with a process id
kills one. A worker costs about 5 ms to fork, so killing is the time limit: nothing softer stops the
engine. When the server goes, the socket closes and everything here ends.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ..queries.evaluate import QueryError, evaluate
from ..queries.formats import FORMATS
from ..queries.guard import RefusedQuery, holds_word, refuse
from ..queries.jsonld import published_context
from .affinity import Affinity
from .builds import manifest_of
from .held import Held, open_source
from .launch import FAILED, FORK, FORKED, KILL, PID, READY, Limits
from .wall import files_later, files_of, no_more_files, no_sockets

SIZES = struct.Struct(">QQ")  # of the two parts of a message: query and rest, header and body
NICE = 5  # the server, which answers everybody, goes before the queries
_WORKER_FD = 3
_CONNECTIONS = 32  # descriptors for servers that a query may ask, and for finding them
_USUAL = 200  # bytes of the rest of a request that names no graphs, of which there are few
_CHUNK = 1 << 18  # bytes of requests that are read at once
_TOGETHER = 1 << 16  # bytes of a body that are sent with what stands before them


def main(arguments: Sequence[str]) -> None:
    """Load the dataset, then fork and kill workers until the server's end of the socket closes."""
    control = socket.socket(fileno=int(arguments[0]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes us
    limits = Limits.of(arguments[2])
    source = Path(arguments[1])
    opened = open_source(source)
    published_context(_context(source.parent))  # now: a worker can open no file
    try:
        control.sendall(READY)
    except BrokenPipeError:  # the server has ended meanwhile
        return
    files = files_of(source)
    workers: set[int] = set()
    while command := control.recv(1):
        if command == FORK:
            _fork(control, opened, files, limits, workers)
        elif command == KILL:
            _kill(PID.unpack(_exactly(control, PID.size))[0], workers)
    for pid in list(workers):
        _kill(pid, workers)


def _context(folder: Path) -> Path | None:
    """Return the file of the context that a build has published, if the folder is such a build."""
    file = folder / "ontology" / "context.jsonld"
    return file if manifest_of(folder) and file.is_file() else None


def _fork(
    control: socket.socket,
    opened: Callable[[], Held],
    files: int,
    limits: Limits,
    workers: set[int],
) -> None:
    _reap(workers)
    try:
        ours, theirs = socket.socketpair()
        pid = os.fork()
    except OSError:  # no process or descriptor left: the server tries again
        control.sendall(FAILED + PID.pack(0))
        return
    if pid == 0:
        status = 1
        try:
            os.dup2(theirs.fileno(), _WORKER_FD)
            os.closerange(_WORKER_FD + 1, 1 << 12)
            _work(opened(), files, limits)
            status = 0
        finally:
            os._exit(status)  # never unwind into the zygote's own frames
    workers.add(pid)
    socket.send_fds(control, [FORKED + PID.pack(pid)], [ours.fileno()])
    ours.close()
    theirs.close()


def _kill(pid: int, workers: set[int]) -> None:
    if pid in workers:  # only ever our own child, not yet reaped: its id cannot have been reused
        os.kill(pid, signal.SIGKILL)  # a gigabyte takes time to free: the next fork reaps it


def _reap(workers: set[int]) -> None:
    for pid in list(workers):
        if os.waitpid(pid, os.WNOHANG)[0]:
            workers.discard(pid)


def _work(held: Held, files: int, limits: Limits) -> None:
    """Answer requests on the worker's socket in a thread whose stack the engine cannot overflow."""
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    _be_silent()
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    ceiling = in_use + limits.stack_bytes + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    no_more_files(files, _CONNECTIONS if limits.services else 0)
    if not limits.services:
        no_sockets()
    threading.stack_size(limits.stack_bytes)
    thread = threading.Thread(target=_serve, args=(held, limits))
    thread.start()
    thread.join()


def _be_silent() -> None:
    """Let a query that crashes the engine write nothing: clients must not fill the logs."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


def end_with_parent() -> None:
    """Ask Linux to kill this worker when the zygote goes, however it goes."""
    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def _serve(held: Held, limits: Limits) -> None:
    connection = socket.socket(fileno=_WORKER_FD)
    affinity = Affinity()
    with contextlib.suppress(ConnectionError):  # the server has gone: so do we
        for query, rest in _requests(connection):
            began = time.perf_counter()
            header, body = _asked(held.store(query, rest), query, rest, limits)
            affinity.took(time.perf_counter() - began)
            known = "format" in header
            text = _header(header["format"]) if known else json.dumps(header).encode()
            start = SIZES.pack(len(text), len(body)) + text
            if len(body) <= _TOGETHER:
                connection.sendall(start + body)
            else:
                connection.sendall(start)
                connection.sendall(body)


@cache
def _header(form: str) -> bytes:
    return json.dumps({"format": form}).encode()


def _requests(connection: socket.socket) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield queries, and the rest of their requests, until the other end closes.

    Several may come at once.
    """
    data = b""
    while True:
        sizes = SIZES.unpack_from(data) if len(data) >= SIZES.size else None
        if sizes and len(data) >= SIZES.size + sum(sizes):
            start = SIZES.size + sizes[0]
            query = data[SIZES.size : start].decode("utf-8", "surrogatepass")
            rest = data[start : start + sizes[1]]
            yield query, _rest(rest) if len(rest) <= _USUAL else json.loads(rest)
            data = data[start + sizes[1] :]
        elif chunk := connection.recv(_CHUNK):
            data += chunk
        else:
            return


@lru_cache(100)
def _rest(text: bytes) -> dict[str, Any]:
    """Return the rest of a request: what is accepted and which graphs are asked, mostly the same."""
    return json.loads(text)


def _asked(
    store: ox.Store, query: str, rest: dict[str, Any], limits: Limits
) -> tuple[dict[str, Any], bytes]:
    if not (limits.services and holds_word(query, "SERVICE")):
        return answer(store, query, rest, limits)
    try:
        refuse(query, limits.services)  # once more, where the connections are opened
    except RefusedQuery as error:
        return {"error": "EvaluationError", "message": str(error)}, b""
    with files_later():
        return answer(store, query, rest, limits)


def answer(
    store: ox.Store, query: str, rest: dict[str, Any], limits: Limits
) -> tuple[dict[str, Any], bytes]:
    """Return the header and body for one request; a query's fault becomes a header without body."""
    try:
        result = evaluate(
            store,
            query,
            FORMATS.get(rest["results"]),
            FORMATS.get(rest["graph"]),
            default_graphs=rest["default_graphs"],
            named_graphs=rest["named_graphs"],
            max_bytes=limits.result_bytes,
            max_rows=limits.result_rows,
        )
    except QueryError as error:
        return {"error": type(error).__name__, "message": str(error), **vars(error)}, b""
    except MemoryError:
        return {"error": "MemoryError", "message": "out of memory"}, b""
    return {"format": result.format.name}, result.body


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        chunk = connection.recv(min(count - len(data), 1 << 20))
        if not chunk:
            raise EOFError("the other end closed in the middle of a message")
        data += chunk
    return bytes(data)


if __name__ == "__main__":
    main(sys.argv[1:])
