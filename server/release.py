"""A build: tables to validated dataset, store and dumps, in one versioned directory.

A build directory OUT holds one folder a build, named by version and digest, and `current`, a link
to the last good one. A build is made aside and moved into place, so a failure leaves OUT as it was.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ..graph import TABLES_FOLDER, Dataset, Tables, facts, load_tables, locate, turtle_file
from ..graph.dataset import N_QUADS, N_TRIPLES, convert
from ..graph.description import describe
from ..graph.partitions import class_counter
from ..graph.turtle import in_order, write
from ..ontology import CAMI, ONTOLOGY_FILE
from ..ontology.publication import Publication, publish
from ..queries.catalogue import triples as catalogue_triples
from ..shapes import Result, check, load_shapes, shape_files
from ..shapes.targets import constraints
from .builds import Build, CorruptBuild, locked, manifest_of, point, verify, write_store_digests
from .contents import contents_of, sha256
from .made_from import inputs_digest

_INPUTS = b"# cami: follows from inputs "


class BuildRefused(Exception):
    """The data break a shape; `results` says where, `rows` in which table and line.

    Nothing was published.
    """

    def __init__(self, results: list[Result], rows: dict[str, str]):
        self.results, self.rows = results, rows
        super().__init__(f"the tables break the shapes: {len(results)} results")


class InferredRefused(Exception):
    """A file of inferred triples is not of these tables; nothing was published."""


def assemble(tables: Tables, inferred: set[ox.Triple] | None = None) -> Dataset:
    """Return the whole dataset: facts, ontology, shapes, catalogue and its own description.

    What follows from the facts is inferred here, unless it is given.
    """
    dataset = facts(tables)
    if inferred is not None:
        dataset.graphs["inferred"] = inferred
    dataset.add("ontology", turtle_file(ONTOLOGY_FILE))
    for path in shape_files():
        dataset.add("shapes", turtle_file(path))
    dataset.add("queries", catalogue_triples())
    dataset.add("description", convert(describe(dataset, installed_version("cami"))))
    return dataset


def build(out: Path, tables: Path = TABLES_FOLDER, inferred: Path | None = None) -> Build:
    """Build, validate and publish the dataset; the same input gives the same dumps, byte by byte.

    `inferred` is a file that `write_inferred` wrote for the same tables. Raises `TableError`,
    `InferredRefused`, `OntologyError` or `BuildRefused`; the last good build then stays.
    """
    loaded = load_tables(tables)
    shapes = load_shapes(shape_files())
    publication = publish(constraints(shapes))
    dataset = assemble(loaded, _read_inferred(inferred, tables) if inferred else None)
    results = check(dataset.to_validate(), shapes)
    if any(result.severity == "Violation" for result in results):
        named = {term for result in results for term in (result.focus, result.value)}
        raise BuildRefused(results, locate(loaded, named))
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        aside = Path(tempfile.mkdtemp(prefix=".making-", dir=out))
        try:
            manifest = _write(dataset, publication, loaded, aside, inputs_digest(tables))
            folder = _publish(out, aside, manifest)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return Build(folder, manifest)


def write_inferred(triples: Iterable[ox.Triple], path: Path, tables: Path = TABLES_FOLDER) -> None:
    """Write inferred triples as N-Triples, with the digest of the tables that they follow from."""
    content = _INPUTS + inputs_digest(tables).encode() + b"\n" + write(in_order(triples), N_TRIPLES)
    path.write_bytes(content)


def _read_inferred(path: Path, tables: Path) -> set[ox.Triple]:
    content = path.read_bytes()
    if not content.startswith(_INPUTS + inputs_digest(tables).encode() + b"\n"):
        raise InferredRefused(f"{path}: is not of these tables: run 'cami reason --out {path}'")
    try:
        return {quad.triple for quad in ox.parse(content, format=N_TRIPLES)}
    except SyntaxError as error:
        raise InferredRefused(f"{path}:{error.lineno}:{error.offset}: {error.msg}") from None


def _write(
    dataset: Dataset, publication: Publication, tables: Tables, folder: Path, inputs: str
) -> dict[str, Any]:
    contents = contents_of(dataset, publication, tables)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    _store(folder)
    manifest = {
        "name": "cami",
        "version": installed_version("cami"),
        "digest": sha256(contents["cami.nq"]),
        "inputs": inputs,
        "triples": len(dataset.default()),
        "graphs": {origin: len(triples) for origin, triples in sorted(dataset.graphs.items())},
        "classes": class_counts(dataset),
        "ontology": _summary(publication),
        "files": {
            name: {"bytes": len(content), "sha256": sha256(content)}
            for name, content in contents.items()
        },
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return manifest


def _summary(publication: Publication) -> dict[str, Any]:
    """Return the version of the ontology, and how many terms changed since the one before."""
    summary: dict[str, Any] = {"version": publication.version}
    for step in publication.history[:1]:
        summary["since"] = step.older
        summary |= {
            "added": len(step.added),
            "removed": len(step.removed),
            "deprecated": len(step.deprecated),
            "changed": len({change.term for change in step.changed}),
        }
    return summary


def _store(folder: Path) -> None:
    store = ox.Store(str(folder / "store"))
    # Parsed here: a bulk load of a file would give each blank node another label in every build.
    store.bulk_extend(ox.parse(path=str(folder / "cami.nq"), format=N_QUADS))
    store.optimize()  # mandatory after a bulk load: queries are up to ten times slower without
    store.flush()
    del store  # lets go of the lock
    write_store_digests(folder)


def _publish(out: Path, aside: Path, manifest: dict[str, Any]) -> Path:
    folder = out / f"{manifest['version']}-{manifest['digest'][:12]}"
    if not _is_whole(folder, manifest):
        aside.chmod(0o755)
        replaced = Path(f"{aside}-replaced")
        if folder.exists():  # a server may be reading it: it is gone for a moment only
            folder.rename(replaced)
        aside.rename(folder)
        shutil.rmtree(replaced, ignore_errors=True)
    point(out, folder.name)
    return folder


def _is_whole(folder: Path, manifest: dict[str, Any]) -> bool:
    if manifest_of(folder) != manifest:
        return False
    try:
        verify(Build(folder, manifest))
    except CorruptBuild:
        return False
    return True


def class_counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Return how many things of each class of ours each document's graph holds."""
    counts: dict[str, dict[str, int]] = {}
    for origin, triples in sorted(dataset.graphs.items()):
        kinds = {
            iri.removeprefix(CAMI): count
            for iri, count in sorted(class_counter(triples).items())
            if iri.startswith(CAMI)
        }
        if kinds:
            counts[origin] = kinds
    return counts
