"""One validation in a process of its own: `python -m cami.server.validate_worker REQUEST < BODY`.

REQUEST is JSON (see `Work`). The answer is one line of JSON, then the report. Before it reads a byte
of the body, the process gives up opening files and connections, and takes limits on memory and time.
"""

import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import rdflib

from ..shapes import PROFILES, Profile
from .inputs import InputError, read_content
from .reports import MEDIA_TYPES, render
from .sources import rdf_graph
from .validation import Against, prepare, validate
from .zygote import end_with_parent, no_more_files

_WARM = b"<http://example.org/a> a <http://example.org/B> ."


@dataclass(frozen=True)
class Work:
    """What one validation is asked for, and what it may take."""

    graph: str  # the N-Triples file of the graph
    name: str
    input_format: str
    profile: Profile
    severity: str
    report: str
    seconds: float
    memory_bytes: int

    def text(self) -> str:
        """Return the work as one command-line argument."""
        return json.dumps(asdict(self))


def main(arguments: Sequence[str]) -> None:
    """Answer one request; the process ends with it."""
    end_with_parent()
    work = Work(**json.loads(arguments[0]))
    graph = rdf_graph([Path(work.graph)])
    against = Against(lambda: _copy(graph), None, work.profile)
    prepare(against)
    _warm_up(work)
    _limit(work)
    try:
        given = read_content(work.name, sys.stdin.buffer.read(), work.input_format)
        report = validate([given], against).shown(work.severity)
        _answer({}, render(report, work.report).encode())
    except InputError as error:
        place = {"line": error.line, "column": error.column}
        _answer({"error": "input", "message": str(error), **place}, b"")
    except (MemoryError, RecursionError):
        _answer({"error": "memory", "message": ""}, b"")


def _copy(graph: rdflib.Graph) -> rdflib.Graph:
    copy = rdflib.Graph()
    copy += graph
    return copy


def _warm_up(work: Work) -> None:
    """Load what is imported or read on first use, while files can still be opened."""
    import_module("xml.sax.expatreader")  # for the places in RDF/XML

    warm = Against(rdflib.Graph, None, PROFILES[0])
    report = validate([read_content("warm.ttl", _WARM, "turtle")], warm)
    for form in MEDIA_TYPES:
        render(report, form)


def _limit(work: Work) -> None:
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ceiling = in_use + work.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    seconds = int(work.seconds) + 60  # the server's clock is the limit; this is for an orphan
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    no_more_files()


def _answer(header: dict[str, Any], body: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
