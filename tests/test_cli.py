"""The program, as a user types it: exit codes, one-line errors, documentation."""

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from cami.queries import catalogue
from cami.server.cli import main

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "build",
    "validate",
    "template",
    "query",
    "reconcile",
    "resolve",
    "audit",
    "reason",
    "serve",
    "builds",
    "rollback",
    "load",
    "import",
    "compare",
)
REGION = """
@prefix cami: <https://w3id.org/cami/ontology#> .
@prefix id: <https://w3id.org/cami/id/> .
<https://w3id.org/cami/id/region/test> a cami:PriorityTransboundaryConservationRegion ;
    <http://www.w3.org/2000/01/rdf-schema#label> "Test"@en ;
    cami:ordinal 99 ;
    cami:spansState <https://w3id.org/cami/id/state/KAZ> , <https://w3id.org/cami/id/state/UZB> ;
    cami:hasTaxon <https://w3id.org/cami/id/taxon/saiga> ;
    <http://www.w3.org/ns/prov#hadPrimarySource> <https://w3id.org/cami/id/location/cop15-cami-document/range-states> .
<https://w3id.org/cami/id/occurrence/test> a cami:RegionalOccurrence ;
    cami:occurrenceRegion <https://w3id.org/cami/id/region/test> ;
    cami:occurrenceTaxon <https://w3id.org/cami/id/taxon/saiga> ;
    <http://www.w3.org/ns/prov#hadPrimarySource> <https://w3id.org/cami/id/location/cop15-cami-document/range-states> .
"""


def one_line(done: "subprocess.CompletedProcess[str]") -> str:
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("cami: ")
    return lines[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_a_line_in_the_readme(cami, command: str) -> None:
    done = cami(command, "--help")
    assert done.returncode == 0
    assert f"cami {command}" in done.stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `cami {command}` \|", readme, re.MULTILINE)


def test_the_readme_documents_no_other_command(cami) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `cami (\w+)` \|", readme, re.MULTILINE)) == set(COMMANDS)
    listed = re.search(r"\ncommands:\n(.*?)\n\n", cami("--help").stdout, re.DOTALL)
    assert listed
    assert {line.split()[0] for line in listed[1].splitlines()} == set(COMMANDS)
    assert max(map(len, cami("--help").stdout.splitlines())) < 80


def test_every_route_has_a_line_in_the_readme(client) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(/[^`]*)` \|", readme, re.MULTILINE))
    served = {
        re.sub(r"^/queries/[a-z0-9-]+$", "/queries/{name}", path)
        for path in client.get("/openapi.json").json()["paths"]
    }
    pages = {"/", "/search", "/reference", "/reference/{page}", "/static/{version}/{name}"}
    assert served | pages | {"/openapi.json"} == documented


def test_the_readme_s_answer_is_the_program_s(cami) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"\$ \.venv/bin/cami (query .*?)\n(.*?)```", readme, re.DOTALL)
    assert shown
    done = cami(*shown[1].split())
    assert done.stdout == shown[2]


SLOW = (
    # each takes at least a tenth of the time in which Python starts
    *(
        "pathlib",
        "typing",
        "hashlib",
        "urllib.parse",
        "ipaddress",
        "dataclasses",
        "importlib.metadata",
    ),
    *("shutil", "json", "csv", "html", "string", "tempfile", "subprocess", "asyncio", "socket"),
    # and these take longer than that start
    *("rdflib", "pyshacl", "pyoxigraph", "pydantic", "fastapi", "starlette", "uvicorn", "httpx"),
    *("jinja2", "yaml", "tqdm", "rapidfuzz", "pycountry", "prometheus_client"),
)
NOT_FOR_THE_LIST = ("argparse", "gettext", "locale")  # only what has options needs them


def imported(*arguments: str) -> set[str]:
    """Return the modules that the installed program imports, beyond what Python itself does."""
    program = str(Path(sys.executable).with_name("cami"))
    command = [sys.executable, "-X", "importtime"]
    listed: list[set[str]] = []
    for rest in (["-c", "pass"], [program, *arguments]):
        done = subprocess.run([*command, *rest], check=True, capture_output=True, text=True)
        listed.append(set(re.findall(r"^import time:.*\| +([\w.]+)$", done.stderr, re.MULTILINE)))
    return listed[1] - listed[0]


@pytest.mark.parametrize("option", ["--help", "-h", "--version"])
def test_help_and_version_import_nothing_slow(option: str) -> None:
    seen = imported(option)
    assert "cami.server.cli" in seen
    assert not seen & {*SLOW, *NOT_FOR_THE_LIST}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_imports_nothing_slow_either(command: str) -> None:
    seen = imported(command, "--help")
    assert "argparse" in seen
    assert not seen & {*SLOW} - {"shutil"}  # argparse asks it how wide the terminal is


def test_the_version_is_that_of_the_package(cami) -> None:
    assert cami("--version").stdout == f"{version('cami')}\n"


def test_query_without_a_name_lists_the_catalogue(cami) -> None:
    done = cami("query")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == sorted(catalogue())


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "xml"])
def test_query_formats(cami, form: str) -> None:
    done = cami("query", "activities-by-region", "--param", "region=gobi", "--format", form)
    assert done.returncode == 0
    assert "22.16" in done.stdout


