"""A new build replaces the served one under load; a corrupt one does not; rollback goes back."""

import asyncio
import concurrent.futures
import importlib.util
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from cami.server.builds import Build, builds, open_build, point
from cami.server.metrics import Metrics
from cami.server.swap import Served

spec = importlib.util.spec_from_file_location("variants", Path(__file__).parent / "variants.py")
assert spec and spec.loader
variants = importlib.util.module_from_spec(spec)
spec.loader.exec_module(variants)
variant, small = variants.variant, variants.small

REGION = "https://w3id.org/cami/id/region/"
PAIR = (
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
    f"SELECT ?a ?b {{ <{REGION}altai> rdfs:label ?a . <{REGION}gobi> rdfs:label ?b }}"
)


@pytest.fixture
def whole(built: Build, tmp_path: Path) -> Path:
    """A build directory of one's own with the real build."""
    folder = tmp_path / "whole"
    folder.mkdir()
    shutil.copytree(built.folder, folder / built.folder.name)
    point(folder, built.folder.name)
    return folder


@pytest.fixture
def out(built: Build, tmp_path: Path) -> Path:
    """A build directory of one's own; its build is small, so that servers start quickly."""
    folder = tmp_path / "builds"
    folder.mkdir()
    point(folder, small(built, folder))
    return folder


def pair(client: httpx.Client) -> tuple[str, str]:
    answer = client.post("/sparql", data={"query": PAIR})
    assert answer.status_code == 200, answer.text
    row = answer.json()["results"]["bindings"][0]
    return row["a"]["value"], row["b"]["value"]


@contextmanager
def load(url: httpx.URL, threads: int) -> Iterator[tuple[list[tuple[str, str]], list[str]]]:
    """Ask without a pause from several threads; collect the answers and what failed."""
    answers: list[tuple[str, str]] = []
    failures: list[str] = []
    stop = threading.Event()

    def run() -> None:
        with httpx.Client(base_url=url, timeout=30) as client:
            while not stop.is_set():
                try:
                    answers.append(pair(client))
                    version = client.get("/version")
                    name = client.get("/queries/actors-by-load")
                    assert version.status_code == name.status_code == 200, name.text
                except (httpx.HTTPError, AssertionError, KeyError) as error:
                    failures.append(repr(error))

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(run) for _ in range(threads)]
        try:
            yield answers, failures
        finally:
            stop.set()
            for future in futures:
                future.result()


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def digest(client: httpx.Client) -> str:
    return client.get("/version").json()["digest"]


def server_of(client: httpx.Client) -> int:
    """Its process id; a process that it has only just forked shows the same command line."""
    return min(
        int(one.name)
        for one in Path("/proc").iterdir()
        if one.name.isdigit() and is_server(one, str(client.base_url.port))
    )


def children(client: httpx.Client) -> set[int]:
    """The processes that hold a dataset for this server; each has its workers below it."""
    server = server_of(client)
    lists = [one.read_text() for one in Path(f"/proc/{server}/task").glob("*/children")]
    return {int(pid) for pid in " ".join(lists).split()}


def processes() -> list[Path]:
    """The command lines of all processes."""
    return [one / "cmdline" for one in Path("/proc").iterdir() if one.name.isdigit()]


def is_server(process: Path, port: str) -> bool:
    try:
        words = (process / "cmdline").read_bytes().decode().split("\0")
    except OSError:
        return False
    return "serve" in words and port in words


@pytest.mark.parametrize("store", ["memory", "disk"])
def test_a_swap_under_load_fails_no_request_and_mixes_no_answer(
    request: pytest.FixtureRequest, serve, store: str
) -> None:
    out: Path = request.getfixturevalue("whole" if store == "memory" else "out")
    first = open_build(out)
    options = ("--build", str(out), "--workers", "2", "--store", store)
    with serve(*options) as client, load(client.base_url, 4) as (answers, failures):
        before = children(client)
        until(lambda: len(answers) > 50)
        name = variant(first, out, "new")
        point(out, name)
        until(lambda: digest(client) == open_build(out).digest)
        swapped = len(answers)
        until(lambda: len(answers) > swapped + 50)
        until(lambda: not before & children(client))  # the old workers have drained and ended
        assert len(children(client)) == 1
        metrics = client.get("/metrics").text
    assert failures == []
    assert set(answers) == {("Altai", "Gobi"), ("Altai new", "Gobi new")}
    assert answers[-1] == ("Altai new", "Gobi new")
    assert "cami_swaps_total 1.0" in metrics
    assert f'cami_dataset_info{{digest="{open_build(out).digest}"}} 1.0' in metrics


