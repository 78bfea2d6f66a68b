"""Every IRI of ours resolves on any host; the build's files come with their digests."""

import asyncio
import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from fastapi import FastAPI
from starlette.requests import Request as HttpRequest

from cami.queries import GRAPH_FORMATS, Format, catalogue
from cami.server.app import create_app
from cami.server.pool import Pool, Reply, Request
from cami.server.release import Build
from cami.server.zygote import Limits

BASE = "https://w3id.org/cami/"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LABEL = rdflib.RDFS.label
ENDINGS = {
    "ttl": ("text/turtle", "turtle"),
    "nt": ("application/n-triples", "nt"),
    "jsonld": ("application/ld+json", "json-ld"),
    "rdf": ("application/rdf+xml", "xml"),
}
ACTIVITY = "activity/wp-2026-2032/12.6"
DOCUMENT = "document/cop15-cami-document"
THINGS = [ACTIVITY, "activity/wp-2026-2032/1.1/a", "taxon/saiga", "state/KAZ", "query/decisions"]


def described(response: httpx.Response, form: str) -> rdflib.Graph:
    assert response.status_code == 200, response.text
    return rdflib.Graph().parse(data=response.text, format=form)


@pytest.fixture(scope="module")
def asserted(built: Build) -> rdflib.Graph:
    """All triples but the inferred ones, read from the dump."""
    graph = rdflib.Graph()
    inferred = f"{BASE}graph/inferred"
    lines = [
        f"{quad.triple} .\n"
        for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS)
        if not isinstance(quad.graph_name, ox.DefaultGraph) and quad.graph_name.value != inferred  # type: ignore[union-attr]
    ]
    return graph.parse(data="".join(lines), format="nt")


