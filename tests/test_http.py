"""Entity tags, kept answers, codings, CORS, limits and addresses, against real servers."""

import asyncio
import getpass
import gzip
import json
import random
import re
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Generator
from html import unescape
from pathlib import Path

import brotli
import httpx
import pytest
import rdflib
import zstandard
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cami.queries.stability import Stability, stability
from cami.server.app import create_app
from cami.server.cache import ByteCache
from cami.server.edge import MAX_TARGET
from cami.server.encoding import CODINGS, Encoding, encode
from cami.server.negotiate import coding
from cami.server.pool import Pool, Reply, Request
from cami.server.release import Build
from cami.server.zygote import Limits

LARGE = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 300"
SMALL = "SELECT ?x WHERE { VALUES ?x { 1 } }"
FRESH = "SELECT (RAND() AS ?x) {}"
DECODE: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


def raw(client: httpx.Client, accept: str, query: str = LARGE, **headers: str) -> httpx.Response:
    """A GET whose body is left as it was sent."""
    sent = {"Accept-Encoding": accept, **headers}
    with client.stream("GET", "/sparql", params={"query": query}, headers=sent) as response:
        response.read_raw = b"".join(response.iter_raw())  # type: ignore[attr-defined]
    return response


def body(response: httpx.Response) -> bytes:
    return response.read_raw  # type: ignore[attr-defined]


# ---- entity tags


def test_a_tag_is_of_dataset_formats_and_request(client: httpx.Client) -> None:
    def tag(query: str = SMALL, **more: str) -> str:
        return client.get("/sparql", params={"query": query, **more}).headers["etag"]

    graph = "https://w3id.org/cami/graph/inferred"
    tags = [
        tag(),
        tag(LARGE),
        tag(format="csv"),
        tag(**{"default-graph-uri": graph}),
        tag(**{"named-graph-uri": graph}),
        tag(SMALL + " "),
    ]
    assert len(set(tags)) == len(tags)
    assert all(re.fullmatch(r'"[0-9a-f]{32}(-zstd)?"', one) for one in tags)
    assert tag() == tags[0]


def test_the_same_request_has_one_tag_whatever_its_form(client: httpx.Client) -> None:
    got = client.get("/sparql", params={"query": SMALL})
    direct = {"Content-Type": "application/sparql-query"}
    assert (
        client.request("QUERY", "/sparql", content=SMALL, headers=direct).headers["etag"]
        == (got.headers["etag"])
    )
    assert client.head("/sparql", params={"query": SMALL}).headers["etag"] == got.headers["etag"]
    posted = client.post("/sparql", data={"query": SMALL})
    assert "etag" not in posted.headers  # what POST returns is no representation of /sparql
    assert posted.content == got.content


@pytest.mark.parametrize("method", ["GET", "HEAD", "QUERY"])
def test_304_has_the_headers_and_no_body(client: httpx.Client, method: str) -> None:
    where = {"params": {"query": SMALL}} if method != "QUERY" else {"content": SMALL}
    kind = {"Content-Type": "application/sparql-query"}
    first = client.request(method, "/sparql", headers=kind, **where)
    for held in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = client.request(method, "/sparql", headers={**kind, "If-None-Match": held}, **where)
        assert again.status_code == 304
        assert again.content == b""
        for name in ("etag", "cache-control", "vary"):
            assert again.headers[name] == first.headers[name]
    other = client.request(method, "/sparql", headers={**kind, "If-None-Match": '"x"'}, **where)
    assert other.status_code == 200


