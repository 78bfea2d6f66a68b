"""Mixed load with faults: workers killed, builds swapped, slow clients, heavy queries.

`make soak` runs an hour of it, `make soak MINUTES=2` two minutes, as `.ci/run` does. Every request must get
a whole and right answer or a named problem that a fault explains, and in the end the server must
hold no more memory and no more descriptors than after the first quarter.
"""

import contextlib
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cami.server.builds import open_build, point
from cami.server.release import build

HERE = Path(__file__).parent
CAMI = str(Path(sys.executable).with_name("cami"))
REGION = "https://w3id.org/cami/id/region/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PAIR = f"SELECT ?a ?b {{ <{REGION}altai> <{LABEL}> ?a . <{REGION}gobi> <{LABEL}> ?b }}"
RIGHT = {("Altai", "Gobi"), ("Altai new", "Gobi new")}
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
EXCUSED = {"timeout", "busy", "worker-died", "out-of-memory"}  # of heavy queries
GROWTH = 1.15  # of memory, over what there was after the first quarter
PROCESSES = 5  # one with the data, three workers and a spare one
KEPT = 12 << 20  # bytes by which an allocator may differ, whatever the size
"""What counts as a leak is stated here, once."""
BLOCK = str(128 << 10)
GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": BLOCK, "MALLOC_TRIM_THRESHOLD_": BLOCK}
"""Glibc's defaults, held fixed (mallopt(3)): each large block that is freed would raise them, up to
64 MB of free memory that counts as the server's, and a leak could not be told from it."""


