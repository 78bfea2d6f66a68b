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


def thing(kind: str, slug: str) -> URIRef:
    """Return the IRI of the thing of one kind with one slug."""
    return URIRef(f"{ID}{kind}/{slug}")


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
