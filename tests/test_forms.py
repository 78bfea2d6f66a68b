"""The canned queries in a browser: forms, answers as tables, and data for all other clients."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from cami.queries import catalogue

TABLES = Path(__file__).parents[1] / "graph" / "tables"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
NAMES = sorted(catalogue())
ROWS = 100


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class Form(HTMLParser):
    """The fields of a form with their options, the cells of the table, and all links."""

    def __init__(self, text: str):
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.options: dict[str, list[tuple[str, bool]]] = {}
        self.lists: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self.heads: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.text = ""
        self._open = self._cell = ""
        self._linked = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("input", "select") and given.get("name"):
            self.fields[given["name"]] = {"tag": tag, **given}
            self._open = given["name"]
        if tag == "datalist":
            self._open = given["id"]
        if tag == "option":
            self.options.setdefault(self._open, []).append((given["value"], "selected" in given))
        if tag == "tr" and self._cell != "head":
            self.rows.append([])
        if tag == "thead":
            self._cell = "head"
        if tag == "td":
            self.rows[-1].append("")
            self._cell = "td"
        if tag == "th" and self._cell == "head":
            self.heads.append("")
        if tag == "a":
            self.links.append((given.get("href", ""), ""))
            self._linked = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("thead", "td"):
            self._cell = ""
        if tag == "a":
            self._linked = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell == "td":
            self.rows[-1][-1] += data
        if self._cell == "head" and self.heads:
            self.heads[-1] += data.strip()
        if self._linked:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)

    def to(self, start: str) -> list[str]:
        return [href for href, _ in self.links if href.startswith(start)]


def form(client: httpx.Client, name: str, status: int = 200, **asked: str) -> Form:
    answer = client.get(f"/queries/{name}", params=asked, headers=BROWSER)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "Accept" in answer.headers["vary"]
    return Form(answer.text)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_has_a_form_with_its_answer(client: httpx.Client, name: str) -> None:
    query = catalogue()[name]
    page = form(client, name)
    names = {one.name for one in query.parameters}
    assert names <= set(page.fields)
    assert set(page.fields) - names <= {"q", "type"}  # of the search in the head of each page
    assert query.summary in page.text
    assert query.description in page.text
    for one in query.parameters:
        field = page.fields[one.name]
        assert field["tag"] == "select" or field["type"] in ("date", "search", "text")
        assert (field.get("type") == "date") == (one.type == "date")
    if query.is_graph:
        assert "@prefix cami:" in page.text
        return
    whole = client.get(f"/queries/{name}").json()["results"]["bindings"]
    assert len(page.rows) == min(ROWS, len(whole)) > 0
    said = page.text[page.text.index("Answer") :]
    if len(whole) > ROWS:
        assert "More rows follow" in said
    else:
        assert f"All {len(whole)} row" in said
    first = {value["value"] for value in whole[0].values() if value["type"] == "literal"}
    assert first <= set(page.rows[0])
    assert not any("https://w3id.org/cami/" in cell for row in page.rows for cell in row)


def test_the_kinds_of_inputs(client: httpx.Client) -> None:
    page = form(client, "activities-by-region")
    assert page.fields["region"]["tag"] == "select"
    assert {value for value, _ in page.options["region"]} == {row["id"] for row in table("regions")}
    assert [value for value, chosen in page.options["region"] if chosen] == ["altai"]
    page = form(client, "activities-by-actor", actor="cms-secretariat")
    assert page.fields["actor"]["list"] == "list-actor"
    assert {value for value, _ in page.options["list-actor"]} == {r["id"] for r in table("actors")}
    assert page.fields["actor"]["value"] == "cms-secretariat"
    assert "CMS Secretariat" in page.text
    page = form(client, "activities-by-target")
    assert page.options["priority"][0] == ("", False)  # any
    dates = form(client, "activities-due-between").fields
    assert (dates["start"]["type"], dates["start"]["value"]) == ("date", "2029-01-01")


def test_an_answer_has_an_address(client: httpx.Client) -> None:
    """Asking leads to an address that shows the same again, with links to things and to files."""
    asked = {"taxon": "snow-leopard", "programme": "wp-2026-2032"}
    page = form(client, "activities-by-taxon", **asked)
    numbers = sorted(
        row["activity"].partition("/")[2]
        for row in table("activity-taxon")
        if row["taxon"] == "snow-leopard" and row["activity"].startswith("wp-")
    )
    assert sorted(row[0] for row in page.rows) == numbers
    assert [value for value, chosen in page.options["taxon"] if chosen] == ["snow-leopard"]
    titles = {row["id"]: row["title"] for row in table("activities")}
    for number in numbers:
        address = f"/id/activity/wp-2026-2032/{number}"
        assert (address, titles[f"wp-2026-2032/{number}"]) in page.links  # the title is the link
        assert client.get(address, headers=BROWSER, follow_redirects=True).status_code == 200
    assert "Activity" not in page.heads
    for name in ("csv", "csv-excel", "json", "tsv", "xml"):
        found = [href for href in page.to("/queries/") if href.endswith(f"&format={name}")]
        answer = client.get(found[0], headers=BROWSER)
        assert answer.status_code == 200
        assert not answer.headers["content-type"].startswith("text/html")
        if name == "csv":
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            assert sorted(row["number"] for row in rows) == numbers
            assert rows[0]["activity"].startswith("https://w3id.org/cami/id/activity/")


def test_the_editor_opens_with_the_query_that_made_the_page(client: httpx.Client) -> None:
    page = form(client, "activities-by-region", region="gobi")
    text = httpx.URL(page.to("/sparql?query=")[0]).params["query"]
    assert "region/gobi>" in text
    answer = client.get("/sparql", params={"query": text}).json()
    assert len(answer["results"]["bindings"]) == len(page.rows)
    assert "region/gobi>" in page.text


def test_pages_of_an_answer_make_up_the_whole(client: httpx.Client) -> None:
    whole = client.get("/queries/source-anomalies").json()["results"]["bindings"]
    assert len(whole) == len(table("anomalies")) > 3 * ROWS
    found: list[list[str]] = []
    address = "/queries/source-anomalies"
    while address:
        answer = client.get(address, headers=BROWSER)
        page = Form(answer.text)
        first = len(found) + 1
        found += page.rows
        following = re.search(r'<a rel="next"[^>]* href="([^"]*)"', answer.text)
        assert f"Rows {first} to {len(found)}" in page.text
        assert ("More rows follow" in page.text) == bool(following) == (len(found) < len(whole))
        address = f"/queries/source-anomalies{following[1]}" if following else ""
    assert [row[1] for row in found] == [one["locator"]["value"] for one in whole]
    beyond = form(client, "source-anomalies", offset="5000")
    assert "No rows this far on" in beyond.text
    small = form(client, "source-anomalies", limit="7", offset="7")
    assert small.rows == found[7:14]
    assert {"?limit=7&offset=0", "?limit=7&offset=14"} <= set(small.to("?"))


def test_a_value_that_cannot_be_is_named_above_the_form(client: httpx.Client) -> None:
    page = form(client, "activities-by-region", 400, region="atlantis")
    assert "'atlantis' is not one of altai" in page.text
    assert page.fields["region"]["tag"] == "select"
    page = form(client, "activities-due-by", 400, day="soon")
    assert page.fields["day"]["value"] == "soon"
    page = form(client, "activities-by-region", 400, colour="red")
    assert "'colour' is no parameter here" in page.text
    page = form(client, "describe-activity", 400, limit="3")
    assert "a graph, which has no pages" in page.text
    hostile = form(client, "source-anomalies", kind='"><script>alert(1)</script>')
    assert hostile.fields["kind"]["value"] == '"><script>alert(1)</script>'
    assert "No rows" in hostile.text


def test_a_graph_is_shown_with_its_files(client: httpx.Client) -> None:
    page = form(client, "describe-activity", activity="12.6")
    assert "12.6" in page.text
    found = [href for href in page.to("/queries/") if "format=turtle" in href]
    answer = client.get(found[0], headers=BROWSER)
    assert answer.headers["content-type"].startswith("text/turtle")
    assert answer.text in page.text


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/json", "text/csv, text/html;q=0.5", "application/sparql-results+json"],
)
def test_others_get_data(client: httpx.Client, accept: str) -> None:
    answer = client.get("/queries/activities-by-region", headers={"Accept": accept})
    assert answer.status_code == 200
    assert not answer.headers["content-type"].startswith("text/html")
    assert "html" not in client.get("/queries", headers={"Accept": accept}).headers["content-type"]
    told = client.get("/queries/activities-by-region", params={"region": "atlantis"})
    assert json.loads(told.text)["status"] == 400


def test_a_page_has_a_tag_and_is_sent_once(client: httpx.Client) -> None:
    address = "/queries/activities-by-region?region=gobi"
    first = client.get(address, headers=BROWSER)
    held = {**BROWSER, "If-None-Match": first.headers["etag"]}
    assert client.get(address, headers=held).status_code == 304
    data = client.get(address)
    assert data.headers["etag"] != first.headers["etag"]


def test_the_page_of_queries_leads_to_each_with_its_words(client: httpx.Client) -> None:
    page = Form(client.get("/queries", headers=BROWSER).text)
    for query in catalogue().values():
        assert (f"/queries/{query.name}", query.summary) in page.links
        assert query.description in page.text