@pytest.mark.parametrize("path", THINGS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_thing_leads_to_its_data(client: httpx.Client, path: str, ending: str) -> None:
    media_type, form = ENDINGS[ending]
    by_accept = client.get(f"/id/{path}", headers={"Accept": media_type})
    by_suffix = client.get(f"/id/{path}.{ending}")
    for response in (by_accept, by_suffix):
        assert response.status_code == 303
        assert response.headers["location"] == f"/data/{path}.{ending}"
    assert "Accept" in by_accept.headers["vary"]
    response = client.get(f"/data/{path}.{ending}")
    assert response.headers["content-type"].partition(";")[0] == media_type
    subject = rdflib.URIRef(f"{BASE}id/{path}")
    assert (subject, LABEL, None) in described(response, form)


def test_the_data_are_what_is_asserted_both_ways_and_every_label(
    client: httpx.Client, asserted: rdflib.Graph
) -> None:
    for path in (*THINGS, DOCUMENT, "programme/wp-2026-2032"):
        subject = rdflib.URIRef(f"{BASE}id/{path}")
        graph = described(client.get(f"/data/{path}.nt"), "nt")
        facts, links = (
            set(asserted.triples((subject, None, None))),
            set(asserted.triples((None, None, subject))),
        )
        assert set(graph.triples((subject, None, None))) == facts
        assert set(graph.triples((None, None, subject))) == links
        for term in {term for triple in facts | links for term in triple}:
            if isinstance(term, rdflib.URIRef):
                assert set(graph.objects(term, LABEL)) == set(asserted.objects(term, LABEL)), term


@pytest.mark.parametrize("path", [*THINGS, "location/cop15-cami-document/activity/12.6"])
def test_a_browser_gets_a_page(client: httpx.Client, path: str) -> None:
    response = client.get(f"/id/{path}", headers=BROWSER)
    assert response.status_code == 303
    assert response.headers["location"] == f"/page/{path}"
    assert client.get(f"/id/{path}.html").headers["location"] == f"/page/{path}"
    page = client.get(f"/page/{path}", headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/id/activity/wp-2026-2032/99.9",
        "/id/activity",
        "/id/",
        "/id/../../etc/passwd",
        "/id/taxon/saiga%3E%20%3Fp",
        "/data/taxon/nobody.ttl",
        "/page/taxon/nobody",
        "/page/graph/nothing",
        "/graph/nothing",
        "/data/graph/nothing.nt",
        "/ontology/9.9.9",
        "/shapes/nothing",
        "/schemes/nothing",
        "/dumps/nothing",
        "/dumps/manifest.json",
        "/dumps/store/CURRENT",
        "/dumps/%2e%2e/current/cami.nq",
        "/dumps/..%2fcurrent%2fcami.nq",
        "/dumps//etc/passwd",
    ],
)
def test_what_is_not_there_is_a_problem(client: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD"):
        response = client.request(method, path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


def test_what_cannot_be_given_in_rdf_is_406(client: httpx.Client) -> None:
    for path in (f"/id/{ACTIVITY}", f"/data/{ACTIVITY}", "/ontology", "/.well-known/void"):
        response = client.get(path, headers={"Accept": "image/png"})
        assert response.status_code == 406, path
    assert client.get(f"/data/{ACTIVITY}", params={"format": "csv"}).status_code == 406


@pytest.mark.parametrize(
    "path", [f"/id/{ACTIVITY}", f"/data/{ACTIVITY}.ttl", f"/page/{ACTIVITY}", "/graph/lineage"]
)
def test_head_gives_the_headers_of_get(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    for name in ("link", "location", "etag", "content-type"):
        assert head.headers.get(name) == got.headers.get(name)


def test_a_client_that_has_the_answer_is_told_so(client: httpx.Client) -> None:
    for path in (f"/data/{ACTIVITY}.ttl", f"/page/{ACTIVITY}", "/ontology", "/dumps/cami.ttl"):
        etag = client.get(path).headers["etag"]
        response = client.get(path, headers={"If-None-Match": etag})
        assert response.status_code == 304, path
        assert response.content == b""
        assert response.headers["etag"] == etag
        if not path.startswith("/dumps/"):
            assert "Accept" in response.headers["vary"].split(", "), path
    tags = {client.get(f"/data/{ACTIVITY}.{ending}").headers["etag"] for ending in ENDINGS}
    assert len(tags) == len(ENDINGS)


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_every_syntax_of_a_graph_is_answered_or_refused(client: httpx.Client, form: Format) -> None:
    for path in (f"/id/{ACTIVITY}", f"/data/{ACTIVITY}", "/graph/lineage", "/data/graph/lineage"):
        for asked in ({"headers": {"Accept": form.media_type}}, {"params": {"format": form.name}}):
            response = client.get(path, follow_redirects=True, **asked)
            assert response.status_code == 200, path
            assert response.headers["content-type"].startswith(form.media_type), path
    for path in ("/ontology", "/ontology/0.1.0", "/shapes", "/.well-known/void"):
        status = 406 if form.name in ("nquads", "trig") else 200
        for accept in (form.media_type, f"{form.media_type}, text/turtle;q=0.1"):
            response = client.get(path, headers={"Accept": accept})
            assert response.status_code == (status if accept == form.media_type else 200), path
        assert client.get(path, params={"format": form.name}).status_code == status, path


def test_all_lines_of_accept_are_read(client: httpx.Client) -> None:
    lines = [("Accept", "application/ld+json;q=0.1"), ("Accept", "text/turtle")]
    for path in (f"/id/{ACTIVITY}", f"/data/{ACTIVITY}", "/ontology", "/.well-known/void"):
        response = client.get(path, headers=lines, follow_redirects=True)
        assert response.headers["content-type"].startswith("text/turtle"), path


def test_what_is_data_is_no_page(client: httpx.Client) -> None:
    assert client.get(f"/data/{ACTIVITY}.html").status_code == 404
    assert client.get(f"/id/{ACTIVITY}.html").headers["location"] == f"/page/{ACTIVITY}"


def test_a_client_that_has_anything_is_told_so_only_of_what_there_is(client: httpx.Client) -> None:
    """A star matches where there is a representation (RFC 9110, section 13.1.2)."""
    anything = {"If-None-Match": "*"}
    canned = "/queries/activities-by-region?limit=2"
    paths = (f"/data/{ACTIVITY}.ttl", f"/page/{ACTIVITY}", "/data/graph/lineage.ttl", canned)
    for path in (*paths, "/programme.csv", "/pictures/map.svg", "/resolve?id=taxon/saiga"):
        assert client.get(path).status_code == 200, path
        assert client.get(path, headers=anything).status_code == 304, path
        held = {"If-None-Match": '"a, *, b"'}  # a tag may hold commas and stars
        assert client.get(path, headers=held).status_code == 200, path
    for path in ("/data/taxon/dragon.ttl", "/page/taxon/dragon", "/page/graph/nothing"):
        assert client.get(path, headers=anything).status_code == 404, path


class Page(HTMLParser):
    """The parts of a page that tests look at."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.data.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_page_says_what_the_data_say(client: httpx.Client) -> None:
    text = client.get(f"/page/{ACTIVITY}").text
    page = Page(text)
    assert page.of("html") == [{"lang": "en"}]
    assert len(page.of("h1")) == len(page.of("main")) == 1
    assert page.of("nav")
    assert all("scope" in attrs for attrs in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table")) > 0
    shown = " ".join(page.data)
    for words in (
        "12.6",
        "Turkmenistan",
        "Saiga antelope",
        "Annex 1, Work Programme, activity 12.6",
    ):
        assert words in shown
    scripts = [attrs for attrs in page.of("script") if attrs != {"type": "application/ld+json"}]
    assert all((attrs["src"] or "").startswith("/static/") for attrs in scripts)
    embedded = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert embedded
    facts = rdflib.Graph().parse(data=embedded[1], format="json-ld")
    data = described(client.get(f"/data/{ACTIVITY}.ttl"), "turtle")
    subject = rdflib.URIRef(f"{BASE}id/{ACTIVITY}")
    assert set(facts) == set(data.triples((subject, None, None)))


def test_links_of_a_page_lead_on_and_foreign_things_stay_foreign(client: httpx.Client) -> None:
    for path in (ACTIVITY, "state/KAZ"):
        page = Page(client.get(f"/page/{path}").text)
        links = {attrs["href"] or "" for attrs in page.of("a")}
        links = {link for link in links if not link.startswith("#")}
        ours = {link for link in links if link.startswith("/")}
        assert all(urlsplit(link).scheme in ("http", "https") for link in links - ours)
        assert not any(link.startswith(BASE) for link in links)
        for link in {tuple(link.split("/")[:3]): link for link in sorted(ours)}.values():
            followed = client.get(link, headers=BROWSER, follow_redirects=True)
            assert followed.status_code == 200, link
        foreign = {"http://metadata.cbd.int/kmgbf/target_4"} if path == ACTIVITY else set[str]()
        assert links >= foreign
    assert client.get("/id/target_4").status_code == 404


def test_links_to_a_thing_are_paged_without_loss(
    client: httpx.Client, asserted: rdflib.Graph
) -> None:
    wanted = {str(s) for s in asserted.subjects(None, rdflib.URIRef(f"{BASE}id/{DOCUMENT}"))}
    found: set[str] = set()
    url, pages = f"/page/{DOCUMENT}", 0
    while url:
        page = Page(client.get(url).text)
        anchors = page.of("a")
        found |= {BASE + (a["href"] or "")[1:] for a in anchors}
        url = next((a["href"] or "" for a in anchors if a.get("rel") == "next"), "")
        pages += 1
    assert pages > 5
    assert found >= wanted
    for offset in ("-1", "x", "99999999", "1e3"):
        response = client.get(f"/page/{DOCUMENT}", params={"offset": offset})
        assert response.status_code == 400, offset


def test_text_of_the_data_cannot_become_markup() -> None:
    from cami.server.description import read_description
    from cami.server.site.frame import Links
    from cami.server.site.labels import Labels
    from cami.server.site.thing import ThingPage
    from cami.server.site.thing_route import thing_page

    iri = f"{BASE}id/taxon/x"
    evil = "</script><script>alert(1)</script>&\"'"
    literal = str(ox.Literal(evil))
    lines = [
        f"<{iri}> <{LABEL}> {literal} .",
        f"<{iri}> <http://e/p> <javascript:alert(1)> .",
        f'<{iri}> <http://e/q> "x"@en .',
        f"<http://e/p> <{LABEL}> {literal} .",
    ]
    said = read_description(iri, "\n".join(lines).encode())
    scope = {"type": "http", "path": "/page/taxon/x", "query_string": b"", "headers": []}
    http = HttpRequest({**scope, "server": ("a", 80), "app": FastAPI()})
    shown = ThingPage(said, Labels(), Links(""))
    text = bytes(thing_page(http, shown, [], "taxon/x", 0, {}).body).decode()
    assert "<script>alert" not in text
    start = '<script type="application/ld+json">'
    embedded = text.partition(start)[2].partition("</script>")[0]
    assert "alert(1)" in embedded
    assert not set("<>&") & set(embedded)
    assert Page(text).of("script") == [{"type": "application/ld+json"}]
    assert "javascript:" not in {a["href"] for a in Page(text).of("a")}
    assert not any((a["href"] or "").startswith("javascript") for a in Page(text).of("a"))


def test_every_iri_of_ours_in_the_data_resolves(client: httpx.Client, built: Build) -> None:
    """One of each kind, of each slug's shape: all would take minutes."""
    iris = set(re.findall(rf"<{BASE}([^>#]*)", (built.folder / "cami.nt").read_text()))
    kinds: dict[tuple[str, int], str] = {}
    for iri in sorted(iris):
        kinds.setdefault(("/".join(iri.split("/")[:2]), iri.count("/")), iri)
    assert len(kinds) > 60
    for iri in kinds.values():
        if iri == "sparql":
            continue  # an endpoint, not a document
        for headers in (BROWSER, {"Accept": "text/turtle"}):
            response = client.get(f"/{iri}", headers=headers, follow_redirects=True)
            assert response.status_code == 200, iri


def test_a_graph_leads_to_its_triples_and_to_its_description(
    client: httpx.Client, built: Build
) -> None:
    data = client.get("/graph/reference", follow_redirects=True)
    graph = described(data, "turtle")
    assert len(graph) == built.manifest["graphs"]["reference"]
    page = client.get("/graph/reference", headers=BROWSER, follow_redirects=True)
    assert page.headers["content-type"].startswith("text/html")
    assert "Graph of origin: reference" in page.text


@pytest.mark.parametrize("path", ["/ontology", "/shapes", "/ontology/0.1.0", "/.well-known/void"])
def test_documents_come_in_every_format(client: httpx.Client, path: str) -> None:
    sizes: set[int] = set()
    for media_type, form in ENDINGS.values():
        response = client.get(path, headers={"Accept": media_type})
        assert response.headers["content-type"].partition(";")[0] == media_type
        assert "Accept" in response.headers["vary"]
        sizes.add(len(described(response, form)))
        where = response.headers["content-location"]
        assert client.get(where).content == response.content
    assert len(sizes) == 1


def test_a_browser_is_sent_to_the_pages_of_ontology_and_shapes(client: httpx.Client) -> None:
    for path, words in (("/ontology", "cami:Activity"), ("/shapes", "exactly one label")):
        response = client.get(path, headers=BROWSER)
        assert response.headers["location"] == f"{path}/index.html"
        page = client.get(f"{path}/index.html")
        assert words in page.text
        assert 'aria-label="Menu"' in page.text  # the frame of the site; the file is whole without
        assert "default-src 'none'" in page.headers["content-security-policy"]
        file = client.get(f"/dumps{path}/index.html").text
        assert words in file
        assert "/static/" not in file
        for link in {a.get("href") or "" for a in Page(page.text).of("a")}:
            if link and not link.startswith(("#", "http", "/")):
                assert client.get(f"{path}/{link}").status_code == 200, link
    assert client.get("/ontology/context.jsonld").json()["@context"]
    assert client.get("/ontology/changes.json").json()
    version = client.get("/version").json()["version"]
    latest = client.get(f"/ontology/{version}", headers={"Accept": "text/turtle"})
    assert latest.content == client.get("/ontology").content


def test_the_page_of_shapes_has_every_message(client: httpx.Client) -> None:
    shapes = described(client.get("/shapes"), "turtle")
    page = client.get("/shapes/index.html").text
    shown = " ".join(" ".join(Page(page).data).split())
    messages = rdflib.SH.message
    for shape in shapes.subjects(messages, None):
        if isinstance(shape, rdflib.URIRef):
            for message in shapes.objects(shape, messages):
                assert " ".join(str(message).split()) in shown
                assert f'id="{shape.partition("#")[2]}"' in page


@pytest.mark.parametrize("name", ["cami.nq", "void.ttl", "ontology/cami.rdf", "schemes/spms.ttl"])
def test_a_dump_comes_with_its_digest_and_in_parts(
    client: httpx.Client, built: Build, name: str
) -> None:
    content = (built.folder / name).read_bytes()
    whole = client.get(f"/dumps/{name}", headers={"Accept-Encoding": "identity"})
    assert whole.content == content
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert whole.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert whole.headers["digest"] == f"sha-256={digest}"
    etag = whole.headers["etag"]
    assert etag == f'"{built.manifest["files"][name]["sha256"]}"'
    part = client.get(f"/dumps/{name}", headers={"Range": "bytes=10-19", "If-Range": etag})
    assert part.status_code == 206
    assert part.content == content[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert part.headers["repr-digest"] == whole.headers["repr-digest"]
    stale = client.get(f"/dumps/{name}", headers={"Range": "bytes=10-19", "If-Range": '"old"'})
    assert stale.status_code == 200
    beyond = client.get(f"/dumps/{name}", headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.json()["type"][-6:]) == (416, "/range")
    assert beyond.headers["content-range"] == f"bytes */{len(content)}"
    for ignored in ("lines=0-9", "bytes=abc", "bytes=9-3", "bytes=", "bytes=-"):
        assert client.get(f"/dumps/{name}", headers={"Range": ignored}).status_code == 200, ignored
    last = client.get(f"/dumps/{name}", headers={"Range": "bytes=-5", "If-Match": etag})
    assert (last.status_code, last.content) == (206, content[-5:])
    other = client.get(f"/dumps/{name}", headers={"If-Match": '"old"'})
    assert (other.status_code, other.json()["type"][-13:]) == (412, "/precondition")
    assert client.head(f"/dumps/{name}", headers={"Range": "bytes=0-9"}).status_code == 200
    head = client.head(f"/dumps/{name}")
    assert head.headers["content-length"] == str(len(content))


@pytest.mark.parametrize("path", ["/dumps/", "/schemes/", "/version"])
def test_lists_of_the_build_have_a_tag(client: httpx.Client, path: str) -> None:
    first = client.get(path, headers={"Accept": "application/json"})
    held = {"Accept": "application/json", "If-None-Match": first.headers["etag"]}
    assert client.get(path, headers=held).status_code == 304


def test_the_index_lists_every_file(client: httpx.Client, built: Build) -> None:
    listed = client.get("/dumps/").json()["files"]
    assert {one["name"]: (one["bytes"], one["sha256"]) for one in listed} == {
        name: (facts["bytes"], facts["sha256"]) for name, facts in built.manifest["files"].items()
    }
    page = Page(client.get("/dumps/", headers=BROWSER).text)
    links = {a["href"] for a in page.of("a")}
    assert links >= set(built.manifest["files"])
    schemes = [one["name"] for one in client.get("/schemes/").json()["files"]]
    assert "appendix/cms.ttl" in schemes
    for name in schemes:
        assert client.get(f"/schemes/{name.removesuffix('.ttl')}").status_code == 200


def test_the_description_is_true_of_the_files(client: httpx.Client, built: Build) -> None:
    graph = described(client.get("/.well-known/void"), "turtle")
    dcat, spdx = rdflib.Namespace("http://www.w3.org/ns/dcat#"), "http://spdx.org/rdf/terms#"
    dataset = rdflib.URIRef(f"{BASE}dataset")
    void = rdflib.VOID
    counted = {  # a description cannot count itself
        str(quad.triple)
        for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS)
        if str(quad.graph_name) not in ("DEFAULT", f"<{BASE}graph/description>")
    }
    assert int(graph.value(dataset, void.triples)) == len(counted)  # type: ignore[arg-type]
    files = {str(one) for one in graph.objects(dataset, dcat.distribution)}
    own = {
        name
        for name in built.manifest["files"]
        if name.startswith(("void.", "things.", "names.", "properties."))
    }
    assert files == {f"{BASE}dumps/{name}" for name in set(built.manifest["files"]) - own}
    for file in map(rdflib.URIRef, files):
        name = file.removeprefix(f"{BASE}dumps/")
        facts = built.manifest["files"][name]
        assert int(graph.value(file, dcat.byteSize)) == facts["bytes"]  # type: ignore[arg-type]
        checksum = graph.value(file, rdflib.URIRef(f"{spdx}checksum"))
        value = graph.value(checksum, rdflib.URIRef(f"{spdx}checksumValue"))
        assert str(value).lower() == facts["sha256"]
        kind = client.head(f"/dumps/{name}").headers["content-type"].partition(";")[0]
        media_type = graph.value(file, dcat.mediaType)
        assert str(media_type) == f"https://www.iana.org/assignments/media-types/{kind}"


def test_a_catalogue_finds_the_endpoint_in_the_description(client: httpx.Client) -> None:
    """As a `dcat:DataService`, whose address answers queries and describes itself as RDF."""
    graph = described(client.get("/.well-known/void"), "turtle")
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    [service] = graph.subjects(rdflib.RDF.type, dcat.DataService)
    assert graph.value(service, dcat.servesDataset) == rdflib.URIRef(f"{BASE}dataset")
    path = f"/{str(graph.value(service, dcat.endpointURL)).removeprefix(BASE)}"
    assert client.get(path, params={"query": "ASK {}"}).json()["boolean"] is True
    path = f"/{str(graph.value(service, dcat.endpointDescription)).removeprefix(BASE)}"
    own = described(client.get(path, headers={"Accept": "text/turtle"}), "turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert list(own.subjects(rdflib.RDF.type, sd.Service))


def bindings(client: httpx.Client, text: str) -> list[dict[str, str]]:
    """Ask as SIB's editor does: with a parameter of its own beside the query."""
    response = client.get("/sparql", params={"ac": "1", "query": text})
    return [
        {name: term["value"] for name, term in row.items()}
        for row in response.json()["results"]["bindings"]
    ]


def test_what_a_page_was_asked_with_is_not_in_another_s(serve, built: Build) -> None:
    """It stands in the links to other languages, and large pages are packed once."""
    with serve("--build", str(built.folder.parent), "--cache", "8") as client:
        for coding in ("gzip", "identity"):
            packed = {"Accept-Encoding": coding}
            odd = client.get("/page/taxon/snow-leopard?mine=1", headers=packed)
            plain = client.get("/page/taxon/snow-leopard", headers=packed)
            assert "mine=1" in odd.text
            assert "mine=1" not in plain.text
            assert odd.headers["etag"] != plain.headers["etag"]
            cut = client.get("/programme.json?q=leopard%23&priority=High", headers=packed)
            assert cut.headers["etag"] != client.get("/programme.json?q=leopard").headers["etag"]


def test_an_editor_finds_prefixes_examples_and_classes(client: httpx.Client) -> None:
    """The three things that SIB's SPARQL editor asks an endpoint for."""
    sh = "PREFIX sh: <http://www.w3.org/ns/shacl#>\n"
    prefixes = bindings(
        client,
        sh
        + "SELECT DISTINCT ?prefix ?namespace { [] sh:namespace ?namespace ; sh:prefix ?prefix }",
    )
    assert {"prefix": "cami", "namespace": f"{BASE}ontology#"} in prefixes
    examples = bindings(
        client,
        sh
        + "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
        + "SELECT DISTINCT ?sq ?comment ?query { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;"
        + " sh:select|sh:ask|sh:construct|sh:describe ?query } ORDER BY ?sq",
    )
    assert {row["query"] for row in examples} == {query.text for query in catalogue().values()}
    uses = bindings(
        client,
        """PREFIX void: <http://rdfs.org/ns/void#>
        PREFIX void-ext: <http://ldf.fi/void-ext#>
        SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype {
            ?cp void:class ?subjectClass ; void:propertyPartition ?pp .
            ?pp void:property ?prop .
            OPTIONAL {
                { ?pp void:classPartition [ void:class ?objectClass ] }
                UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] }
            }
        }""",
    )
    cami = f"{BASE}ontology#"
    found = {
        (row["subjectClass"], row["prop"], row.get("objectClass") or row.get("objectDatatype"))
        for row in uses
    }
    string = "http://www.w3.org/2001/XMLSchema#string"
    assert (f"{cami}Activity", f"{cami}number", string) in found
    assert (f"{cami}Activity", f"{cami}inSection", f"{cami}Section") in found


def test_partitions_count_right(client: httpx.Client) -> None:
    text = """PREFIX void: <http://rdfs.org/ns/void#> PREFIX cami: <https://w3id.org/cami/ontology#>
        SELECT ?counted (COUNT(*) AS ?n) {
            ?cp void:class cami:Activity ; void:propertyPartition ?pp .
            ?pp void:property cami:responsible ; void:triples ?counted .
            ?activity a cami:Activity ; cami:responsible ?actor
        } GROUP BY ?counted"""
    (row,) = bindings(client, text)
    assert row["counted"] == row["n"]


def test_examples_name_their_kind_prefixes_and_endpoint(built: Build) -> None:
    graph = rdflib.Graph().parse(built.folder / "cami.ttl")
    for name, query in catalogue().items():
        iri = rdflib.URIRef(f"{BASE}id/query/{name}")
        kind = rdflib.SH[f"SPARQL{query.form.capitalize()}Executable"]
        assert (iri, rdflib.RDF.type, kind) in graph
        target = rdflib.URIRef("https://schema.org/target")
        assert (iri, target, rdflib.URIRef(f"{BASE}sparql")) in graph
        declared = graph.value(iri, rdflib.SH.prefixes)
        assert (declared, rdflib.SH.declare, None) in graph


class Counting(Pool):
    """A real pool that counts what it is asked."""

    asked = 0

    async def ask(self, request: Request, seconds: float | None = None) -> Reply:
        self.asked += 1
        return await super().ask(request, seconds)


def test_a_page_costs_two_queries_at_most_and_data_two(built: Build) -> None:
    """Labels come with the answer: no query for each thing that is mentioned."""

    async def costs(paths: list[str]) -> dict[str, int]:
        pool = Counting(built.nquads, Limits(), 1, 8)
        app = create_app(pool, built.things(), built.digest, build=built)
        await pool.start()
        found: dict[str, int] = {}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
            for path in paths:
                before = pool.asked
                response = await client.get(path)
                assert response.status_code in (200, 303), path
                found[path] = pool.asked - before
                if etag := response.headers.get("etag"):
                    await client.get(path, headers={"If-None-Match": etag})
                    assert pool.asked - before == found[path], path
        await pool.stop()
        return found

    wanted = {
        f"/id/{DOCUMENT}": 1,
        f"/page/{DOCUMENT}": 2,
        "/page/responsibility/wp-2026-2032/12.6/ngos": 1,
        f"/data/{DOCUMENT}.ttl": 2,
        "/data/graph/lineage.nt": 1,
        "/graph/lineage": 0,
        "/ontology": 0,
        "/dumps/cami.ttl": 0,
        "/.well-known/void": 0,
    }
    assert asyncio.run(costs(list(wanted))) == wanted


def test_a_file_of_one_s_own_claims_none_of_our_iris(serve, tmp_path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text("<http://a/s> <http://a/p> 1 .")
    with serve("--data", str(path), "--workers", "1") as client:
        assert client.get(f"/id/{ACTIVITY}").status_code == 404
        assert client.get("/dumps/").status_code == 404
        assert json.loads(client.get("/queries").text) == {"queries": []}
