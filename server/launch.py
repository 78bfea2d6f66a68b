"""The start of the process that holds the dataset, with nothing heavy imported here.

The server is imported and put together while that process loads the dataset.
"""

import json
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

READY = b"R"  # what it sends when workers can be forked


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


class Launched:
    """The process that loads a dataset and then forks workers; it ends with our end of a socket."""

    def __init__(self, source: Path, limits: Limits):
        self.source, self.limits = source, limits
        self.control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "cami.server.zygote", str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                [*command, str(source), limits.text()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is for the server, which then closes it
            )

    def end(self) -> None:
        """End the process at once, if it still runs."""
        self.control.close()
        self.process.kill()
        self.process.wait()
