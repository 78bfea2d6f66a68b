"""`cami import`: an export of the user, joined to what a build knows, as a graph beside it."""

import argparse
import hashlib
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from .commands import Unusable, build_for


def store_with(built: Any, names: list[str]) -> Path:
    """Return the on-disk store of a build with imports, which is made when it is first needed."""
    from .import_kinds import FormatError
    from .import_store import combined, find

    try:
        chosen = find(built.folder.parent, names)
        for one in chosen:
            if one.manifest["joined_with"] != built.digest:
                print(
                    f"cami: {one.slug} was joined with another build: import it again",
                    file=sys.stderr,
                )
        return combined(built, chosen)
    except FormatError as error:
        raise Unusable(str(error)) from None
    except OSError as error:
        raise Unusable(f"--with: {error}") from None


def served_with(built: Any, options: argparse.Namespace) -> tuple[Path, str]:
    """Return the store of a build with imports, and the digest that stands for both.

    Raises `Unusable` when others than this machine could ask.
    """
    from .import_store import digest_with, find

    if options.proxy or options.host not in ("127.0.0.1", "::1", "localhost"):
        raise Unusable(
            "--with: imports may not be passed on: serve them on 127.0.0.1 and without --proxy"
        )
    place = store_with(built, options.imports)
    return place, digest_with(built, find(built.folder.parent, options.imports))


def run(options: argparse.Namespace) -> int:
    """Import a file, list what there is, or remove an import."""
    from .import_kinds import KINDS, FormatError
    from .import_store import remove

    built = build_for(options)
    out = built.folder.parent
    try:
        if options.remove:
            remove(out, options.remove)
            return 0
        if options.kind is None:
            _list(out)
            return 0
        if options.kind not in KINDS:
            raise Unusable(f"{options.kind!r} is no kind of export: use {', '.join(KINDS)}")
        if options.file is None:
            raise Unusable(f"{options.kind}: name the file that you downloaded")
        return _import(options, built)
    except FormatError as error:
        raise Unusable(str(error)) from None
    except OSError as error:
        raise Unusable(f"{error.filename or out}: {error.strerror}") from None


def _list(out: Path) -> None:
    from .import_kinds import KINDS
    from .import_store import imports

    for kind in KINDS.values():
        print(f"{kind.name:20}{kind.title}")
    for one in imports(out):
        print(f"{one.slug}  {one.manifest['triples']:,} triples, from {one.manifest['file']}")


def _import(options: argparse.Namespace, built: Any) -> int:
    from .import_kinds import KINDS
    from .import_known import read_known
    from .import_rows import Source
    from .import_run import Import
    from .import_store import publish, workplace

    source, kind = Source(options.file), KINDS[options.kind]
    sha256 = _digest(options.file)
    slug = f"{kind.name}-{sha256[:12]}"
    made = Import(kind, source, read_known(built), slug)
    aside = workplace(built.folder.parent)
    try:
        terms = _write(made, aside, options, sha256)
        _say(made)
        if options.rejects:
            shutil.copyfile(aside / "rejects.csv", options.rejects)
        if not made.counts.used:
            return 1
        manifest = {
            "kind": kind.name,
            "file": options.file.name,
            "sha256": sha256,
            "joined_with": built.digest,
            "rows": {name: getattr(made.counts, name) for name in _ROWS},
            "triples": made.counts.triples,
            **terms,
        }
        done = publish(built.folder.parent, aside, slug, manifest)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    print(f"cami: {made.counts.triples:,} triples in the graph {done.graph}")
    if made.numbers:
        print(f"cami: how many records by taxon, State, year and cell: in the graph {done.counts}")
    print(f"cami: ask with --with {slug}; kept in {done.folder}")
    return 0


_ROWS = ("read", "used", "elsewhere", "rejected")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(made: Any, aside: Path, options: argparse.Namespace, sha256: str) -> dict[str, str]:
    from .import_kinds import FormatError
    from .import_store import about
    from .import_text import RowError

    licence = options.licence or made.kind.licence or ""
    if licence and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", licence):
        raise Unusable(f"--licence {licence!r} is not an address")
    terms = {"licence": licence, "citation": options.citation or _citation(made)}
    with (
        (aside / "data.nt").open("w", encoding="utf-8", buffering=1 << 20) as data,
        (aside / "rejects.csv").open("w", encoding="utf-8", newline="") as rejects,
        (aside / "about.nt").open("w", encoding="utf-8") as told,
    ):
        try:
            for line in about(made.slug, made.kind, options.file.name, sha256, terms):
                made.write(told, line)
        except RowError as error:
            raise FormatError(f"--{error}") from None
        bar = Progress()
        made.run(data, rejects, bar.show)
        bar.end()
    if made.numbers:
        with (aside / "counts.nt").open("w", encoding="utf-8") as numbers:
            numbers.writelines(made.numbers.triples())
    return terms


def _citation(made: Any) -> str:
    """Return the citation of the publisher; a GBIF download says its own key or address."""
    from .import_rows import Source

    source: Source = made.source
    if made.kind.name != "gbif":
        return str(made.kind.citation)
    key = re.match(r"\d{7}-\d{15}", source.path.name)
    return f"{made.kind.citation} {key[0] if key else source.path.name}"


def _say(made: Any) -> None:
    counts = made.counts
    words = (
        f"{counts.read:,} rows read, {counts.used:,} used, {counts.elsewhere:,} about other "
        f"taxa or States, {counts.rejected:,} rejected"
    )
    print(f"cami: {words}")
    for reason, count in counts.reasons.most_common(5):
        print(f"cami: rejected: {reason} ({count:,})")


class Progress:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self) -> None:
        self._on, self._next = sys.stderr.isatty(), 0.0

    def show(self, done: int, size: int, rows: int) -> None:
        """Draw how far a file was read, at most ten times a second."""
        now = time.monotonic()
        if self._on and now >= self._next:
            self._next = now + 0.1
            share = min(1.0, done / size if size else 1.0)
            drawn = "#" * int(30 * share)
            print(f"\r[{drawn:30}] {share:4.0%} {rows:,} rows", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the bar."""
        if self._on:
            print(file=sys.stderr)
