"""Time validation against plain pySHACL on this machine: `python tests/benchmarks/validation.py`.

Whole graph: `check` and pySHACL in turn, in one process, on the same graph. One record: a fresh
process each time, from the start of Python to the answer: the command line, the engine over the
user's record together with the graph, and plain pySHACL doing the same. Medians; ratios are what
counts, since times depend on what else the machine does.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import rdflib

from cami.server.release import build
from cami.shapes import check, reference, shapes_of

RECORD = """
@prefix cami: <https://w3id.org/cami/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
<https://example.org/site> a cami:Site ; rdfs:label "A valley"@en ; cami:siteKind "valley" ;
    prov:hadPrimarySource <https://w3id.org/cami/id/location/cop15-cami-document/range-states> .
"""
ENGINE = """
import sys
import pyoxigraph as ox
from cami.shapes import check, shapes_of
record, dump = sys.argv[1:]
store = ox.Store()
store.bulk_load(path=dump, format=ox.RdfFormat.N_TRIPLES)
own = {str(q.subject) for q in ox.parse(path=record)}
store.load(path=record)
assert check(store, shapes_of("core"), own) == []
"""
PYSHACL = """
import sys
import rdflib
from cami.shapes import reference, shapes_of
record, dump = sys.argv[1:]
data = rdflib.Graph().parse(dump, format="nt").parse(record)
reference(data, shapes_of("core"))
"""


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(name: str, times: list[float], base: float) -> None:
    """Print the median of a case, its range, and how many times faster than the base it is."""
    median = statistics.median(times)
    print(f"{name:34} {median:7.2f} s [{min(times):.2f}-{max(times):.2f}]   x{base / median:.1f}")


def whole(dump: Path, rounds: int) -> None:
    """Time the whole graph with all shapes, as an RDFLib graph and as a store."""
    shapes, data, store = shapes_of(), rdflib.Graph().parse(dump, format="nt"), ox.Store()
    store.bulk_load(path=str(dump), format=ox.RdfFormat.N_TRIPLES)
    judged: list[float] = []
    graph: list[float] = []
    stored: list[float] = []
    for _ in range(rounds):
        judged.append(timed(lambda: reference(data, shapes)))
        graph.append(timed(lambda: check(data, shapes)))
        stored.append(timed(lambda: check(store, shapes)))
    base = statistics.median(judged)
    print(f"\nwhole graph, {len(data)} triples, all shapes, {rounds} rounds in turn")
    row("pySHACL", judged, base)
    row("check, RDFLib graph", graph, base)
    row("check, Oxigraph store", stored, base)


def cold(dump: Path, out: Path, rounds: int) -> None:
    """Time a file of one record together with the graph, each in a fresh process."""
    record = out / "one.ttl"
    record.write_text(RECORD, encoding="utf-8")
    cami = str(Path(sys.executable).with_name("cami"))
    commands = {
        "pySHACL, core": [sys.executable, "-c", PYSHACL, str(record), str(dump)],
        "cami validate one.ttl": [cami, "validate", str(record)],
        "check with focus, core": [sys.executable, "-c", ENGINE, str(record), str(dump)],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    environment = {**os.environ, "CAMI_BUILD": str(out)}
    for _ in range(rounds):
        for name, command in commands.items():

            def work(command: list[str] = command) -> None:
                subprocess.run(command, check=False, env=environment, capture_output=True)

            times[name].append(timed(work))
    base = statistics.median(times["pySHACL, core"])
    print(f"\none record together with the graph, from a cold start, {rounds} rounds in turn")
    for name, found in times.items():
        row(name, found, base)


def main() -> None:
    """Build the graph aside and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="runs of each case (5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        built = build(Path(folder))
        whole(built.folder / "cami.nt", rounds)
        cold(built.folder / "cami.nt", Path(folder), rounds)


if __name__ == "__main__":
    main()
