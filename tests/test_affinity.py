"""Workers leave a processor to the server while their queries are quick, and only then."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from cami.queries.formats import FORMATS
from cami.server import affinity
from cami.server.affinity import QUICK, Affinity
from cami.server.exchange import SLOW_NICE, SLOW_SECONDS, Link, Request, Worker
from cami.server.launch import Limits
from cami.server.pool import Pool

ALL = os.sched_getaffinity(0)
FEWER = ALL - {min(ALL)}
MANY = 100
QUERY = Request("ASK {}", FORMATS["json"], None)
CROSS = " ".join(f"VALUES ?v{one} {{{' 1' * 200}}}" for one in range(5))
SLOW = Request(f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}", FORMATS["json"], None)
TWO_THREADS = """
import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
time.sleep(60)
"""

several = pytest.mark.skipif(len(ALL) < 2, reason="this machine has a single processor")


def of_thread(work: Callable[[], None]) -> set[int]:
    """Return the processors of a new thread once it has worked."""
    seen: set[int] = set()

    def run() -> None:
        work()
        seen.update(os.sched_getaffinity(0))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return seen


@pytest.mark.parametrize(
    ("quota", "count"),
    [
        ("max 100000", len(ALL)),
        ("100000 100000", 1),
        ("100001 100000", min(2, len(ALL))),
        ("1000 100000", 1),
        ("no quota", len(ALL)),
    ],
)
def test_a_container_may_have_less_than_all_processors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, count: int
) -> None:
    own = Path("/proc/self/cgroup").read_text().partition("0::/")[2].partition("\n")[0]
    monkeypatch.setattr(affinity, "_GROUPS", tmp_path)
    (tmp_path / own).mkdir(parents=True, exist_ok=True)
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert affinity.processors() == count


def took(worker: Affinity, seconds: float, times: int = MANY) -> None:
    for _ in range(times):
        worker.took(seconds)


@several
def test_a_worker_whose_queries_are_quick_leaves_a_processor() -> None:
    assert of_thread(lambda: took(Affinity(), QUICK / 10)) == FEWER


def test_a_worker_that_has_answered_little_may_run_everywhere() -> None:
    assert of_thread(lambda: took(Affinity(), QUICK / 10, times=2)) == ALL


@several
def test_a_query_that_takes_long_brings_all_processors_back() -> None:
    def work() -> None:
        worker = Affinity()
        took(worker, QUICK / 10)
        took(worker, 100 * QUICK, times=1)

    assert of_thread(work) == ALL


@several
def test_queries_of_middling_length_change_nothing() -> None:
    def work() -> None:
        worker = Affinity()
        took(worker, QUICK / 10)
        took(worker, 1.5 * QUICK)

    assert of_thread(work) == FEWER


def test_a_single_processor_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("nothing to move to")

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    took(Affinity(), QUICK / 10)


def test_where_moving_is_forbidden_a_worker_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbid)
    took(Affinity(), QUICK / 10)


def test_a_slow_worker_steps_back_where_moving_is_forbidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbid(*_: object) -> None:
        raise PermissionError

    async def run(pid: int) -> None:
        Worker(pid, Link()).step_back()

    monkeypatch.setattr(os, "sched_setaffinity", forbid)
    with subprocess.Popen([sys.executable, "-c", TWO_THREADS], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        asyncio.run(run(process.pid))
        threads = [int(one.name) for one in Path(f"/proc/{process.pid}/task").iterdir()]
        nice = [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads]
        process.kill()
    assert nice == [SLOW_NICE, SLOW_NICE]


def of_workers(pool: Pool) -> list[set[int]]:
    """Return the processors of the threads in which workers answer."""
    pids = [worker.pid for worker in pool._workers]  # pyright: ignore[reportPrivateUsage]
    threads = [max(int(one.name) for one in Path(f"/proc/{pid}/task").iterdir()) for pid in pids]
    return [os.sched_getaffinity(thread) for thread in threads]


@several
def test_workers_move_as_their_queries_are(tmp_path: Path) -> None:
    file = tmp_path / "one.nt"
    file.write_text("<https://example.org/a> <https://example.org/b> <https://example.org/c> .\n")

    async def run() -> None:
        pool = Pool(file, Limits(seconds=30), 1, 5)
        try:
            await pool.start()
            async with asyncio.timeout(20):
                while FEWER not in of_workers(pool):
                    await pool.ask(QUERY)
            assert ALL in of_workers(pool)  # the spare one has not worked
            slow = asyncio.ensure_future(pool.ask(SLOW))
            await asyncio.sleep(2 * SLOW_SECONDS)
            assert not slow.done()
            assert of_workers(pool) == [ALL, ALL]
            slow.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await slow
        finally:
            await pool.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
