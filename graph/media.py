"""The licence of the data, and the media types of a build's files; nothing heavy is imported here."""

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
MEDIA_TYPES = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "nq": "application/n-quads",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "tsv": "text/tab-separated-values",
    "ttl": "text/turtle",
}


def media_type(name: str) -> str:
    """Return the media type of a file of a build, by the ending of its name."""
    return MEDIA_TYPES[name.rpartition(".")[2]]
