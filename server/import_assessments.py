"""Red List assessments and the countries that they name, from the CSV files and from API v4."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ValidationError

from .import_known import Known
from .import_taxa import Taxa
from .import_text import (
    RDF_TYPE,
    RowError,
    column,
    date,
    dcterms,
    digits,
    dwc,
    iri,
    lines,
    plain,
    text,
    typed,
    year,
)

ASSESSMENT = (
    *("assessmentId", "internalTaxonId", "scientificName", "redlistCategory", "redlistCriteria"),
    *("yearPublished", "assessmentDate", "criteriaVersion", "populationTrend", "scopes"),
)
COUNTRY = ("assessmentId", "internalTaxonId", "scientificName", "code", "presence", "origin")
_THREAT = "<http://iucn.org/terms/threatStatus>"  # of GBIF's distribution extension
_DISTRIBUTION = "<http://rs.gbif.org/terms/1.0/Distribution>"
_SCHEME = "iucn-category"


class Assessments:
    """Turns rows of `assessments.csv`, of `countries.csv` and answers of the API into triples."""

    def __init__(self, known: Known, taxa: Taxa, slug: str):
        self._known, self._taxa, self._place = known, taxa, f"import/{slug}"

    def row(self, cells: Sequence[str], line: int) -> str | None:
        """Return the triples of an assessment, None if it is of no taxon of CAMI."""
        given = dict(zip(ASSESSMENT, map(plain, cells), strict=True))
        name = given["scientificName"]
        joined = self._taxa.join(name, given["internalTaxonId"], name)
        if joined is None:
            return None
        subject = _page(given["internalTaxonId"], given["assessmentId"])
        parts = [
            f"{RDF_TYPE} {dcterms('BibliographicResource')}",
            joined.key,
            *(f"{dcterms('subject')} {taxon}" for taxon in joined.subjects),
            *self._statements(given),
        ]
        return lines(subject, parts)

    def _statements(self, given: Mapping[str, str]) -> Iterator[str]:
        yield f"{dcterms('identifier')} {text(given['assessmentId'], 'assessmentId')}"
        yield f"{dwc('scientificName')} {text(given['scientificName'], 'scientificName')}"
        yield f"{_THREAT} {self._category(given['redlistCategory'])}"
        yield f"{dcterms('issued')} {year(given['yearPublished'], 'yearPublished')}"
        if given["assessmentDate"]:
            yield f"{dcterms('date')} {date(given['assessmentDate'], 'assessmentDate')}"
        if given["scopes"]:
            yield f"{dcterms('coverage')} {text(given['scopes'], 'scopes')}"
        for name in ("redlistCriteria", "criteriaVersion", "populationTrend"):
            if given[name]:
                yield f"{column('red-list', name)} {text(given[name], name)}"

    def _category(self, value: str) -> str:
        """Return the concept of a category of version 3.1; older ones stay as they are written."""
        if not value:
            raise RowError("redlistCategory: is empty")
        found = self._known.labels.get((_SCHEME, value)) or self._known.codes.get((_SCHEME, value))
        return f"<{found}>" if found else text(value, "redlistCategory")

    def country(self, cells: Sequence[str], line: int) -> str | None:
        """Return that an assessment names a Range State, None for others and for other taxa."""
        assessment, sis, name, code, presence, origin = map(plain, cells)
        state, joined = self._known.states.get(code), self._taxa.join(name, sis, name)
        if state is None or joined is None:
            return None
        return self._distribution(_page(sis, assessment), joined.subjects, code, presence, origin)

    def _distribution(
        self, page: str, subjects: Sequence[str], code: str, presence: str, origin: str
    ) -> str:
        number = page.rstrip(">").rpartition("/")[2]
        subject = iri(self._place, f"distribution/{number}/{code}")
        parts = [
            f"{RDF_TYPE} {_DISTRIBUTION}",
            *(f"{dcterms('subject')} {taxon}" for taxon in subjects),
            f"{dcterms('spatial')} <{self._known.states[code]}>",
            f"{dcterms('source')} {page}",
        ]
        if presence:
            parts.append(f"{dwc('occurrenceStatus')} {text(presence, 'presence')}")
        if origin:
            parts.append(f"{dwc('establishmentMeans')} {text(origin, 'origin')}")
        return lines(subject, parts)

    def answer(self, answer: object) -> str | None:
        """Return the triples of an answer of API v4. Raises `RowError` if it is another answer."""
        if isinstance(answer, dict) and "result" in answer:
            raise RowError("JSON: is an answer of API v3, which is no more: ask version 4")
        try:
            if isinstance(answer, dict) and "assessments" in answer:
                found = map(self._listed, _List.model_validate(answer).assessments)
            else:
                found = iter([self._full(_Full.model_validate(answer))])
        except ValidationError as error:
            names = sorted({".".join(map(str, one["loc"])) for one in error.errors()})[:5]
            raise RowError(
                f"JSON: is no answer of /api/v4/assessment/ID: missing or unlike: {names}"
            ) from None
        return "".join(filter(None, found)) or None

    def _listed(self, entry: "_Listed") -> str | None:
        return self._api(entry, entry.taxon_scientific_name, entry.red_list_category_code)

    def _full(self, entry: "_Full") -> str | None:
        name, category = entry.taxon.scientific_name, entry.red_list_category
        made = self._api(entry, name, category.code, category.version)
        if made is None:
            return None
        page = _page(str(entry.sis_taxon_id), str(entry.assessment_id))
        parts: list[str] = []
        if entry.citation:
            said = text(plain(entry.citation), "citation")
            parts.append(f"{dcterms('bibliographicCitation')} {said}")
        if entry.population_trend:
            said = text(entry.population_trend.english(), "population_trend")
            parts.append(f"{column('red-list', 'populationTrend')} {said}")
        ids = (str(entry.assessment_id), str(entry.sis_taxon_id))
        places = (
            self.country((*ids, name, place.code, place.presence or "", place.origin or ""), 0)
            for place in entry.locations
        )
        return made + lines(page, parts) + "".join(filter(None, places))

    def _api(self, entry: "_Entry", name: str, code: str, version: str = "") -> str | None:
        cells = {
            "assessmentId": str(entry.assessment_id),
            "internalTaxonId": str(entry.sis_taxon_id),
            "scientificName": name,
            "redlistCategory": code,
            "redlistCriteria": entry.criteria or "",
            "yearPublished": entry.year_published,
            "assessmentDate": entry.assessment_date or "",
            "criteriaVersion": version,
            "populationTrend": "",
            "scopes": ", ".join(scope.english() for scope in entry.scopes),
        }
        made = self.row([cells[name] for name in ASSESSMENT], 0)
        if made is None:
            return None
        latest = typed(str(entry.latest).lower(), "boolean")
        page = _page(cells["internalTaxonId"], cells["assessmentId"])
        return f"{made}{page} {column('red-list', 'latest')} {latest} .\n"


class _Coded(BaseModel):
    """A value of the API with its code and its name in English."""

    code: str
    version: str = ""
    description: dict[str, str] = {}

    def english(self) -> str:
        return self.description.get("en", self.code)


class _Taxon(BaseModel):
    scientific_name: str


class _Place(BaseModel):
    code: str
    presence: str | None = None
    origin: str | None = None


class _Entry(BaseModel):
    """What every assessment of the API has."""

    assessment_id: int
    sis_taxon_id: int
    year_published: str
    latest: bool
    criteria: str | None = None
    assessment_date: str | None = None
    scopes: list[_Coded] = []


class _Listed(_Entry):
    """An assessment in a list, such as of `/api/v4/taxa/sis/ID`."""

    taxon_scientific_name: str
    red_list_category_code: str


class _List(BaseModel):
    assessments: list[_Listed]


class _Full(_Entry):
    """An assessment as `/api/v4/assessment/ID` gives it."""

    taxon: _Taxon
    red_list_category: _Coded
    locations: list[_Place] = []
    citation: str | None = None
    population_trend: _Coded | None = None


def _page(sis: str, assessment: str) -> str:
    ids = f"{digits(sis, 'internalTaxonId')}/{digits(assessment, 'assessmentId')}"
    return f"<https://www.iucnredlist.org/species/{ids}>"
