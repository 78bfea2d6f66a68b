"""The pictures over HTTP, held against the tables themselves."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from cami.server.site.pictures.outlines import outlines
from cami.server.site.pictures.simplify import main as simplify

TABLES = Path(__file__).parents[1] / "graph" / "tables"
NAMES = ("map", "matrix", "timeline", "names", "lineage")
SVG = "{http://www.w3.org/2000/svg}"


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def drawn(client: httpx.Client, name: str, **asked: str) -> ET.Element:
    answer = client.get(f"/pictures/{name}.svg", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    return ET.fromstring(answer.text)


def rows(client: httpx.Client, name: str, **asked: str) -> list[list[str]]:
    answer = client.get(f"/pictures/{name}.csv", params=asked)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline="")))[1:]


def links(svg: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for one in svg.iter(f"{SVG}a"):
        yield one.attrib["href"], one


def looks(one: ET.Element, look: str) -> list[ET.Element]:
    return [part for part in one.iter() if part.get("class") == look]


def tip(one: ET.Element) -> str:
    return one.findtext(f"{SVG}title") or ""


class Links(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.found: set[str] = set()
        self.styled: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value or "" for name, value in attrs if tag == "a" and name == "href"}
        self.styled += [tag for name, _ in attrs if name == "style" or name.startswith("on")]
        inside = tag == "style" or (tag == "script" and "src" not in dict(attrs))
        self.styled += [tag] if inside else []


def test_the_list_leads_to_every_picture(client: httpx.Client) -> None:
    found = Links(client.get("/pictures").text).found
    assert {f"/pictures/{name}" for name in NAMES} <= found


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_words_a_table_and_downloads(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/pictures/{name}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    page = Links(answer.text)
    assert page.styled == []  # the content policy would refuse them
    query = "?taxon=saiga" if name == "names" else ""
    assert {f"/pictures/{name}.svg{query}", f"/pictures/{name}.csv{query}"} <= page.found
    part = ET.fromstring(re.search(r"<svg.*</svg>", answer.text, re.DOTALL)[0])  # type: ignore[index]
    assert [one.tag for one in part][:2] == ["title", "desc"]
    assert part.attrib["aria-labelledby"] == f"{part[0].get('id')} {part[1].get('id')}"
    assert len(part[1].text or "") > 80
    file = drawn(client, name)
    style = file.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme: dark" in style
    used = {look for one in file.iter() for look in one.get("class", "").split()}
    for look in used - {"picture"}:
        assert f".{look}" in style, look
    cells = rows(client, name)
    assert answer.text.count("<tr>") == len(cells) + 1
    for row in cells[:3]:
        for text in row[0].split("; "):
            assert text.replace("&", "&amp;") in answer.text


@pytest.mark.parametrize("name", NAMES)
def test_links_of_marks_lead_to_pages(client: httpx.Client, name: str) -> None:
    addresses = {address for address, _ in links(drawn(client, name))}
    assert len(addresses) >= 10
    for address in sorted(addresses)[:: max(1, len(addresses) // 25)]:
        if address.startswith("http://metadata.cbd.int/kmgbf/target_"):
            continue
        assert address.startswith(str(client.base_url).rstrip("/") + "/"), address
        answer = client.get(address, headers={"Accept": "text/html"}, follow_redirects=True)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"].startswith("text/html")


def test_the_map_links_every_region_to_each_of_its_states(client: httpx.Client) -> None:
    svg = drawn(client, "map")
    spans = Counter(row["region"] for row in table("region-state"))
    ends: dict[str, list[tuple[str, str]]] = {}
    for address, one in links(svg):
        if spokes := looks(one, "spoke"):
            ends[address.rpartition("/region/")[2]] = [
                (spoke.attrib["x2"], spoke.attrib["y2"]) for spoke in spokes
            ]
            assert {part.tag for part in one} == {f"{SVG}title", f"{SVG}line"}  # no area, no border
    assert {slug: len(set(found)) for slug, found in ends.items()} == spans
    points = {
        address.rpartition("/")[2]: (
            looks(one, "point")[0].attrib["cx"],
            looks(one, "point")[0].attrib["cy"],
        )
        for address, one in links(svg)
        if looks(one, "point")
    }
    assert set(points) == {row["id"] for row in table("states")}
    for slug, found in ends.items():
        states = {row["state"] for row in table("region-state") if row["region"] == slug}
        assert set(found) == {points[code] for code in states}, slug
    assert len(looks(svg, "range")) == 14
    assert len(looks(svg, "hub")) == 2 * 13  # on the map, and in the legend


def test_the_table_of_the_map(client: httpx.Client) -> None:
    labels = {row["id"]: row["label"] for row in table("states")}
    regions = sorted(table("regions"), key=lambda row: int(row["ordinal"]))
    expected = [
        [
            region["ordinal"],
            region["label"],
            sorted(
                labels[r["state"]] for r in table("region-state") if r["region"] == region["id"]
            ),
        ]
        for region in regions
    ]
    assert [[a, b, c.split("; ")] for a, b, c in rows(client, "map")] == expected


def _inside(point: tuple[float, float], rings: list[list[tuple[float, float]]]) -> bool:
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
            if (y1 > point[1]) != (y2 > point[1]):
                crossings += point[0] < x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1)
    return crossings % 2 == 1


def test_every_range_state_has_an_outline_around_its_label_point() -> None:
    codes = {row["identifier"] for row in table("identifiers") if row["registry"] == "m49"}
    found = {one.m49: one for one in outlines() if one.m49 in codes}
    assert set(found) == codes
    assert len(codes) == len(table("states"))
    for code, one in found.items():
        holding = {
            c for c, other in found.items() if _inside(one.label, [list(r) for r in other.rings])
        }
        assert holding == {code}


def test_outlines_are_simplified_without_gaps(tmp_path: Path) -> None:
    """Two neighbours keep the very same points along their border."""
    border = [[5000, 4000], [2, 500], [-2, 500], [0, 1000]]  # almost straight
    west = [[5000, 6000], [-1000, 0], [0, -2000], [1000, 0]]
    east = [[5000, 6000], [1000, 0], [0, -2000], [-1000, 0]]
    countries = [
        {"type": "Polygon", "id": "398", "properties": {"name": "W"}, "arcs": [[0, 1]]},
        {"type": "MultiPolygon", "id": "496", "properties": {"name": "E"}, "arcs": [[[0, 2]]]},
    ]
    topology = {
        "transform": {"scale": [0.01, 0.01], "translate": [10, -10]},
        "arcs": [border, west, east],
        "objects": {"countries": {"geometries": countries}},
    }
    file = tmp_path / "countries.json"
    file.write_text(json.dumps(topology), encoding="utf-8")
    lines = list(simplify(file))
    assert lines[0].startswith("# Natural Earth")
    assert (
        lines[0].encode()
        == (Path(__file__).parents[1] / "server/site/pictures/outlines.tsv")
        .read_bytes()
        .split(b"\n")[0]
    )
    cells = {line.split("\t")[0]: line.split("\t")[2] for line in lines[2:]}
    assert set(cells) == {"398", "496"}
    for ring in cells.values():
        assert "60.00,30.00 60.00,50.00" in ring  # two points are enough


def test_the_matrix_counts_activities(client: httpx.Client) -> None:
    regions = {row["id"]: row["region"] for row in table("sections")}
    of = {row["id"]: regions[row["section"]] for row in table("activities")}
    expected = Counter(
        (of[row["activity"]], row["target"])
        for row in table("activity-target")
        if of[row["activity"]] and row["target"].startswith("gbf/")
    )
    shown: dict[tuple[str, str], int] = {}
    for address, one in links(drawn(client, "matrix")):
        if looks(one, "disc"):
            asked = httpx.URL(address).params
            number = int(looks(one, "strong")[0].text or "")
            shown[asked["region"], asked["target"]] = number
            assert tip(one).endswith(f": {number}")
    assert shown == expected
    labels = {row["label"]: row["id"] for row in table("regions")}
    told = {
        (labels[row[0]], f"gbf/{number}"): int(text)
        for row in rows(client, "matrix")
        for number, text in enumerate(row[1:], 1)
        if text
    }
    assert told == expected
    assert len(rows(client, "matrix")[0]) == 1 + len(table("gbf-targets"))
    address = "/programme.csv?region=gobi&target=gbf%2F3&lang=en"
    assert len(client.get(address).text.splitlines()) - 1 == expected["gobi", "gbf/3"] > 1


def test_the_timeline_has_every_deadline(client: httpx.Client) -> None:
    svg = drawn(client, "timeline")
    bars: dict[tuple[str, str], tuple[float, float, str]] = {}
    shown: Counter[str] = Counter()
    for address, one in links(svg):
        slug = address.rpartition("/activity/")[2]
        shown[slug] += 1
        for bar in one.iter(f"{SVG}rect"):
            place = float(bar.attrib["x"]), float(bar.attrib["width"]), bar.attrib["class"]
            bars[slug, tip(one)] = place
    expected = table("deadlines")
    assert shown == Counter(row["activity"] for row in expected)
    assert len(bars) == sum(1 for row in expected if row["date"] or row["earliest"])
    place = {
        row["id"]: bars[slug, words]
        for row in expected
        for slug, words in bars
        if slug == row["activity"] and f": {row['what']}, " in words
    }
    years: dict[str, set[tuple[float, float, str]]] = {}
    for row in expected:
        if len(row["date"]) == 4 and not row["earliest"] and row["date"] > "2025":
            years.setdefault(row["date"], set()).add(place[row["id"]])
    assert all(len(found) == 1 for found in years.values())  # same year, same bar
    lefts = [min(found)[0] for _, found in sorted(years.items())]
    assert lefts == sorted(lefts)
    year = place["wp-2026-2032/7.1/1"]
    day, month = place["wp-2026-2032/16.3/1"], place["wp-2026-2032/16.4/1"]
    assert day[1] < year[1] / 4
    assert month[1] < year[1] / 4
    assert min(years["2026"])[0] < day[0] < year[0] < month[0]
    both = place["wp-2026-2032/1.1/1"]
    assert both[1] == pytest.approx(2 * year[1], abs=3)  # 2028 to 2029
    assert place["wp-2026-2032/15.2/1"][2] == "bar open"  # a start
    assert len(rows(client, "timeline")) == len(expected)


RELATIONS = {
    "isCongruentWith": "is the same as",
    "includes": "includes",
    "isIncludedIn": "is included in",
    "intersects": "overlaps, how far is open",
}


def test_the_names_of_every_taxon(client: httpx.Client) -> None:
    names = {row["id"]: row["name"] for row in table("names")}
    stated: dict[str, Counter[tuple[str, str]]] = {}
    for row in table("taxon-mappings"):
        relation = ("not: " if row["negative"] else "") + RELATIONS[row["relation"]]
        found = stated.setdefault(row["taxon"], Counter())
        found[relation, names[row["name"]]] += 1
    for taxon, expected in stated.items():
        told = Counter(
            (relation, name) for _, relation, name, *_ in rows(client, "names", taxon=taxon)
        )
        assert told == expected, taxon
        svg = drawn(client, "names", taxon=taxon)
        assert len(looks(svg, "theirs")) == expected.total()
        refuted = sum(n for (relation, _), n in expected.items() if relation.startswith("not"))
        assert len(looks(svg, "refuted")) == refuted


def test_the_picture_of_a_taxon_that_is_none(client: httpx.Client) -> None:
    for path in ("/pictures/names", "/pictures/names.svg", "/pictures/names.csv"):
        answer = client.get(path, params={"taxon": "unicorn"})
        assert answer.status_code == 400
        assert "saiga" in answer.text
        assert client.get(path, params={"colour": "red"}).status_code == 400
    assert client.get("/pictures/portrait").status_code == 404
    assert client.get("/pictures/portrait.svg").status_code == 404


def test_the_lineage_is_that_of_the_table(client: httpx.Client) -> None:
    section = {row["id"]: row["section"] for row in table("activities")}
    expected = Counter(
        (section.get(row["earlier"], ""), section.get(row["later"], "")) for row in table("lineage")
    )
    shown: Counter[tuple[str, str]] = Counter()
    for address, one in links(drawn(client, "lineage")):
        if bands := [part for part in one.iter() if part.get("class", "").startswith("ribbon")]:
            asked = httpx.URL(address).params.get_list("section")
            before = next((slug for slug in asked if slug.startswith("pow-")), "")
            after = next((slug for slug in asked if slug.startswith("wp-")), "")
            shown[before, after] += int(tip(one).rpartition(": ")[2])
            assert len(bands) == 1
    assert shown == expected
    assert shown.total() == 300
    told = rows(client, "lineage")
    assert Counter((row[2], row[3], row[4]) for row in told) == Counter(
        (row["relation"], row["confidence"], row["status"]) for row in table("lineage")
    )
    numbers = Counter((a.partition(" ")[0], b.partition(" ")[0]) for a, b, *_ in told)
    assert numbers == Counter(
        tuple(row[key].partition("/")[2] or "none" for key in ("earlier", "later"))
        for row in table("lineage")
    )


@pytest.fixture(scope="module")
def below(serve, built) -> Iterator[httpx.Client]:
    options = ("--build", str(built.folder.parent), "--workers", "1", "--root-path", "/kg")
    with serve(*options) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/kg/programme?region=altai", "/kg/pictures/map", "/kg/pictures/names?taxon=argali"]
)
def test_links_stay_below_the_path_of_a_proxy(below: httpx.Client, path: str) -> None:
    answer = below.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    inside = {urlsplit(link).path for link in Links(answer.text).found if link.startswith("/")}
    assert {link for link in inside if not link.startswith("/kg/")} == set()
    assert 'href="/kg/static/' in answer.text
    if "pictures" in path:
        svg = drawn(below, path.partition("/pictures/")[2].partition("?")[0])
        root = f"{str(below.base_url).rstrip('/')}/kg/"
        ours = [address for address, _ in links(svg)]
        assert ours
        assert all(address.startswith(root) for address in ours)
