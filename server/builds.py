"""Builds on disk: which there are, which one is current, whether one is whole, and going back.

A build directory holds one folder a build, `current`, a link to the one that is served, and
`previous`, a link to the one that was served before. Nothing heavy is imported here.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..queries.names import NameIndex
    from ..queries.properties import Values

STORE_DIGESTS = "store.sha256"
_NEEDED = ("things.json", "names.json", "properties.json", "store", "cami.nq")


class NoBuild(Exception):
    """There is no usable build where one was expected."""


class CorruptBuild(Exception):
    """A file of a build is not what its manifest says."""


@dataclass(frozen=True)
class Build:
    """A published build."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def digest(self) -> str:
        """The SHA-256 of the N-Quads dump: what the dataset says, whatever the store's bytes."""
        return str(self.manifest["digest"])

    @property
    def nquads(self) -> Path:
        """The dump that holds the default graph and every named graph."""
        return self.folder / "cami.nq"

    @property
    def store(self) -> Path:
        """The on-disk store, to be opened read-only."""
        return self.folder / "store"

    @property
    def quads(self) -> int:
        """How many quads the dump holds: the default graph and every named graph."""
        return int(self.manifest["triples"]) + sum(self.manifest["graphs"].values())

    def things(self) -> dict[str, dict[str, str]]:
        """Return slug to label of each thing, by kind."""
        return json.loads((self.folder / "things.json").read_text(encoding="utf-8"))

    def names(self) -> "NameIndex":
        """Return the index of all names of the dataset's entities."""
        from ..queries.countries import with_countries
        from ..queries.entities import loaded
        from ..queries.names import NameIndex

        return NameIndex.of(with_countries(loaded((self.folder / "names.json").read_bytes())))

    def properties(self) -> "Values":
        """Return the values of the properties that reconciliation offers, by entity."""
        return json.loads((self.folder / "properties.json").read_bytes())


def default_out() -> Path:
    """Return where builds go when nobody says: the user's cache folder."""
    named = os.environ.get("CAMI_BUILD")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(named) if named else Path(cache) / "cami"


def open_build(out: Path) -> Build:
    """Return the current build of a build directory.

    Raises `NoBuild` when there is none, or when its manifest cannot be read.
    """
    found = _open(out / "current")
    if found is None:
        raise NoBuild(f"{out} holds no build: make one with 'cami build --out {out}'")
    return found


def builds(out: Path) -> list[Build]:
    """Return every build of a build directory, oldest first."""
    if not out.is_dir():
        return []
    folders = [one for one in out.iterdir() if one.is_dir() and not one.is_symlink()]
    found = [_open(one) for one in folders if not one.name.startswith(".")]
    whole = [one for one in found if one is not None]
    return sorted(whole, key=lambda one: (one.folder.stat().st_mtime, one.folder.name))


def _open(folder: Path) -> Build | None:
    manifest = manifest_of(folder)
    complete = all((folder / name).exists() for name in _NEEDED)
    return Build(folder.resolve(), manifest) if manifest and complete else None


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a build's folder, or None when it cannot be read."""
    try:
        return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextmanager
def locked(out: Path) -> Generator[None]:
    """Let one process at a time change a build directory."""
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def point(out: Path, name: str) -> None:
    """Make a build the current one in one step, and remember the one before; needs the lock."""
    before = (out / "current").readlink().name if (out / "current").is_symlink() else name
    if before != name and (out / before).is_dir():
        _link(out, "previous", before)
    _link(out, "current", name)


def _link(out: Path, link: str, name: str) -> None:
    aside = out / f".{link}-new"
    aside.unlink(missing_ok=True)
    aside.symlink_to(name)
    aside.replace(out / link)


def rollback(out: Path, name: str | None = None) -> Build:
    """Make the build before the current one, or the named one, current; return it.

    Raises `NoBuild` when there is no such build, `CorruptBuild` when it is not whole; the current
    build then stays.
    """
    if not out.is_dir():
        raise NoBuild(f"{out} holds no build")
    with locked(out):
        chosen = name or (_target(out / "previous"))
        if chosen is None:
            raise NoBuild(f"{out} has no build before the current one: name one of 'cami builds'")
        found = next((one for one in builds(out) if one.folder.name == chosen), None)
        if found is None:
            raise NoBuild(f"{out} holds no build {chosen}: see 'cami builds'")
        verify(found)
        point(out, chosen)
    return found


def _target(link: Path) -> str | None:
    return link.readlink().name if link.is_symlink() else None


def verify(build: Build) -> None:
    """Raise `CorruptBuild` unless every file of a build has the digest that was written down."""
    try:
        expected = {name: str(one["sha256"]) for name, one in build.manifest["files"].items()}
        digest = build.digest
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        said = f"manifest.json is not of the form of a build: {error!r}"
        raise CorruptBuild(f"{build.folder}: {said}") from None
    if expected.get("cami.nq") != digest or digest[:12] not in build.folder.name:
        said = "manifest.json is not the one of this build, whose folder is named by its digest"
        raise CorruptBuild(f"{build.folder}: {said}")
    for name, wanted in (expected | _store_digests(build.folder)).items():
        try:
            actual = sha256_file(build.folder / name)
        except OSError as error:
            raise CorruptBuild(f"{build.folder / name}: {error.strerror}: build again") from None
        if actual != wanted:
            raise CorruptBuild(f"{build.folder / name}: is not what was built: build again")


def _store_digests(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / STORE_DIGESTS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise CorruptBuild(f"{folder / STORE_DIGESTS}: cannot be read: build again") from None
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def write_store_digests(folder: Path) -> None:
    """Write the SHA-256 of the store's files; they differ between builds of the same data."""
    files = [one for one in (folder / "store").iterdir() if not one.name.startswith("LO")]
    lines = [f"{sha256_file(one)}  store/{one.name}\n" for one in sorted(files)]
    (folder / STORE_DIGESTS).write_text("".join(lines), encoding="ascii")


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
