"""`/reconcile` on a real server, as OpenRefine and other clients of the API 0.2 ask it."""

import json
import re
import time
from collections.abc import Generator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from referencing import Registry, Resource

from cami.queries.properties import properties_of, property_names
from cami.server.release import Build

SCHEMAS = Path(__file__).parents[2] / "shared" / "w3c" / "reconciliation-0.2"
BASE = "https://reconciliation-api.github.io/specs/0.2/schemas/"
ID = "https://w3id.org/cami/id/"
LEOPARD = f"{ID}taxon/snow-leopard"

needs_schemas = pytest.mark.skipif(
    not SCHEMAS.is_dir(),
    reason="the specification's JSON Schemas are not beside this checkout; they are not ours",
)


@pytest.fixture(scope="module")
def http(built: Build, serve) -> Generator[httpx.Client]:
    with serve("--build", str(built.folder.parent), "--workers", "1") as client:
        yield client


def valid(name: str, document: Any) -> None:
    """Hold a document against a schema of the specification."""
    found = {path.stem: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    resources = [(BASE + f"{stem}.json", Resource.opaque(one)) for stem, one in found.items()]
    registry = Registry().with_resources(resources)
    checker = jsonschema.Draft7Validator
    checker.check_schema(found[name])
    checker(found[name], registry=registry).validate(document)


def get(http: httpx.Client, path: str = "", **asked: str) -> Any:
    answer = http.get(f"/reconcile{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def batch(http: httpx.Client, **queries: Any) -> dict[str, list[dict[str, Any]]]:
    answer = http.post("/reconcile", data={"queries": json.dumps(queries)})
    assert answer.status_code == 200, answer.text
    return {name: one["result"] for name, one in answer.json().items()}


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["detail"]


BATCH = {
    "q0": {"query": "Panthera uncia (Schreber, 1775)", "type": "taxon"},
    "q1": {"query": "Panthera pardus", "type": ["taxon"], "limit": 3, "type_strict": "any"},
    "q2": {"query": "Kasachstan", "type": "state"},
    "q3": {"query": "zzz"},
    "q4": {"query": "Gobi", "properties": [{"pid": "ordinal", "v": 11}]},
    "q5": {"type": "region", "properties": [{"pid": "state", "v": {"id": f"{ID}state/KAZ"}}]},
}


@needs_schemas
def test_answers_are_valid_by_the_schemas_of_the_specification(http: httpx.Client) -> None:
    valid("manifest", get(http))
    valid("reconciliation-query-batch", BATCH)
    valid("reconciliation-result-batch", get(http, queries=json.dumps(BATCH)))
    valid("suggest-entities-response", get(http, "/suggest/entity", prefix="snow"))
    valid("suggest-properties-response", get(http, "/suggest/property", prefix=""))
    valid("suggest-types-response", get(http, "/suggest/type", prefix=""))
    asked = {
        "ids": [LEOPARD, f"{ID}region/gobi", f"{ID}activity/wp-2026-2032/12.6", "nothing"],
        "properties": [{"id": name} for name in property_names()],
    }
    valid("data-extension-query", asked)
    valid("data-extension-response", get(http, extend=json.dumps(asked)))


@needs_schemas
def test_the_schemas_can_refuse() -> None:
    """So that the test above is one."""
    for name, wrong in {
        "manifest": {"name": "x"},
        "reconciliation-result-batch": {"q": {"result": [{"id": "x"}]}},
        "suggest-types-response": {"result": [{"id": "x"}]},
        "data-extension-response": {"meta": [], "rows": {"x": {"p": [{"str": 1}]}}},
    }.items():
        with pytest.raises(jsonschema.ValidationError):
            valid(name, wrong)


def test_the_manifest_names_services_that_are_there(http: httpx.Client) -> None:
    manifest = get(http)
    assert manifest["versions"] == ["0.2"]
    assert {one["id"] for one in manifest["defaultTypes"]} >= {
        *("taxon", "state", "region", "activity", "target", "actor")
    }
    own = str(http.base_url).rstrip("/")
    for what, one in manifest["suggest"].items():
        address = one["service_url"] + one["service_path"]
        assert address == f"{own}/reconcile/suggest/{what}"
        assert http.get(address, params={"prefix": "s"}).json()["result"]
        name = {"entity": LEOPARD, "property": "state", "type": "taxon"}[what]
        flyout = one["flyout_service_url"] + one["flyout_service_path"]
        shown = http.get(flyout.replace("${id}", quote(name, safe=""))).json()
        assert shown["id"] == name
        assert shown["html"].startswith("<p>")
    preview = http.get(manifest["preview"]["url"].replace("{{id}}", quote(LEOPARD, safe="")))
    assert "Snow leopard" in preview.text
    view = http.get(manifest["view"]["url"].replace("{{id}}", quote(LEOPARD, safe="")))
    assert (view.status_code, view.headers["location"]) == (303, "/id/taxon/snow-leopard")
    proposal = manifest["extend"]["propose_properties"]
    proposed = http.get(
        proposal["service_url"] + proposal["service_path"], params={"type": "state"}
    )
    assert [one["id"] for one in proposed.json()["properties"]] == properties_of("state")


def test_a_batch_by_get_and_by_post_is_answered_alike(http: httpx.Client) -> None:
    posted = http.post("/reconcile", data={"queries": json.dumps(BATCH)}).json()
    assert posted == get(http, queries=json.dumps(BATCH))
    assert list(posted) == list(BATCH)


def test_a_name_is_matched_and_a_wider_one_is_offered_without_a_match(http: httpx.Client) -> None:
    found = batch(http, **BATCH)
    (snow,) = (one for one in found["q0"] if one["match"])
    assert (snow["id"], snow["name"]) == (LEOPARD, "Snow leopard")
    assert snow["type"] == [{"id": "taxon", "name": "Taxon"}]
    leopard = found["q1"][0]
    assert (leopard["id"], leopard["match"]) == (f"{ID}taxon/persian-leopard", False)
    assert "isIncludedIn" in leopard["description"]
    assert {one["id"]: one["value"] for one in leopard["features"]}["congruent"] is False
    assert [one["match"] for one in found["q2"]][:1] == [True]
    assert found["q3"] == []
    for result in found.values():
        scores = [one["score"] for one in result]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 100 for score in scores)
        assert sum(one["match"] for one in result) <= 1


def test_the_transcript_of_the_readme_is_what_is_answered(http: httpx.Client) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    queries, answers = re.search(r"queries=(\{.*?\}\})\n(.*?)\n\nPOST", readme, re.DOTALL).groups()  # type: ignore[union-attr]
    shown = re.sub(r",\s*\.\.\.", "", answers)
    found = http.post("/reconcile", data={"queries": queries}).json()
    for name, one in json.loads(shown).items():
        (told,), (given,) = one["result"], found[name]["result"]
        assert told == {field: given[field] for field in told}
    asked, answer = re.search(r"extend=(\{.*?\]\})\n(.*?)\n```", readme, re.DOTALL).groups()  # type: ignore[union-attr]
    assert http.post("/reconcile", data={"extend": asked}).json() == json.loads(answer)


def test_properties_tell_namesakes_apart(http: httpx.Client) -> None:
    found = batch(http, alone={"query": "Gobi"}, **BATCH)
    assert not any(one["match"] for one in found["alone"])
    (gobi,) = (one for one in found["q4"] if one["match"])
    assert gobi["id"] == f"{ID}region/gobi"
    assert {"id": "property-ordinal", "value": True} in gobi["features"]
    regions = {one["id"].rpartition("/")[2] for one in found["q5"]}
    assert regions <= {
        *("altai", "aralkum-northwestern-kyzylkum", "northern-eastern-ustyurt"),
        *("northern-inner-tian-shan", "western-southern-ustyurt", "western-tian-shan"),
    }
    assert len(regions) == 5  # the limit when none is given
    wrong = batch(http, q={"query": "Altai", "type": "region", "properties": [
        {"pid": "state", "v": "Bhutan"}]})  # fmt: skip
    assert [one["match"] for one in wrong["q"]][:1] == [False]


def test_an_identifier_finds_its_entity(http: httpx.Client) -> None:
    found = batch(http, q={"query": LEOPARD})["q"]
    assert [(one["id"], one["score"], one["match"]) for one in found] == [(LEOPARD, 100, True)]
    suggested = get(http, "/suggest/entity", prefix=LEOPARD)["result"]
    assert [one["id"] for one in suggested] == [LEOPARD]


def test_data_extension_gives_values_and_entities(http: httpx.Client) -> None:
    asked = {
        "ids": [f"{ID}region/gobi", "nothing"],
        "properties": [
            {"id": "ordinal"},
            {"id": "state"},
            {"id": "taxon", "settings": {"limit": "1"}},
        ],
    }
    found = http.post("/reconcile", data={"extend": json.dumps(asked)}).json()
    assert [one["id"] for one in found["meta"]] == ["ordinal", "state", "taxon"]
    gobi = found["rows"][f"{ID}region/gobi"]
    assert gobi["ordinal"] == [{"int": 11}]
    assert [one["name"] for one in gobi["state"]] == ["China", "Mongolia"]
    assert len(gobi["taxon"]) == 1
    assert found["rows"]["nothing"] == {"ordinal": [], "state": [], "taxon": []}


def test_identifiers_are_given_with_their_relation(http: httpx.Client) -> None:
    """The Red List's Saiga tatarica is CAMI's saiga; its S. t. mongolica and tatarica are parts."""
    saiga = f"{ID}taxon/saiga"
    asked = {"ids": [saiga], "properties": [{"id": "id-iucn-red-list"}]}
    found = get(http, extend=json.dumps(asked))["rows"][saiga]["id-iucn-red-list"]
    assert found == [{"str": "19832"}, {"str": "19833 (includes)"}, {"str": "19834 (includes)"}]


def test_every_property_that_is_proposed_has_a_value_somewhere(built: Build) -> None:
    held = {name for own in built.properties().values() for name in own}
    assert held == set(property_names())


def test_suggestions_come_in_pages_and_of_a_type(http: httpx.Client) -> None:
    every = get(http, "/suggest/entity", prefix="g", limit="20")["result"]
    rest = get(http, "/suggest/entity", prefix="g", cursor="4", limit="20")["result"]
    assert rest[:16] == every[4:]
    states = get(http, "/suggest/entity", prefix="k", type="state")["result"]
    assert {one["notable"][0]["id"] for one in states} == {"state"}


class Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def test_a_preview_fits_a_frame_and_runs_nothing(http: httpx.Client) -> None:
    answer = http.get("/reconcile/preview", params={"id": "http://metadata.cbd.int/kmgbf/target_3"})
    page = Scripts()
    page.feed(answer.text)
    assert "script" not in page.tags
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors" not in answer.headers["content-security-policy"]
    assert 'href="http://metadata.cbd.int/kmgbf/target_3"' in answer.text


@pytest.mark.parametrize("path", ["", "/suggest/entity?prefix=a", "/preview?id=none", "?x=1"])
def test_every_answer_may_be_read_from_other_pages(http: httpx.Client, path: str) -> None:
    answer = http.get(f"/reconcile{path}", headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no JSON object"),
        ('{"q": "x"}', "no JSON object"),
        ('{"q": {}}', "give a name"),
        ('{"q": {"query": 1}}', "no text"),
        ('{"q": {"query": "x", "other": 1}}', "'other' is none of"),
        ('{"q": {"query": "x", "type": "animal"}}', "none of taxon, state"),
        ('{"q": {"query": "x", "type": [1]}}', "no list"),
        ('{"q": {"query": "x", "limit": 0}}', "above 0"),
        ('{"q": {"query": "x", "limit": true}}', "above 0"),
        ('{"q": {"query": "x", "limit": NaN}}', "above 0"),
        ('{"q": {"query": "x", "type_strict": "never"}}', "any, should, all"),
        ('{"q": {"query": "x", "properties": [{"pid": "size", "v": 1}]}}', "'size' is none of"),
        ('{"q": {"query": "x", "properties": [{"pid": "state"}]}}', "no text, number"),
        (f'{{"q": {{"properties": [{{"pid": "number", "v": {[1] * 101}}}]}}}}', "100 values"),
        ('{"\\ud800": {"query": "x"}}', "surrogate"),
    ],
)
def test_what_is_no_batch_is_refused_with_the_reason(
    http: httpx.Client, queries: str, said: str
) -> None:
    detail = problem(http.post("/reconcile", data={"queries": queries}), 400)
    assert said.replace("'", "") in detail.replace("'", "")


