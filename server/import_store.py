"""Imports on disk, beside the builds, and stores that hold a build together with some of them.

`OUT/imports/<kind>-<digest>/` holds `data.nt`, the triples of one named graph, `about.nt`, what is
said of that graph, `counts.nt` where records were counted, `rejects.csv` and `manifest.json`. None of it is part of a build: no dump, no
description and no server has it unless it is asked for by name.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ..graph.dataset import N_QUADS, N_TRIPLES
from ..ontology import GRAPH, PROV, VOID
from .builds import Build
from .import_kinds import KINDS, FormatError, Kind
from .import_text import LABEL, RDF_TYPE, dcterms, iri, text, typed

_FOLDER = "imports"
_STORES = ".stores"
_SPDX = "http://spdx.org/rdf/terms#"
_LOCAL = "For your own use on this machine: the publisher's terms hold, nothing here is published."


@dataclass(frozen=True)
class Imported:
    """One import that was made."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def slug(self) -> str:
        """Its name: kind and start of the digest of the file that it was made from."""
        return self.folder.name

    @property
    def graph(self) -> str:
        """The IRI of its named graph."""
        return f"{GRAPH}import/{self.slug}"

    @property
    def counts(self) -> str:
        """The IRI of the graph of how many records there are, which not every kind has."""
        return f"{self.graph}/counts"

    @property
    def kind(self) -> Kind:
        """The kind of export."""
        return KINDS[self.manifest["kind"]]

    @property
    def files(self) -> tuple[Path, ...]:
        """The N-Triples of its graph."""
        return self.folder / "data.nt", self.folder / "about.nt"


def imports(out: Path) -> list[Imported]:
    """Return the imports beside the builds of a directory, by name."""
    found = sorted((out / _FOLDER).glob("*/manifest.json"))
    return [Imported(one.parent, json.loads(one.read_text(encoding="utf-8"))) for one in found]


def find(out: Path, names: Sequence[str]) -> list[Imported]:
    """Return imports by their names. Raises `FormatError` for one that is not there."""
    held = {one.slug: one for one in imports(out)}
    for name in names:
        if name not in held:
            there = ", ".join(held) or "none"
            raise FormatError(f"--with {name}: no such import; there are: {there}")
    return [held[name] for name in dict.fromkeys(names)]


def publish(out: Path, aside: Path, slug: str, manifest: Mapping[str, Any]) -> Imported:
    """Move a finished import into place; one of the same file before it is replaced."""
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (aside / "manifest.json").write_text(text, encoding="utf-8")
    folder = out / _FOLDER / slug
    if folder.exists():
        remove(out, slug)
    aside.rename(folder)
    return Imported(folder, dict(manifest))


def remove(out: Path, name: str) -> None:
    """Delete an import, and every store that was made with it. Raises `FormatError`."""
    (one,) = find(out, [name])
    for store in (out / _FOLDER / _STORES).glob("*/imports.json"):
        if name in json.loads(store.read_text(encoding="utf-8")):
            shutil.rmtree(store.parent)
    shutil.rmtree(one.folder)


def workplace(out: Path) -> Path:
    """Return a new folder, on the same disk and readable by this user only, to import into."""
    (out / _FOLDER).mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".making-", dir=out / _FOLDER))


def about(slug: str, kind: Kind, file: str, sha256: str, terms: Mapping[str, str]) -> Iterator[str]:
    """Yield what is said of the graph of an import: publisher's terms, citation, source, digest.

    `terms` has `licence`, an IRI or empty, and `citation`. Raises `RowError` for what is no text.
    """
    graph, source = f"<{GRAPH}import/{slug}>", iri(f"import/{slug}", "source")
    title = text(f"Import: {kind.title}", "title")
    yield f"{graph} {RDF_TYPE} <{VOID.Dataset}> .\n"
    yield f"{graph} {LABEL} {title} .\n"
    yield f"{graph} {dcterms('title')} {title} .\n"
    yield f"{graph} {dcterms('bibliographicCitation')} {text(terms['citation'], 'citation')} .\n"
    yield f"{graph} {dcterms('accessRights')} {text(_LOCAL, 'rights')} .\n"
    if terms["licence"]:
        yield f"{graph} {dcterms('license')} <{terms['licence']}> .\n"
    yield f"{graph} <{PROV.wasDerivedFrom}> {source} .\n"
    yield f"{source} {RDF_TYPE} <{PROV.Entity}> .\n"
    yield f"{source} {LABEL} {text(file, 'file')} .\n"
    checksum = iri(f"import/{slug}", "source-checksum")
    yield f"{source} <{_SPDX}checksum> {checksum} .\n"
    yield f"{checksum} {RDF_TYPE} <{_SPDX}Checksum> .\n"
    yield f"{checksum} <{_SPDX}algorithm> <{_SPDX}checksumAlgorithm_sha256> .\n"
    yield f"{checksum} <{_SPDX}checksumValue> {typed(sha256, 'hexBinary')} .\n"


def load_graph(store: ox.Store, one: Imported) -> None:
    """Load an import into its named graph, and its counts into another."""
    with one_processor():
        for path in one.files:
            store.bulk_load(path=str(path), format=N_TRIPLES, to_graph=ox.NamedNode(one.graph))
        if (numbers := one.folder / "counts.nt").exists():
            store.bulk_load(path=str(numbers), format=N_TRIPLES, to_graph=ox.NamedNode(one.counts))


@contextmanager
def one_processor() -> Generator[None]:
    """Let this thread, and those that it starts, use one processor where the system can say so.

    The engine's loader holds a batch of a million triples for each processor that it may use, and
    has no setting for it in Python: with two it takes more than 2 GB.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def combined(build: Build, chosen: Sequence[Imported]) -> Path:
    """Return an on-disk store of a build and imports; it is made once and then kept.

    The default graph and the named graphs of the build are as without imports; each import is in
    its own named graph only, so nothing that an export says is taken for something that CAMI says.
    """
    place = build.folder.parent / _FOLDER / _STORES
    final = place / digest_with(build, chosen)[:16]
    if not final.exists():
        place.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".making-", dir=place))
        try:
            store = ox.Store(str(aside / "store"))
            store.bulk_load(path=str(build.nquads), format=N_QUADS)
            for one in chosen:
                load_graph(store, one)
            store.optimize()  # mandatory after a bulk load: up to ten times slower without
            store.flush()
            del store  # lets go of the lock
            names = json.dumps([one.slug for one in chosen])
            (aside / "imports.json").write_text(names, encoding="utf-8")
            aside.rename(final)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return final / "store"


def digest_with(build: Build, chosen: Sequence[Imported]) -> str:
    """Return the SHA-256 that stands for a build together with imports."""
    digests = [build.digest, *(json.dumps(one.manifest, sort_keys=True) for one in chosen)]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
