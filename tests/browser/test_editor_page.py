"""The query editor in a real browser."""

import csv
import io
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.skipif(
    os.environ.get("CAMI_EDITOR") == "none", reason="installed with CAMI_EDITOR=none"
)
THREE = 'SELECT ?n ?word WHERE { VALUES (?n ?word) { (10 "ten") (9 "nine") (100 "hundred") } }'  # unsorted


def text_of(page: Page) -> str:
    return page.locator("textarea[name=query]").input_value()


def write(page: Page, text: str) -> None:
    """Type a query as a person does, in the place of the one that is there."""
    editor = page.get_by_role("textbox", name="Query")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def take(page: Page) -> None:
    """Take the completion that is chosen; the editor ignores Enter in the first 75 ms."""
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")


def run(page: Page, text: str) -> None:
    """Open a query by its address, and ask it."""
    page.goto(f"{page.url.partition('?')[0]}?query={quote(text)}")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#status")).to_have_text(re.compile(r"(rows?|Answered) in [\d.]+ s$"))


def column(page: Page, at: int) -> list[str]:
    return page.locator(f"table.results tbody td:nth-child({at})").all_inner_texts()


def test_classes_properties_and_variables_are_completed_with_their_prefix(visit: Any) -> None:
    page = visit.open("/sparql")
    write(page, "SELECT * WHERE { ?thing a Activ")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("cami:Activity")
    expect(page.locator(".cm-completionInfo")).to_contain_text("numbered piece of work")
    assert not [one for one in options.all_inner_texts() if "concerns" in one]  # classes alone
    take(page)
    page.keyboard.type(" ; concernsTax")
    expect(options.first).to_contain_text("cami:concernsTaxon")
    take(page)
    page.keyboard.type(" ?th")
    expect(options.first).to_have_text("?thing")
    page.keyboard.press("Escape")
    assert text_of(page).startswith("PREFIX cami: <https://w3id.org/cami/ontology#>\n")
    assert "?thing a cami:Activity ; cami:concernsTaxon ?th" in text_of(page)


def test_a_property_is_found_by_the_words_of_its_label(visit: Any) -> None:
    page = visit.open("/sparql")
    write(page, "SELECT * WHERE { ?thing Party")
    expect(page.get_by_role("option").filter(has_text="cami:").first).to_be_visible()


def test_prefixes_that_a_query_uses_are_declared_when_it_is_asked(visit: Any) -> None:
    page = visit.open("/sparql")
    run(
        page,
        "SELECT ?label { id:region/altai rdfs:label ?label }".replace(
            "id:region/altai", "<https://w3id.org/cami/id/region/altai>"
        ),
    )
    assert text_of(page).startswith("PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>")
    assert "Altai" in column(page, 1)


def test_a_table_is_sorted_by_number_and_by_word(visit: Any) -> None:
    page = visit.open("/sparql")
    run(page, THREE)
    assert page.locator("#status").inner_text().startswith("3 rows in ")
    assert column(page, 1) == ["10", "9", "100"]
    head = page.get_by_role("columnheader", name="n", exact=True)
    head.get_by_role("button").click()
    assert column(page, 1) == ["9", "10", "100"]
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    assert column(page, 1) == ["100", "10", "9"]
    page.get_by_role("columnheader", name="word").get_by_role("button").click()
    assert column(page, 2) == ["hundred", "nine", "ten"]


def test_a_chart_shows_what_the_table_says(visit: Any) -> None:
    page = visit.open("/sparql")
    run(page, THREE)
    page.get_by_text("Chart: n by word").click()
    chart = page.locator(".chart svg")
    assert chart.locator("text:not(.label)").all_text_contents() == ["10", "9", "100"]
    widths = [float(one.get_attribute("width")) for one in chart.locator("rect").all()]
    assert widths[0] / widths[2] == pytest.approx(0.1, abs=0.01)


def test_a_long_table_comes_in_parts(visit: Any) -> None:
    page = visit.open("/sparql")
    run(page, "SELECT ?s WHERE { ?s a ?class } LIMIT 700")
    assert len(column(page, 1)) == 500
    page.get_by_role("button", name="Show more rows").click()
    assert len(column(page, 1)) == 700
    assert not page.get_by_role("button", name="Show more rows").is_visible()


