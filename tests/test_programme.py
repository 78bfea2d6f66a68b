"""The programme view over HTTP, held against the tables themselves."""

import csv
import io
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

TABLES = Path(__file__).parents[1] / "graph" / "tables"
FACETS = (
    *("programme", "section", "region", "priority", "actor"),
    *("taxon", "target", "deadline", "state"),
)
Given = list[tuple[str, str]]


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def values() -> dict[str, dict[str, set[str]]]:
    """What each activity has in each facet, joined from the tables by hand."""
    sections = {row["id"]: row for row in table("sections")}
    found: dict[str, dict[str, set[str]]] = {}
    for row in table("activities"):
        section = sections[row["section"]]
        found[row["id"]] = {name: set[str]() for name in FACETS} | {
            "programme": {section["programme"]},
            "section": {section["id"]},
            "region": {section["region"]} - {""},
        }
    links = {"actor": "actor", "taxon": "taxon", "target": "target", "state": "state"}
    for facet, column in {**links, "priority": "priority"}.items():
        for row in table(f"activity-{facet}"):
            found[row["activity"]][facet].add(row[column])
    for row in table("deadlines"):
        if row["date"]:
            found[row["activity"]]["deadline"].add(row["date"][:4])
    for one in found.values():
        for facet in ("priority", "deadline"):
            one[facet] = one[facet] or {"none"}
    return found


class View(HTMLParser):
    """The rows of a page, its facets with their counts, and its links."""

    def __init__(self, text: str):
        super().__init__()
        self.rows: list[str] = []
        self.facets: dict[str, dict[str, int]] = {}
        self.checked: Given = []
        self.links: list[str] = []
        self._box: tuple[str, str] | None = None
        self._counting = self._in_row = False
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "checkbox" and "name" in given:
            self._box = given["name"], given["value"]
            if "checked" in given:
                self.checked.append(self._box)
        self._counting = given.get("class") == "n"
        self._in_row = (self._in_row or tag == "tbody") and tag != "nav"
        if tag == "a":
            href = given.get("href", "")
            self.links.append(href)
            if self._in_row and "/id/activity/" in href:
                self.rows.append(href.partition("/id/activity/")[2])

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._counting and self._box:
            name, value = self._box
            self.facets.setdefault(name, {})[value] = int(data)
            self._counting = False


def view(client: httpx.Client, given: Given | None = None) -> View:
    response = client.get("/programme", params=given or [], headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    return View(response.text)


def every_page(client: httpx.Client, given: Given) -> list[str]:
    rows: list[str] = []
    number = 1
    while found := view(client, [*given, ("page", str(number))]).rows:
        rows += found
        number += 1
    return rows


def matching(values: dict[str, dict[str, set[str]]], chosen: Given) -> set[str]:
    names = {name for name, _ in chosen}
    return {
        slug
        for slug, has in values.items()
        if all(has[name] & {value for n, value in chosen if n == name} for name in names)
    }


def test_all_activities_of_both_programmes_are_there(
    client: httpx.Client, values: dict[str, dict[str, set[str]]]
) -> None:
    found = every_page(client, [])
    assert len(found) == len(set(found)) == len(table("activities")) == 326
    assert set(found) == set(values)
    counts = view(client).facets["programme"]
    assert counts == {"wp-2026-2032": 205, "pow-2014-2020": 121}


CHOICES: list[Given] = [
    [],
    [("region", "gobi")],
    [("region", "gobi"), ("priority", "High")],
    [("region", "gobi"), ("region", "altai"), ("target", "gbf/3")],
    [("programme", "pow-2014-2020"), ("state", "KAZ"), ("priority", "Medium")],
    [("deadline", "2027"), ("priority", "High"), ("section", "wp-2026-2032/16")],
    [("actor", "cms-secretariat"), ("target", "spms/goal-6"), ("deadline", "none")],
    [("priority", "none")],
    [("taxon", "saiga"), ("programme", "wp-2026-2032")],
]


@pytest.mark.parametrize("chosen", CHOICES, ids=urlencode)
def test_counts_are_right_under_the_other_choices(
    client: httpx.Client, values: dict[str, dict[str, set[str]]], chosen: Given
) -> None:
    page = view(client, chosen)
    assert sorted(page.checked) == sorted(chosen)
    for facet in FACETS:
        under = matching(values, [pair for pair in chosen if pair[0] != facet])
        expected = Counter(value for slug in under for value in values[slug][facet])
        for _, value in (pair for pair in chosen if pair[0] == facet):
            expected.setdefault(value, 0)
        assert page.facets.get(facet, {}) == expected, facet
    assert set(every_page(client, chosen)) == matching(values, chosen)


@pytest.mark.parametrize(
    ("chosen", "order"),
    list(zip(CHOICES, ["deadline", "-title", "priority", "number", "section"], strict=False)),
)
def test_downloads_hold_exactly_what_is_shown(
    client: httpx.Client, chosen: Given, order: str
) -> None:
    given = [*chosen, ("sort", order)]
    shown = every_page(client, given)
    answer = client.get("/programme.csv", params=given)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["iri"].partition("/activity/")[2] for row in rows] == shown
    listed = client.get("/programme.json", params=given).json()
    assert [row["iri"].partition("/activity/")[2] for row in listed] == shown
    page = client.get("/programme.csv", params=[*given, ("page", "1")]).text
    numbers = list(csv.DictReader(io.StringIO(page, newline="")))
    assert [row["iri"].partition("/activity/")[2] for row in numbers] == shown[:50]


