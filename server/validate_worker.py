"""One validation in a process of its own: `python -m cami.server.validate_worker REQUEST < BODY`.

REQUEST is JSON (see `Work` in `validate_work.py`). The answer is one line of JSON, then the report. Before it reads a byte
of the body, the process gives up connections and files of others, and takes limits on memory and time.
"""

import json
import logging
import os
import resource
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .inputs import InputError, read_content
from .reports import render
from .validate_work import Work
from .validation import Against, of_dump, shapes_for, validate
from .zygote import end_with_parent

MAX_REPORT = 16 << 20  # bytes, held by the server while it is sent


def main(arguments: Sequence[str]) -> None:
    """Answer one request; the process ends with it."""
    end_with_parent()
    keep_silent()
    work = Work(**json.loads(arguments[0]))
    graph = of_dump(Path(work.graph))
    against = Against(lambda: graph, None, work.profile)
    shapes_for(against)
    limit(work)
    try:
        given = read_content(work.name, sys.stdin.buffer.read(), work.input_format)
        report = validate([given], against).shown(work.severity)
        text = render(report, work.report).encode()
        if len(text) > MAX_REPORT:
            _answer({"error": "size"}, b"")
        else:
            _answer({}, text)
    except InputError as error:
        place = {"line": error.line, "column": error.column}
        _answer({"error": "input", "message": str(error), **place}, b"")
    except (MemoryError, RecursionError):
        _answer({"error": "memory", "message": ""}, b"")


def keep_silent() -> None:
    """Let no text of the body get into the log: libraries quote what they cannot read."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.excepthook = _tell


def _tell(kind: type[BaseException], _: BaseException, where: TracebackType | None) -> None:
    places = "".join(traceback.format_tb(where))
    print(f"cami: a validation failed: {kind.__name__}\n{places}", file=sys.stderr, end="")


def limit(work: Work) -> None:
    """Take limits on memory and time, and give up connections, programs and files of others."""
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ceiling = in_use + work.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    seconds = int(work.seconds) + 60  # the server's clock is the limit; this is for an orphan
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    sys.addaudithook(_confined)


_INSTALLED = tuple(
    str(path.resolve()) + os.sep
    for path in (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[1])
)
_REFUSED = ("socket.", "urllib.", "http.", "ftplib.", "subprocess.", "os.exec", "os.posix_spawn")


def _confined(event: str, details: tuple[Any, ...]) -> None:
    """Refuse, for good, connections, programs, and every file but installed ones for reading.

    The libraries import and read parts of themselves when they first need them, so a limit on open
    files would break them.
    """
    if event.startswith(_REFUSED) or event in ("os.system", "os.fork"):
        raise PermissionError(f"{event} is refused in a validation")
    if event == "open" and isinstance(details[0], str | bytes):
        path, flags = os.path.realpath(os.fsdecode(details[0])), details[2] or 0
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or not path.startswith(_INSTALLED):
            raise PermissionError(f"{path} is not opened in a validation")


def _answer(header: dict[str, Any], body: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
