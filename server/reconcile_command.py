"""`cami reconcile`: a table with a column of names in, the same table with identifiers out."""

import csv
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, TextIO

from tqdm import tqdm

from ..queries.matching import Candidate, Matcher
from ..queries.names import NameIndex

ADDED = (
    "cami_id",  # only of what is sure
    "cami_score",
    "cami_relation",
    "cami_reason",
    "cami_candidate",  # the best guess where nothing is sure
)
_LEAST = 40.0  # below that score a candidate only has some letters of the name
_MAX_CELL = 1 << 20


class TableUnusable(Exception):
    """The table cannot be used; the message names file, line and what to do."""


def run(path: Path, column: str, kind: str | None, out: Path | None, index: NameIndex) -> int:
    """Write the table with what its names mean; return 0.

    Standard output gets nothing, and a file stays as it was, unless the whole table could be used.
    Raises `TableUnusable`.
    """
    if kind and kind not in index.types():
        raise TableUnusable(f"--type {kind!r}: use one of {', '.join(index.types())}")
    matcher = Matcher(index)
    try:
        with closing(_aside(out)) as aside:
            counts = _copy(path, column, (kind,) if kind else (), matcher, aside)
            _publish(aside, out)
    except OSError as error:
        raise TableUnusable(f"{error.filename or out}: {error.strerror}") from None
    total, sure, offered = counts
    told = f"{total} names: {sure} matched, {offered} with a candidate to look at"
    print(f"cami: {told}, {total - sure - offered} unknown", file=sys.stderr)
    return 0


def _aside(out: Path | None) -> IO[str]:
    folder = out.resolve().parent if out else None
    return tempfile.NamedTemporaryFile(
        "w+", encoding="utf-8", newline="", dir=folder, prefix=".cami-"
    )


def _publish(aside: IO[str], out: Path | None) -> None:
    aside.flush()
    if out is None:
        aside.seek(0)
        shutil.copyfileobj(aside, sys.stdout)
        sys.stdout.flush()
        return
    whole = Path(aside.name)
    whole.chmod(0o644)
    finished = whole.with_name(f"{whole.name}.done")
    whole.rename(finished)
    finished.replace(out)
    whole.touch()  # closing removes the file by its name


def _copy(
    path: Path, column: str, types: tuple[str, ...], matcher: Matcher, to: IO[str]
) -> tuple[int, int, int]:
    """Copy a table with the added columns; return how many names, matches and mere candidates."""
    total = sure = offered = 0
    with _open(path) as file:
        delimiter = _delimiter(path, file)
        rows = _rows(path, file, delimiter)
        header = next(rows, (0, list[str]()))[1]
        place = _place(path, header, column)
        writer = csv.writer(to, delimiter=delimiter, lineterminator="\n")
        writer.writerow([*header, *ADDED])
        for line, row in tqdm(rows, path.name, unit=" rows", disable=None, leave=False):
            if len(row) != len(header):
                told = f"has {len(row)} cells, the header has {len(header)}"
                raise TableUnusable(f"{path}:{line}: {told}: quote cells that hold {delimiter!r}")
            found = [one for one in matcher.match(row[place], types, 1) if one.score >= _LEAST]
            writer.writerow([*row, *_cells(found)])
            total += bool(row[place].strip())
            sure += bool(found) and found[0].match
            offered += bool(found) and not found[0].match
    return total, sure, offered


def _cells(found: Sequence[Candidate]) -> list[str]:
    if not found:
        return [""] * len(ADDED)
    best = found[0]
    iri = best.entity.iri
    told = [f"{best.score:g}", best.relation, best.reason]
    return [iri, *told, ""] if best.match else ["", *told, iri]


def _open(path: Path) -> TextIO:
    csv.field_size_limit(_MAX_CELL)
    if str(path) == "-":
        return io.TextIOWrapper(io.BytesIO(sys.stdin.buffer.read()), "utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _delimiter(path: Path, file: TextIO) -> str:
    """Return what separates the cells of a table, by its header."""
    try:
        header = file.readline()
        file.seek(0)
    except UnicodeDecodeError:
        raise TableUnusable(f"{path}: is not UTF-8: save it as CSV UTF-8") from None
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    return max(",;\t", key=header.count)


def _rows(path: Path, file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the lines on which they end; empty lines are left out."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise TableUnusable(f"{path}:{reader.line_num}: is no CSV: {error}") from None
    except UnicodeDecodeError:
        told = f"after line {reader.line_num} it is not UTF-8: save it as CSV UTF-8"
        raise TableUnusable(f"{path}: {told}") from None


def _place(path: Path, header: Sequence[str], column: str) -> int:
    if not header:
        raise TableUnusable(f"{path}: is empty: the first line has to name the columns")
    if header.count(column) != 1:
        shown = ", ".join(header)[:200]
        how = "is there twice" if column in header else "is not there"
        raise TableUnusable(f"{path}: column {column!r} {how}: the columns are {shown}")
    for name in ADDED:
        if name in header:
            raise TableUnusable(f"{path}: has a column {name!r} already: rename or remove it")
    return header.index(column)
