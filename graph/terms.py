"""IRIs and literals of the data, minted in one place."""

import calendar
from collections.abc import Iterator

from rdflib import RDF, Literal, Namespace, URIRef
from rdflib import XSD as XSD_NS

from ..ontology import CAMI, ID, PROV

Triple = tuple[URIRef, URIRef, URIRef | Literal]

XSD = Namespace(str(XSD_NS))
A = URIRef(str(RDF.type))
LABEL = URIRef("http://www.w3.org/2000/01/rdf-schema#label")


DOCUMENT = "cop15-cami-document"
RESOLUTION_2014 = "resolution-11.24-2014"
CURATION = "cami-curation"  # the document that stands for what this project proposes itself
REFERENCE = "reference"  # origin of facts from elsewhere than the documents
_PROGRAMMES = {
    "wp-2026-2032": (DOCUMENT, "Annex 1, Work Programme"),
    "pow-2014-2020": (RESOLUTION_2014, "Annex, Table 1"),
}


def document_of(part: str) -> str:
    """Return the document that states a programme, or a part whose id starts with its slug."""
    return _PROGRAMMES[part.partition("/")[0]][0]


def place_of(part: str) -> str:
    """Return where in its document the table of a programme stands."""
    return _PROGRAMMES[part.partition("/")[0]][1]


def thing(kind: str, slug: str) -> URIRef:
    """Return the IRI of the thing of one kind with one slug."""
    return URIRef(f"{ID}{kind}/{slug}")


_PATHS = {"sub-activity": "activity", "decision-item": "decision"}


def named(cell: str) -> URIRef:
    """Return the IRI that a cell of the form kind/id names."""
    kind, _, slug = cell.partition("/")
    return thing(_PATHS.get(kind, kind), slug)


def english(text: str) -> Literal:
    """Return a text in English."""
    return Literal(text, lang="en")


def whole(number: int) -> Literal:
    """Return a whole number as `xsd:integer`, in canonical form."""
    return Literal(str(number), datatype=XSD["integer"])


def date(text: str) -> Literal:
    """Return YYYY, YYYY-MM or YYYY-MM-DD as `xsd:gYear`, `xsd:gYearMonth` or `xsd:date`."""
    datatype = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(text)]
    return Literal(text, datatype=XSD[datatype])


def last_day(text: str) -> Literal:
    """Return the last calendar day that YYYY, YYYY-MM or YYYY-MM-DD covers, as `xsd:date`."""
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    month = month or 12
    day = day or calendar.monthrange(year, month)[1]
    return Literal(f"{year:04}-{month:02}-{day:02}", datatype=XSD["date"])


def sourced(subject: URIRef, document: str, slug: str, locator: str) -> Iterator[Triple]:
    """Yield the source location of a thing: where in which document it is stated."""
    location = thing("location", f"{document}/{slug}")
    yield subject, PROV.hadPrimarySource, location
    yield location, A, CAMI.SourceLocation
    yield location, CAMI.inDocument, thing("document", document)
    yield location, CAMI.locator, Literal(locator)