@dataclass
class Tally:
    """What came back."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    kills: int = 0
    swaps: int = 0


@dataclass(frozen=True)
class Sample:
    """What the server's own process holds, and how many processes there are below it."""

    memory: int
    descriptors: int
    processes: int


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below one."""
    try:
        lists = [one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return set()
    children = {int(child) for child in " ".join(lists).split()}
    return children.union(*(descendants(child) for child in children))


def sample(pid: int) -> Sample:
    """Return what a server holds now.

    Its descriptors are those beside one for each process below it that lives: a worker that was
    killed while it had nothing to do is replaced when it would be needed.
    """
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    below = descendants(pid)
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir())) - sum(map(lives, below))
    return Sample(pages * os.sysconf("SC_PAGE_SIZE"), descriptors, len(below))


def lives(pid: int) -> bool:
    """Return whether a process runs, and is not only still listed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Soak:
    """One server under load and faults."""

    def __init__(self, out: Path, names: list[str], folder: Path):
        self.out, self.names, self.tally = out, names, Tally()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [CAMI, "serve", "--port", str(self.port), "--build", str(out)]
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            options = ["--workers", "3", "--timeout", "3", "--memory", "256"]
            environment = os.environ | GIVEN_BACK
            self.process = subprocess.Popen([*command, *options], stderr=log, env=environment)
        self.url = f"http://127.0.0.1:{self.port}"
        self.pause, self.stop = threading.Event(), threading.Event()
        self.idle = threading.Semaphore(0)

    def run(self, seconds: float) -> tuple[Sample, Sample]:
        """Load the server; return what it held after a quarter of the time, and in the end."""
        self.wait()
        jobs = [
            self.quick,
            self.quick,
            self.canned,
            self.heavy,
            self.slow,
            self.killer,
            self.swapper,
        ]
        threads = [threading.Thread(target=self.loop, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        try:
            time.sleep(seconds / 4)
            first = self.quiet(len(jobs))
            time.sleep(seconds * 3 / 4)
            last = self.quiet(len(jobs))
        finally:
            self.stop.set()
            self.pause.clear()
            for thread in threads:
                thread.join()
        return first, last

    def wait(self) -> None:
        for _ in range(300):
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def quiet(self, jobs: int) -> Sample:
        """Let every job pause, the old build drain, and look."""
        self.pause.set()
        for _ in range(jobs):
            self.idle.acquire()
        found = sample(self.process.pid)
        for _ in range(120):  # workers beyond the usual number end after a while
            before = found
            time.sleep(0.5)  # in which what has just ended is closed
            found = sample(self.process.pid)
            if found.processes == PROCESSES and found.descriptors == before.descriptors:
                break
        self.pause.clear()
        return found

    def loop(self, job) -> None:
        while not self.stop.is_set():
            with httpx.Client(base_url=self.url, timeout=30) as client:
                while not self.stop.is_set() and not self.pause.is_set():
                    try:
                        job(client)
                    except (httpx.HTTPError, OSError, AssertionError) as error:
                        self.tally.failures.append(f"{job.__name__}: {error!r}")
            if self.pause.is_set():
                self.idle.release()
                while self.pause.is_set():
                    time.sleep(0.05)

    def quick(self, client: httpx.Client) -> None:
        answer = client.post("/sparql", data={"query": PAIR})
        if self.excused(answer, {"busy", "worker-died"}):
            return
        row = answer.json()["results"]["bindings"][0]
        assert (row["a"]["value"], row["b"]["value"]) in RIGHT, row
        self.tally.answers["quick"] += 1

    def canned(self, client: httpx.Client) -> None:
        answer = client.get("/queries/activities-by-region", params={"format": "csv"})
        if not self.excused(answer, {"busy", "worker-died"}):
            assert answer.text.startswith("number,"), answer.text[:80]
            self.tally.answers["canned"] += 1

    def heavy(self, client: httpx.Client) -> None:
        answer = client.post("/sparql", data={"query": HEAVY}, headers={"Prefer": "wait=1"})
        assert self.excused(answer, EXCUSED), answer.status_code

    def excused(self, answer: httpx.Response, reasons: set[str]) -> bool:
        """Whether an answer is a problem that a fault explains; raises for any other problem."""
        if answer.status_code == 200:
            return False
        reason = answer.json()["type"].rpartition("/")[2]
        assert reason in reasons, answer.text
        self.tally.answers[reason] += 1
        return True

    def slow(self, _: httpx.Client) -> None:
        """A client that reads a large answer in sips, or goes away in the middle."""
        query = "/sparql?format=json&query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%2020000"
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(
                f"GET {query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
            )
            for _ in range(random.randrange(1, 10)):
                if not connection.recv(4096):
                    break
                time.sleep(0.1)
        self.tally.answers["slow"] += 1

    def killer(self, _: httpx.Client) -> None:
        time.sleep(random.uniform(0.5, 3))
        for victim in self.workers()[:1]:
            with contextlib.suppress(ProcessLookupError):  # it met its time limit first
                os.kill(victim, signal.SIGKILL)
                self.tally.kills += 1

    def workers(self) -> list[int]:
        """The workers, which are the children of what holds the data, in random order."""
        everyone = descendants(self.process.pid)
        found = list(set[int]().union(*(descendants(pid) for pid in everyone)))
        random.shuffle(found)
        return found

    def swapper(self, _: httpx.Client) -> None:
        time.sleep(random.uniform(2, 5))
        self.tally.swaps += 1
        point(self.out, self.names[self.tally.swaps % 2])


def soak(seconds: float, folder: Path, made: Path | None = None) -> tuple[Tally, Sample, Sample]:
    """Build, serve, load and break a server for a while; return what came back and what it held."""
    out = folder / "builds"
    out.mkdir()
    first = open_build(made) if made else build(folder / "made")
    shutil.copytree(first.folder, out / first.folder.name)
    spec = importlib.util.spec_from_file_location("variants", HERE / "variants.py")
    assert spec and spec.loader
    variants = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(variants)
    names = [first.folder.name, variants.variant(first, out, "new")]
    point(out, names[0])
    run = Soak(out, names, folder)
    try:
        before, after = run.run(seconds)
    finally:
        run.process.terminate()
        run.process.wait(30)
    return run.tally, before, after


def faults(tally: Tally, before: Sample, after: Sample) -> list[str]:
    """Return what was wrong, in words; an empty list is a pass."""
    found = tally.failures[:20]
    rare = [job for job in ("quick", "canned", "slow") if tally.answers[job] <= 10]
    if rare or not (tally.kills and tally.swaps):
        found.append(f"too little happened to say anything: {dict(tally.answers)}")
    if tally.answers["worker-died"] > tally.kills:
        found.append(f"{tally.answers['worker-died']} died workers for {tally.kills} kills")
    if after.memory > before.memory * GROWTH + KEPT:
        found.append(f"memory grew from {before.memory:,} to {after.memory:,} bytes")
    if after.descriptors > before.descriptors:
        found.append(f"descriptors grew from {before.descriptors} to {after.descriptors}")
    if {before.processes, after.processes} != {PROCESSES}:
        found.append(f"{before.processes} then {after.processes} processes, not {PROCESSES}")
    return found


def main() -> int:
    """Soak for the minutes named, over a build directory if one is named; print what happened."""
    made = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        tally, before, after = soak(float(sys.argv[1]) * 60, Path(folder), made)
    print(f"{dict(tally.answers)}, {tally.kills} workers killed, {tally.swaps} swaps")
    print(f"after a quarter {before}, in the end {after}")
    wrong = faults(tally, before, after)
    print("\n".join(wrong) or "no answer lost, nothing leaked")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
