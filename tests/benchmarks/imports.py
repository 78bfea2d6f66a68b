"""Import a made-up GBIF archive, load it, query a server over it; print times, memory, ratios.

    python tests/benchmarks/imports.py [OCCURRENCES [FOLDER]]     2,000,000 unless told otherwise

Everything is made in a temporary folder and deleted, unless a folder is named; what is there from
an earlier run is then used again and not measured again. The peer is the native Oxigraph loader
(`pip install oxigraph`), which loads the same N-Triples into the same named graph; without it, the
engine's Python package does, which is said. Each query is asked of a new server that has nothing of
the store in memory (by `posix_fadvise`, so on Linux), and then again. What is printed depends on the
machine: read ratios.
"""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

BIN = Path(sys.executable).parent
TERMS = {
    "gbifID": "http://rs.gbif.org/terms/1.0/",
    "license": "http://purl.org/dc/terms/",
    "datasetKey": "http://rs.gbif.org/terms/1.0/",
    "taxonKey": "http://rs.gbif.org/terms/1.0/",
    "speciesKey": "http://rs.gbif.org/terms/1.0/",
    "species": "http://rs.gbif.org/terms/1.0/",
    **dict.fromkeys(
        (
            *("basisOfRecord", "occurrenceStatus", "individualCount", "eventDate", "year"),
            *("countryCode", "locality", "decimalLatitude", "decimalLongitude", "recordedBy"),
            *("scientificName", "infraspecificEpithet", "catalogNumber"),
        ),
        "http://rs.tdwg.org/dwc/terms/",
    ),
}
# Names and GBIF keys; where a key is not one that the graph knows, the name decides.
TAXA = (
    ("Uncia uncia", "2435238"),
    ("Ovis ammon", "2441122"),
    ("Equus hemionus", "2440893"),
    ("Lynx lynx", "2435240"),
    ("Gazella subgutturosa", "5220146"),
    ("Equus kiang", "2440887"),
    ("Procapra gutturosa", "2441147"),
    ("Felis manul", "2435023"),
    ("Saiga tatarica", "2441067"),
    ("Pantholops hodgsonii", "2441103"),
)
STATES = ["AF", "BT", "CN", "IN", "IR", "KZ", "KG", "MN", "NP", "PK", "RU", "TJ", "TM", "UZ"]


def main() -> None:
    """Run all parts and print a line for each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    with TemporaryDirectory(prefix="cami-imports-") as name:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(name)
        folder.mkdir(exist_ok=True)
        out = folder / "builds"
        if not list(out.glob("imports/gbif-*")):
            imported(folder, out, count)
        (found,) = out.glob("imports/gbif-*")
        if not list(out.glob("imports/.stores/*/store")):
            loaded(folder, out, found)
        if not (folder / "peer").exists():
            peer(found / "data.nt", folder / "peer", triples_of(found))
        asked(out, found.name)


def imported(folder: Path, out: Path, count: int) -> None:
    """Make an archive and import it."""
    run("build", "--out", str(out))
    archive = folder / "0000001-000000000000001.zip"
    make(archive, count)
    print(f"archive: {count:,} occurrences, {archive.stat().st_size / 1e6:,.0f} MB")
    cost = run("import", "gbif", str(archive), "--build", str(out))
    archive.unlink()
    (found,) = out.glob("imports/gbif-*")
    size = (found / "data.nt").stat().st_size / 1e6
    say(f"import: {triples_of(found):,} triples, {size:,.0f} MB", cost, triples_of(found))


def loaded(folder: Path, out: Path, found: Path) -> None:
    """Ask a first question, for which the import is loaded beside CAMI."""
    question = folder / "question.rq"
    question.write_text("ASK {}")
    cost = run("query", str(question), "--with", found.name, "--build", str(out))
    say("load beside CAMI, and optimize", cost, triples_of(found))
    (store,) = out.glob("imports/.stores/*/store")
    print(f"store: {sum(one.stat().st_size for one in store.iterdir()) / 1e6:,.0f} MB")


def triples_of(found: Path) -> int:
    """Return how many triples an import has."""
    return int(json.loads((found / "manifest.json").read_text())["triples"])


@dataclass(frozen=True)
class Cost:
    """What a program took: seconds, those of the processor, and its highest resident MB."""

    seconds: float
    processor: float
    memory: float


def run(*arguments: str) -> Cost:
    """Run `cami` and return what it took."""
    return timed([str(BIN / "cami"), *arguments])


def timed(command: list[str]) -> Cost:
    """Run a program and return what it took."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1), command
    processor = usage.ru_utime + usage.ru_stime
    return Cost(time.monotonic() - start, processor, usage.ru_maxrss * 1024 / 1e6)


