"""Five people who have not been taught, from the front page to a file; `make screenshots` keeps pictures."""

import csv
import io
import re
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import rdflib
from playwright.sync_api import Locator, Page, expect

CAMI = rdflib.Namespace("https://w3id.org/cami/ontology#")
ACTIVITY = "https://w3id.org/cami/id/activity/wp-2026-2032/12.6"


@pytest.fixture(params=[1600, 360])
def visit(
    request: pytest.FixtureRequest, visitor: Callable[..., AbstractContextManager[Any]]
) -> Generator[Any]:
    """Each story is walked in a wide and in a narrow window."""
    with visitor(width=request.param) as made:
        yield made
        wide = made.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= request.param, f"{made.page.url} is {wide} px wide"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def test_a_taxon_from_the_search_box_to_a_file(visit: Any) -> None:
    page = visit.open("/")
    visit.shot("1-taxon-a-landing")
    page.get_by_role("combobox", name="Search").fill("snow leo")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("Snow leopard")
    visit.shot("1-taxon-b-suggestions")
    first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Snow leopard")
    visit.shot("1-taxon-c-page")
    regions = section(page, "Priority regions")
    shown = regions.locator("tbody th").all_inner_texts()
    assert len(shown) == 7  # of the snow leopard, by the lists of section III
    found = rows(visit.download(regions.get_by_role("link", name="All as CSV")))
    assert sorted(row["region"] for row in found) == sorted(shown)


def test_the_programme_narrowed_by_facets_to_a_file_of_what_is_shown(visit: Any) -> None:
    page = visit.open("/")
    page.get_by_role("banner").get_by_role("link", name="Programme").click()
    visit.shot("2-programme-a-all")
    every = int(page.get_by_role("status").last.inner_text().split()[0])
    assert every == 205 + 121  # the activities of the two documents
    page.get_by_label("Search in all that is said of an activity").fill("saiga")
    facet = page.get_by_role("checkbox", name="High")
    if not facet.is_visible() and visit.width < 500:
        page.get_by_label("Show filters").check()
    if not facet.is_visible():
        page.locator("summary").get_by_text("Priority", exact=True).click()
    facet.check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("list", name="Chosen")).to_contain_text("High")
    expect(page.get_by_role("list", name="Chosen")).to_be_in_viewport()
    visit.shot("2-programme-b-narrowed")
    numbers = [
        one.split()[0] for one in page.locator("table.programme td:first-child").all_inner_texts()
    ]
    shown = [re.sub(r"^No\.:? *", "", one) for one in numbers]
    assert 0 < len(shown) < every
    found = rows(visit.download(page.get_by_role("link", name="CSV", exact=True).first))
    assert [row["number"] for row in found] == shown
    assert all("High" in row["priority"].split("; ") for row in found)
    asked = page.url.removeprefix(visit.site).partition("#")[0]
    again = visit.open(asked)  # the address is all that is needed
    assert again.locator("table.programme tbody tr").count() == len(shown)


def test_a_canned_query_as_a_form_to_a_table_and_a_file(visit: Any) -> None:
    page = visit.open("/")
    page.get_by_role("banner").get_by_role("link", name="Queries").click()
    visit.shot("3-query-a-list")
    name = "Activities for a target in regions that span a non-Party State"
    page.get_by_role("link", name=name).click()
    page.get_by_label("Target").select_option(
        label="GBF Target 3: Protected and conserved areas (30 by 30)"
    )
    page.get_by_label("Priority").select_option("High")
    visit.shot("3-query-b-form")
    page.get_by_role("button", name="Ask").click()
    table = page.get_by_role("region", name="Answer").locator("table")
    expect(table).to_contain_text("Explore more protected areas around Great Gobi A")
    expect(page.get_by_role("heading", name="Answer")).to_be_in_viewport()
    visit.shot("3-query-c-answer")
    count = table.locator("tbody tr").count()
    found = rows(visit.download(page.get_by_role("link", name="csv", exact=True)))
    assert len(found) == count == 10
    assert [row["number"] for row in found][:2] == ["18.3", "18.10"]


def test_the_map_leads_to_a_region_its_activities_and_the_editor(visit: Any) -> None:
    page = visit.open("/")
    page.get_by_role("link", name=re.compile("^Map of the")).click()
    visit.shot("4-region-a-map")
    page.locator("main table").get_by_role("link", name="Altai", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Altai")
    visit.shot("4-region-b-page")
    activities = section(page, "Activities")
    shown = activities.locator("tbody th").all_inner_texts()
    assert shown
    activities.get_by_role("link", name="Query this").click()
    expect(page.locator("html")).to_have_class("scripted")
    visit.shot("4-region-c-editor")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("table.results tbody tr")).to_have_count(len(shown))
    visit.shot("4-region-d-answer")
    found = rows(visit.download(page.get_by_role("link", name="CSV", exact=True)))
    assert len(found) == len(shown)


def test_an_activity_by_its_iri_to_its_identifiers_and_turtle(visit: Any) -> None:
    page = visit.open("/id/activity/wp-2026-2032/12.6")
    expect(page.get_by_role("heading", level=1)).to_contain_text("12.6")
    visit.shot("5-activity-a-page")
    assert ACTIVITY in page.get_by_role("complementary").inner_text()
    with page.expect_response("**/*.ttl") as waiting:
        page.get_by_role("link", name="Turtle", exact=True).click()
    assert waiting.value.headers["content-type"].startswith("text/turtle")
    graph = rdflib.Graph().parse(data=waiting.value.text(), format="turtle")
    assert graph.value(rdflib.URIRef(ACTIVITY), CAMI.number) == rdflib.Literal("12.6")
