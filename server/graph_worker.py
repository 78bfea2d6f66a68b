"""One graph of a dump in one format: `python -m cami.server.graph_worker REQUEST`.

REQUEST is the JSON of `request_for`; the graph goes to the standard output. To read, sort and write
60,000 triples holds the interpreter for tenths of a second, hence a process of its own.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox

from ..queries import FORMATS
from ..queries.evaluate import serialize_graph
from .zygote import end_with_parent

_N_QUADS = ox.RdfFormat.N_QUADS


def request_for(dump: Path, name: str | None, form: str) -> str:
    """Return the argument for a graph of a dump, None for the default graph, and a format."""
    return json.dumps([str(dump), name, form])


def main(arguments: Sequence[str]) -> None:
    """Write one graph; the process ends with it."""
    end_with_parent()
    dump, name, form = json.loads(arguments[0])
    sys.stdout.buffer.write(_graph(Path(dump), name, form))
    sys.stdout.buffer.flush()


def _graph(dump: Path, name: str | None, form: str) -> bytes:
    engine = FORMATS[form].engine
    assert isinstance(engine, ox.RdfFormat)
    wanted = ox.DefaultGraph() if name is None else ox.NamedNode(name)
    triples = [quad.triple for quad in _quads(dump, name) if quad.graph_name == wanted]
    return serialize_graph(triples, engine)


def _quads(dump: Path, name: str | None) -> Iterable[ox.Quad]:
    if name is None:
        return ox.parse(path=str(dump), format=_N_QUADS)
    ending = f" <{name}> .\n".encode()  # the object of a triple may look the same: parsed below
    with dump.open("rb") as lines:
        return ox.parse(b"".join(line for line in lines if line.endswith(ending)), format=_N_QUADS)


if __name__ == "__main__":
    main(sys.argv[1:])