@pytest.mark.parametrize(
    "extend",
    ["{}x", '{"ids": [1], "properties": []}', '{"ids": [], "properties": [{"id": "size"}]}',
     '{"ids": [], "properties": [{"id": "state", "settings": {"limit": "many"}}]}'],
)  # fmt: skip
def test_what_is_no_extension_is_refused(http: httpx.Client, extend: str) -> None:
    problem(http.get("/reconcile", params={"extend": extend}), 400)


def test_a_long_value_fits_nothing_and_costs_nothing(http: httpx.Client) -> None:
    """Accents without end are put in order in more than linear time."""
    value = "a" + "\u0300\u0316" * 20_000
    wanted = {"query": "Argali", "properties": [{"pid": "scientificName", "v": value}]}
    started = time.monotonic()
    assert not any(one["match"] for one in batch(http, q=wanted)["q"])
    assert time.monotonic() - started < 0.5  # 1.9 s when it was folded


def test_limits(http: httpx.Client) -> None:
    most = get(http)["batchSize"]
    many = {f"q{number}": {"query": "Argali"} for number in range(most + 1)}
    assert f"at most {most}" in problem(
        http.post("/reconcile", data={"queries": json.dumps(many)}), 413
    )
    many.popitem()
    assert len(batch(http, **many)) == most
    asked = json.dumps({"ids": ["x"] * 1001, "properties": []})
    problem(http.post("/reconcile", data={"extend": asked}), 413)
    for more in ({"type": ["taxon"] * 20_000}, {"properties": [{"pid": "state", "v": "x"}] * 101}):
        asked = json.dumps({"q": {"query": "Argali", **more}})
        assert "more than" in problem(http.post("/reconcile", data={"queries": asked}), 400)
    long = {"long": {"query": "Panthera uncia, " * 100}, "parts": {"query": "a, " * 160}}
    assert not any(one["match"] for found in batch(http, **long).values() for one in found)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?callback=f", 400),
        ("?queries=%7B%7D&extend=%7B%7D", 400),
        ("?queries=%7B%7D&queries=%7B%7D", 400),
        ("/suggest/entity", 400),
        ("/suggest/animal?prefix=a", 404),
        ("/suggest/entity?prefix=a&cursor=-1", 400),
        ("/suggest/entity?prefix=a&type=animal", 400),
        ("/flyout/entity?id=none", 404),
        ("/flyout/type", 400),
        ("/preview?id=%3Cscript%3E", 404),
        ("/view?id=https://example.org/", 404),
        ("/extend/propose?type=animal", 400),
    ],
)
def test_wrong_addresses_are_problems(http: httpx.Client, path: str, status: int) -> None:
    problem(http.get(f"/reconcile{path}"), status)


def test_a_form_without_a_request_is_refused(http: httpx.Client) -> None:
    problem(http.post("/reconcile", data={}), 400)
    problem(http.post("/reconcile", json={"queries": {}}), 415)