def test_a_wrong_query_is_never_unchanged(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": "ASK {"}, headers={"If-None-Match": "*"})
    assert response.status_code == 400
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


def test_an_answer_of_its_own_has_no_tag_and_is_not_kept(client: httpx.Client) -> None:
    answers = [client.get("/sparql", params={"query": FRESH}) for _ in range(2)]
    assert answers[0].content != answers[1].content
    for one in answers:
        assert "etag" not in one.headers
        assert one.headers["cache-control"] == "no-store"


def test_new_blank_nodes_make_a_weak_tag(client: httpx.Client) -> None:
    query = "CONSTRUCT { [] <urn:p> ?x } WHERE { VALUES ?x { 1 } }"
    tag = client.get("/sparql", params={"query": query}).headers["etag"]
    assert tag.startswith("W/")
    again = client.get("/sparql", params={"query": query}, headers={"If-None-Match": tag})
    assert again.status_code == 304


STABLE = {
    "SELECT * { ?s ?p ?o }": Stability.SAME_BYTES,
    "SELECT * { <https://w3id.org/cami/id/taxon/snow-leopard> ?p ?now }": Stability.SAME_BYTES,
    "SELECT (NOW() AS ?x) {}": Stability.NONE,
    "SELECT (now ( ) AS ?x) {}": Stability.NONE,
    "SELECT (NOW#\n() AS ?x) {}": Stability.NONE,
    "SELECT * { ?s ?p ?o FILTER(1<NOW()) }": Stability.NONE,
    "SELECT * { ?s ?p ?o FILTER(RAND()<1) }": Stability.NONE,
    "SELECT (UUID() AS ?x) {}": Stability.NONE,
    "SELECT (STRUUID() AS ?x) {}": Stability.NONE,
    "SELECT (BNODE() AS ?x) {}": Stability.NONE,
    'SELECT (BNODE("a") AS ?x) {}': Stability.NONE,
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(?o > 1) }": Stability.SAME_BYTES,
    "CONSTRUCT WHERE { ?s ?p ?o }": Stability.SAME_BYTES,
    "CONSTRUCT FROM <urn:g> WHERE { ?s ?p ?o }": Stability.SAME_BYTES,
    "CONSTRUCT { _:b ?p ?o } { ?s ?p ?o }": Stability.SAME_GRAPH,
    "CONSTRUCT { ?s ?p (1 2) } { ?s ?p ?o }": Stability.SAME_GRAPH,
    "CONSTRUCT #}\n{ ?s ?p [] } { ?s ?p ?o }": Stability.SAME_GRAPH,
    'CONSTRUCT { ?s ?p "}", [] } { ?s ?p ?o }': Stability.SAME_GRAPH,
    "PREFIX c: <urn:x#> CONSTRUCT { ?s ?p [] } { ?s ?p ?o }": Stability.SAME_GRAPH,
    "CONSTRUCT { ?s ?p ?o ~ } { ?s ?p ?o }": Stability.SAME_GRAPH,
    'CONSTRUCT { ?s ?p \'[\', """a\\"""""" } { ?s ?p ?o }': Stability.SAME_BYTES,
    "CONSTRUCT { ?s ?p '''}\\'''}''', [] } { ?s ?p ?o }": Stability.SAME_GRAPH,
    "DESCRIBE <urn:x>": Stability.SAME_BYTES,
}


@pytest.mark.parametrize("query", STABLE)
def test_stability_is_read_from_the_text(query: str) -> None:
    assert stability(query) is STABLE[query]


def test_two_servers_of_one_dataset_give_one_tag_and_the_same_bytes(
    client: httpx.Client, serve, built: Build
) -> None:
    """Also where blank nodes are in the answer: else a strong tag would be a lie."""
    queries = [
        SMALL,
        "SELECT ?s ?p ?o WHERE { ?s ?p ?o FILTER(isBlank(?s)) } LIMIT 500",
        "SELECT ?p (COUNT(*) AS ?n) (SAMPLE(?s) AS ?x) WHERE { ?s ?p ?o } GROUP BY ?p",
        "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s a ?t } }",
        "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <https://w3id.org/cami/graph/shapes> { ?s ?p ?o } }",
    ]
    with serve("--build", str(built.folder.parent), "--workers", "2", "--cache", "0") as other:
        for query in queries:
            for form in ("tsv", "json") if query.startswith("SELECT") else ("ntriples", "jsonld"):
                sent = {"query": query, "format": form}
                one = client.get("/sparql", params=sent)
                two = [other.get("/sparql", params=sent) for _ in range(2)]
                assert one.status_code == 200
                for answer in two:
                    assert answer.headers["etag"] == one.headers["etag"]
                    assert answer.content == one.content, query


# ---- kept answers


class CountingPool(Pool):
    """The real pool, which counts what it is asked."""

    asked = 0

    async def ask(self, request: Request, seconds: float | None = None) -> Reply:
        self.asked += 1
        return await super().ask(request, seconds)


def within(
    built: Build,
    scenario: Callable[[httpx.AsyncClient, CountingPool], Awaitable[None]],
    cache_bytes: int = 8 << 20,
) -> None:
    """Run a scenario against the application with its real workers, in this process."""

    async def run() -> None:
        pool = CountingPool(built.nquads, Limits(result_bytes=4 << 20), 1, 4)
        app = create_app(pool, built.things(), built.digest, cache_bytes=cache_bytes)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            pool.asked = 0  # at its start it asks which graphs there are
            await scenario(client, pool)

    asyncio.run(run())


def test_304_asks_no_worker_and_kept_answers_neither(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        first = await client.get("/sparql", params={"query": LARGE})
        assert pool.asked == 1
        held = {"If-None-Match": first.headers["etag"]}
        assert (
            await client.get("/sparql", params={"query": LARGE}, headers=held)
        ).is_success is False
        assert pool.asked == 1
        for _ in range(2):
            assert (await client.post("/sparql", data={"query": LARGE})).content == first.content
        assert pool.asked == 1
        await client.get("/sparql", params={"query": LARGE, "format": "csv"})
        assert pool.asked == 2
        for _ in range(2):
            await client.get("/sparql", params={"query": FRESH})
        assert pool.asked == 4

    within(built, scenario)


def test_304_needs_no_answer_before(built: Build, client: httpx.Client) -> None:
    """The tag of another server of the same dataset is as good."""
    tag = client.get("/sparql", params={"query": LARGE}, headers={"Accept-Encoding": "identity"})

    async def scenario(http: httpx.AsyncClient, pool: CountingPool) -> None:
        held = {"If-None-Match": tag.headers["etag"], "Accept-Encoding": "identity"}
        response = await http.get("/sparql", params={"query": LARGE}, headers=held)
        assert response.status_code == 304
        assert pool.asked == 0

    within(built, scenario)


def test_what_is_kept_is_what_was_sent(serve, built: Build, client: httpx.Client) -> None:
    """A server that keeps answers, asked twice for each, beside one that keeps none."""
    with serve("--build", str(built.folder.parent), "--workers", "1", "--cache", "8") as keeping:
        for name in ("identity", *CODINGS):
            for query in (LARGE, SMALL):
                wanted = raw(client, name, query)
                for _ in range(2):
                    found = raw(keeping, name, query)
                    assert body(found) == body(wanted)
                    for header in ("etag", "content-type", "content-length", "vary", "link"):
                        assert found.headers[header] == wanted.headers[header]


def test_errors_are_not_kept(built: Build) -> None:
    huge = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } LIMIT 200000"

    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        for expected in (1, 2):
            assert (await client.get("/sparql", params={"query": "ASK {"})).status_code == 400
            assert (await client.get("/sparql", params={"query": huge})).status_code == 413
            assert pool.asked == 2 * expected

    within(built, scenario)


def test_without_a_cache_each_request_is_asked(built: Build) -> None:
    async def scenario(client: httpx.AsyncClient, pool: CountingPool) -> None:
        bodies = [(await client.get("/sparql", params={"query": LARGE})).content for _ in range(3)]
        assert pool.asked == 3
        assert len(set(bodies)) == 1

    within(built, scenario, cache_bytes=0)


def test_the_cache_keeps_its_bound_and_lets_the_oldest_go() -> None:
    cache: ByteCache[bytes] = ByteCache(10_000)
    sizes = random.Random(7)
    for number in range(500):
        size = sizes.randrange(12_000)
        cache.put(number % 40, b"x" * size, size)
        assert cache.used <= 10_000
    cache = ByteCache(4_000)
    for key in "abc":
        cache.put(key, key.encode(), 700)
    assert cache.get("a") == b"a"
    cache.put("d", b"d", 700)
    assert [cache.get(key) for key in "abcd"] == [b"a", None, b"c", b"d"]
    cache.put("e", b"e", 9_000)
    assert cache.get("e") is None
    assert len(cache) == 3


# ---- compression

CODING_CASES = {
    None: "identity",
    "": "identity",
    "gzip": "gzip",
    "GZIP": "gzip",
    "gzip, br, zstd": "zstd",
    "gzip;q=1.0, br;q=0.5": "gzip",
    "gzip;q=0.5, br;q=0.9, zstd;q=0.1": "br",
    "gzip;q=0": "identity",
    "*": "zstd",
    "*;q=0.5, zstd;q=0": "br",
    "identity": "identity",
    "identity;q=1, gzip;q=0.5": "identity",
    "identity;q=0.5, gzip;q=0.5": "gzip",
    "identity;q=0": None,
    "*;q=0": None,
    "*;q=0, identity": "identity",
    "compress, x-unknown": "identity",
    "gzip;q=high": "identity",
}


@pytest.mark.parametrize("accept", CODING_CASES)
def test_the_coding_that_the_client_likes_best(accept: str | None) -> None:
    assert coding(accept) == CODING_CASES[accept]


@pytest.mark.parametrize("name", CODINGS)
def test_an_answer_is_compressed_under_a_tag_of_its_own(client: httpx.Client, name: str) -> None:
    plain, coded = raw(client, "identity"), raw(client, name)
    assert "content-encoding" not in plain.headers
    assert coded.headers["content-encoding"] == name
    assert int(coded.headers["content-length"]) == len(body(coded)) < len(body(plain)) / 2
    assert DECODE[name](body(coded)) == body(plain)
    assert coded.headers["etag"] == f'{plain.headers["etag"][:-1]}-{name}"'
    for response in (plain, coded):
        assert "Accept-Encoding" in response.headers["vary"]


def test_a_large_body_is_packed_once_for_all_who_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it has a tag or not, while it is packed and afterwards."""
    body = b"large " * 200_000
    calls: list[str] = []

    def packing(name: str, body: bytes) -> bytes:
        calls.append(name)
        time.sleep(0.2)
        return encode(name, body)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        tag = {"ETag": '"a"'} if scope["method"] == "GET" else {"Cache-Control": "no-store"}
        await Response(body, headers=tag, media_type="text/csv")(scope, receive, send)

    async def run() -> None:
        under_test = Encoding(application, ByteCache[bytes](1 << 20))
        transport = httpx.ASGITransport(under_test)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            for method, made in (("POST", 1), ("GET", 2)):
                sent = client.build_request(method, "/", headers={"Accept-Encoding": "gzip"})
                answers = await asyncio.gather(*(client.send(sent) for _ in range(5)))
                answers.append(await client.send(sent))
                assert {one.content for one in answers} == {body}
                assert {one.headers["content-encoding"] for one in answers} == {"gzip"}
                assert len(calls) == made

    monkeypatch.setattr("cami.server.encoding.encode", packing)
    asyncio.run(run())


@pytest.mark.parametrize("name", CODINGS)
def test_head_tells_what_get_sends(client: httpx.Client, name: str) -> None:
    got = raw(client, name)
    head = client.head("/sparql", params={"query": LARGE}, headers={"Accept-Encoding": name})
    for header in ("etag", "content-length", "content-encoding", "content-type", "vary"):
        assert head.headers[header] == got.headers[header]


def test_a_tag_of_another_coding_matches_nothing(client: httpx.Client) -> None:
    zstd, plain = raw(client, "zstd").headers["etag"], raw(client, "identity").headers["etag"]
    same = raw(client, "zstd", **{"If-None-Match": zstd})
    assert (same.status_code, same.headers["etag"]) == (304, zstd)
    assert raw(client, "br", **{"If-None-Match": zstd}).status_code == 200
    assert raw(client, "identity", **{"If-None-Match": zstd}).status_code == 200
    held_plain = raw(client, "zstd", **{"If-None-Match": plain})
    assert (held_plain.status_code, held_plain.headers["etag"]) == (304, plain)


def test_small_answers_and_errors_stay_plain(client: httpx.Client) -> None:
    for query in (SMALL, "ASK {"):
        response = raw(client, "gzip, br, zstd", query)
        assert "content-encoding" not in response.headers


def test_no_acceptable_coding(client: httpx.Client) -> None:
    response = client.get("/sparql", headers={"Accept-Encoding": "identity;q=0"})
    assert response.status_code == 406


@pytest.mark.parametrize("path", ["/", "/queries", "/openapi.json"])
def test_pages_are_tagged_and_compressed_too(client: httpx.Client, path: str) -> None:
    first = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    held = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]}
    again = client.get(path, headers=held)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("name", CODINGS)
def test_encoding_is_deterministic_and_whole(name: str) -> None:
    bytes_ = random.Random(1).randbytes(1000) * 200
    assert encode(name, bytes_) == encode(name, bytes_)
    assert DECODE[name](encode(name, bytes_)) == bytes_


# ---- CORS, links, methods


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sparql?query=ASK%7B%7D"),
        ("GET", "/sparql?query=ASK%7B"),
        ("GET", "/nowhere"),
        ("PUT", "/sparql"),
        ("GET", "/queries/actors-by-load"),
        ("GET", "/" + "x" * MAX_TARGET),
    ],
)
def test_every_answer_is_open_to_every_page(client: httpx.Client, method: str, path: str) -> None:
    for headers in ({}, {"Origin": "https://example.org", "Cookie": "a=b"}):
        response = client.request(method, path, headers=headers)
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        exposed = response.headers["access-control-expose-headers"]
        assert {"ETag", "Link", "Retry-After"} <= set(exposed.split(", "))
        assert "Origin" not in response.headers.get("vary", "")


@pytest.mark.parametrize("name", ["Accept", "Prefer", "If-None-Match"])
def test_long_lists_in_headers_are_refused(client: httpx.Client, name: str) -> None:
    for length, status in ((900, 200), (2000, 431)):
        assert (
            client.get(
                "/sparql?query=ASK%7B%7D", headers={name: '*/*,"' + "x" * length}
            ).status_code
            == status
        )


def test_the_catalogue_is_not_what_a_format_by_name_is_not(client: httpx.Client) -> None:
    for form, status in (("json", 200), ("turtle", 200), ("csv", 406), ("zzz", 400)):
        assert client.get("/queries", params={"format": form}).status_code == status, form


def test_an_answer_links_to_what_describes_it(client: httpx.Client) -> None:
    for path in (
        "/sparql?query=ASK%7B%7D",
        "/queries/actors-by-load",
        "/graphs?default",
        "/sparql",
    ):
        links = client.get(path, headers={"Accept": "*/*"}).links
        assert client.get(links["service-desc"]["url"]).status_code == 200
        assert "digest" in client.get(links["describedby"]["url"]).json()
        assert links["license"]["url"] == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    "path", ["/sparql", "/graphs", "/queries", "/queries/actors-by-load", "/", "/reconcile"]
)
def test_options_lists_the_methods_and_a_wrong_one_is_told(client: httpx.Client, path: str) -> None:
    response = client.options(path)
    assert (response.status_code, response.content) == (204, b"")
    allowed = set(response.headers["allow"].split(", "))
    assert {"GET", "HEAD", "OPTIONS"} <= allowed
    assert ("POST" in allowed) == (path in ("/sparql", "/reconcile"))
    for method in ("DELETE", "PATCH", "PUT", "FROB"):
        refused = client.request(method, path)
        assert refused.status_code == 405
        assert set(refused.headers["allow"].split(", ")) == allowed


def test_a_canned_query_by_the_method_query(client: httpx.Client) -> None:
    path, given = "/queries/activities-by-taxon", {"taxon": "snow-leopard", "format": "csv"}
    by_get = client.get(path, params=given)
    by_query = client.request("QUERY", path, data=given)
    assert by_query.content == by_get.content
    assert by_query.headers["etag"] == by_get.headers["etag"]
    held = {"If-None-Match": by_get.headers["etag"]}
    assert client.request("QUERY", path, data=given, headers=held).status_code == 304
    assert client.request("QUERY", path).content == client.get(path).content
    assert client.request("QUERY", path, json={"taxon": "saiga"}).status_code == 415
    wrong = client.request("QUERY", path, data={"taxa": "snow-leopard"})
    assert wrong.status_code == 400
    twice = client.request("QUERY", f"{path}?taxon=saiga", data=given)
    assert twice.status_code == 400


# ---- limits


def test_absurd_lengths_are_refused_as_problems(client: httpx.Client) -> None:
    def problem(status: int, slug: str, **sent: object) -> None:
        response = client.get("/sparql", **sent)  # type: ignore[arg-type]
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["type"].endswith(f"/{slug}")

    problem(414, "target-size", params={"query": "ASK {}" + " " * 40_000})
    problem(431, "header-size", headers=[("X-Many", "1")] * 150)
    problem(431, "header-size", headers={"X-Long": "x" * 60_000})
    problem(400, "many-parameters", params=[("a", "b")] * 200)
    problem(
        400, "many-formats", params=[("query", "ASK {}"), ("format", "json"), ("format", "xml")]
    )
    problem(406, "not-acceptable", headers={"Accept": "image/png"}, params={"query": "ASK {}"})
    assert client.get("/sparql", params={"query": "ASK {}" + " " * 20_000}).status_code == 200
    huge = client.get("/sparql", headers={"X-Long": "x" * 400_000})
    assert huge.status_code == 400  # by the HTTP library, before any of ours


def test_several_accept_lines_are_one_list(client: httpx.Client) -> None:
    sent = [("Accept", "image/png"), ("Accept", "text/csv")]
    response = client.get("/sparql", params={"query": SMALL}, headers=sent)
    assert response.headers["content-type"].startswith("text/csv")


def test_a_bad_host_is_not_repeated(client: httpx.Client) -> None:
    headers = {"Host": "a b<>", "Accept": "text/turtle"}
    response = client.get("/sparql", headers=headers)
    assert response.status_code in (200, 400)
    assert "a b" not in response.text


# ---- below a path of a proxy

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


def check_addresses(client: httpx.Client, base: str) -> None:
    """Every address that the server gives is one at which it is found again."""
    described = client.get(f"{base}sparql", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=described.text, format="turtle")
    assert str(next(graph.objects(None, SD.endpoint))) == f"{base}sparql"
    for link in described.links.values():
        if "://" not in link["url"]:
            assert client.get(httpx.URL(base).join(link["url"])).status_code == 200
    page = client.get(base).text
    for address in re.findall(r'(?:href|action)="([^"]+)"', page):
        found = client.get(httpx.URL(base).join(unescape(address)), follow_redirects=True)
        assert found.status_code == 200, address
    listed = client.get(f"{base}queries", headers={"Accept": "application/json"}).json()["queries"]
    assert client.get(listed[0]["url"]).status_code == 200
    assert listed[0]["url"].startswith(f"{base}queries/")
    servers = client.get(f"{base}openapi.json").json().get("servers", [{"url": "/"}])
    root = httpx.URL(base).join(servers[0]["url"].rstrip("/") + "/")
    assert str(root) == base
    browser = client.get(f"{base}sparql", headers={"Accept": "text/html"})
    assert browser.headers["content-type"].startswith("text/html")
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', browser.text)
    assert scripts
    assert all(client.get(httpx.URL(base).join(one)).status_code == 200 for one in scripts)


def test_a_server_below_a_path(serve, built: Build) -> None:
    """Whether the proxy cuts the path off or not."""
    with serve("--build", str(built.folder.parent), "--workers", "1", "--root-path", "/kg") as http:
        base = str(http.base_url.join("/kg/"))
        check_addresses(http, base)
        moved = http.get("/kg")
        assert (moved.status_code, moved.headers["location"]) == (308, "/kg/")
        assert http.get("/kg?lang=ru").headers["location"] == "/kg/?lang=ru"
        cut = http.get(
            "/sparql", headers={"Accept": "text/turtle"}
        )  # as a proxy that cuts sends it
        assert f"<{base}sparql>" in cut.text
        lied = {
            "X-Forwarded-Prefix": "/evil",
            "X-Forwarded-Proto": "https",
            "Accept": "text/turtle",
        }
        assert http.get("/sparql", headers=lied).text == cut.text
        asked = {"query": "ASK {}"}
        for place in ("/sparql", "/kg/sparql", "/kg/sparql/"):
            answer = http.get(place, params=asked, headers={"Prefer": "wait=1"})
            assert answer.headers["preference-applied"] == "wait=1"


@pytest.mark.parametrize("proxy", ["nonsense", "localhost", "*", "127.0.0.1:80"])
def test_a_proxy_is_named_by_its_address(cami, built: Build, proxy: str) -> None:
    said = cami("serve", "--build", str(built.folder.parent), "--port", "0", "--proxy", proxy)
    assert (said.returncode, len(said.stderr.splitlines())) == (2, 1)
    assert proxy in said.stderr


def test_forwarded_headers_are_believed_only_with_proxy(serve, built: Build) -> None:
    told = {
        "X-Forwarded-Prefix": "/kg",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "data.example.org",
        "Accept": "text/turtle",
    }
    options = ("--build", str(built.folder.parent), "--workers", "1", "--cache", "8")
    with serve(*options, "--proxy", "127.0.0.1") as http:
        assert "<https://data.example.org/kg/sparql>" in http.get("/sparql", headers=told).text
        bad = http.get("/sparql", headers={**told, "X-Forwarded-Prefix": "//evil.example/"})
        assert bad.status_code == 400
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(base_url=http.base_url, transport=transport, timeout=30) as stranger:
            for _ in range(2):  # the second time, answers may be those that were kept
                for client, believed in ((stranger, False), (http, True)):
                    text = client.get("/sparql", headers=told).text
                    assert ("data.example.org" in text) is ("/kg/" in text) is believed


NGINX = """
user {user}; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_cache_path {folder}/cache keys_zone=kept:1m;
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Prefix {prefix};
    location {path}/ {{ proxy_pass {upstream}; }}
    location /kept/ {{
      proxy_pass {upstream}; proxy_cache kept; proxy_set_header X-Forwarded-Prefix /kept;
      add_header X-Cache-Status $upstream_cache_status always;
    }}
  }}
}}
"""


@pytest.fixture(params=["it cuts the path", "it keeps the path"])
def behind_nginx(
    request: pytest.FixtureRequest, serve, built: Build, tmp_path: Path
) -> Generator[tuple[httpx.Client, str]]:
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is not installed: on Debian, apt-get install nginx-light")
    port = 20_000 + random.SystemRandom().randrange(20_000)
    options = (
        "--build",
        str(built.folder.parent),
        "--workers",
        "1",
        "--proxy",
        "127.0.0.1",
        "--cache",
        "8",
    )
    with serve(*options) as upstream:
        cut = request.param == "it cuts the path"
        target = str(upstream.base_url) + ("/" if cut else "")
        text = NGINX.format(
            user=getpass.getuser(),
            folder=tmp_path,
            port=port,
            prefix="/kg",
            path="/kg",
            upstream=target.rstrip("/") + "/" if cut else target.rstrip("/"),
        )
        (tmp_path / "nginx.conf").write_text(text)
        process = subprocess.Popen(
            [program, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)],
            stderr=subprocess.PIPE,
        )
        try:
            with httpx.Client(timeout=30) as client:
                base = f"http://127.0.0.1:{port}/kg/"
                for _ in range(100):
                    assert process.poll() is None, process.communicate()
                    try:
                        client.get(f"{base}livez")
                        break
                    except httpx.TransportError:
                        time.sleep(0.05)
                yield client, base
        finally:
            process.terminate()
            process.communicate(timeout=10)


def test_behind_a_real_proxy(behind_nginx: tuple[httpx.Client, str]) -> None:
    client, base = behind_nginx
    check_addresses(client, base)
    for name in CODINGS:
        coded = client.get(
            f"{base}sparql", params={"query": LARGE}, headers={"Accept-Encoding": name}
        )
        held = {"Accept-Encoding": name, "If-None-Match": coded.headers["etag"]}
        again = client.get(f"{base}sparql", params={"query": LARGE}, headers=held)
        assert (again.status_code, again.headers["etag"]) == (304, coded.headers["etag"])
    posted = client.post(f"{base}sparql", data={"query": "ASK {}"})
    assert json.loads(posted.content)["boolean"] is True


def test_a_shared_cache_may_keep_answers(behind_nginx: tuple[httpx.Client, str]) -> None:
    """It keeps one for each coding and type, and the headers of each are right for everybody."""
    client, base = behind_nginx
    address = f"{base.removesuffix('kg/')}kept/sparql"
    for accept in ("application/sparql-results+json", "text/csv"):
        for name in ("identity", "gzip", "br"):
            sent = {"Accept": accept, "Accept-Encoding": name}
            answers = [client.get(address, params={"query": LARGE}, headers=sent) for _ in "ab"]
            assert [one.headers["x-cache-status"] for one in answers] == ["MISS", "HIT"]
            for one in answers:
                assert one.headers["content-type"].split(";")[0] == accept
                assert one.headers.get("content-encoding", "identity") == name
                assert one.headers["access-control-allow-origin"] == "*"
            assert answers[0].content == answers[1].content
    for query in (FRESH, "ASK {"):
        answers = [client.get(address, params={"query": query}) for _ in "ab"]
        assert [one.headers["x-cache-status"] for one in answers] == ["MISS", "MISS"]
