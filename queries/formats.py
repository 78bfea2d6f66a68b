"""The one table of result formats: name, media type, file extension, and what it can carry."""

from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox


@dataclass(frozen=True, eq=False)
class Format:
    """A serialisation of solutions and booleans (`results`) or of triples (`graph`).

    `parameters` are those of the media type that the serialisation satisfies, in lower case.
    """

    name: str
    media_type: str
    extension: str
    engine: ox.QueryResultsFormat | ox.RdfFormat
    aliases: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def is_graph(self) -> bool:
        """Whether the format carries triples."""
        return isinstance(self.engine, ox.RdfFormat)

    @cached_property
    def content_type(self) -> str:
        """The value of the Content-Type header."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


_JSON_LD_FORMS = ("compacted", "flattened")  # https://www.w3.org/TR/json-ld11/#iana-considerations

# In order of preference: what a client that accepts anything gets first.
RESULT_FORMATS = (
    Format(
        "json",
        "application/sparql-results+json",
        "srj",
        ox.QueryResultsFormat.JSON,
        ("application/json",),
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        "srx",
        ox.QueryResultsFormat.XML,
        ("application/xml", "text/xml"),
    ),
    Format("csv", "text/csv", "csv", ox.QueryResultsFormat.CSV),
    Format("tsv", "text/tab-separated-values", "tsv", ox.QueryResultsFormat.TSV),
)
GRAPH_FORMATS = (
    Format("turtle", "text/turtle", "ttl", ox.RdfFormat.TURTLE),
    Format("ntriples", "application/n-triples", "nt", ox.RdfFormat.N_TRIPLES),
    Format(
        "jsonld",
        "application/ld+json",
        "jsonld",
        ox.RdfFormat.JSON_LD,
        ("application/json",),
        tuple(("profile", f"http://www.w3.org/ns/json-ld#{form}") for form in _JSON_LD_FORMS),
    ),
    Format(
        "rdfxml",
        "application/rdf+xml",
        "rdf",
        ox.RdfFormat.RDF_XML,
        ("application/xml", "text/xml"),
    ),
    Format("nquads", "application/n-quads", "nq", ox.RdfFormat.N_QUADS),
    Format("trig", "application/trig", "trig", ox.RdfFormat.TRIG),
)
# For spreadsheets only, and only by name: no Accept header leads to it.
SPREADSHEET = Format("csv-excel", "text/csv", "csv", ox.QueryResultsFormat.CSV)
FORMATS: dict[str, Format] = {
    one.name: one for one in (*RESULT_FORMATS, SPREADSHEET, *GRAPH_FORMATS)
}
