"""Several web processes over one build behind nginx, as server/OPERATIONS.md says."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from cami.server.builds import Build, open_build, point

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CAMI = str(Path(sys.executable).with_name("cami"))
CONF = files("cami.server").joinpath("cluster.nginx.conf").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed: Debian has it in nginx-light"
)
spec = importlib.util.spec_from_file_location("variants", Path(__file__).parent / "variants.py")
assert spec and spec.loader
variants = importlib.util.module_from_spec(spec)
spec.loader.exec_module(variants)


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Cluster:
    """Two servers and nginx before them."""

    def __init__(self, out: Path, folder: Path):
        self.out, self.folder = out, folder
        self.front, *self.backs = free_ports(3)
        self.servers = [self.server(port) for port in self.backs]
        conf = CONF
        for old, new in zip((8000, 8001, 8002), (self.front, *self.backs), strict=True):
            assert f":{old}" in conf
            conf = conf.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
        (folder / "nginx.conf").write_text(conf)
        options = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        command = [str(NGINX), "-p", str(folder), "-c", "nginx.conf", "-g", options]
        self.nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def server(self, port: int) -> "subprocess.Popen[bytes]":
        command = [CAMI, "serve", "--port", str(port), "--build", str(self.out), "--workers", "1"]
        command += ["--proxy", "127.0.0.1"]
        with (self.folder / f"{port}.log").open("a") as log:
            return subprocess.Popen(command, stderr=log)

    def end(self) -> None:
        for process in (self.nginx, *self.servers):
            process.terminate()
        for process in (self.nginx, *self.servers):
            process.wait(20)


@pytest.fixture
def cluster(built: Build, tmp_path: Path) -> Generator[Cluster]:
    out = tmp_path / "builds"
    out.mkdir()
    shutil.copytree(built.folder, out / built.folder.name)
    point(out, built.folder.name)
    found = Cluster(out, tmp_path)
    try:
        for port in (*found.backs, found.front):
            ready(port)
        yield found
    finally:
        found.end()


def ready(port: int) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nothing is ready on port {port} after 30 seconds")


def test_both_processes_answer_alike_and_one_may_die_or_change_its_build(cluster: Cluster) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{cluster.front}", timeout=30) as client:
        served = [client.get("/queries/actors-by-load?format=csv") for _ in range(10)]
        assert {one.status_code for one in served} == {200}
        assert len({one.headers["x-served-by"] for one in served}) == 2
        assert len({one.content for one in served}) == 1
        tags = {one.headers.get("etag") for one in served}
        assert len(tags) == 1  # a validator of one process is good for the other
        asked = client.request("QUERY", "/sparql", content="ASK { ?s ?p ?o }", headers=DIRECT)
        assert asked.json()["boolean"] is True

        cluster.servers[0].kill()
        answers = [client.post("/sparql", data={"query": "ASK {}"}) for _ in range(20)]
        assert {one.status_code for one in answers} == {200}
        cluster.servers[0].wait()
        cluster.servers[0] = cluster.server(cluster.backs[0])
        ready(cluster.backs[0])

        name = variants.variant(open_build(cluster.out), cluster.out, "new")
        point(cluster.out, name)
        digest = open_build(cluster.out).digest
        for port in cluster.backs:
            for _ in range(200):
                if httpx.get(f"http://127.0.0.1:{port}/version").json()["digest"] == digest:
                    break
                time.sleep(0.1)
            else:
                raise AssertionError(f"the process on port {port} did not take the new build")
        assert client.get("/version").json()["digest"] == digest


DIRECT = {"Content-Type": "application/sparql-query"}