def test_a_query_file_and_standard_input(cami, tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text("ASK { ?s a <https://w3id.org/cami/ontology#Activity> }")
    assert cami("query", str(path)).stdout == "yes\n"
    assert cami("query", "-", stdin=path.read_text()).stdout == "yes\n"


def test_a_false_ask_is_a_no(cami, tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text("ASK { <http://a/x> ?p ?o }")
    done = cami("query", str(path))
    assert (done.returncode, done.stdout) == (1, "no\n")


def test_a_graph_is_printed_as_turtle(cami) -> None:
    done = cami("query", "describe-activity", "--param", "activity=12.6")
    assert done.returncode == 0
    assert "cami:Activity" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a command: 'cami --help' lists them"),
        (["ask"], "'ask' is no command: use build, validate, "),
        (["query", "no-such-query"], "'no-such-query' is neither a canned query nor a file"),
        (["query", "activities-by-region", "--param", "region"], "write NAME=VALUE"),
        (["query", "activities-by-region", "--param", "region=x"], "'x' is not one of altai"),
        (["query", "activities-by-region", "--format", "pdf"], "use table, json, xml"),
        (["query", "activities-by-region", "--build", "/nowhere"], "holds no build"),
        (["query", "activities-by-region", "--format", "turtle"], "no acceptable format"),
        (["validate", "/nowhere.ttl"], "/nowhere.ttl: No such file"),
        (["validate", "README"], "the ending says no RDF syntax"),
        (["validate", "--shapes", "x.ttl"], "--shapes needs files to check"),
        (["serve", "--data", "/nowhere.ttl"], "/nowhere.ttl: No such file"),
    ],
)
def test_unusable_input_is_one_line_and_exit_2(cami, arguments: list[str], message: str) -> None:
    done = cami(*arguments)
    assert done.returncode == 2
    assert message in one_line(done)


def test_a_query_file_with_a_fault(cami, tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text("SELECT * {\n ?s ?p }")
    assert re.search(r"mine\.rq:2:\d+: is not valid SPARQL: ", one_line(cami("query", str(path))))
    path.write_text("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")
    assert "SERVICE is refused" in one_line(cami("query", str(path)))


def test_validate_the_graph(cami) -> None:
    done = cami("validate")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "cami: conforms"


def test_validate_a_file_together_with_the_graph(cami, tmp_path: Path) -> None:
    """Links into the graph resolve: the region's States and taxon are those of CAMI."""
    path = tmp_path / "mine.ttl"
    path.write_text(REGION)
    done = cami("validate", str(path))
    assert done.returncode == 0, done.stdout


def test_shapes_that_are_none_are_no_pass(cami, tmp_path: Path) -> None:
    """Files given in the wrong order must not look like a success."""
    path = tmp_path / "mine.ttl"
    path.write_text(REGION)
    done = cami("validate", "--shapes", str(path), str(path))
    assert done.returncode == 2
    assert "holds no SHACL shapes" in one_line(done)
    path.write_text("<http://a/x> a <http://a/Unknown> .")
    assert "no shape applies to anything in the given files" in cami("validate", str(path)).stderr


def test_validate_says_what_is_wrong_and_exits_1(cami, tmp_path: Path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(REGION.replace("cami:ordinal 99", "cami:ordinal 9"))
    done = cami("validate", str(path))
    assert done.returncode == 1
    assert "Violation: id:region/test" in done.stdout
    assert "Two regions carry the same number in the list." in done.stdout
    as_json = json.loads(cami("validate", str(path), "--format", "json").stdout)
    assert as_json["conforms"] is False
    mine = [one for one in as_json["results"] if "region/test" in one["focus"] + one["value"]]
    assert {result["severity"] for result in mine} == {"Violation"}


def test_validate_names_the_place_of_a_syntax_error(cami, tmp_path: Path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text("<http://a/s> <http://a/p>\n  nonsense .")
    assert re.search(r"mine\.ttl:2:\d+: ", one_line(cami("validate", str(path))))


def test_validate_with_shapes_of_one_s_own(cami, tmp_path: Path) -> None:
    shapes, data = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "<http://a/shape> a sh:NodeShape ; sh:targetClass <http://a/Thing> ;\n"
        '    sh:property [ sh:path <http://a/name> ; sh:minCount 1 ; sh:message "Name it." ] .'
    )
    data.write_text("<http://a/x> a <http://a/Thing> .")
    done = cami("validate", str(data), "--shapes", str(shapes))
    assert done.returncode == 1
    assert "Name it." in done.stdout
    data.write_text('<http://a/x> a <http://a/Thing> ; <http://a/name> "x" .')
    assert cami("validate", str(data), "--shapes", str(shapes)).returncode == 0


def test_a_port_in_use_is_exit_2(cami, client) -> None:
    done = cami("serve", "--port", str(client.base_url.port), "--workers", "1")
    assert done.returncode == 2
    assert "address already in use" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_default_build_from_other_data_is_made_anew(built, tmp_path: Path) -> None:
    """An edit is never answered from an old build."""
    import os
    import shutil

    out = tmp_path / "cache"
    shutil.copytree(built.folder.parent, out, symlinks=True)
    manifest = out / "current" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(built.manifest["inputs"], "0" * 64))
    program = str(Path(sys.executable).with_name("cami"))
    done = subprocess.run(
        [program, "query", "targets-not-cited"],
        env={**os.environ, "CAMI_BUILD": str(out)},
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    assert "reading the tables" in done.stderr
    assert json.loads(manifest.read_text())["inputs"] == built.manifest["inputs"]


def test_output_into_a_closed_pipe_is_no_error(cami, built) -> None:
    program = str(Path(sys.executable).with_name("cami"))
    command = f"{program} query actors-by-load --build {built.folder.parent} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["serve", "query"])
def test_elsewhere_than_on_linux_it_says_so(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SystemExit) as ended:
        main([command])
    assert ended.value.code == 2
    assert f"cami {command} needs Linux" in capsys.readouterr().err
