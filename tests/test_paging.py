"""Pages of answers, and CSV for spreadsheets, over HTTP and on the command line."""

import csv
import io
import re
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from cami.queries import FORMATS, RESULT_FORMATS, CatalogueError, catalogue, evaluate
from cami.queries.catalogue import load

SELECTS = sorted(name for name, query in catalogue().items() if not query.is_graph)


def next_page(response: httpx.Response) -> str | None:
    found = re.search(r'<([^>]*)>; rel="next"', response.headers.get("link", ""))
    return found[1] if found else None


def rows(response: httpx.Response) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.text, newline="")))


@pytest.mark.parametrize("name", SELECTS)
def test_the_order_of_every_answer_is_total(name: str) -> None:
    """ORDER BY is there, and ends with every column that the rows have."""
    query = catalogue()[name]
    assert "ORDER BY" in query.text
    bound = query.bind({}, {})
    order = bound.rpartition("ORDER BY")[2].split()
    assert order[-len(query.columns) :] == [f"?{column}" for column in query.columns]
    assert ox.Store().query(bound)


@pytest.mark.parametrize("name", ["activities-by-actor", "mapping-table", "target-coverage"])
def test_pages_make_up_the_whole(client: httpx.Client, name: str) -> None:
    whole = rows(client.get(f"/queries/{name}", params={"format": "csv"}))
    size = max(2, len(whole) // 4)
    found, pages = whole[:1], 0
    url: str | None = f"/queries/{name}?format=csv&limit={size}"
    while url:
        response = client.get(url)
        page = rows(response)
        assert page[0] == whole[0]
        assert len(page) - 1 <= size
        found += page[1:]
        following = next_page(response)
        assert following is None or len(page) - 1 == size
        url = f"/queries/{name}{following}" if following else None
        pages += 1
    assert found == whole
    assert pages >= 2


def test_the_last_full_page_has_none_after_it(client: httpx.Client) -> None:
    url = "/queries/activities-by-taxon"  # 23.1 and 24.1 for the snow leopard
    taxon = {"taxon": "snow-leopard"}
    response = client.get(url, params={**taxon, "limit": "2"})
    assert len(response.json()["results"]["bindings"]) == 2
    assert "next" not in response.links
    first = client.get(url, params={**taxon, "limit": "1"})
    assert len(first.json()["results"]["bindings"]) == 1
    assert next_page(first) == "?taxon=snow-leopard&limit=1&offset=1"
    last = client.get(url, params={**taxon, "limit": "1", "offset": "1"})
    assert len(last.json()["results"]["bindings"]) == 1
    assert next_page(last) is None
    assert 'offset=0>; rel="prev"' in last.headers["link"]
    beyond = client.get(url, params={**taxon, "limit": "2", "offset": "9"})
    assert beyond.json()["results"]["bindings"] == []
    assert next_page(beyond) is None


@pytest.mark.parametrize("form", [one.name for one in RESULT_FORMATS])
def test_a_page_that_holds_all_is_the_whole_in_every_format(
    client: httpx.Client, form: str
) -> None:
    for name in ("activities-by-region", "mapping-table"):
        whole = client.get(f"/queries/{name}", params={"format": form})
        page = client.get(f"/queries/{name}", params={"format": form, "limit": "10000"})
        assert page.headers["content-type"] == whole.headers["content-type"]
        assert page.content == whole.content
        assert "next" not in page.links


def test_the_link_keeps_the_parameters(client: httpx.Client) -> None:
    params = {"region": "gobi", "limit": "3"}
    response = client.get("/queries/activities-by-region", params=params)
    following = httpx.URL(next_page(response) or "").params
    assert dict(following) == {"region": "gobi", "limit": "3", "offset": "3"}
    in_a_body = client.request("QUERY", "/queries/activities-by-region", data=params)
    assert next_page(in_a_body) == next_page(response)


def test_a_page_that_has_not_changed_keeps_its_links(client: httpx.Client) -> None:
    """A cache would replace them by those of the 304 (RFC 9111, section 4.3.4)."""
    first = client.get("/queries/actors-by-load?limit=2")
    assert "next" in first.links
    again = client.get(first.url, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert "link" not in again.headers


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "10001"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "1.5"},
        {"limit": "\u0663"},
        {"offset": "-1"},
        {"offset": "1000001"},
        {"limit": "1 OFFSET 5"},
    ],
)
def test_a_page_that_cannot_be_is_a_problem(client: httpx.Client, params: dict[str, str]) -> None:
    response = client.get("/queries/activities-by-region", params=params)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert next(iter(params)) in response.json()["detail"]


