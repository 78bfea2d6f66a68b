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