def test_a_row_says_what_the_tables_say(client: httpx.Client) -> None:
    given = [("section", "wp-2026-2032/16")]
    rows = csv.DictReader(io.StringIO(client.get("/programme.csv", params=given).text, newline=""))
    row = next(one for one in rows if one["number"] == "16.4")
    said = next(one for one in table("activities") if one["id"] == "wp-2026-2032/16.4")
    assert (row["title"], row["summary"]) == (said["title"], said["summary"])
    assert row["deadline"] == "at the latest by 2028-02: Full nomination dossier submitted"
    assert row["region"] == "Koytendag/Kugitang"
    codes = {one["target"] for one in table("activity-target") if one["activity"] == said["id"]}
    assert len(row["target"].split("; ")) == len(codes)


def test_items_of_activities_are_shown(client: httpx.Client) -> None:
    text = "".join(view(client, [("page", str(number))]).text for number in range(1, 8))
    labels = [row["label"] for row in table("sub-activities")]
    assert len(labels) == 73
    for label in labels:
        assert label in text, label


def test_the_orders(client: httpx.Client) -> None:
    def column(order: str, name: str) -> list[str]:
        text = client.get("/programme.csv", params={"sort": order}).text
        return [row[name] for row in csv.DictReader(io.StringIO(text, newline=""))]

    numbers = column("number", "number")
    assert numbers[:12] == [*(f"1.{number}" for number in range(1, 13))]
    titles = [title.casefold() for title in column("title", "title")]
    assert titles == sorted(titles)
    assert [t.casefold() for t in column("-title", "title")] == titles[::-1]
    ranks = [min((["High", "Medium", "Low"].index(p) for p in cell.split("; ") if p), default=3)
             for cell in column("priority", "priority")]  # fmt: skip
    assert ranks == sorted(ranks)
    assert ranks.count(3) == 2
    years = [re.findall(r"\b20\d\d\b", cell) for cell in column("deadline", "deadline")]
    assert years[0] == ["2017"]
    assert years[-1] == []


def test_a_search_finds_words_where_they_stand(client: httpx.Client) -> None:
    found = set(every_page(client, [("q", "Livestock")]))
    told = {
        row["id"]
        for row in table("activities")
        if re.search(r"\blivestock", f"{row['title']} {row['summary']}", re.IGNORECASE)
    }
    sections = {row["id"] for row in table("sections") if "livestock" in row["label"].lower()}
    told |= {row["id"] for row in table("activities") if row["section"] in sections}
    told |= {
        row["activity"]
        for name in ("sub-activities", "deadlines")
        for row in table(name)
        if re.search(r"\blivestock", row.get("label") or row.get("what") or "", re.IGNORECASE)
    }
    assert found == told
    assert len(found) >= 2
    assert set(every_page(client, [("q", "16.4")])) >= {"wp-2026-2032/16.4"}
    assert every_page(client, [("q", "ivestock")]) == []  # words are found by their beginning
    both = set(every_page(client, [("q", "saiga ustyurt")]))
    assert both == set(every_page(client, [("q", "saiga")])) & set(
        every_page(client, [("q", "ustyurt")])
    )
    assert both


def test_the_address_holds_the_state(client: httpx.Client) -> None:
    given = [("q", "species"), ("priority", "High"), ("sort", "-title"), ("lang", "ru")]
    page = view(client, given)
    following = [link for link in page.links if "page=2" in link]
    assert following
    assert httpx.URL(following[0]).params.multi_items() == [
        *(("q", "species"), ("priority", "High"), ("sort", "-title")),
        *(("page", "2"), ("lang", "ru")),
    ]
    second = View(client.get(following[0]).text)
    assert page.rows + second.rows == every_page(client, given)[: len(page.rows + second.rows)]
    without = [link for link in page.links if "sort=-title" in link and "priority" not in link]
    assert httpx.URL(without[0]).params["q"] == "species"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("region=atlantis", "altai"),
        ("colour=red", "programme"),
        ("sort=colour", "-title"),
        ("page=0", "whole number"),
        ("page=1&page=2", "more than once"),
        ("q=" + "x" * 300, "200"),
    ],
)
@pytest.mark.parametrize("path", ["/programme", "/programme.csv"])
def test_what_is_wrong_is_named(client: httpx.Client, path: str, query: str, said: str) -> None:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert said in answer.text


def test_empty_fields_of_a_form_mean_nothing(client: httpx.Client) -> None:
    assert (
        view(client, [("q", ""), ("region", ""), ("sort", ""), ("page", "")]).rows
        == view(client).rows
    )


def test_beyond_the_last_page_is_a_way_back(client: httpx.Client) -> None:
    page = view(client, [("region", "altai"), ("page", "9")])
    assert page.rows == []
    assert "There is no page 9" in page.text
    assert "/programme?region=altai" in page.links


def test_answers_have_tags(client: httpx.Client) -> None:
    for path in ("/programme?region=altai", "/programme.csv?region=altai"):
        tag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/programme.pdf").status_code == 404
