"""The wheel, installed where nothing else is, serves the whole site by itself."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

ROOT = Path(__file__).parents[1]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EDITOR = os.environ.get("CAMI_EDITOR", "required")
PAGES = {  # one of each kind, by its first heading
    "/": "Central Asian Mammals Initiative",
    "/search?q=saiga": "Search",
    "/id/taxon/saiga": "Saiga antelope",
    "/id/activity/wp-2026-2032/12.6": "12.6",
    "/id/region/altai": "Altai",
    "/id/state/KAZ": "Kazakhstan",
    "/programme": "Activities of both programmes",
    "/pictures": "Pictures",
    "/pictures/map": "Range States and the regions that span them",
    "/pictures/matrix": "Activities by region and GBF target",
    "/pictures/timeline": "Timeline of deadlines",
    "/pictures/names": "One taxon, several authorities: Saiga antelope",
    "/pictures/lineage": "From 2014 to 2026: what became of the activities",
    "/queries": "Canned queries",
    "/queries/activities-by-target": "Activities that cite a framework target",
    "/sparql": "SPARQL editor",
    "/reference": "Reference",
    "/reference/dictionary": "Data dictionary",
    "/reference/shapes": "Shapes in words",
    "/reference/api": "API",
    "/reference/cite": "How to cite",
    "/reference/licence": "Licence",
    "/ontology": "Ontology of the Central Asian Mammals Initiative",
    "/shapes": "Shapes of the Central Asian Mammals Initiative",
    "/dumps/": "Files of the dataset",
    "/schemes/": "SKOS schemes",
    "/problem/": "Problems that the server names",
}
FILES = {  # by content type
    "/sparql": "text/turtle",
    "/sparql?query=ASK%7B%7D": "application/sparql-results+json",
    "/data/taxon/saiga.ttl": "text/turtle",
    "/data/taxon/saiga.nt": "application/n-triples",
    "/data/taxon/saiga.jsonld": "application/ld+json",
    "/data/taxon/saiga.rdf": "application/rdf+xml",
    "/queries/activities-by-target?target=gbf/3&format=csv": "text/csv",
    "/programme.csv": "text/csv",
    "/programme.json": "application/json",
    "/pictures/map.csv": "text/csv",
    "/pictures/map.svg": "image/svg+xml",
    "/ontology": "text/turtle",
    "/ontology/0.1.0": "text/turtle",
    "/shapes": "text/turtle",
    "/schemes/iucn-category": "text/turtle",
    "/.well-known/void": "text/turtle",
    "/openapi.json": "application/json",
    "/vocabulary": "application/json",
    "/search/suggestions?q=sai": "application/json",
    "/reconcile": "application/json",
    "/licences": "text/plain",
}
STATIC = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def run(*command: str | Path, **where: Any) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **where)
    if "No matching distribution found" in done.stderr:
        pytest.skip("no index of packages can be reached")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, made from a copy."""
    folder = tmp_path_factory.mktemp("wheel")
    left = shutil.ignore_patterns(".*", "tests", "build", "screenshots", "*.egg-info")
    shutil.copytree(ROOT, folder / "source", ignore=left)
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder)
    run(*pip, folder / "source", env={**os.environ, "CAMI_EDITOR": EDITOR})
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def alone(
    wheel: Path,
    tmp_path_factory: pytest.TempPathFactory,
    serve: Callable[..., AbstractContextManager[httpx.Client]],
) -> Generator[httpx.Client]:
    """A server of the wheel and what it requires, in an empty folder and with a home of its own."""
    folder = tmp_path_factory.mktemp("alone")
    home, program = folder / "home", folder / "env" / "bin" / "cami"
    home.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env")
    pip = (sys.executable, "-m", "pip", "--python", folder / "env")
    run(*pip, "install", "--no-compile", wheel)
    where = {"cwd": home, "env": {"HOME": str(home), "LC_ALL": "C.UTF-8"}}
    run(program, "build", **where)
    with serve("--timeout", "20", program=str(program), **where) as client:
        client.follow_redirects = True
        yield client


class Resources(HTMLParser):
    """What a browser loads for a page, and where its forms lead."""

    LINKS = ("stylesheet", "icon", "preload", "modulepreload", "manifest")

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        named = ["src", "srcset", "data", "poster", "action", "formaction"]
        if tag in ("use", "image", "base") or has.get("rel") in self.LINKS:
            named += ["href", "xlink:href"]
        self.found += [value for name in named if (value := has.get(name))]


def loaded(answer: httpx.Response) -> set[str]:
    """Return the paths of what is loaded for an answer; fail if one is on another host."""
    named = re.findall(r"""(?:\burl\(|@import )["']?([^"')]+)""", answer.text)
    if answer.headers["content-type"].startswith("text/html"):
        named += Resources(answer.text).found
    addresses = [
        urljoin(str(answer.url), one) for one in named if not one.startswith(("data:", "#"))
    ]
    assert {urlsplit(one).netloc for one in addresses} <= {answer.url.netloc.decode()}, answer.url
    return {urlsplit(one).path for one in addresses}


def test_every_kind_of_page_and_all_that_it_loads_is_served(alone: httpx.Client) -> None:
    needed: set[str] = set()
    for path, heading in PAGES.items():
        page = alone.get(path, headers=BROWSER)
        assert (page.status_code, page.headers["content-type"]) == (
            200,
            "text/html; charset=utf-8",
        ), path
        title = re.search(r"<h1.*?</h1>", page.text, re.DOTALL)
        assert title and re.sub("<.*?>", "", title[0]).strip().startswith(heading), path
        needed |= loaded(page)
    static = sorted(path for path in needed if path.startswith("/static/"))
    for path in static:
        file = alone.get(path)
        assert file.status_code == 200, path
        assert file.headers["content-type"].startswith(STATIC[Path(path).suffix]), path
        assert file.content, path
        loaded(file)
    names = {path.split("/", 3)[3] for path in static}
    built = {"built/editor.js"} if EDITOR != "none" else set()
    kept = {path.name for path in (ROOT / "server/site/static").iterdir()}
    assert names == kept | built | {
        "ontology/terms.css"
    }  # each file of the site is one that a page names


def test_data_downloads_and_licences_are_served(alone: httpx.Client) -> None:
    for path, kind in FILES.items():
        file = alone.get(path)
        assert file.status_code == 200, path
        assert file.headers["content-type"].startswith(kind), path
        assert file.content, path
    assert "<svg" in alone.get("/pictures/map.svg").text
    if EDITOR != "none":
        assert "@codemirror/view" in alone.get("/licences").text


def test_every_file_of_its_build_can_be_taken(alone: httpx.Client) -> None:
    listed = alone.get("/dumps/").json()["files"]
    assert {"cami.nq", "ontology/index.html", "void.ttl"} <= {one["name"] for one in listed}
    for one in listed:
        answer = alone.head(f"/dumps/{one['name']}")
        assert answer.status_code == 200, one
        assert answer.headers["content-length"] == str(one["bytes"]), one
