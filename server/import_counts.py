"""How many records an import of occurrences has: by taxon, State and year, and by taxon and cell.

Whoever asks for numbers, or for a box on the map, need not read millions of records. Counts have a
graph of their own, where nobody takes them for records. They are observations of RDF Data Cube
(https://www.w3.org/TR/vocab-data-cube/); a cell is one degree wide and high, and `dwc:locationID`
names its south-west corner, in records too: "43,77" is 43 N, 77 E.
"""

import math
from collections import Counter
from collections.abc import Iterator

from .import_text import LABEL, RDF_TYPE, dwc, iri, text, typed

_QB = "http://purl.org/linked-data/cube#"
_DATA_SET, _OBSERVATION = f"<{_QB}DataSet>", f"<{_QB}Observation>"
_IN = f"<{_QB}dataSet>"
_VALUE = "<http://purl.org/linked-data/sdmx/2009/measure#obsValue>"
_LOCATION = dwc("locationID")
_About = tuple[str, ...]


def cell(latitude: str, longitude: str) -> str:
    """Return the name of the cell of a place, its coordinates checked before."""
    south = min(math.floor(float(latitude)), 89)
    west = min(math.floor(float(longitude)), 179)
    return f"{south},{west}"


def in_cell(name: str) -> str:
    """Return what a record says of its cell."""
    return f'{_LOCATION} "{name}"'


class Counts:
    """Counts records; what is kept grows with taxa, States, years and cells, not with records."""

    def __init__(self, slug: str):
        self._place = f"import/{slug}"
        self._years: Counter[tuple[_About, str, str]] = Counter()
        self._cells: Counter[tuple[_About, str]] = Counter()

    def add(self, about: _About, state: str, year: str, place: str) -> None:
        """Count a record: what it says of its taxon, State, year and cell, "" for what it does not."""
        self._years[about, state, year] += 1
        if place:
            self._cells[about, place] += 1

    def __bool__(self) -> bool:
        """Whether there was a record."""
        return bool(self._years)

    def triples(self) -> Iterator[str]:
        """Yield the observations, none of an import without records."""
        if self._years:
            yield from self._of("years", "Records by taxon, State and year", self._by_year())
        if self._cells:
            yield from self._of("cells", "Records by taxon and cell of one degree", self._by_cell())

    def _by_year(self) -> Iterator[tuple[list[str], int]]:
        for (about, state, year), count in sorted(self._years.items()):
            yield [*about, *filter(None, (state, year))], count

    def _by_cell(self) -> Iterator[tuple[list[str], int]]:
        for (about, place), count in sorted(self._cells.items()):
            south, west = place.split(",")
            yield (
                [
                    *about,
                    in_cell(place),
                    f"{dwc('decimalLatitude')} {typed(south, 'decimal')}",
                    f"{dwc('decimalLongitude')} {typed(west, 'decimal')}",
                ],
                count,
            )

    def _of(self, name: str, label: str, rows: Iterator[tuple[list[str], int]]) -> Iterator[str]:
        whole = iri(self._place, name)
        yield f"{whole} {RDF_TYPE} {_DATA_SET} .\n"
        yield f"{whole} {LABEL} {text(label, 'label')} .\n"
        for number, (said, count) in enumerate(rows, 1):
            one = iri(self._place, f"{name}/{number}")
            given = [f"{RDF_TYPE} {_OBSERVATION}", f"{_IN} {whole}", *said]
            given.append(f"{_VALUE} {typed(str(count), 'integer')}")
            yield "".join([f"{one} {part} .\n" for part in given])
