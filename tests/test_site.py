"""The pages for people, over HTTP: what they show, and that anybody can read them."""

import csv
import io
import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyoxigraph as ox
import pytest

from cami.graph import turtle_file
from cami.ontology import ONTOLOGY_FILE, PREFIXES
from cami.server.release import Build
from cami.server.site.labels import Labels, read_labels
from cami.server.site.pictures import PICTURES
from cami.server.site.programme import ORDERS
from cami.server.site.records import FACETS
from cami.server.site.static import FOLDER, digest
from cami.server.site.table_queries import alone, combined, read_cells
from cami.server.site.thing import ROWS, expand, tables_of
from cami.server.site.views import views
from cami.server.site.words import translated

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGES = [
    "/",
    "/?lang=ru",
    "/search",
    "/search?q=saiga",
    "/search?q=nothing-is-called-so",
    "/search?type=activity&offset=50",
    "/page/taxon/snow-leopard",
    "/page/taxon/pallas-cat?lang=ru",
    "/page/activity/wp-2026-2032/12.6",
    "/page/activity/pow-2014-2020/1.2.1/a",
    "/page/region/altai",
    "/page/state/KAZ",
    "/page/section/wp-2026-2032/12",
    "/page/programme/wp-2026-2032",
    "/page/actor/government-organizations",
    "/page/target/gbf/4",
    "/page/spms/goal-1",
    "/page/document/cop15-cami-document",
    "/page/document/cop15-cami-document?offset=100",
    "/page/responsibility/wp-2026-2032/12.6/ngos",
    "/page/resolution/11.24/rev-cop13",
    "/page/graph/reference",
    "/reference",
    "/reference/dictionary",
    "/reference/shapes",
    "/reference/api",
    "/reference/cite",
    "/reference/licence",
    "/page/taxon/nobody",
]
VOID_TAGS = {"meta", "link", "br", "input", "img", "hr"}