def test_files_hold_the_whole_answer(visit: Any) -> None:
    page = visit.open("/sparql")
    run(page, THREE)
    text = visit.download(page.get_by_role("link", name="CSV", exact=True))
    assert list(csv.reader(io.StringIO(text))) == [
        ["n", "word"],
        ["10", "ten"],
        ["9", "nine"],
        ["100", "hundred"],
    ]


def test_things_of_ours_lead_to_their_pages_and_no_link_can_do_something(visit: Any) -> None:
    page = visit.open("/sparql")
    run(
        page,
        "SELECT * { VALUES ?x { <https://w3id.org/cami/id/region/altai> <javascript:alert(1)> } }",
    )
    links = page.locator("table.results a").all()
    assert [one.get_attribute("href") for one in links] == ["/id/region/altai"]
    links[0].click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Altai")


@pytest.mark.parametrize(
    ("query", "shown", "link"),
    [
        ("ASK {}", "Yes", "JSON"),
        ("ASK { FILTER(false) }", "No", "XML"),
        ("CONSTRUCT { <urn:a> <urn:b> 'c' } WHERE {}", '<urn:a> <urn:b> "c"', "Turtle"),
        ("SELECT * { FILTER(false) ?s ?p ?o }", "No rows", "CSV"),
    ],
)
def test_other_answers(visit: Any, query: str, shown: str, link: str) -> None:
    page = visit.open("/sparql")
    page.goto(f"{page.url}?query={quote(query)}")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#results")).to_contain_text(shown)
    expect(page.get_by_role("link", name=link, exact=True)).to_be_visible()


def test_a_fault_is_shown_at_its_place(visit: Any) -> None:
    page = visit.open("/sparql")
    page.goto(f"{page.url}?query={quote('SELECT * WHERE {' + chr(10) + ' ?s ?p }')}")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#status")).to_contain_text("No answer")
    expect(page.locator("#results")).to_contain_text("Line 2, column ")
    expect(page.locator(".cm-lintRange-error, .cm-lintPoint-error").first).to_be_visible()
    (fault,) = visit.faults  # the browser's own word for the status
    assert "400" in fault
    visit.faults.clear()
    write(page, "ASK {}")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#results")).to_contain_text("Yes")
    assert page.locator(".cm-lintRange-error, .cm-lintPoint-error").count() == 0


def test_the_address_is_a_link_to_the_query_and_back_goes_back(visit: Any) -> None:
    page = visit.open("/sparql")
    run(page, "ASK {}")
    write(page, "ASK { ?s ?p 'nobody says this' }")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#results")).to_contain_text("No")
    asked = parse_qs(urlsplit(page.url).query)["query"]
    assert asked == ["ASK { ?s ?p 'nobody says this' }"]
    page.reload()
    assert text_of(page) == asked[0]
    page.go_back()
    expect(page.locator("textarea[name=query]")).to_have_value("ASK {}")


def test_an_example_opens_and_answers(visit: Any) -> None:
    page = visit.open("/sparql")
    page.get_by_role("link", name="GBF targets by number of activities").click()
    expect(page.locator("html")).to_have_class("scripted")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("table.results")).to_be_visible()
    assert column(page, 3) == sorted(column(page, 3), key=int, reverse=True)


def test_without_scripts_the_form_asks(
    visitor: Callable[..., AbstractContextManager[Any]],
) -> None:
    with visitor(java_script_enabled=False, width=360) as visit:
        page = visit.open("/sparql?query=" + quote(THREE))
        page.get_by_label("Answer as").select_option("csv")
        text = visit.download(page.get_by_role("button", name="Run"))
        assert text.splitlines()[0] == "n,word"


def test_from_landing_to_an_answer_by_keyboard_alone(visit: Any) -> None:
    page = visit.open("/sparql")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('editor')"):
            break
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("ASK {}")
    page.keyboard.press("Tab")  # leaves the editor
    assert page.evaluate("document.activeElement.textContent") == "Run"
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_contain_text("Yes")
