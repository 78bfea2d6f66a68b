"""Compare with other servers: `python tests/benchmarks/run.py [BUILD-DIR] [ROUNDS]`.

All servers are there during the whole run and are asked in turn, the others stopped, so read the ratios:
each is the median of the ratios within one round. Needs wrk; figures are requests a second, the
server's processor time for one request, and the 99th percentile. The last lines are the geometric
mean over look-up, join and count, and for look-ups the one over the numbers of connections. A
server that gives no answer in the time of a round counts as if it had given one.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import peers
from peers import KEEPING, Peer, cpu_seconds

from cami.queries import catalogue
from cami.server.builds import Build, open_build
from cami.server.release import build

HERE = Path(__file__).parent
SECONDS, CONNECTIONS = 2, 16
OF_LOOKUPS = (1, CONNECTIONS, 64)
UNCACHED = ("look-up", "join", "count")
CAMI_TERM = "https://w3id.org/cami/ontology#"
JOIN = f"""PREFIX c: <{CAMI_TERM}>
SELECT ?number ?label {{ ?a c:concernsRegion ?r ; c:number ?number ; c:citesTarget ?t .
?r c:spansState ?s . ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"""
COUNT = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"
CANNED = "activities-by-target-in-non-party-regions"


@dataclass(frozen=True)
class Measured:
    """One run of wrk against one server."""

    rate: float
    cpu_ms: float
    p99_ms: float
    failed: int


def measure(
    peer: Peer, targets: list[str], folder: Path, connections: int = CONNECTIONS
) -> Measured:
    """Ask for a while; return what was seen."""
    listed = folder / "targets"
    listed.write_text("\n".join(targets) + "\n")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(HERE / "paths.lua")]
    before = cpu_seconds(peer.pid)
    ran = subprocess.run(
        [*command, "--timeout", "20s", peer.base, "--", str(listed)],
        capture_output=True,
        text=True,
        check=True,
    )
    used = cpu_seconds(peer.pid) - before
    line = next(line for line in ran.stdout.splitlines() if line.startswith("RESULT"))
    requests, microseconds, failed, p99 = (int(word) for word in line.split()[1:])
    done = max(requests, 1)
    return Measured(requests / microseconds * 1e6, used / done * 1000, p99 / 1000, failed)


def cases(made: Build) -> dict[str, Callable[[Peer], list[str]]]:
    """Return what is asked: by name, the targets for a server."""
    things = made.things()
    base = "https://w3id.org/cami/id"
    iris = [f"{base}/{kind}/{slug}" for kind, slugs in things.items() for slug in slugs]
    few = [iri for iri in iris if "/gbf/" not in iri][::10][:230]
    lookups = [f"SELECT ?p ?o {{ <{iri}> ?p ?o }}" for iri in few]
    canned = catalogue()[CANNED].text

    def of_canned(peer: Peer) -> list[str]:
        ours = peer.name in ("cami", KEEPING)
        return [f"/queries/{CANNED}"] if ours else [peer.target(canned)]

    return {
        "look-up": lambda peer: [peer.target(query) for query in lookups],
        "join": lambda peer: [peer.target(JOIN)],
        "count": lambda peer: [peer.target(COUNT)],
        "canned": of_canned,
    }


def compare(running: list[Peer], made: Build, rounds: int, folder: Path) -> None:
    """Ask every server in turn and print medians and ratios."""
    ratios: dict[tuple[str, int], dict[str, float]] = {}
    for name, targets in cases(made).items():
        for connections in OF_LOOKUPS if name == "look-up" else (CONNECTIONS,):
            seen: dict[str, list[Measured]] = {peer.name: [] for peer in running}
            for _ in range(rounds):
                for peer in running:
                    with peers.alone(peer, running):
                        seen[peer.name].append(measure(peer, targets(peer), folder, connections))
            show(f"{name}, connections: {connections}", seen)
            ratios[name, connections] = {
                peer: ratio(seen["cami"], found) for peer, found in seen.items()
            }
    for title, over in {
        " x ".join(UNCACHED): [(name, CONNECTIONS) for name in UNCACHED],
        "look-up, connections: " + " x ".join(map(str, OF_LOOKUPS)): [
            ("look-up", connections) for connections in OF_LOOKUPS
        ],
    }.items():
        print(f"\n{title}, geometric mean")
        for peer in running:
            mean = statistics.geometric_mean(ratios[one][peer.name] for one in over)
            print(f"  {peer.name:16} cami is x{mean:.2f}")


def show(title: str, seen: dict[str, list[Measured]]) -> None:
    """Print what was seen of each server."""
    print(f"\n{title}")
    for peer, found in seen.items():
        rate = statistics.median(one.rate for one in found)
        cpu = statistics.median(one.cpu_ms for one in found)
        p99 = statistics.median(one.p99_ms for one in found)
        failed = sum(one.failed for one in found)
        print(
            f"  {peer:16} {rate:9.1f} req/s  {cpu:8.3f} ms CPU/req  p99 {p99:8.1f} ms"
            f"  cami is x{ratio(seen['cami'], found):.2f},"
            f" keeping x{ratio(seen[KEEPING], found):.2f}"
            + (f"  {failed} FAILED" if failed else "")
        )


def ratio(ours: list[Measured], others: list[Measured]) -> float:
    """Return the median of the ratios of requests a second within one round."""
    pairs = zip(ours, others, strict=True)
    return statistics.median(our.rate / max(other.rate, 1 / SECONDS) for our, other in pairs)


def timed(command: list[str]) -> float:
    """Return the seconds that a command takes."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def command_line(made: Build, rounds: int) -> None:
    """Print how long the program takes beside bare Python."""
    program = str(peers.BIN / "cami")
    ask = [program, "query", "activity", "--build", str(made.folder.parent)]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "cami --help": [program, "--help"],
        "cami query": ask
        if "activity" in catalogue()
        else [*ask[:2], "describe-activity", *ask[3:]],
    }
    seen = {name: [timed(command) for _ in range(rounds * 3)] for name, command in commands.items()}
    print()
    for name, found in seen.items():
        ratio = statistics.median(found) / statistics.median(seen["python -c pass"])
        print(f"  {name:16} {statistics.median(found) * 1000:7.0f} ms  x{ratio:.1f} of bare Python")


def starts(made: Build, rounds: int, folder: Path) -> None:
    """Print how long each server takes until it answers."""
    started: dict[str, list[float]] = {}
    makers: list[Callable[[Build, Path], AbstractContextManager[Peer]]]
    makers = [peers.cami, peers.rdflib]
    for _ in range(rounds):
        for make in makers:
            began = time.perf_counter()
            with make(made, folder) as peer:
                started.setdefault(peer.name, []).append(time.perf_counter() - began)
    print()
    for name, found in started.items():
        print(f"  {name:16} ready after {statistics.median(found):.2f} s")


def main() -> None:
    """Run everything and print it."""
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        made = open_build(Path(sys.argv[1])) if len(sys.argv) > 1 else build(folder / "builds")
        command_line(made, rounds)
        starts(made, rounds, folder)
        started = [
            stack.enter_context(make(made, folder))
            for make in (peers.cami, peers.keeping, peers.oxigraph, peers.rdflib, peers.virtuoso)
        ]
        compare([peer for peer in started if peer], made, rounds, folder)


if __name__ == "__main__":
    main()