class Page(HTMLParser):
    """A page as tests look at it: tags in order, each with the text inside and its language."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[list[str], str]] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(([*self.inside], " ".join(data.split())))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def text(self, tag: str = "main") -> str:
        return " ".join(text for inside, text in self.texts if tag in inside)


def get(client: httpx.Client, path: str) -> Page:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return Page(response.text)


@pytest.fixture(scope="module")
def labels(built: Build) -> Labels:
    return read_labels(built)


# ---- every page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_by_anybody(client: httpx.Client, path: str) -> None:
    """Landmarks, headings, names of fields and tables, languages; no tag is left open."""
    response = client.get(path, headers=BROWSER)
    page = Page(response.text)
    assert page.inside == []
    assert page.of("html") == [{"lang": "ru" if "lang=ru" in path else "en"}]
    for once in ("h1", "main", "header", "footer", "title"):
        assert len(page.of(once)) == 1, once
    assert page.of("a")[0] == {"class": "skip", "href": "#main"}
    landmarks = [attrs["aria-label"] for attrs in page.of("nav")]
    assert len(landmarks) == len(set(landmarks))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    pointed = [attrs["aria-labelledby"] for _, attrs in page.tags if "aria-labelledby" in attrs]
    assert set(pointed) <= set(ids)
    labelled = {attrs.get("for") for attrs in page.of("label")}
    fields = [attrs for attrs in page.of("input") if attrs.get("type") != "hidden"]
    assert all(attrs["id"] in labelled for attrs in fields)
    assert len(page.of("caption")) == len(page.of("table"))
    assert all("scope" in attrs for attrs in page.of("th"))
    assert all(attrs.get("href") not in ("", None) for attrs in page.of("a"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_other_host_and_runs_nothing_of_its_own(
    client: httpx.Client, path: str
) -> None:
    response = client.get(path, headers=BROWSER)
    assert response.headers["content-security-policy"] == POLICY
    page = Page(response.text)
    loaded = [attrs["src"] for tag in ("script", "img") for attrs in page.of(tag) if "src" in attrs]
    loaded += [a["href"] for a in page.of("link") if a["rel"] in ("stylesheet", "icon")]
    assert all(re.match("/(?!/)|data:", one or "") for one in loaded)
    assert all((attrs["action"] or "").startswith("/") for attrs in page.of("form"))
    inline = [attrs for attrs in page.of("script") if "src" not in attrs]
    assert all(attrs == {"type": "application/ld+json"} for attrs in inline)
    assert not page.of("style")
    assert not [attrs for _, attrs in page.tags if any(re.match("style$|on", k) for k in attrs)]


@pytest.mark.parametrize("path", PAGES)
def test_no_bare_iri_is_shown_and_no_word_is_missing(client: httpx.Client, path: str) -> None:
    """IRIs are shown as permalinks and in examples of code only."""
    page = (
        get(client, path) if "nobody" not in path else Page(client.get(path, headers=BROWSER).text)
    )
    shown = [text for inside, text in page.texts if not {"script", "code"} & set(inside)]
    assert [text for text in shown if "w3id.org/cami" in text and "licence" not in path] == []
    assert [text for text in shown if re.search(r"\b(cami|tcs|prov|skos):[a-z]\w+$", text)] == []


@pytest.mark.parametrize("path", ["/", "/page/taxon/snow-leopard", "/page/state/KAZ", "/search"])
def test_the_first_view_is_small(client: httpx.Client, path: str) -> None:
    """With style and scripts, compressed: the issue allows 150 kB."""
    total = 0
    response = client.get(path, headers={**BROWSER, "Accept-Encoding": "gzip"})
    page = Page(response.text)
    files = [attrs["src"] for attrs in page.of("script") if "src" in attrs]
    files += [attrs["href"] for attrs in page.of("link") if attrs["rel"] == "stylesheet"]
    for one in [path, *files]:
        with client.stream("GET", one or "", headers={"Accept-Encoding": "gzip"}) as answer:
            total += sum(len(part) for part in answer.iter_raw())
    assert total < 150_000
    assert len(files) >= 2


# ---- static files


def test_static_files_are_kept_for_ever_under_the_name_of_their_content(
    client: httpx.Client,
) -> None:
    for path in FOLDER.rglob("*"):
        if path.is_file():
            name = path.relative_to(FOLDER).as_posix()
            response = client.get(f"/static/{digest()}/{name}")
            assert response.content == path.read_bytes()
            assert "immutable" in response.headers["cache-control"]
            assert response.headers["content-type"] != "application/octet-stream"
            again = {"If-None-Match": response.headers["etag"]}
            assert client.get(f"/static/{digest()}/{name}", headers=again).status_code == 304
    assert client.get("/static/older/site.css").headers["cache-control"] == "no-cache"
    for name in ("nothing.css", "..%2fframe.py", "../frame.py", "%2e%2e/frame.py"):
        path = f"/static/{digest()}/{name}"
        assert client.get(path, follow_redirects=True).status_code == 404


# ---- front page


def test_the_front_page_counts_what_there_is(client: httpx.Client, built: Build) -> None:
    classes = built.manifest["classes"]
    text = get(client, "/").text()
    for origin in ("cop15-cami-document", "resolution-11.24-2014"):
        held = classes[origin]
        sections = sum(held.get(kind, 0) for kind in ("Section", "Objective", "Issue"))
        sections -= held.get("Section", 0) if "Issue" in held else 0
        assert f"{held['Activity']} activities in {sections} sections" in text
    regions = classes["cop15-cami-document"]["PriorityTransboundaryConservationRegion"]
    assert f"{regions} Priority regions" in text
    assert f"{classes['cop15-cami-document']['RangeState']} Range States" in text
    assert "a draft; its adoption is not known here" in text


def test_the_front_page_answers_its_questions_now(client: httpx.Client) -> None:
    page = get(client, "/")
    links = [a["href"] or "" for a in page.of("a") if "format=csv" in (a["href"] or "")]
    assert len(links) == 3
    text = page.text()
    for link in links:
        rows = list(csv.DictReader(io.StringIO(client.get(link).text)))
        assert rows
        for row in rows[:5]:
            shown = [value for value in row.values() if value and "://" not in value]
            assert all(value in text for value in shown), row
        if len(rows) > 5:
            assert f"The first 5 of {len(rows)}." in text


def test_the_front_page_describes_the_dataset_to_search_engines(
    client: httpx.Client, built: Build
) -> None:
    text = client.get("/").text
    said = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)[0])
    assert (said["@type"], said["version"]) == ("Dataset", built.manifest["version"])
    for file in said["distribution"]:
        name = urlsplit(file["contentUrl"]).path.removeprefix("/dumps/")
        assert file["sha256"] == built.manifest["files"][name]["sha256"]


# ---- search


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("snow leopard", "/id/taxon/snow-leopard"),
        ("Panthera uncia", "/id/taxon/snow-leopard"),
        ("Otocolobus", "/id/taxon/pallas-cat"),
        ("манул", "/id/taxon/pallas-cat"),
        ("雪豹", None),
        ("12.6", "/id/activity/wp-2026-2032/12.6"),
        ("KAZ", "/id/state/KAZ"),
        ("tian shan west", "/id/region/western-tian-shan"),
        ("gbf target 4", "/page/target/gbf/4"),
    ],
)
def test_search_finds_things_by_any_name(
    client: httpx.Client, text: str, first: str | None
) -> None:
    page = Page(client.get("/search", params={"q": text}, headers=BROWSER).text)
    links = [a["href"] for a in page.of("a") if (a["href"] or "").startswith(("/id/", "/page/"))]
    assert (links or [None])[0] == first
    listed = client.get("/search/suggestions", params={"q": text}).json()["suggestions"]
    assert ([one["href"] for one in listed] or [None])[0] == first
    if first:
        assert client.get(first, headers=BROWSER, follow_redirects=True).status_code == 200


def test_search_says_by_which_name_and_how_it_relates(client: httpx.Client) -> None:
    assert "Panthera uncia (synonym)" in get(client, "/search?q=Panthera+uncia").text()
    part = get(client, "/search?q=Ovis+ammon+hodgsonii").text()
    assert "Argali Taxon · Ovis ammon hodgsonii (a name for a part of this)" in part


def test_search_has_every_kind_in_pages(client: httpx.Client, built: Build) -> None:
    activities = sum(held.get("Activity", 0) for held in built.manifest["classes"].values())
    found: set[str] = set()
    url = "/search?type=activity"
    while url:
        page = get(client, url)
        assert f"Found: {activities}" in page.text()
        links = page.of("a")
        found |= {a["href"] or "" for a in links if (a["href"] or "").startswith("/id/activity/")}
        url = next((a["href"] or "" for a in links if a.get("rel") == "next"), "")
    assert len(found) == activities


def test_what_is_typed_cannot_become_markup(client: httpx.Client) -> None:
    evil = "\"><script>alert(1)</script><b '"
    response = client.get("/search", params={"q": evil}, headers=BROWSER)
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert Page(response.text).of("input")[0]["value"] == evil
    assert not Page(response.text).of("b")


@pytest.mark.parametrize("query", [{"q": "x" * 201}, {"offset": "-1"}, {"type": "beast"}])
def test_what_cannot_be_searched_is_a_problem(client: httpx.Client, query: dict[str, str]) -> None:
    assert client.get("/search", params=query).status_code == 400


# ---- things


def table_of(page: Page, text: str) -> list[str]:
    """The CSV links of the tables of a page whose query begins with a title."""
    links = [a["href"] or "" for a in page.of("a") if "format=csv" in (a["href"] or "")]
    asked = {parse_qs(urlsplit(link).query)["query"][0]: link for link in links}
    return [link for query, link in asked.items() if query.startswith(f"# {text}:")]


def test_the_page_of_a_taxon_leads_to_a_csv_of_its_activities(client: httpx.Client) -> None:
    page = get(client, "/page/taxon/snow-leopard")
    text = page.text()
    for words in (
        "Panthera uncia",
        "CITES Appendix I",
        "CMS Appendix I",
        "Western Himalaya",
        "Ounce",
    ):
        assert words in text
    (link,) = table_of(page, "Activities")
    response = client.get(link, headers=BROWSER)
    assert response.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    numbers = [r["activity"].rpartition("/")[2] for r in rows if "wp-2026-2032" in r["activity"]]
    assert numbers == ["23.1", "24.1"]  # as test_server has it from the document
    assert {"activity", "activity_name", "priority", "deadline", "section"} <= set(rows[0])


def test_the_page_of_an_activity_has_what_its_row_has(client: httpx.Client) -> None:
    page = get(client, "/page/activity/wp-2026-2032/12.6")
    text = page.text()
    order = [
        "12.6 Study returning saiga",
        "Facts",
        "Western and Southern Ustyurt",
        "medium priority",
        "GBF Target 4",
        "SPMS Goal 1",
        "concerns State Turkmenistan",
        "Responsible",
        "Specialist groups of the IUCN Species Survival Commission",
        "Indicators",
        "Stated in",
    ]
    places = [text.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)
    assert "Annex 1, Work Programme, activity 12.6" in text
    trail = [a["href"] for a in page.of("a")]
    assert "/id/programme/wp-2026-2032" in trail
    assert "/id/section/wp-2026-2032/12" in trail


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("taxon/saiga", "/search?type=taxon"),
        ("activity/wp-2026-2032/12.6", "/id/section/wp-2026-2032/12"),
        ("activity/pow-2014-2020/1.2.1/a", "/id/activity/pow-2014-2020/1.2.1"),
        ("section/pow-2014-2020/1.1", "/id/section/pow-2014-2020/1"),
        ("responsibility/wp-2026-2032/12.6/ngos", "/id/activity/wp-2026-2032/12.6"),
        ("mapping/argali/cites-checklist/ovis-ammon", "/id/taxon/argali"),
        ("target/gbf/4", "/search?type=target"),
    ],
)
def test_breadcrumbs_lead_upwards(client: httpx.Client, path: str, above: str) -> None:
    text = client.get(f"/page/{path}").text
    trail = Page(
        text[text.index('<nav class="trail"') : text.index("</nav>", text.index("trail"))]
        + "</nav>"
    )
    assert trail.of("a")[-1]["href"] == above


def test_a_draft_says_so(client: httpx.Client) -> None:
    words = "A draft that was put before a meeting"
    assert words in get(client, "/page/programme/wp-2026-2032").text()
    assert words not in get(client, "/page/programme/pow-2014-2020").text()


def test_a_record_without_a_label_is_named_by_what_it_says(client: httpx.Client) -> None:
    page = get(client, "/page/responsibility/wp-2026-2032/12.6/ngos")
    assert page.text("h1") == "Non-governmental organizations: 12.6"
    assert "/id/activity/wp-2026-2032/12.6" in [a["href"] for a in page.of("a")]


def test_a_target_of_another_framework_has_a_page_and_data_here(client: httpx.Client) -> None:
    page = get(client, "/page/target/gbf/4")
    assert "http://metadata.cbd.int/kmgbf/target_4" in page.text()
    (link,) = table_of(page, "Activities")
    rows = list(csv.DictReader(io.StringIO(client.get(link).text)))
    canned = client.get(
        "/queries/activities-by-target", params={"target": "gbf/4", "format": "csv"}
    )
    ours = {row["activity"].rpartition("/")[2] for row in rows if "wp-2026" in row["activity"]}
    assert ours == {row["number"] for row in csv.DictReader(io.StringIO(canned.text))}
    data = client.get("/data/target/gbf/4.nt")
    assert "<http://metadata.cbd.int/kmgbf/target_4>" in data.text


def test_query_this_is_the_query_of_the_page(client: httpx.Client) -> None:
    page = get(client, "/page/region/altai")
    links = [a["href"] or "" for a in page.of("a") if (a["href"] or "").startswith("/sparql?")]
    for link in links:
        query = parse_qs(urlsplit(link).query)["query"][0]
        answer = client.get("/sparql", params={"query": query})
        assert answer.status_code == 200, query
        assert "https://w3id.org/cami/id/region/altai" in query
    assert any("CONSTRUCT" in link for link in links)


def test_a_page_has_links_for_programs(client: httpx.Client) -> None:
    response = client.get("/page/taxon/saiga")
    relations = response.headers["link"]
    assert '<https://w3id.org/cami/id/taxon/saiga>; rel="describes"' in relations
    heads = {
        a.get("type"): a["href"] for a in Page(response.text).of("link") if a["rel"] == "alternate"
    }
    assert client.get(heads["text/turtle"] or "").headers["content-type"].startswith("text/turtle")


def test_every_table_shows_what_its_own_query_finds(built: Build, labels: Labels) -> None:
    """For one thing of each class: the rows of the page are those of the query beside them."""
    store = ox.Store.read_only(str(built.store))
    classes: dict[str, str] = {}
    for iri in sorted(labels.kinds):
        classes.setdefault(labels.classes(iri)[0], iri)
    shown = 0
    for iri in classes.values():
        tables = tables_of(labels, iri)
        if not tables:
            continue
        found = store.query(combined(iri, tables))
        assert isinstance(found, ox.QuerySolutions)
        cells = read_cells(found.serialize(format=ox.QueryResultsFormat.JSON) or b"")
        for number, table in enumerate(tables):
            rows = store.query(alone(iri, "x", table))
            assert isinstance(rows, ox.QuerySolutions)
            held = {row[0].value for row in rows if row[0] is not None}  # pyright: ignore
            assert held == set(cells.get(number, {})), (iri, table.title)
            shown += len(held)
    assert shown > ROWS


def test_what_pages_show_is_in_the_ontology() -> None:
    """A misspelt property would silently show nothing."""
    terms = {triple.subject.value for triple in turtle_file(ONTOLOGY_FILE)}  # type: ignore[union-attr]
    used = {*views().facts, *views().above, *views().said_of, *views().tables}
    for tables in views().tables.values():
        for table in tables:
            paths = [table.path, table.sort, table.kind, *table.instead]
            paths += [part for column in table.columns for part in (column.path, column.text)]
            used |= {name for path in paths for name in re.findall(r"[a-z]+:\w+", path)}
    assert all(name.partition(":")[0] in PREFIXES for name in used)
    ours = {name for name in used if name.startswith("cami:")}
    assert len(ours) > 80
    assert [name for name in sorted(ours) if expand(name) not in terms] == []


# ---- languages


def test_russian_names_are_shown_where_the_data_have_them(client: httpx.Client) -> None:
    page = get(client, "/page/taxon/pallas-cat?lang=ru")
    assert page.text("h1") == "манул"
    assert "Pallas’ cat" in page.text()
    english = get(client, "/page/taxon/snow-leopard?lang=ru")
    assert english.text("h1") == "Snow leopard"  # the data have no Russian name: none is made up
    assert "Приоритетные регионы" in english.text()
    marked = [a for a in english.of("a") if (a["href"] or "").startswith("/id/region/altai")]
    assert {tuple(a.items()) for a in marked} == {
        (("href", "/id/region/altai?lang=ru"), ("lang", "en"))
    }


def test_the_language_is_kept_and_can_be_changed(client: httpx.Client) -> None:
    to_page = client.get("/id/taxon/saiga?lang=ru", headers=BROWSER).headers["location"]
    assert to_page == "/page/taxon/saiga?lang=ru"
    page = get(client, to_page)
    assert [a["href"] for a in page.of("a") if a.get("hreflang")] == ["/page/taxon/saiga"]
    data = [a["href"] or "" for a in page.of("a") if "/data/" in (a["href"] or "")]
    assert data
    assert not any("lang=" in link for link in data)
    assert get(client, "/?lang=xx").of("html") == [{"lang": "en"}]


_TRANSLATED = [
    "front_map",
    "base",
    "find",
    "front",
    "search",
    "thing",
    "programme",
    "picture",
    "pictures",
    "query",
    "queries",
    "editor",
]


def test_the_interface_has_russian_words_throughout() -> None:
    """Pages of one language only are marked as such and need none."""
    wanted = {*FACETS.values(), *ORDERS, *(one.title for one in PICTURES.values())}
    for path in (Path(FOLDER).parent / "templates").glob("*.j2"):
        if path.name in {f"{n}.html.j2" for n in _TRANSLATED}:
            text = path.read_text(encoding="utf-8")
            wanted |= {a or b for a, b in re.findall(r"\bt\('([^']+)'|else '([^']+)'\)", text)}
    for tables in views().tables.values():
        for table in tables:
            wanted |= {table.title, table.row, *(column.head for column in table.columns)} - {""}
    assert len(wanted) > 100
    assert sorted(word for word in wanted - translated() if not re.fullmatch(r"[\d-]+", word)) == []


@pytest.mark.parametrize(
    ("path", "russian", "english"),
    [
        ("/programme?taxon=mongolian-gazelle", ["Мероприятий: ", "дзерен", "Приоритет"], "Altai"),
        ("/pictures", ["Сроки на оси времени"], "Every date by which something is due"),
        ("/pictures/names?taxon=mongolian-gazelle", ["источников: дзерен", "Кем указано"], "RCC-5"),
        ("/pictures/map", ["То же самое в виде таблицы", "Государства"], "Kazakhstan"),
        ("/queries", ["Готовые запросы"], "Activities for a target"),
        ("/queries/activities-by-taxon?taxon=pallas-cat", ["манул", "Ответ", "Всего строк"], "any"),
        ("/sparql", ["Редактор SPARQL", "Выполнить"], "Activities for a target"),
    ],
)
def test_tools_have_a_russian_frame_with_what_is_english_marked(
    client: httpx.Client, path: str, russian: list[str], english: str
) -> None:
    asked = f"{path}{'&' if '?' in path else '?'}lang=ru"
    page = get(client, asked)
    assert page.of("html") == [{"lang": "ru"}]
    for word in russian:
        assert word in page.text()
    assert page.text("footer").count("Неофициальный перевод") == 1
    assert {"lang": "en"}.items() <= {k: v for tag in page.tags for k, v in tag[1].items()}.items()
    assert [a["href"] for a in page.of("a") if a.get("hreflang")] == [path]
    kept = [
        a["href"] or ""
        for a in page.of("a")
        if (a["href"] or "").startswith("/") and not a.get("hreflang")
    ]
    files = ("/openapi.json", "/dumps/", "/licences", ".csv", ".svg", "format=")
    assert [a for a in kept if "lang=ru" not in a and not any(one in a for one in files)] == []
    assert "Неофициальный" not in get(client, path).text("footer")


# ---- reference pages, problems, other places


def test_the_data_dictionary_has_every_class_with_its_number(
    client: httpx.Client, built: Build, labels: Labels
) -> None:
    text = get(client, "/reference/dictionary").text()
    for kinds in built.manifest["classes"].values():
        for kind in kinds:
            assert labels.text(f"https://w3id.org/cami/ontology#{kind}") in text, kind
    activities = sum(held.get("Activity", 0) for held in built.manifest["classes"].values())
    assert f"activity {activities}" in text
    assert "A GBF target or SPMS goal" in text  # a definition of the ontology


def test_the_shapes_say_in_words_what_they_demand(client: httpx.Client, built: Build) -> None:
    page = get(client, "/reference/shapes")
    text = page.text()
    assert "spans State 2 or more Range State A transboundary region spans two Range States" in text
    assert "label exactly one in English A region has exactly one label, in English." in text
    shapes = {quad.subject: quad for quad in ox.parse(path=str(built.folder / "shapes/shapes.ttl"))}
    assert len(shapes) > 300
    for link in {a["href"] or "" for a in page.of("a") if "index.html#" in (a["href"] or "")}:
        assert ox.NamedNode(PREFIXES["shapes"] + link.partition("#")[2]) in shapes


def test_the_page_of_the_api_is_that_of_openapi(client: httpx.Client) -> None:
    text = get(client, "/reference/api").text()
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        shown = path.removeprefix("/queries/")
        assert shown in text, path
        for said in methods.values():
            assert " ".join(said["summary"].split()) in text


def test_how_to_cite_names_version_and_digest(client: httpx.Client, built: Build) -> None:
    text = get(client, "/reference/cite").text()
    assert f"Version {built.manifest['version']}" in text
    assert built.digest in text
    assert "CC-BY-4.0" in text
    assert "Creative Commons Attribution 4.0" in get(client, "/reference/licence").text()


def test_a_browser_gets_a_problem_as_a_page_and_a_program_as_json(client: httpx.Client) -> None:
    for path, status in (("/page/taxon/nobody", 404), ("/nowhere", 404), ("/search?type=x", 400)):
        response = client.get(path, headers=BROWSER)
        assert response.status_code == status
        assert response.headers["content-type"].startswith("text/html")
        assert response.headers["cache-control"] == "no-store"
        assert client.get(path).headers["content-type"] == "application/problem+json"


def test_every_address_is_below_the_path_of_a_proxy(serve, built: Build) -> None:
    options = ("--build", str(built.folder.parent), "--workers", "1", "--root-path", "/kg")
    with serve(*options) as client:
        for path in ("/kg/", "/kg/search?q=saiga", "/kg/page/taxon/saiga", "/kg/reference/shapes"):
            page = get(client, path)
            given = [
                v or ""
                for _, a in page.tags
                for k, v in a.items()
                if k in ("href", "src", "action")
            ]
            inside = [one for one in given if one.startswith("/")]
            assert inside
            assert all(one.startswith("/kg/") for one in inside)
        assert client.get(get(client, "/kg/").of("link")[0]["href"] or "").status_code == 200


def test_a_server_of_another_file_has_a_page_too(serve, tmp_path: Path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text("<http://a/s> <http://a/p> 1 .")
    with serve("--data", str(path), "--workers", "1") as client:
        page = get(client, "/")
        assert page.of("form") == [{"action": "/sparql", "method": "get"}]
        for link in {a["href"] or "" for a in page.of("a")}:
            assert client.get(link, headers=BROWSER, follow_redirects=True).status_code == 200
