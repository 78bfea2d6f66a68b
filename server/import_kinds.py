"""The exports that `cami import` reads: their columns, and under which terms they are given.

Where each list of columns was read, so that it can be checked again:

* red-list: the header of `assessments.csv` of the Red List's advanced search, printed in the
  READMEs and scripts of its users (criteria version 3.1, 2020 to 2024). `countries.csv` of the
  same download: its column names in the description of such tables by a European Commission
  project on IUCN data.
* red-list-api: recorded answers of `/api/v4/assessment/{id}` and `/api/v4/taxa/sis/{id}` in the
  tests of github.com/IUCN-UK/iucnredlist.
* species-plus-cms, species-plus-cites: `csv_column_headers` of
  `app/models/species/cms_listings_export.rb` and `cites_listings_export.rb` in
  github.com/unepwcmc/SAPI, the code of Species+; the first had fewer columns before it.
* cites-trade: `app/models/trade/shipments_comptab_export.rb` there for which columns exist; their
  headings as in downloads that TRAFFIC's trade mapper and others read, before and after Class,
  Order and Genus came in. SAPI writes Latin-1.
* gbif: the tab-separated "simple" download as its header stands in published notebooks of 2021 to
  2024; for an archive its own `meta.xml` (https://dwc.tdwg.org/text/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

IUCN_TERMS = "https://www.iucnredlist.org/terms/terms-of-use"
SPECIES_PLUS_TERMS = "https://www.speciesplus.net/terms-of-use"
_SPECIES_PLUS = (
    "UNEP. The Species+ Website. Nairobi, Kenya. Compiled by UNEP-WCMC, Cambridge, UK. "
    "www.speciesplus.net."
)


class FormatError(Exception):
    """A file is not an export of its kind; the message names what is missing or unknown."""


@dataclass(frozen=True)
class Kind:
    """A kind of export; `layouts` are its lists of columns by the name of the version."""

    name: str
    title: str
    authority: str  # the document of the graph whose names it uses
    scheme: str | None  # of the identifiers that it holds
    licence: str | None  # None: the publisher states none by an address
    citation: str
    layouts: Mapping[str, tuple[str, ...]]
    separators: str = ","
    fallback: str | None = None  # encoding of lines that are not UTF-8


_DISTRIBUTION = (
    *("All_DistributionFullNames", "All_DistributionISOCodes", "NativeDistributionFullNames"),
    *("Introduced_Distribution", "Introduced(?)_Distribution", "Reintroduced_Distribution"),
    *("Extinct_Distribution", "Extinct(?)_Distribution", "Distribution_Uncertain"),
)
_CMS = (
    *("Id", "Phylum", "Class", "Order", "Family", "Genus", "ScientificName", "Author", "Rank"),
    *("Agreement", "Listing", "Listed under", "Date", "Note"),
)
_CITES = (
    *("Id", "Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species", "Subspecies"),
    *("Scientific Name", "Author", "Rank", "Listing", "Party", "Listed under", "Full note"),
    "# Full note",
)
_TRADE = (
    *("Year", "App.", "Family", "Taxon", "Importer", "Exporter", "Origin"),
    *("Importer reported quantity", "Exporter reported quantity", "Term", "Unit", "Purpose"),
    "Source",
)
_ASSESSMENTS = (
    *("assessmentId", "internalTaxonId", "scientificName", "redlistCategory", "redlistCriteria"),
    *("yearPublished", "assessmentDate", "criteriaVersion", "language", "rationale", "habitat"),
    *("threats", "population", "populationTrend", "range", "useTrade", "systems"),
    *("conservationActions", "realm", "yearLastSeen", "possiblyExtinct"),
    *("possiblyExtinctInTheWild", "scopes"),
)
COUNTRIES = (
    *("assessmentId", "internalTaxonId", "scientificName", "code", "name", "presence", "origin"),
    *("seasonality", "formerlyBred"),
)
_SIMPLE = (
    *("gbifID", "datasetKey", "occurrenceID", "kingdom", "phylum", "class", "order", "family"),
    *("genus", "species", "infraspecificEpithet", "taxonRank", "scientificName"),
    *("verbatimScientificName", "verbatimScientificNameAuthorship", "countryCode", "locality"),
    *("stateProvince", "occurrenceStatus", "individualCount", "publishingOrgKey"),
    *("decimalLatitude", "decimalLongitude", "coordinateUncertaintyInMeters"),
    *("coordinatePrecision", "elevation", "elevationAccuracy", "depth", "depthAccuracy"),
    *("eventDate", "day", "month", "year", "taxonKey", "speciesKey", "basisOfRecord"),
    *("institutionCode", "collectionCode", "catalogNumber", "recordNumber", "identifiedBy"),
    *("dateIdentified", "license", "rightsHolder", "recordedBy", "typeStatus"),
    *("establishmentMeans", "lastInterpreted", "mediaType", "issue"),
)
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "red-list",
            "IUCN Red List assessments, CSV of the advanced search",
            "iucn-red-list",
            "iucn-red-list",
            IUCN_TERMS,
            "IUCN. The IUCN Red List of Threatened Species. https://www.iucnredlist.org",
            {"assessments.csv": _ASSESSMENTS},
        ),
        Kind(
            "red-list-api",
            "IUCN Red List API v4, JSON of /api/v4/assessment/ID, one or a line each",
            "iucn-red-list",
            "iucn-red-list",
            IUCN_TERMS,
            "IUCN. The IUCN Red List of Threatened Species. https://www.iucnredlist.org",
            {},
        ),
        Kind(
            "species-plus-cms",
            "Species+ CMS listings, CSV",
            "cms-appendices",
            "species-plus-cms",
            SPECIES_PLUS_TERMS,
            _SPECIES_PLUS,
            {"with distribution": (*_CMS, *_DISTRIBUTION), "without distribution": _CMS},
            separators=",;",
        ),
        Kind(
            "species-plus-cites",
            "Species+ CITES listings, CSV",
            "cites-checklist",
            "species-plus-cites",
            SPECIES_PLUS_TERMS,
            _SPECIES_PLUS,
            {"cites_listings": (*_CITES, *_DISTRIBUTION)},
            separators=",;",
        ),
        Kind(
            "cites-trade",
            "CITES Trade Database, comparative tabulation, CSV",
            "cites-checklist",
            None,
            None,
            "CITES trade statistics derived from the CITES Trade Database, UNEP World Conservation "
            "Monitoring Centre, Cambridge, UK.",
            {"with class": (*_TRADE, "Class", "Order", "Genus"), "without class": _TRADE},
            separators=",;",
            fallback="latin-1",
        ),
        Kind(
            "gbif",
            "GBIF occurrences: Darwin Core Archive, or simple tab-separated download",
            "gbif",
            "gbif",
            None,  # each record has its own
            "GBIF.org. GBIF Occurrence Download",
            {"simple": _SIMPLE},
            separators="\t",
        ),
    )
}


def check_columns(where: str, header: Sequence[str], layouts: Mapping[str, tuple[str, ...]]) -> str:
    """Return the name of the layout that has exactly these columns, in any order.

    Raises `FormatError` naming the columns that are missing, unknown or there twice.
    """
    given = set(header)
    if len(given) < len(header):
        twice = sorted({one for one in header if list(header).count(one) > 1})
        raise FormatError(f"{where}: has columns twice: {_names(twice)}")
    nearest = min(layouts, key=lambda name: len(given ^ set(layouts[name])))
    known = layouts[nearest]
    if given == set(known):
        return nearest
    faults = {
        "missing": [one for one in known if one not in given],
        "unknown": [one for one in header if one not in known],
    }
    said = "; ".join(f"{word}: {_names(names)}" for word, names in faults.items() if names)
    raise FormatError(f"{where}: is another version of this format than we know: {said}")


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown
