"""Listings of Species+ under CMS and CITES, and shipments of the CITES Trade Database."""

import re
from collections.abc import Iterator, Mapping, Sequence

from .import_known import Known
from .import_taxa import Taxa
from .import_text import (
    RDF_TYPE,
    RowError,
    cami,
    column,
    dcterms,
    digits,
    dwc,
    iri,
    lines,
    number,
    plain,
    text,
    typed,
    year,
)

_NAME = {"species-plus-cms": "ScientificName", "species-plus-cites": "Scientific Name"}
_NOTE = {"species-plus-cms": "Note", "species-plus-cites": "Full note"}
CODES, ALL = "All_DistributionISOCodes", "All_DistributionFullNames"
# Which column says what of a country, in the words of Species+.
TAGS = {
    "NativeDistributionFullNames": "native",
    "Introduced_Distribution": "introduced",
    "Introduced(?)_Distribution": "introduced (?)",
    "Reintroduced_Distribution": "reintroduced",
    "Extinct_Distribution": "extinct",
    "Extinct(?)_Distribution": "extinct (?)",
    "Distribution_Uncertain": "distribution uncertain",
}
_DISTRIBUTION = "<http://rs.gbif.org/terms/1.0/Distribution>"
_UNLISTED = ("", "NC")  # what Species+ shows where nothing is listed
_CODE = re.compile(r"[A-Z]{2}")
TRADE = (
    *("Year", "App.", "Taxon", "Importer", "Exporter", "Origin", "Importer reported quantity"),
    *("Exporter reported quantity", "Term", "Unit", "Purpose", "Source"),
)


class Listings:
    """Turns rows of Species+ into triples; which columns there are differs by version."""

    def __init__(self, known: Known, taxa: Taxa, slug: str, kind: str, header: Sequence[str]):
        self._known, self._taxa, self._place = known, taxa, f"import/{slug}"
        self._kind, self._header = kind, header
        self._treaty = kind.rpartition("-")[2]

    def row(self, cells: Sequence[str], line: int) -> str | None:
        """Return the triples of a taxon's listing, None if it is no taxon of CAMI."""
        given = dict(zip(self._header, map(plain, cells), strict=True))
        name = given[_NAME[self._kind]]
        joined = self._taxa.join(name, digits(given["Id"], "Id"), name)
        if joined is None:
            return None
        subject = iri(self._place, f"row/{line}")
        parts = [
            f"{RDF_TYPE} {cami('TreatyTaxonUsage')}",
            f"{cami('position')} {typed(str(line), 'integer')}",
            f"{cami('printedName')} {text(name, 'name')}",
            joined.key,
            *(f"{dcterms('subject')} {taxon}" for taxon in joined.subjects),
            *(f"{cami('statedAppendix')} {one}" for one in self._appendices(given["Listing"])),
        ]
        if note := given[_NOTE[self._kind]]:
            parts.append(f"{column('species-plus', 'note')} {text(note, 'Note')}")
        if given.get("Date"):
            parts.append(f"{column('species-plus', 'date')} {text(given['Date'], 'Date')}")
        made = lines(subject, parts)
        return made + "".join(self._distribution(given, joined.subjects, line))

    def _appendices(self, listing: str) -> Iterator[str]:
        if listing in _UNLISTED:
            return
        for one in listing.split("/"):
            found = self._known.codes.get((f"appendix/{self._treaty}", one.strip()))
            if one.strip() in _UNLISTED:
                continue
            if found is None:
                raise RowError(f"Listing: {listing[:40]!r} names no Appendix of this convention")
            yield f"<{found}>"

    def _distribution(
        self, given: Mapping[str, str], subjects: Sequence[str], line: int
    ) -> Iterator[str]:
        codes = [code.strip() for code in given.get(CODES, "").split(",")]
        for code in sorted({code for code in codes if code in self._known.states}):
            state = self._known.states[code]
            subject = iri(self._place, f"distribution/{line}/{code}")
            yield f"{subject} {RDF_TYPE} {_DISTRIBUTION} .\n"
            for taxon in subjects:
                yield f"{subject} {dcterms('subject')} {taxon} .\n"
            yield f"{subject} {dcterms('spatial')} <{state}> .\n"
            yield f"{subject} {dcterms('source')} {iri(self._place, f'row/{line}')} .\n"
            for heading, tag in TAGS.items():
                if self._known.state_names[state] & _listed(given.get(heading, "")):
                    yield f"{subject} {dwc('occurrenceStatus')} {text(tag, heading)} .\n"


def _listed(cell: str) -> set[str]:
    return {name.strip() for name in cell.split(",")}


class Trade:
    """Turns rows of a comparative tabulation into observations."""

    def __init__(self, known: Known, taxa: Taxa, slug: str):
        self._known, self._taxa, self._place = known, taxa, f"import/{slug}"

    def row(self, cells: Sequence[str], line: int) -> str | None:
        """Return the triples of a row, None if it is of no taxon of CAMI. Raises `RowError`."""
        given = dict(zip(TRADE, map(plain, cells), strict=True))
        name = given["Taxon"]
        joined = self._taxa.join(name, name)
        if joined is None:
            return None
        subject = iri(self._place, f"row/{line}")
        parts = [
            f"{RDF_TYPE} <http://purl.org/linked-data/cube#Observation>",
            f"{dwc('scientificName')} {text(name, 'Taxon')}",
            joined.key,
            *(f"{dcterms('subject')} {taxon}" for taxon in joined.subjects),
            f"{dwc('year')} {year(given['Year'], 'Year')}",
            *self._columns(given),
        ]
        return lines(subject, parts)

    def _columns(self, given: Mapping[str, str]) -> Iterator[str]:
        for name in ("Importer", "Exporter", "Origin"):
            if given[name]:
                yield f"{_trade(name)} {self._country(given[name], name)}"
        for name in ("Importer reported quantity", "Exporter reported quantity"):
            if given[name]:
                yield f"{_trade(name)} {number(given[name], name)}"
        for name in ("Term", "Unit"):
            if given[name]:
                yield f"{_trade(name)} {text(given[name], name)}"
        for name, scheme in _SCHEMES.items():
            if given[name]:
                yield f"{_trade(name)} {self._code(given[name], name, scheme)}"

    def _country(self, code: str, name: str) -> str:
        if not _CODE.fullmatch(code):
            raise RowError(f"{name}: {code[:40]!r} is not a code of two letters")
        return f"<{self._known.states[code]}>" if code in self._known.states else text(code, name)

    def _code(self, value: str, name: str, scheme: str) -> str:
        """Return the concept of a code, or the code itself, such as Appendix N of the database."""
        found = self._known.codes.get((scheme, value))
        return f"<{found}>" if found else text(value, name)


_SCHEMES = {"App.": "appendix/cites", "Purpose": "cites-purpose", "Source": "cites-source"}


def _trade(name: str) -> str:
    words = name.strip(".").split(" ")
    return column("cites-trade", words[0].lower() + "".join(map(str.capitalize, words[1:])))
