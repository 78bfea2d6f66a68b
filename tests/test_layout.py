"""The layout promises of the README, checked."""

import ast
import re
import subprocess
import tomllib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

from cami.ontology import ONTOLOGY_FILE
from cami.server import VERSION

ROOT = Path(__file__).parents[1]
ROOMS = ["ontology", "graph", "shapes", "queries", "server"]  # each may use those before it

in_checkout = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")


def tracked(folder: str = ".") -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\n")
    return [name for name in names if name and (ROOT / name).is_file()]


def imported_rooms(source: Path) -> set[str]:
    """Return the rooms a module names in ``from ..room import x`` or ``from .. import room``."""
    found: set[str] = set()
    outside = len(source.relative_to(ROOT).parts)  # one dot more in a sub-package of a room
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == outside:
            found |= {node.module.split(".")[0]} if node.module else {a.name for a in node.names}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_depend_downwards_only(room: str) -> None:
    below = set(ROOMS[: ROOMS.index(room)])
    for source in (ROOT / room).rglob("*.py"):
        assert imported_rooms(source) <= below, source


@in_checkout
@pytest.mark.parametrize("room", ROOMS)
def test_every_tracked_file_is_installed(room: str) -> None:
    for path in tracked(room):
        assert files(f"cami.{room}").joinpath(*Path(path).parts[1:]).is_file(), path


@pytest.mark.parametrize("room", ROOMS)
def test_modules_stay_below_300_lines(room: str) -> None:
    for source in (ROOT / room).rglob("*.py"):
        assert len(source.read_text(encoding="utf-8").splitlines()) < 300, source


def test_the_version_is_one() -> None:
    """Package, ontology, changelog and citation name the same version."""
    number = version("cami")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["version"] == VERSION == number
    assert f'owl:versionInfo "{number}"' in ONTOLOGY_FILE.read_text(encoding="utf-8")
    assert re.search(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)[1] == number  # type: ignore[index]
    assert f"version: {number}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def readme_tree() -> set[str]:
    """The paths that the README's tree names."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"## The tree\n+```\n(.*?)```", readme, re.DOTALL)
    assert block, "README.md has no tree"
    paths: set[str] = set()
    folder = ""
    for line in block[1].splitlines():
        if not line.strip():
            continue
        names = re.split(r"\s{2,}", line.strip())[0].split(" ")
        if line.startswith(" "):
            paths |= {folder + name for name in names}
        else:
            folder = names[0] if names[0].endswith("/") else ""
            paths |= set(names)
    return paths


def is_named(path: str, tree: set[str]) -> bool:
    """Whether the tree names a file itself or by a pattern such as graph/tables/*.tsv."""
    return any(Path(path).match(entry) or path.startswith(entry) for entry in tree)


@in_checkout
def test_the_readme_tree_is_true() -> None:
    tree = readme_tree()
    for entry in tree:
        assert any(ROOT.glob(entry.rstrip("/"))), f"README.md names {entry}, which is not there"
    exact = {entry for entry in tree if not (entry.endswith("/") and entry.count("/") == 1)}
    for path in tracked():
        assert is_named(path, exact), f"README.md's tree does not name {path}"


@in_checkout
def test_no_path_of_a_machine_and_no_registry_host() -> None:
    """What is committed works anywhere."""
    hosts = "|".join(("pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs"))
    for path in tracked():
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not re.search(hosts, text), path
        assert not re.search(r"(?<![\w.])/(?:home|root|Users)/\w", text), path
