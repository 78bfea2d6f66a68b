"""GBIF occurrences as Darwin Core in RDF, about eleven triples each.

Terms: https://dwc.tdwg.org/rdf/. A record is about a taxon of CAMI (`dcterms:subject`) only where
GBIF's taxon is no wider than that; the others keep `dwc:taxonID` or
`dwc:scientificName`, by which the relation is found.
"""

import re
from collections.abc import Sequence

from .import_counts import Counts, cell, in_cell
from .import_known import Known
from .import_taxa import Taxa
from .import_text import RDF_TYPE, RowError, dcterms, digits, dwc, number, text, typed, year

NEEDED = (
    *("gbifID", "datasetKey", "species", "countryCode", "occurrenceStatus", "decimalLatitude"),
    *("decimalLongitude", "eventDate", "year", "taxonKey", "speciesKey", "basisOfRecord"),
    "license",
)
OPTIONAL = ("infraspecificEpithet", "individualCount")
# https://gbif.github.io/gbif-api/apidocs/org/gbif/api/vocabulary/License.html
_LICENCES = {
    "CC0_1_0": "http://creativecommons.org/publicdomain/zero/1.0/legalcode",
    "CC_BY_4_0": "http://creativecommons.org/licenses/by/4.0/legalcode",
    "CC_BY_NC_4_0": "http://creativecommons.org/licenses/by-nc/4.0/legalcode",
}
_STATUS = {"PRESENT": '"present"', "ABSENT": '"absent"'}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WHEN = re.compile(r"[0-9][0-9T:./+Z-]{3,63}")
_WORD = re.compile(r"[A-Za-z_]{1,40}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TYPE = f" {RDF_TYPE} {dwc('Occurrence')} .\n"
_SUBJECT, _SPATIAL, _PART = dcterms("subject"), dcterms("spatial"), dcterms("isPartOf")
_LICENCE, _RIGHTS = dcterms("license"), dcterms("rights")
_CODE, _YEAR = dwc("countryCode"), dwc("year")
_DATE, _STATE, _BASIS = dwc("eventDate"), dwc("occurrenceStatus"), dwc("basisOfRecord")
_LATITUDE, _LONGITUDE = dwc("decimalLatitude"), dwc("decimalLongitude")
_COUNT = dwc("individualCount")


class Occurrences:
    """Turns rows into triples; cells come in the order of `NEEDED` and then `OPTIONAL`."""

    def __init__(self, known: Known, taxa: Taxa, counts: Counts):
        self._taxa, self._counts = taxa, counts
        self._licences: dict[str, str] = {}
        self._states = {code: f"{_SPATIAL} <{state}>" for code, state in known.states.items()}

    def row(self, cells: Sequence[str], line: int) -> str | None:
        """Return the triples of a record, None if it is of no taxon of CAMI. Raises `RowError`."""
        (key, dataset, species, country, status, latitude, longitude, when, of_year) = cells[:9]
        (taxon_key, species_key, basis, licence, epithet, count) = cells[9:]
        name = f"{species} {epithet}" if epithet else species
        lower = name if epithet else ""
        joined = self._taxa.join(name, taxon_key, lower, species_key, species)
        if joined is None:
            return None
        parts = [joined.key, *(f"{_SUBJECT} {subject}" for subject in joined.subjects)]
        about, state, in_year, place = tuple(parts), "", "", ""
        if country:
            state = self._states.get(country) or _other_country(country)
            parts.append(state)
        if of_year:
            in_year = f"{_YEAR} {year(of_year, 'year')}"
            parts.append(in_year)
        if when:
            parts.append(_checked(_DATE, when, _WHEN, "eventDate"))
        if status:
            parts.append(f"{_STATE} {_status(status)}")
        if latitude or longitude:
            parts.append(f"{_LATITUDE} {number(latitude, 'decimalLatitude', 90)}")
            parts.append(f"{_LONGITUDE} {number(longitude, 'decimalLongitude', 180)}")
            place = cell(latitude, longitude)
            parts.append(in_cell(place))
        if basis:
            parts.append(_checked(_BASIS, basis, _WORD, "basisOfRecord"))
        if count:
            parts.append(f"{_COUNT} {typed(digits(count, 'individualCount'), 'integer')}")
        record = f"<https://www.gbif.org/occurrence/{digits(key, 'gbifID')}>"
        whole, own = self._provenance(dataset, licence)
        parts += own
        if status != "ABSENT":
            self._counts.add(about, state, in_year, place)
        return record + _TYPE + "".join([f"{record} {part} .\n" for part in parts]) + whole

    def _provenance(self, dataset: str, licence: str) -> tuple[str, list[str]]:
        """Return what is new of a dataset, and what a record says of it.

        A dataset gets the licence of its first record; only records with another have their own.
        """
        said = _licence(licence)
        if not dataset:
            return "", said
        place = f"<https://www.gbif.org/dataset/{dataset}>"
        part = f"{_PART} {place}"
        if dataset in self._licences:
            return "", [part] if self._licences[dataset] == licence else [part, *said]
        if not _UUID.fullmatch(dataset):
            raise RowError(f"datasetKey: {dataset[:40]!r} is no UUID")
        self._licences[dataset] = licence
        return "".join(f"{place} {one} .\n" for one in said), [part]


def _status(value: str) -> str:
    if value not in _STATUS:
        raise RowError(f"occurrenceStatus: {value[:40]!r} is neither PRESENT nor ABSENT")
    return _STATUS[value]


def _other_country(code: str) -> str:
    return _checked(_CODE, code, _COUNTRY, "countryCode")


def _checked(predicate: str, value: str, pattern: re.Pattern[str], column: str) -> str:
    if not pattern.fullmatch(value):
        raise RowError(f"{column}: {value[:40]!r} is not what this column holds")
    return f'{predicate} "{value}"'


def _licence(value: str) -> list[str]:
    if not value:
        return []
    known = _LICENCES.get(value, value)
    if known in _LICENCES.values():
        return [f"{_LICENCE} <{known}>"]
    return [f"{_RIGHTS} {text(value, 'license')}"]
