"""Five people who have not been taught, from the front page to a file; `make screenshots` keeps pictures."""

import csv
import io
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
    assert sorted(row["region_name"] for row in found) == sorted(shown)


def test_the_map_leads_to_a_region_its_activities_and_the_editor(visit: Any) -> None:
    page = visit.open("/")
    page.get_by_role("link", name="Priority regions").first.click()
    page.get_by_role("link", name="Altai", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Altai")
    visit.shot("4-region-a-page")
    activities = section(page, "Activities")
    shown = activities.locator("tbody th").all_inner_texts()
    assert shown
    activities.get_by_role("link", name="Query this").click()
    expect(page.locator("html")).to_have_class("scripted")
    visit.shot("4-region-b-editor")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("table.results tbody tr")).to_have_count(len(shown))
    visit.shot("4-region-c-answer")
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