def test_a_query_that_runs_during_the_swap_is_answered_by_the_old_build(out: Path, serve) -> None:
    first = open_build(out)
    rows = "VALUES ?v {" + " 1" * 12000 + "}"
    slow = f"SELECT (COUNT(*) AS ?n) (SAMPLE(?l) AS ?label) {{ {rows} VALUES ?w {{{' 1' * 3000}}} "
    slow += f"<{REGION}altai> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}"
    name = variant(first, out, "new")
    with (
        serve("--build", str(out), "--workers", "1", "--timeout", "60") as client,
        concurrent.futures.ThreadPoolExecutor(1) as threads,
    ):
        asked = threads.submit(
            httpx.post, f"{client.base_url}/sparql", data={"query": slow}, timeout=90
        )
        until(lambda: "cami_queries_running 1.0" in client.get("/metrics").text)
        point(out, name)
        until(lambda: digest(client) != first.digest)
        assert pair(client) == ("Altai new", "Gobi new")
        assert not asked.done()  # or this would test nothing
        answer = asked.result()
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"]["bindings"][0]["label"]["value"] == "Altai"


def corrupt_dump(folder: Path) -> None:
    with (folder / "cami.nq").open("ab") as file:
        file.write(b"<http://a/s> <http://a/p> <http://a/o> .\n")


def corrupt_store(folder: Path) -> None:
    table = max((folder / "store").glob("*.sst"), key=lambda one: one.stat().st_size)
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)


def lose_a_file(folder: Path) -> None:
    (folder / "void.ttl").unlink()