def test_a_graph_has_no_pages(client: httpx.Client) -> None:
    response = client.get("/queries/describe-activity", params={"limit": "5"})
    assert response.status_code == 400


def test_openapi_says_the_limits(client: httpx.Client) -> None:
    path = client.get("/openapi.json").json()["paths"]["/queries/mapping-table"]["get"]
    schemas = {one["name"]: str(one["schema"]) for one in path["parameters"]}
    assert "10000" in schemas["limit"]
    assert "integer" in schemas["limit"]
    assert "csv-excel" in schemas["format"]


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "plain", "a=b", 'say "x", y', ""]


def test_no_cell_for_a_spreadsheet_is_a_formula() -> None:
    store = ox.Store()
    for position, text in enumerate(EVIL):
        subject = ox.NamedNode(f"http://a/{position:02}")
        store.add(ox.Quad(subject, ox.NamedNode("http://a/p"), ox.Literal(text)))
    text = "SELECT ?v { ?s ?p ?v } ORDER BY ?s"
    for form, marked in ((FORMATS["csv-excel"], True), (FORMATS["csv"], False)):
        body = evaluate(store, text, form, None).body
        assert body.startswith(b"\xef\xbb\xbf") == marked
        read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
        cells = [row[0] if row else "" for row in read[1:]]
        wanted = [f"'{v}" if v[:1] in tuple("=+-@\t\r\n") and v else v for v in EVIL]
        assert cells == (wanted if marked else EVIL)
        assert body.count(b"\r\n") >= len(EVIL)


def test_a_spreadsheet_gets_a_file_of_the_query_s_name(client: httpx.Client) -> None:
    for params in ({"format": "csv-excel"}, {"format": "csv-excel", "limit": "500"}):
        response = client.get("/queries/mapping-table", params=params)
        assert response.content.startswith(b"\xef\xbb\xbf")
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        disposition = response.headers["content-disposition"]
        assert disposition == 'attachment; filename="mapping-table.csv"'
        exact = rows(client.get("/queries/mapping-table", params={"format": "csv"}))
        read = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
        assert read == exact  # no cell of this answer begins like a formula
    ask = {"query": "ASK { ?s ?p ?o }", "format": "csv-excel"}
    assert client.get("/sparql", params=ask).status_code == 200
    # by name only: a client that takes CSV gets exact CSV
    plain = client.get("/queries/mapping-table", headers={"Accept": "text/csv"})
    assert not plain.content.startswith(b"\xef\xbb\xbf")


def test_pages_on_the_command_line(cami) -> None:
    done = cami("query", "activities-by-actor", "--format", "csv", "--limit", "3")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 4
    assert "more rows follow: --offset 3" in done.stderr
    leopard = ["--param", "taxon=snow-leopard", "--limit", "1"]
    last = cami("query", "activities-by-taxon", *leopard, "--offset", "1")
    assert "(1 row)" in last.stdout
    assert "more rows" not in last.stderr
    for options in (
        ["activities-by-actor", "--limit", "none"],
        ["describe-activity", "--limit", "3"],
        ["activities-by-actor", "--limit", "3", "--format", "turtle"],
    ):
        done = cami("query", *options)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    excel = cami("query", "activities-by-actor", "--format", "csv-excel")
    assert excel.stdout.startswith("\ufeff")


def test_no_query_takes_the_name_of_a_page(tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text(
        "#+ summary: s\n#+ description: d\n#+ tags: [a]\n#+ parameters:\n#+   limit:\n"
        "#+     type: text\n#+     summary: s\nSELECT * { VALUES ?limit { 1 } ?s ?p ?limit }"
    )
    with pytest.raises(CatalogueError, match="every query has one of that name"):
        load(path)


def test_the_catalogue_comes_as_rdf(client: httpx.Client) -> None:
    response = client.get("/queries", headers={"Accept": "text/turtle"})
    assert response.headers["content-type"].startswith("text/turtle")
    subjects = {
        quad.subject.value
        for quad in ox.parse(response.content, format=ox.RdfFormat.TURTLE)
        if isinstance(quad.subject, ox.NamedNode)
    }
    assert subjects == {f"https://w3id.org/cami/id/query/{name}" for name in catalogue()}
    assert client.get("/queries").headers["content-type"] == "application/json"
