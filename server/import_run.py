"""One import: read the parts of an export, join rows, write triples and rejects, row by row."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from . import import_assessments as red_list
from . import import_listings as listings
from . import import_occurrences as gbif
from .import_archive import read_core
from .import_counts import Counts as Numbers
from .import_kinds import COUNTRIES, FormatError, Kind, check_columns
from .import_known import Known
from .import_rows import MAX_LINE, Bad, Dialect, Progress, Row, Source, Table
from .import_taxa import Taxa
from .import_text import RowError

Told = Callable[[int, int, int], None]  # bytes read, bytes in all, rows read
Part = tuple[str | None, Iterator[Row], "Convert"]
Convert = Callable[[Sequence[str], int], str | None]
_MAX_JSON = 64 << 20
_SHOWN = 400  # characters of a rejected row


@dataclass
class Counts:
    """What became of the rows, and how many triples there are."""

    read: int = 0
    used: int = 0
    elsewhere: int = 0
    rejected: int = 0
    triples: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])


class Import:
    """Writes the triples of an export to one file and the rows that cannot be used to another."""

    def __init__(self, kind: Kind, source: Source, known: Known, slug: str):
        self.kind, self.source, self.known, self.slug = kind, source, known, slug
        self.counts = Counts()
        self.taxa = Taxa(known, kind, slug)
        self.numbers = Numbers(slug)

    def run(self, data: TextIO, rejects: TextIO, progress: Told) -> None:
        """Read all rows. Raises `FormatError` when the file is not an export of its kind."""
        sheet = csv.writer(rejects)
        sheet.writerow(["file", "line", "reason", "row"])
        for member, rows, convert in self._parts(progress):
            name = member or self.source.path.name
            for row in rows:
                self.counts.read += 1
                if isinstance(row, Bad):
                    self._reject(sheet, name, row.line, row.reason, row.text)
                    continue
                try:
                    made = convert(row[1], row[0])
                except RowError as error:
                    self._reject(sheet, name, row[0], str(error), "|".join(row[1]))
                    continue
                if made is None:
                    self.counts.elsewhere += 1
                else:
                    self.counts.used += 1
                    self.write(data, made)
        for made in self.taxa.names():
            self.write(data, made)

    def write(self, data: TextIO, triples: str) -> None:
        """Write lines of N-Triples and count them."""
        data.write(triples)
        self.counts.triples += triples.count("\n")

    def _reject(self, sheet: Any, name: str, line: int, reason: str, row: str) -> None:
        self.counts.rejected += 1
        self.counts.reasons[reason.partition(":")[0]] += 1
        shown = row[:_SHOWN].encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        sheet.writerow([name, line, reason, shown])

    def _parts(self, progress: Told) -> Iterator[Part]:
        """Yield each table of the export with what turns its rows into triples."""
        if self.kind.name == "gbif" and self.source.find("meta.xml"):
            yield from self._darwin_core(progress)
        elif self.kind.name == "red-list-api":
            yield from self._answers(progress)
        else:
            yield from self._table(self._only_member(), self.kind.layouts, progress)
            countries = self.source.find("countries.csv") if self.kind.name == "red-list" else None
            if countries:
                yield from self._table(countries, {"countries.csv": COUNTRIES}, progress)

    def _only_member(self) -> str | None:
        """Return the member of a zipped export; None where the file itself is the table."""
        if self.source.archive is None:
            return None
        names = [name for name in self.source.members() if name.lower().endswith((".csv", ".txt"))]
        wanted = self.source.find("assessments.csv") if self.kind.name == "red-list" else None
        if wanted is None and len(names) != 1:
            raise FormatError(
                f"{self.source.path}: holds {len(names)} tables: give one, or an archive of one"
            )
        return wanted or names[0]

    def _table(
        self,
        member: str | None,
        layouts: Mapping[str, tuple[str, ...]],
        progress: Told,
    ) -> Iterator[Part]:
        where = f"{self.source.path}: {member}" if member else str(self.source.path)
        dialect = self._sniffed(member)
        with self.source.open(member, self._told(member, progress)) as binary:
            table = Table(binary, dialect, where)
            header = table.header()
            check_columns(where, header, layouts)
            yield member, iter(table), _checked(len(header), self._convert(header, layouts))

    def _sniffed(self, member: str | None) -> Dialect:
        with self.source.open(member, lambda _: None) as binary:
            start = binary.readline(MAX_LINE).decode("utf-8", "replace")
        separator = max(self.kind.separators, key=start.count)
        quote = "" if separator == "\t" else '"'
        return Dialect(separator, quote, "utf-8", self.kind.fallback)

    def _convert(self, header: Sequence[str], layouts: Mapping[str, tuple[str, ...]]) -> Convert:
        def of(names: Sequence[str], convert: Convert) -> Convert:
            pick = itemgetter(*(header.index(name) for name in names))
            return lambda cells, line: convert(pick(cells), line)

        if self.kind.name == "gbif":
            made = gbif.Occurrences(self.known, self.taxa, self.numbers)
            return of((*gbif.NEEDED, *gbif.OPTIONAL), made.row)
        if self.kind.name == "red-list":
            assessments = red_list.Assessments(self.known, self.taxa, self.slug)
            if layouts is self.kind.layouts:
                return of(red_list.ASSESSMENT, assessments.row)
            return of(red_list.COUNTRY, assessments.country)
        if self.kind.name == "cites-trade":
            trade = listings.Trade(self.known, self.taxa, self.slug)
            return of(listings.TRADE, trade.row)
        return listings.Listings(self.known, self.taxa, self.slug, self.kind.name, header).row

    def _darwin_core(self, progress: Told) -> Iterator[Part]:
        core = read_core(self.source, gbif.NEEDED)
        names = (*gbif.NEEDED, *gbif.OPTIONAL)
        convert = gbif.Occurrences(self.known, self.taxa, self.numbers).row
        constants = [core.constants.get(name, "") for name in names]
        width = core.width
        places = [
            core.columns.get(name, width + place) for place, name in enumerate(names)
        ]  # what is no column is taken from the constants, put behind the cells
        pick = itemgetter(*places)

        def row(cells: Sequence[str], line: int) -> str | None:
            if len(cells) < width:
                raise RowError(f"cells: are {len(cells)} instead of {width}")
            return convert(pick([*cells[:width], *constants]), line)

        with self.source.open(core.member, self._told(core.member, progress)) as binary:
            yield core.member, iter(Table(binary, core.dialect, core.member)), row

    def _answers(self, progress: Told) -> Iterator[Part]:
        made = red_list.Assessments(self.known, self.taxa, self.slug)

        def convert(cells: Sequence[str], line: int) -> str | None:
            try:
                answer = json.loads(cells[0])
            except (ValueError, RecursionError) as error:
                raise RowError(f"JSON: cannot be read: {error}") from None
            return made.answer(answer)

        with self.source.open(None, self._told(None, progress)) as binary:
            yield None, _documents(binary.read(_MAX_JSON + 1), self.source.path), convert

    def _told(self, member: str | None, progress: Told) -> Progress:
        size = self.source.size(member)
        return lambda count: progress(count, size, self.counts.read)


def _checked(width: int, convert: Convert) -> Convert:
    def row(cells: Sequence[str], line: int) -> str | None:
        if len(cells) != width:
            raise RowError(f"cells: are {len(cells)} instead of {width}")
        return convert(cells, line)

    return row


def _documents(content: bytes, path: Path) -> Iterator[Row]:
    """Yield the JSON texts of a file: one for the whole file, or one a line."""
    if len(content) > _MAX_JSON:
        raise FormatError(f"{path}: is larger than {_MAX_JSON >> 20} MB: split it")
    try:
        whole = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: is not UTF-8: {error.reason}") from None
    try:
        json.loads(whole)
    except (ValueError, RecursionError):
        for number, line in enumerate(whole.split("\n"), 1):
            if line.strip():
                yield number, [line]
    else:
        yield 1, [whole]
