"""What each command does; every one returns its exit code.

Heavy libraries are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in typing, whose import takes longer than all of this
if TYPE_CHECKING:
    import argparse
    from pathlib import Path
    from typing import Any


class Unusable(Exception):
    """The input could not be used; the message says why and what to do."""


def build(options: argparse.Namespace) -> int:
    """Make a build and print what it holds."""
    from ..graph import TABLES_FOLDER
    from .builds import default_out

    tables = options.tables or TABLES_FOLDER
    built = _built(options.out or default_out(), tables, options.inferred)
    if built is None:
        return 1
    count = built.manifest["triples"]
    print(f"cami: {count:,} triples, dataset {built.digest[:12]}, in {built.folder}")
    print(f"cami: {_ontology_line(built.manifest['ontology'])}, in {built.folder / 'ontology'}")
    return 0


def _ontology_line(summary: dict[str, Any]) -> str:
    """Return the version of the ontology, and what changed since the release before."""
    words = ("added", "deprecated", "removed", "changed")
    counts = ", ".join(f"{summary[word]} {word}" for word in words if summary.get(word))
    since = (
        f" (terms since {summary['since']}: {counts or 'no change'})" if "since" in summary else ""
    )
    return f"ontology {summary['version']}{since}"


def _built(out: Path, tables: Path, inferred: Path | None = None):
    from ..graph import TableError
    from ..ontology.model import OntologyError
    from ..queries import CatalogueError
    from ..shapes import ShapesError
    from .release import BuildRefused, InferredRefused, build
    from .report import as_text

    print(f"cami: reading the tables, checking the shapes, writing {out}", file=sys.stderr)
    try:
        return build(out, tables, inferred)
    except BuildRefused as error:
        print(as_text(error.results, error.rows), file=sys.stderr)
        print(f"cami: {error}; the last good build stays", file=sys.stderr)
        return None
    except TableError as error:
        raise Unusable(f"the tables cannot be used; the last good build stays\n{error}") from None
    except (CatalogueError, InferredRefused, OntologyError, ShapesError, OSError) as error:
        raise Unusable(str(error)) from None


def _open(options: argparse.Namespace):
    """Return the build that an option names, or the default one, made anew if the data changed."""
    from .builds import NoBuild, default_out, open_build

    try:
        found = open_build(options.build or default_out())
        if options.build or found.manifest["inputs"] == _inputs():
            return found
    except NoBuild as error:
        if options.build:
            raise Unusable(str(error)) from None
    from ..graph import TABLES_FOLDER

    built = _built(default_out(), TABLES_FOLDER)
    if built is None:
        raise Unusable("the tables of this installation break its shapes")
    return built


def _inputs() -> str:
    from .made_from import inputs_digest

    return inputs_digest()


def validate(options: argparse.Namespace) -> int:
    """Run shapes over inputs, or over the graph, and print what they found."""
    from .validate_command import CommandError, run

    try:
        return run(options)
    except CommandError as error:
        raise Unusable(str(error)) from None


def template(options: argparse.Namespace) -> int:
    """List, print or write templates of what users validate."""
    from .validate_command import CommandError, template

    try:
        return template(options)
    except CommandError as error:
        raise Unusable(str(error)) from None


def reason(options: argparse.Namespace) -> int:
    """Print what OWL decides about the ontology and the data."""
    from ..graph import TABLES_FOLDER, TableError
    from ..shapes.reasoner import ReasonerFailed, ReasonerMissing
    from .reason_command import run
    from .sources import RdfError

    if options.alone and not options.files:
        raise Unusable("--alone needs files to reason about: name at least one")
    if options.alone and options.out:
        raise Unusable("--out is for the data of the tables: leave out --alone")
    try:
        return run(options, options.tables or TABLES_FOLDER)
    except (RdfError, TableError, ReasonerMissing, ReasonerFailed, OSError) as error:
        raise Unusable(str(error)) from None


def query(options: argparse.Namespace) -> int:
    """Answer a query, or list the catalogue."""
    _on_linux("cami query")
    from .query_command import run

    return run(options)


def reconcile(options: argparse.Namespace) -> int:
    """Write a table with the identifiers of the names in one of its columns."""
    from .reconcile_command import TableUnusable, run

    index = _open(options).names()
    try:
        return run(options.table, options.column, options.type, options.out, index)
    except TableUnusable as error:
        raise Unusable(str(error)) from None


def resolve(options: argparse.Namespace) -> int:
    """Print what identifiers of other authorities stand for."""
    from .resolve_command import run

    return run(options, _open(options))


def audit(options: argparse.Namespace) -> int:
    """Hold a document against a build."""
    from ..shapes import PaperError
    from .audit_command import AttachError, run

    built = _open(options)
    try:
        return run(options.document, built.folder / "cami.nt", options.format, options.attach)
    except (PaperError, AttachError) as error:
        raise Unusable(str(error)) from None


def serve(options: argparse.Namespace) -> int:
    """Serve a build, a file, or a store elsewhere, until told to stop."""
    _on_linux("cami serve")
    from .affinity import processors
    from .start import run

    options.workers = options.workers or processors()
    return run(options, lambda: _open(options))


def _on_linux(command: str) -> None:
    if sys.platform != "linux":
        raise Unusable(
            f"{command} needs Linux, whose kernel keeps queries from files and from the network:"
            " use the container of server/Containerfile"
        )


def build_for(options: argparse.Namespace):
    """Return the build that a command asks, as its options say."""
    return _open(options)


def import_(options: argparse.Namespace) -> int:
    """Put an export beside the graph, list what there is, or remove one."""
    from .import_command import run

    return run(options)


def compare(options: argparse.Namespace) -> int:
    """Write where CAMI and an import differ."""
    from .compare_command import run

    return run(options)


def builds(options: argparse.Namespace) -> int:
    """List the builds there are."""
    from .store_commands import list_builds

    return list_builds(options)


def rollback(options: argparse.Namespace) -> int:
    """Make another build current."""
    from .store_commands import rollback

    return rollback(options)


def load(options: argparse.Namespace) -> int:
    """Put a build into a store elsewhere."""
    from .store_commands import load

    return load(options)
