"""One real build and one real server for all tests; both are what a user would start."""

import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO

import httpx
import pytest

from cami.server.builds import open_build
from cami.server.release import Build, build

ROOT = Path(__file__).parents[1]
CAMI = str(Path(sys.executable).with_name("cami"))
DOCUMENT = ROOT.parent / "shared" / "sources" / "cop15-cami-document.txt"

# Begun first, so that the two halves into which `make test` divides the files end together.
LONGEST = ("test_validate.py", "test_templates.py", "test_reason.py", "test_shapes.py")

Cami = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the files that take longest before the others."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(scope="module", autouse=True)
def _small_heap() -> None:
    """Spare the garbage collector what earlier modules left: pySHACL took four times as long."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The build of the tables that are installed; `CAMI_TEST_BUILD` names one made before."""
    if made := os.environ.get("CAMI_TEST_BUILD"):
        return open_build(Path(made))
    return build(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def cami(built: Build) -> Cami:
    """Run the installed program as a user would, with the session's build as the default one."""

    def run(*arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "CAMI_BUILD": str(built.folder.parent), "COLUMNS": "100"}
        return subprocess.run(
            [CAMI, *arguments],
            check=False,
            input=stdin,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[httpx.Client]]:
    """Start a server of one's own: `with serve("--workers", "1") as client`."""
    return serving


@contextmanager
def serving(*options: str, program: str = CAMI, **where: Any) -> Generator[httpx.Client]:
    """Start `cami serve` on a free loopback port; yield a client; end the server.

    It keeps no answers unless told to, so that a query of a test is one of a worker. `program` is
    the installed one, or another, which `where` gives a folder and an environment.
    """
    kept = () if "--cache" in options else ("--cache", "0")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "serve", "--port", str(port), *kept, *options]
    with TemporaryFile("w+") as said:  # a full pipe would stop a server that says much
        process = subprocess.Popen(command, stderr=said, **where)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                _wait_for(client, process, said)
                yield client
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(client: httpx.Client, process: "subprocess.Popen[bytes]", said: TextIO) -> None:
    for _ in range(300):
        assert process.poll() is None, (said.seek(0), said.read())
        try:
            client.get("/livez")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start in 30 seconds")


@pytest.fixture(scope="session")
def client(built: Build) -> Generator[httpx.Client]:
    """A client of a server with a short time limit, so that tests of the limit are quick.

    `CAMI_TEST_SERVE` holds further options, such as another store: see test_stores.py.
    """
    further = os.environ.get("CAMI_TEST_SERVE", "").split()
    options: Sequence[str] = ("--build", str(built.folder.parent), "--timeout", "2")
    with serving(*options, "--workers", "2", "--memory", "256", "--result", "2", *further) as http:
        yield http


@pytest.fixture(scope="session")
def document() -> str:
    """The text of the document whose facts the tables hold."""
    if not DOCUMENT.is_file():
        pytest.skip("the document is not beside this checkout; it is not part of the project")
    return DOCUMENT.read_text(encoding="utf-8")
