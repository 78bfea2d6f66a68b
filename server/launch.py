"""The start of the process that holds the dataset, with nothing heavy imported here.

The server is imported and put together while that process loads the dataset.
"""

import json
import os
import socket
import struct
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_AT_HAND = "glibc.malloc.tcache_count=60000:glibc.malloc.tcache_max=2048"
READY = b"R"  # what it sends when workers can be forked
FORK, KILL, FORKED, FAILED = b"F", b"K", b"W", b"E"
PID = struct.Struct(">I")


@dataclass(frozen=True)
class Limits:
    """What one query may take."""

    seconds: float = 10.0
    memory_bytes: int = 1 << 30
    result_bytes: int = 64 << 20
    result_rows: int = 1_000_000
    stack_bytes: int = 256 << 20  # deep queries overflow the engine's parser on a small stack
    services: tuple[str, ...] = ()  # IRIs of servers that a query may ask by `SERVICE`

    def text(self) -> str:
        """Return the limits as one command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> "Limits":
        """Return the limits that `text` gave."""
        given: dict[str, Any] = json.loads(text)
        given["services"] = tuple(given["services"])
        return cls(**given)


def _tunables() -> str:
    """Return settings of glibc's memory for the engine, which takes and frees many small pieces.

    Kept at hand, they take a sixth less time; elsewhere than on glibc nobody reads this.
    https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
    """
    return os.environ.get("GLIBC_TUNABLES") or _AT_HAND


class NoWorker(Exception):
    """No process or descriptor is left for another worker."""


class Launched:
    """The process that loads a dataset and then forks workers; it ends with our end of a socket.

    What speaks with it raises `OSError` when it has ended.
    """

    def __init__(self, source: Path, limits: Limits):
        self.source, self.limits = source, limits
        self.control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "cami.server.zygote", str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                [*command, str(source), limits.text()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "GLIBC_TUNABLES": _tunables()},
                process_group=0,  # Ctrl-C is for the server, which then closes it
            )

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def ready(self) -> bool:
        """Wait for it to load; return whether workers can be forked."""
        return self.control.recv(1) == READY

    def fork(self) -> tuple[int, socket.socket]:
        """Return the process id of a new worker, and its socket. Raises `NoWorker`."""
        self.control.sendall(FORK)
        data, descriptors, _, _ = socket.recv_fds(self.control, 1 + PID.size, 1)
        if not data:
            raise ConnectionResetError("the process that holds the dataset has ended")
        if data[:1] != FORKED or not descriptors:
            raise NoWorker("no new worker could be started")
        connection = socket.socket(fileno=descriptors[0])
        os.set_inheritable(connection.fileno(), False)
        return PID.unpack(data[1:])[0], connection

    def kill(self, pid: int) -> None:
        """End a worker; nothing happens when there is none of this id."""
        self.control.sendall(KILL + PID.pack(pid))

    def works(self) -> bool:
        """Whether it runs and can be spoken with."""
        try:
            self.kill(0)  # no worker has this id
        except OSError:
            return False
        return self.alive

    def leave(self, seconds: float) -> None:
        """Let it end with its workers; after so many seconds it is ended."""
        self.control.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()

    def end(self) -> None:
        """End the process at once, if it still runs."""
        self.process.kill()  # first, or it might write that nobody listens
        self.control.close()
        self.process.wait()
