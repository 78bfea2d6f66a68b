"""Content negotiation, case by case (RFC 9110 section 12.5.1)."""

import pytest

from cami.queries import FORMATS
from cami.server.negotiate import UnknownFormat, negotiate, prefers_html

CASES = {
    "no header": (None, "json", "turtle"),
    "anything": ("*/*", "json", "turtle"),
    "one type": ("text/csv", "csv", None),
    "another type": ("application/sparql-results+xml", "xml", None),
    "a graph type": ("application/n-triples", None, "ntriples"),
    "a list": ("text/turtle, text/csv", "csv", "turtle"),
    "spaces": ("  text/csv ;  q=0.5 , text/tab-separated-values", "tsv", None),
    "quality": ("text/csv;q=0.2, application/sparql-results+json;q=0.9", "json", None),
    "zero refuses": ("application/sparql-results+json;q=0, */*", "xml", "turtle"),
    "all zero": ("*/*;q=0", None, None),
    "sub-star": ("text/*", "csv", "turtle"),
    "specific beats star": ("text/csv;q=0.1, text/*;q=0.5, */*;q=0.9", "json", "ntriples"),
    "upper case": ("TEXT/CSV", "csv", None),
    "charset": ("text/csv; charset=utf-8", "csv", None),
    "plain json": ("application/json", "json", "jsonld"),
    "plain xml": ("application/xml", "xml", "rdfxml"),
    "a browser": (
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "xml",
        "rdfxml",
    ),
    "nothing of ours": ("image/png", None, None),
    "a broken quality": ("text/csv;q=high, text/tab-separated-values;q=0.1", "tsv", None),
    "empty parts": (",, text/csv ,", "csv", None),
    "empty": ("", "json", "turtle"),
    "quads": ("application/n-quads", None, "nquads"),
    "trig": ("application/trig;q=0.3, application/n-quads;q=0.2", None, "trig"),
    "a charset of another kind": ("text/csv; charset=utf-16", None, None),
    "an unknown parameter": (
        "text/csv; header=present, text/tab-separated-values;q=0.1",
        "tsv",
        None,
    ),
    "a profile that is met": (
        'application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"',
        None,
        "jsonld",
    ),
    "one of two profiles is met": (
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened urn:x";q=0.5',
        None,
        "jsonld",
    ),
    "a profile that is not met": (
        'application/ld+json; profile="http://www.w3.org/ns/json-ld#expanded"',
        None,
        None,
    ),
    "parameters are more specific": (
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted";q=0.1,'
        + "application/ld+json;q=0.9, text/turtle;q=0.5",
        None,
        "turtle",
    ),
    "a comma in quotes": ('text/csv;x="a,b;q=0", text/tab-separated-values', "tsv", None),
    "refused by its own name": (
        "application/sparql-results+json;q=0, application/json, text/csv;q=0.1",
        "csv",
        "jsonld",
    ),
    "the quality is capped": ("text/csv;q=5, text/tab-separated-values;q=1", "tsv", None),
    "a quality of many digits": (
        "text/csv;q=0.99999, text/tab-separated-values;q=0.9",
        "tsv",
        None,
    ),
    "not a number": ("text/csv;q=nan", None, None),
    "three digits": ("text/csv;q=0.001", "csv", None),
    "the order does not matter": ("*/*;q=0.1, text/csv", "csv", "turtle"),
    "a star of no type": ("*/csv", None, None),
    "Q in upper case": ("text/csv;Q=0.1, text/tab-separated-values;q=0.2", "tsv", None),
    "after the quality": ("text/csv;q=0.5;ext=1, text/tab-separated-values;q=0.1", "tsv", None),
}


@pytest.mark.parametrize("case", CASES)
def test_accept(case: str) -> None:
    accept, results, graph = CASES[case]
    chosen = negotiate(accept)
    assert tuple(form.name if form else None for form in chosen) == (results, graph)


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_parameter_goes_before_the_header(name: str) -> None:
    results, graph = negotiate("image/png", name)
    assert (graph if FORMATS[name].is_graph else results) is FORMATS[name]


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(UnknownFormat, match="json, xml, csv, tsv, csv-excel, turtle"):
        negotiate(None, "pdf")


def test_a_browser_gets_pages_and_a_program_data() -> None:
    assert prefers_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert not prefers_html("application/json")
    assert not prefers_html("*/*")
    assert not prefers_html(None)
    assert not prefers_html("text/html;q=0, */*")
    assert not prefers_html("application/xhtml+xml")
    assert prefers_html("text/html")
    assert prefers_html("application/json;q=0.5, text/html;q=0.6")