def foreign_manifest(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["digest"] = manifest["digest"][::-1]
    (folder / "manifest.json").write_text(json.dumps(manifest))


def manifest_of_another_form(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


FAULTS = [corrupt_dump, corrupt_store, lose_a_file, foreign_manifest, manifest_of_another_form]


def test_a_corrupt_build_is_refused_and_the_old_one_stays(out: Path, serve) -> None:
    first = open_build(out)
    with serve("--build", str(out), "--workers", "1") as client:
        for number, fault in enumerate(FAULTS, 1):
            name = variant(first, out, f"fault{number}")
            fault(out / name)
            point(out, name)
            refused = f"cami_swaps_refused_total {number}.0"
            until(lambda said=refused: said in client.get("/metrics").text)
            assert digest(client) == first.digest
            assert pair(client) == ("Altai", "Gobi")
        point(out, first.folder.name)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_corrupt_build_is_neither_served_nor_gone_back_to(
    out: Path, cami, fault: Callable[[Path], None]
) -> None:
    first = open_build(out)
    name = variant(first, out, "bad")
    fault(out / name)
    said = cami("rollback", name, "--build", str(out))
    assert said.returncode == 2
    assert name in said.stderr and len(said.stderr.splitlines()) == 1
    assert open_build(out).digest == first.digest
    point(out, name)
    said = cami("serve", "--build", str(out), "--port", "0")
    assert said.returncode == 2
    assert name in said.stderr and len(said.stderr.splitlines()) == 1
    left = [one.read_bytes() for one in processes() if one.exists()]
    assert not any(str(out / name).encode() in one for one in left)  # what began to load it


def test_a_build_of_the_same_data_answers_with_its_own_pages(out: Path, serve) -> None:
    """What was kept as bytes is of another build, though of the same digest."""
    first = open_build(out)
    folder = out / f"{first.folder.name}-again"
    shutil.copytree(first.folder, folder)
    names = (folder / "names.json").read_text(encoding="utf-8")
    assert "Snow leopard" in names
    content = names.replace("Snow leopard", "Ghost of the mountains").encode()
    (folder / "names.json").write_bytes(content)
    asked = {"queries": json.dumps({"q": {"query": "Panthera uncia"}})}
    with serve("--build", str(out), "--workers", "1", "--cache", "8") as client:
        for _ in range(2):
            assert "Snow leopard" in client.get("/reconcile", params=asked).text
        point(out, folder.name)
        until(lambda: "Ghost of the mountains" in client.get("/reconcile", params=asked).text)
    point(out, first.folder.name)


def test_a_fault_that_nobody_thought_of_does_not_end_the_watch_for_builds(out: Path) -> None:
    first = open_build(out)
    made: list[str] = []

    def make(build: Build) -> FastAPI:
        made.append(build.folder.name)
        assert len(made) != 2, "a fault"
        app = FastAPI()
        app.state.answers = None
        return app

    async def run() -> None:
        started, ends, metrics = asyncio.Event(), asyncio.Event(), Metrics()

        async def receive() -> dict[str, str]:
            if started.is_set():
                await ends.wait()
                return {"type": "lifespan.shutdown"}
            return {"type": "lifespan.startup"}

        async def send(_: object) -> None:
            started.set()

        served = Served(out, first, make, metrics)
        life = asyncio.ensure_future(served({"type": "lifespan"}, receive, send))
        await started.wait()
        for name in ("second", "third"):
            before = len(made)
            point(out, variant(first, out, name))
            async with asyncio.timeout(5):
                while len(made) == before:
                    await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)
        assert metrics.swaps_refused._value.get() == metrics.swaps._value.get() == 1
        ends.set()
        await life

    asyncio.run(run())
    assert len(made) == 3


def test_rollback_goes_back_and_forth_and_sighup_looks_at_once(out: Path, serve, cami) -> None:
    first = open_build(out)
    name = variant(first, out, "new")
    point(out, name)
    with serve("--build", str(out), "--workers", "1") as client:
        assert pair(client) == ("Altai new", "Gobi new")
        said = cami("rollback", "--build", str(out))
        assert (said.returncode, said.stdout) == (0, f"cami: current is {first.folder.name}\n")
        until(lambda: digest(client) == first.digest)
        assert pair(client) == ("Altai", "Gobi")
        assert cami("rollback", "--build", str(out)).returncode == 0  # and forth again
        until(lambda: pair(client) == ("Altai new", "Gobi new"))
        os.kill(server_of(client), signal.SIGHUP)  # looks at once, and does not end the server
        until(lambda: "cami_swaps_total 3.0" in client.get("/metrics").text)
        assert pair(client) == ("Altai new", "Gobi new")


def test_builds_lists_what_there_is(out: Path, cami) -> None:
    first = open_build(out)
    name = variant(first, out, "new")
    corrupt_dump(out / name)
    lines = cami("builds", "--build", str(out)).stdout.splitlines()
    assert {line.split()[-1] for line in lines if name in line} == {"corrupt"}
    current = [line for line in lines if line.startswith("*")]
    assert len(current) == 1
    assert first.folder.name in current[0] and "whole" in current[0]
    assert [one.folder.name for one in builds(out)] == [line[2:].split()[0] for line in lines]


def test_without_a_build_before_rollback_says_so(out: Path, cami, tmp_path: Path) -> None:
    for folder in (out, tmp_path / "nowhere"):
        said = cami("rollback", "--build", str(folder))
        assert said.returncode == 2
        assert len(said.stderr.splitlines()) == 1


def test_a_new_build_that_cannot_be_started_leaves_no_process_and_is_tried_again(
    out: Path, serve
) -> None:
    first = open_build(out)
    name = variant(first, out, "new")
    with serve("--build", str(out), "--workers", "1") as client:
        before = children(client)
        point(out, name)
        for _ in range(2000):  # the process that loads the new build is killed while it loads
            if started := children(client) - before:
                os.kill(started.pop(), 9)
                break
            time.sleep(0.005)
        else:
            raise AssertionError("no process was started for the new build")
        until(lambda: pair(client) == ("Altai new", "Gobi new"))
        until(lambda: not before & children(client))
        assert len(children(client)) == 1
        assert "cami_swaps_refused_total 1.0" in client.get("/metrics").text
