"""The catalogue, its queries and the pages, against a real server."""

import csv
import io
import re
from html.parser import HTMLParser

import httpx
import pytest
import rdflib

from cami.queries import catalogue
from cami.server.release import Build

NAMES = sorted(catalogue())


@pytest.fixture(scope="module")
def openapi(client: httpx.Client) -> dict[str, dict]:
    return client.get("/openapi.json").json()["paths"]


def test_livez_and_version(client: httpx.Client, built: Build) -> None:
    assert client.get("/livez").text == "ok\n"
    assert client.get("/version").json() == {
        "version": built.manifest["version"],
        "digest": built.digest,
    }


def test_the_catalogue_lists_every_query_with_its_url(client: httpx.Client) -> None:
    listed = client.get("/queries", headers={"Accept": "application/json"}).json()["queries"]
    assert [entry["name"] for entry in listed] == NAMES
    for entry in listed:
        assert httpx.URL(entry["url"]).path == f"/queries/{entry['name']}"
        assert entry["sparql"] == catalogue()[entry["name"]].text


@pytest.mark.parametrize("name", NAMES)
def test_every_query_answers_with_its_defaults(client: httpx.Client, name: str) -> None:
    response = client.get(f"/queries/{name}")
    assert response.status_code == 200, response.text
    if catalogue()[name].form == "construct":
        assert response.headers["content-type"].startswith("text/turtle")
        assert len(rdflib.Graph().parse(data=response.text, format="turtle")) > 10
    else:
        assert response.json()["results"]["bindings"]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_typed_in_openapi(openapi: dict[str, dict], name: str) -> None:
    declared = {one["name"]: one for one in openapi[f"/queries/{name}"]["get"]["parameters"]}
    always = {"format"} if catalogue()[name].is_graph else {"format", "limit", "offset"}
    assert set(declared) == {one.name for one in catalogue()[name].parameters} | always
    for parameter in catalogue()[name].parameters:
        schema = declared[parameter.name]["schema"]
        assert schema["x-type"] == parameter.type
        assert declared[parameter.name]["description"] == parameter.summary
        assert {"enum", "examples", "format"} & set(schema) or parameter.type == "text"


def test_openapi_describes_what_is_sent(openapi: dict[str, dict]) -> None:
    answers = openapi["/queries/describe-activity"]["get"]["responses"]
    assert "text/turtle" in answers["200"]["content"]
    assert set(answers) == {"200", "400", "406", "413", "429", "503"}
    assert "/sparql" in openapi
    parameters = openapi["/queries/activities-by-target"]["get"]["parameters"]
    target = next(one for one in parameters if one["name"] == "target")["schema"]
    assert target["x-default"] == "gbf/9"
    assert target["enum"][:3] == ["gbf/1", "gbf/2", "gbf/3"]
    assert "spms/target-3.1" not in target["enum"]


def test_openapi_has_every_way_to_ask(openapi: dict[str, dict]) -> None:
    assert set(openapi["/sparql"]) == {"get", "post"}
    kinds = {"application/x-www-form-urlencoded", "application/sparql-query"}
    assert set(openapi["/sparql"]["post"]["requestBody"]["content"]) == kinds
    assert set(openapi["/reconcile"]) == {"get", "post"}


def test_every_operation_has_a_name_of_its_own(openapi: dict[str, dict]) -> None:
    names = [one["operationId"] for path in openapi.values() for one in path.values()]
    assert len(set(names)) == len(names)


def test_openapi_lists_the_values_of_a_small_kind(openapi: dict[str, dict]) -> None:
    parameters = openapi["/queries/activities-by-region"]["get"]["parameters"]
    region = next(one for one in parameters if one["name"] == "region")
    assert len(region["schema"]["enum"]) == 13
    assert "altai" in region["schema"]["enum"]


def test_a_parameter_and_a_format_by_url(client: httpx.Client) -> None:
    response = client.get(
        "/queries/activities-by-taxon", params={"taxon": "snow-leopard", "format": "csv"}
    )
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [row["number"] for row in rows] == ["23.1", "24.1"]


def test_an_empty_parameter_means_the_default(client: httpx.Client) -> None:
    """Forms send empty fields."""
    given = client.get("/queries/activities-by-target", params={"target": "", "priority": ""})
    assert given.json() == client.get("/queries/activities-by-target").json()


def test_a_wrong_parameter_is_a_problem_that_says_what_is_right(client: httpx.Client) -> None:
    response = client.get("/queries/activities-by-region", params={"region": "atlantis"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "altai" in response.json()["detail"]
    response = client.get("/queries/activities-by-region", params={"format": "pdf"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


def test_an_unknown_query_and_an_unknown_page_are_problems(client: httpx.Client) -> None:
    for path in ("/queries/no-such-query", "/nowhere"):
        response = client.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["detail"]


class Page(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.forms: list[str] = []
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "form":
            self.forms.append(given.get("action") or "")
        self.outside += [v for k, v in attrs if k in ("src", "action") and v and "//" in v]


def test_the_page_of_queries_has_every_query_and_its_links_work(client: httpx.Client) -> None:
    response = client.get("/queries", headers={"Accept": "text/html"})
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = Page(response.text)
    assert {link.removeprefix("/queries/") for link in page.links} >= set(NAMES)
    assert page.outside == []
    for link in page.links:
        if not link.startswith("#"):
            answer = client.get(link, headers={"Accept": "text/html"}, follow_redirects=True)
            assert answer.status_code == 200, link


def test_a_browser_gets_the_page_at_queries(client: httpx.Client) -> None:
    response = client.get("/queries", headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.headers["content-type"].startswith("text/html")
    assert "Accept" in response.headers["vary"]


def test_data_of_one_s_own_can_be_served(serve, tmp_path) -> None:
    path = tmp_path / "mine.trig"
    path.write_text("<http://a/s> <http://a/p> 1 . <http://a/g> { <http://a/s> <http://a/p> 2 }")
    with serve("--data", str(path), "--workers", "1") as client:
        query = "SELECT ?n { GRAPH <http://a/g> { ?s ?p ?n } }"
        answer = client.get("/sparql", params={"query": query}).json()
        assert [row["n"]["value"] for row in answer["results"]["bindings"]] == ["2"]
        assert client.get("/queries").json() == {"queries": []}


def test_a_misspelt_or_repeated_parameter_is_not_ignored(client: httpx.Client) -> None:
    response = client.get("/queries/activities-by-region", params={"regoin": "gobi"})
    assert response.status_code == 400
    assert "format, limit, offset, region" in response.json()["detail"]
    twice = [("region", "altai"), ("region", "gobi")]
    response = client.get("/queries/activities-by-region", params=twice)
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["/", "/livez", "/queries", "/version", "/queries/actors-by-load"])
def test_head_works_where_get_does(client: httpx.Client, path: str) -> None:
    response = client.head(path)
    assert response.status_code == 200
    assert response.content == b""


def test_a_wrong_method_says_which_are_right(client: httpx.Client) -> None:
    assert "GET" in client.post("/queries/actors-by-load").headers["allow"]
    assert "QUERY" in client.put("/sparql").headers["allow"]


def test_a_browser_may_send_the_headers_that_the_readme_names(client: httpx.Client) -> None:
    headers = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "QUERY",
        "Access-Control-Request-Headers": "prefer, content-type",
    }
    assert client.options("/sparql", headers=headers).status_code == 200


def test_the_description_has_each_part_of_a_path_as_a_parameter(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    named = {path: set(re.findall(r"{(\w+)}", path)) for path in paths}
    assert any(named.values())
    for path, operations in paths.items():
        for operation in operations.values():
            given = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert given == named[path], path
