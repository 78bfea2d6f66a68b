"""The servers that are compared, each started here on loopback over the same build."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx

from cami.server.builds import Build
from cami.server.load import load
from cami.server.remote import DEFAULT

BIN = Path(sys.executable).parent
KEEPING = "cami, keeping"


@dataclass(frozen=True)
class Peer:
    """A server that runs: where it takes a query, and with which parameters beside it."""

    name: str
    pid: int
    base: str
    path: str
    fixed: tuple[tuple[str, str], ...] = ()

    def target(self, query: str) -> str:
        """Return path and parameters of a GET request."""
        return f"{self.path}?{urlencode([('query', query), *self.fixed])}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return when a URL answers with 200."""
    for _ in range(6000):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended")
        try:
            if httpx.get(url, timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.01)
    raise RuntimeError(f"{url} does not answer")


@contextmanager
def process(command: list[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command until the block ends."""
    with (folder / f"{Path(command[0]).name}.log").open("w") as log:
        started = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def cami(build: Build, folder: Path, name: str = "cami") -> Iterator[Peer]:
    """Our server, told to keep no answers."""
    port = str(free_port())
    command = [str(BIN / "cami"), "serve", "--port", port, "--build", str(build.folder.parent)]
    kept = [] if name == KEEPING else ["--cache", "0"]
    with process([*command, *kept], folder) as started:
        base = f"http://127.0.0.1:{port}"
        wait(f"{base}/readyz", started)
        yield Peer(name, started.pid, base, "/sparql")


@contextmanager
def keeping(build: Build, folder: Path) -> Iterator[Peer]:
    """Our server as it is started by default: an answer is made once."""
    with cami(build, folder, KEEPING) as peer:
        yield peer


@contextmanager
def oxigraph(build: Build, folder: Path) -> Iterator[Peer]:
    """The native Oxigraph server, in memory."""
    bind = f"127.0.0.1:{free_port()}"
    with process([str(BIN / "oxigraph"), "serve", "--bind", bind], folder) as started:
        base = f"http://{bind}"
        wait(f"{base}/query?query=ASK%7B%7D", started)
        content = build.nquads.read_bytes()
        kind = {"Content-Type": "application/n-quads"}
        httpx.put(f"{base}/store", content=content, headers=kind, timeout=60).raise_for_status()
        yield Peer("oxigraph", started.pid, base, "/query")


@contextmanager
def rdflib(build: Build, folder: Path) -> Iterator[Peer]:
    """rdflib-endpoint over the default graph, in memory."""
    port = str(free_port())
    command = [str(BIN / "rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", port]
    with process([*command, str(build.folder / "cami.nt")], folder) as started:
        base = f"http://127.0.0.1:{port}"
        wait(f"{base}/?query=ASK%7B%7D", started)
        yield Peer("rdflib-endpoint", started.pid, base, "/")


@contextmanager
def virtuoso(build: Build, folder: Path) -> Iterator[Peer | None]:
    """A Virtuoso that `cami load` has filled; None where it is not installed."""
    program = shutil.which("virtuoso-t")
    if program is None:
        yield None
        return
    place = Path(__file__).parents[1] / "test_stores.py"
    spec = importlib.util.spec_from_file_location("test_stores", place)
    assert spec and spec.loader
    stores = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stores)
    port = free_port()
    text = stores.VIRTUOSO_INI.format(sql=free_port(), http=port)
    (folder / "v.ini").write_text(text)
    with process([program, "+configfile", "v.ini", "+foreground"], folder) as started:
        base = f"http://127.0.0.1:{port}"
        wait(f"{base}/sparql?query=ASK%7B%7D", started)
        load(build, f"{base}/sparql-graph-crud-auth", httpx.DigestAuth("dba", "dba"))
        yield Peer("virtuoso", started.pid, base, "/sparql", (("default-graph-uri", DEFAULT),))


@contextmanager
def alone(peer: Peer, others: list[Peer]) -> Iterator[None]:
    """Stop other servers meanwhile: some go on with queries that nobody waits for any more."""
    pids = [pid for other in others if other is not peer for pid in tree(other.pid)]
    tell(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        tell(pids, signal.SIGCONT)


def tell(pids: list[int], what: signal.Signals) -> None:
    """Send a signal to processes, of which some may have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    try:
        lists = [one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return [pid]
    return [pid, *(one for child in " ".join(lists).split() for one in tree(int(child)))]


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and of all below it, those that have ended too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        lists = [one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return 0
    own = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in " ".join(lists).split())