def say(what: str, cost: Cost, triples: int) -> None:
    """Print one measurement."""
    print(
        f"{what}: {cost.seconds:.1f} s ({cost.processor:.1f} s of processor), "
        f"{triples / cost.seconds:,.0f} triples/s, peak {cost.memory:,.0f} MB",
        flush=True,
    )


def make(path: Path, count: int) -> None:
    """Write a Darwin Core Archive as GBIF gives it, with invented occurrences."""
    fields = "".join(
        f'<field index="{index}" term="{place}{name}"/>'
        for index, (name, place) in enumerate(TERMS.items())
    )
    meta = (
        '<archive xmlns="http://rs.tdwg.org/dwc/text/" metadata="metadata.xml"><core '
        'encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" '
        'ignoreHeaderLines="1" rowType="http://rs.tdwg.org/dwc/terms/Occurrence"><files><location>'
        f'occurrence.txt</location></files><id index="0"/>{fields}</core></archive>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("meta.xml", meta)
        with archive.open("occurrence.txt", "w", force_zip64=True) as table:
            table.write(("\t".join(TERMS) + "\n").encode())
            for block in blocks(count):
                table.write(block)


def blocks(count: int) -> Iterator[bytes]:
    """Yield invented rows, always the same ones, some thousands at a time."""
    chance = random.Random(7)
    dataset = "00000000-0000-4000-8000-0000000000{:02d}"
    for start in range(0, count, 5000):
        lines: list[str] = []
        for number in range(start, min(start + 5000, count)):
            species, key = chance.choice(TAXA)
            state, year = chance.choice(STATES), chance.randint(1970, 2025)
            when = f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            latitude, longitude = chance.uniform(25, 55), chance.uniform(45, 120)
            cells = (
                str(9_000_000_000 + number),
                "CC_BY_4_0",
                dataset.format(number % 40),
                *(key, key, species, "HUMAN_OBSERVATION", "PRESENT", "", when, str(year), state),
                f"Example: invented place {number % 997}",
                f"{latitude:.5f}",
                f"{longitude:.5f}",
                *("Example", f"{species} (Example, 1900)", "", f"example-{number}"),
            )
            lines.append("\t".join(cells))
        yield ("\n".join(lines) + "\n").encode()


def peer(data: Path, place: Path, triples: int) -> None:
    """Load the same N-Triples with the native loader, or else with its Python package."""
    graph = "http://example.org/graph"
    native = BIN / "oxigraph"
    if native.exists():
        load = [str(native), "load", "--location", str(place), "--file", str(data)]
        say("peer, native oxigraph load", timed([*load, "--graph", graph]), triples)
        cost = timed([str(native), "optimize", "--location", str(place)])
        say("peer, native oxigraph optimize", cost, triples)
        return
    code = (
        f"import pyoxigraph as ox; store = ox.Store({str(place)!r}); "
        f"store.bulk_load(path={str(data)!r}, to_graph=ox.NamedNode({graph!r}))"
    )
    cost = timed([sys.executable, "-c", code])
    say("peer, pyoxigraph bulk_load (the native loader is not installed)", cost, triples)


# As the README tells: each condition has a SELECT of its own, and the engine joins the lists.
QUERIES = {
    "records of a taxon in a year": "SELECT ?o ?date { GRAPH <$> { { SELECT ?o {"
    ' { SELECT ?o { ?o dwc:year "2010"^^xsd:gYear } }'
    " { SELECT ?o { ?o dcterms:subject taxon:snow-leopard } } } } ?o dwc:eventDate ?date } }",
    "how many of a taxon in a year": "SELECT (COUNT(*) AS ?n) { GRAPH <$> {"
    ' { SELECT ?o { ?o dwc:year "2010"^^xsd:gYear } }'
    " { SELECT ?o { ?o dcterms:subject taxon:snow-leopard } } } }",
    "the years of a taxon": "SELECT ?year (COUNT(*) AS ?n) { GRAPH <$> {"
    " { SELECT ?o { ?o dcterms:subject taxon:snow-leopard } }"
    " { SELECT ?o ?year { ?o dwc:year ?year } } } } GROUP BY ?year",
    "a State, by taxon": "SELECT ?label ?n { { SELECT ?taxon (COUNT(*) AS ?n) { GRAPH <$> {"
    " { SELECT ?o { ?o dcterms:spatial state:MNG } } { SELECT ?o ?taxon { ?o dcterms:subject ?taxon"
    " } } } } GROUP BY ?taxon } ?taxon rdfs:label ?label }",
    "a taxon, by State": "SELECT ?label ?n { { SELECT ?state (COUNT(*) AS ?n) { GRAPH <$> {"
    " { SELECT ?o { ?o dcterms:subject taxon:kiang } } { SELECT ?o ?state { ?o dcterms:spatial ?state"
    " } } } } GROUP BY ?state } ?state rdfs:label ?label }",
    "a box of one degree": "SELECT (COUNT(*) AS ?n) { GRAPH <$> { ?o a dwc:Occurrence ;"
    ' dwc:locationID "43,77" } }',
    "records of a taxon in a box": "SELECT ?o ?lat ?long { GRAPH <$> { { SELECT ?o {"
    " { SELECT ?o { VALUES ?cell { CELLS } ?o dwc:locationID ?cell } }"
    " { SELECT ?o { ?o dcterms:subject taxon:snow-leopard } } } }"
    " ?o dwc:decimalLatitude ?lat ; dwc:decimalLongitude ?long FILTER(?lat < 44.5) } }",
    "a box by its coordinates": "SELECT (COUNT(*) AS ?n) { GRAPH <$> {"
    " { SELECT ?o { ?o dwc:decimalLatitude ?lat FILTER(?lat >= 43 && ?lat < 44) } }"
    " { SELECT ?o { ?o dwc:decimalLongitude ?long FILTER(?long >= 77 && ?long < 78) } } } }",
    "two lists of all records": "SELECT (COUNT(*) AS ?n) { GRAPH <$> {"
    ' { SELECT ?o { ?o dwc:occurrenceStatus "present" } }'
    ' { SELECT ?o { ?o dwc:basisOfRecord "HUMAN_OBSERVATION" } } } }',
    "a taxon in a year, by the counts": "SELECT (SUM(?n) AS ?sum) { GRAPH <$/counts> {"
    ' ?o dcterms:subject taxon:snow-leopard ; dwc:year "2010"^^xsd:gYear ; measure:obsValue ?n } }',
    "a taxon in a box, by the counts": "SELECT (SUM(?n) AS ?sum) { VALUES ?cell { CELLS }"
    " GRAPH <$/counts> { ?o dcterms:subject taxon:snow-leopard ; dwc:locationID ?cell ;"
    " measure:obsValue ?n } }",
}
# As one writes first: the engine looks up each record that meets the first condition.
SIDE_BY_SIDE = {
    "how many of a taxon in a year": "SELECT (COUNT(*) AS ?n) { GRAPH <$> {"
    ' ?o dcterms:subject taxon:snow-leopard ; dwc:year "2010"^^xsd:gYear } }',
    "the years of a taxon": "SELECT ?year (COUNT(*) AS ?n) { GRAPH <$> {"
    " ?o dcterms:subject taxon:snow-leopard ; dwc:year ?year } } GROUP BY ?year",
    "a State, by taxon": "SELECT ?label (COUNT(*) AS ?n) { GRAPH <$> { ?o dcterms:spatial state:MNG ;"
    " dcterms:subject ?taxon } ?taxon rdfs:label ?label } GROUP BY ?label",
    "a taxon, by State": "SELECT ?label (COUNT(*) AS ?n) { GRAPH <$> { ?o dcterms:subject taxon:kiang ;"
    " dcterms:spatial ?state } ?state rdfs:label ?label } GROUP BY ?label",
    "records of a taxon in a box": "SELECT ?o ?lat ?long { VALUES ?cell { CELLS } GRAPH <$> {"
    " ?o dwc:locationID ?cell ; dcterms:subject taxon:snow-leopard ; dwc:decimalLatitude ?lat ;"
    " dwc:decimalLongitude ?long FILTER(?lat < 44.5) } }",
    "a box by its coordinates": "SELECT (COUNT(*) AS ?n) { GRAPH <$> { ?o dwc:decimalLatitude ?lat"
    " FILTER(?lat >= 43 && ?lat < 44) ?o dwc:decimalLongitude ?long"
    " FILTER(?long >= 77 && ?long < 78) } }",
}
CELLS = " ".join(f'"{south},{west}"' for south in range(40, 45) for west in range(70, 80))
PREFIXES = """PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX dwc: <http://rs.tdwg.org/dwc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX taxon: <https://w3id.org/cami/id/taxon/>
PREFIX measure: <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX state: <https://w3id.org/cami/id/state/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


def asked(out: Path, name: str) -> None:
    """Ask each query of a server that has just started, with its own limit of ten seconds."""
    (store,) = out.glob("imports/.stores/*/store")
    for how, queries in (("", QUERIES), (", conditions side by side", SIDE_BY_SIDE)):
        for what, text in queries.items():
            query = PREFIXES + text.replace("CELLS", CELLS).replace(
                "$", f"https://w3id.org/cami/graph/import/{name}"
            )
            forget(store)
            with served(out, name) as client:
                answer_of(client, what + how, query)


def forget(store: Path) -> None:
    """Have the system drop what it holds of the store's files, so that first answers are from disk."""
    os.sync()  # what is not written yet cannot be dropped
    for path in store.iterdir():
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def served(out: Path, name: str) -> Iterator[httpx.Client]:
    """Run a server over the store, which keeps no answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ["--build", str(out), "--with", name, "--port", port, "--cache", "0"]
    server = subprocess.Popen([str(BIN / "cami"), "serve", *options], stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait(client)
            yield client
    finally:
        server.terminate()
        server.wait()


def wait(client: httpx.Client) -> None:
    """Wait until the server answers."""
    for _ in range(1200):
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server does not start")


def answer_of(client: httpx.Client, what: str, query: str) -> None:
    """Ask from disk, then five times more; print status and time of the first, and of the others."""
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    times: list[float] = []
    statuses: list[int] = []
    for _ in range(6):
        start = time.monotonic()
        answer = client.post("/sparql", content=query, headers=headers)
        times.append(time.monotonic() - start)
        statuses.append(answer.status_code)
    lines = answer.text.splitlines() if statuses[-1] == 200 else []
    others = ", ".join(str(one) for one in sorted(set(statuses[1:])))
    print(
        f"query, {what}: from disk {statuses[0]}, {times[0]:.2f} s; then {others}, median "
        f"{statistics.median(times[1:]):.2f} s, worst {max(times[1:]):.2f} s; "
        f"{max(len(lines) - 1, 0)} rows, first {lines[1] if lines[1:] else ''}",
        flush=True,
    )


if __name__ == "__main__":
    main()
