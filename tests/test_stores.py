"""The same server over other stores: its suite runs again over each, all of them real.

`WRONG` names the canned queries that a store answers wrongly, and README.md says so to users.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
import rdflib.compare

from cami.queries import FORMATS, catalogue, evaluate
from cami.server.held import hold, load_store
from cami.server.release import Build
from cami.server.stores import MEMORY_QUADS, in_memory

HERE = Path(__file__).parent
GRAPH = ox.NamedNode("urn:g")
OXIGRAPH = Path(sys.executable).with_name("oxigraph")
VIRTUOSO = shutil.which("virtuoso-t")
SUITE = ("test_protocol.py", "test_server.py")
OWN_SERVER = "test_server.py::test_data_of_one_s_own_can_be_served"  # asks no store of these
WRONG: dict[str, set[str]] = {
    "oxigraph": set(),
    "virtuoso": {"cross-reference-chain", "mapping-table", "stated-and-legal-appendix"},
}
NO_ROWS = {"virtuoso": "mapping-table"}  # of those, what the suite would take for a fault


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running(command: list[str], folder: Path, url: str) -> Iterator[None]:
    """Run a server in a folder until the block ends; it answers at the URL when this yields."""
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        try:
            for _ in range(600):
                assert process.poll() is None, (folder / "output").read_text()
                try:
                    httpx.get(url)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            else:
                raise AssertionError(f"{command[0]} did not start in a minute")
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


VIRTUOSO_INI = """
[Database]
DatabaseFile = v.db
ErrorLogFile = v.log
LockFile = v.lck
TransactionFile = v.trx
xa_persistent_file = v.pxa
[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 20
NumberOfBuffers = 20000
MaxDirtyBuffers = 12000
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = 100000
"""


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, str]]:
    """A native Oxigraph server in memory."""
    base = f"http://127.0.0.1:{free_port()}"
    command = [str(OXIGRAPH), "serve", "--bind", base.removeprefix("http://")]
    with running(command, tmp_path_factory.mktemp("oxigraph"), base):
        yield {"query": f"{base}/query", "graphs": f"{base}/store"}


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, str]]:
    """A Virtuoso with an empty database, reachable on loopback only."""
    if VIRTUOSO is None:
        pytest.skip("virtuoso-t is not installed: Debian has it in virtuoso-opensource-7-bin")
    folder = tmp_path_factory.mktemp("virtuoso")
    http = free_port()
    (folder / "v.ini").write_text(VIRTUOSO_INI.format(sql=free_port(), http=http))
    command = [VIRTUOSO, "+configfile", "v.ini", "+foreground"]
    base = f"http://127.0.0.1:{http}"
    with running(command, folder, f"{base}/sparql"):
        yield {
            "query": f"{base}/sparql",
            "graphs": f"{base}/sparql-graph-crud-auth",
            "auth": "digest",
            "user": "dba:dba",
        }


def fill(store: dict[str, str], build: Build, cami: Callable) -> None:
    os.environ["CAMI_STORE_AUTH"] = store.get("user", ":")
    try:
        arguments = ("load", store["graphs"], "--build", str(build.folder.parent))
        said = cami(*arguments, "--auth", store.get("auth", "basic"))
    finally:
        del os.environ["CAMI_STORE_AUTH"]
    assert said.returncode == 0, said.stderr
    assert "https://w3id.org/cami/graph/default" in said.stdout


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def store(request: pytest.FixtureRequest, built: Build, cami: Callable) -> dict[str, str]:
    """A store elsewhere that holds the build."""
    found = request.getfixturevalue(request.param)
    fill(found, built, cami)
    return found | {"name": request.param}


def suite(built: Build, options: str, but: str = "") -> subprocess.CompletedProcess[str]:
    """Run the suite of the server again, the server having other options, but for one query."""
    environment = {
        **os.environ,
        "CAMI_TEST_BUILD": str(built.folder.parent),
        "CAMI_TEST_SERVE": options,
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [f"--deselect=tests/{OWN_SERVER}"]
    if but:
        test = "test_server.py::test_every_query_answers_with_its_defaults"
        command += [f"--deselect=tests/{test}[{but}]"]
    return subprocess.run(
        [*command, *(str(HERE / one) for one in SUITE)],
        check=False,
        cwd=HERE.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_the_suite_over_a_store_on_disk(built: Build) -> None:
    ran = suite(built, "--store disk --timeout 4")  # a read takes longer there
    assert ran.returncode == 0, ran.stdout[-5000:]


def test_the_suite_over_a_store_elsewhere(built: Build, store: dict[str, str]) -> None:
    options = f"--endpoint {store['query']} --timeout 20"
    ran = suite(built, options, NO_ROWS.get(store["name"], ""))
    assert ran.returncode == 0, ran.stdout[-5000:]


def test_the_size_chooses_the_store() -> None:
    assert in_memory("auto", MEMORY_QUADS)
    assert not in_memory("auto", MEMORY_QUADS + 1)
    assert in_memory("memory", MEMORY_QUADS + 1)
    assert not in_memory("disk", 1)


def test_a_file_is_served_from_disk_and_the_store_goes_with_the_server(
    serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path = tmp_path / "mine.nq"
    path.write_text(
        "".join(f'<http://a/s> <http://a/p> "{n}" <http://a/g{n % 2}> .\n' for n in range(1000))
    )
    with serve("--data", str(path), "--workers", "1", "--store", "disk") as client:
        assert list(tmp_path.glob("cami-store-*/store/*.sst"))
        query = "SELECT (COUNT(*) AS ?n) { GRAPH <http://a/g1> { ?s ?p ?o } }"
        answer = client.post("/sparql", data={"query": query}).json()
        assert answer["results"]["bindings"][0]["n"]["value"] == "500"
    assert not list(tmp_path.glob("cami-store-*"))


def as_rows(body: bytes) -> list[str]:
    """Solutions in an order of their own; numbers by value, an empty text like none."""
    rows = json.loads(body)["results"]["bindings"]
    plain_rows = ({k: plain(v) for k, v in row.items() if v["value"]} for row in rows)
    return sorted(json.dumps(row, sort_keys=True) for row in plain_rows)


def plain(term: dict[str, str]) -> tuple[str, str]:
    if term.get("datatype", "").endswith(("#integer", "#int", "#decimal")):
        return "number", f"{float(term['value']):g}"
    parts = re.split("([,;]) ", term["value"])  # GROUP_CONCAT joins in any order
    return term["type"], " ".join(sorted(parts))


@pytest.fixture(scope="module")
def over_store(store: dict[str, str], built: Build, serve) -> Generator[httpx.Client]:
    options = ("--endpoint", store["query"], "--build", str(built.folder.parent))
    with serve(*options, "--workers", "2", "--timeout", "25", "--result", "1") as client:
        yield client


def test_every_canned_query_answers_as_the_embedded_engine(
    over_store: httpx.Client, store: dict[str, str], built: Build
) -> None:
    """Those that a store gets wrong are named in the README; when it does not, they must go."""
    readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in WRONG[store["name"]])
    embedded = load_store(built.nquads)
    for name, query in catalogue().items():
        answer = over_store.get(f"/queries/{name}")
        assert answer.status_code == 200, (name, answer.text)
        expected = evaluate(embedded, query.text, FORMATS["json"], FORMATS["turtle"]).body
        if query.is_graph:
            graphs = [rdflib.Graph().parse(data=one) for one in (answer.content, expected)]
            assert rdflib.compare.isomorphic(*graphs), name
        else:
            agrees = as_rows(answer.content) == as_rows(expected)
            assert agrees == (name not in WRONG[store["name"]]), name


REFUSED = {
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }": "no-service",
    "INSERT DATA { <http://a/s> <http://a/p> 1 }": "read-only",
    'define get:soft "soft" SELECT * { ?s ?p ?o }': "syntax",
    "SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }": "no-such-graph",
    "PREFIX bif: <bif:> SELECT (bif:sys_dirlist('.') AS ?x) {}": "store-extension",
    "SELECT (<SQL:user_name>() AS ?x) {}": "store-extension",
    r"SELECT (<b\u0069f:version>() AS ?x) {}": "store-extension",
    "SELECT * { ?s bif:contains 'x' }": "syntax",
    "SELECT * {": "syntax",
}


@pytest.mark.parametrize("query", REFUSED)
def test_what_no_query_may_hold_never_reaches_the_store(
    over_store: httpx.Client, query: str
) -> None:
    answer = over_store.post("/sparql", data={"query": query})
    assert answer.status_code in (400, 403), answer.text
    assert answer.json()["type"].endswith(f"/{REFUSED[query]}")


def test_the_limits_hold_over_a_store(over_store: httpx.Client) -> None:
    answer = over_store.post("/sparql", data={"query": "SELECT * { ?a ?b ?c } LIMIT 20000"})
    assert answer.status_code == 413, answer.text[:300]
    cross = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
    heavy = f"SELECT (COUNT(*) AS ?n) {{ {cross} FILTER(STR(?a) < STR(?i)) }}"
    answer = over_store.post("/sparql", data={"query": heavy}, headers={"Prefer": "wait=1"})
    assert answer.status_code in (502, 503), answer.text  # the limit here, or the store's own
    assert over_store.post("/sparql", data={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True


def test_readyz_asks_the_store(over_store: httpx.Client) -> None:
    assert over_store.get("/readyz").text == "ok\n"


def test_a_store_that_loses_the_build_is_not_ready(
    cami, built: Build, tmp_path: Path, serve
) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    command = [str(OXIGRAPH), "serve", "--bind", base.removeprefix("http://")]
    with running(command, tmp_path, base):
        folder = str(built.folder.parent)
        assert cami("load", f"{base}/store", "--build", folder).returncode == 0
        with serve("--endpoint", f"{base}/query", "--build", folder) as client:
            assert client.get("/readyz").status_code == 200
            httpx.post(f"{base}/update", data={"update": "DROP ALL"}, timeout=60).raise_for_status()
            lost = client.get("/readyz")
            assert (lost.status_code, "no longer holds" in lost.text) == (503, True)


def test_a_store_without_this_build_is_not_served(cami, built: Build, tmp_path: Path) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    command = [str(OXIGRAPH), "serve", "--bind", base.removeprefix("http://")]
    with running(command, tmp_path, base):
        said = cami("serve", "--endpoint", f"{base}/query", "--build", str(built.folder.parent))
        assert said.returncode == 2
        assert "cami load" in said.stderr and len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://me:secret@127.0.0.1:9/", "nonsense"])
def test_a_bad_address_is_refused_without_showing_a_password(cami, built: Build, url: str) -> None:
    for command in (("load", url), ("serve", "--endpoint", url)):
        said = cami(*command, "--build", str(built.folder.parent))
        assert said.returncode == 2
        assert "secret" not in said.stderr and len(said.stderr.strip().splitlines()) <= 2


@pytest.mark.parametrize(("named", "twice"), [(0, False), (1, False), (20, True)])
def test_a_default_graph_is_held_by_itself_where_it_is_a_part(named: int, twice: bool) -> None:
    def quad(number: int, *graph: ox.NamedNode) -> ox.Quad:
        return ox.Quad(ox.NamedNode(f"urn:s{number}"), ox.NamedNode("urn:p"), GRAPH, *graph)

    quads = [quad(number) for number in range(20)]
    held = hold([*quads, *(quad(number, GRAPH) for number in range(named))])
    assert (held.default is not held.whole) == twice
    assert (len(held.whole), len(held.default)) == (20 + named, 20 if twice else 20 + named)
    asked = {"default_graphs": [], "named_graphs": []}
    assert held.store("SELECT * { ?s ?p <https://example.org/graph> }", asked) is held.default
    assert held.store("SELECT * { GRAPH ?g { ?s ?p ?o } }", asked) is held.whole
    for name in asked:
        assert held.store("SELECT * { ?s ?p ?o }", {**asked, name: ["urn:g"]}) is held.whole
