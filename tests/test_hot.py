"""The same request again is answered by the same bytes, but for the date and the id."""

import contextlib
import re
import socket
from collections.abc import Generator

import httpx
import pytest

from cami.server.hot import MAX_ANSWER, Hot, Tee, is_plain
from cami.server.release import Build

PATH = "/sparql?query=ASK%20%7B%7D&format=json"
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
LAST = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
ANSWER = (
    b'HTTP/1.1 200 OK\r\ndate: D\r\netag: "e"\r\ncache-control: public, max-age=1\r\n'
    b"content-length: 2\r\nx-query-id: I\r\n\r\nok"
)


@pytest.fixture(scope="module")
def kept(built: Build, serve) -> Generator[httpx.Client]:
    with serve("--build", str(built.folder.parent), "--workers", "1", "--cache", "8") as client:
        yield client


def given_again(client: httpx.Client) -> int:
    text = client.get("/metrics").text
    return int(float(re.findall(r"^cami_answers_kept_total (\S+)$", text, re.MULTILINE)[0]))


def counted(client: httpx.Client) -> int:
    text = client.get("/metrics").text
    found = re.findall(
        r'^cami_requests_total\{route="/sparql",status="200"\} (\S+)$', text, re.MULTILINE
    )
    return int(float(found[0])) if found else 0


def exchange(client: httpx.Client, *parts: bytes) -> bytes:
    """Send parts one by one on one connection, and in the end one that closes it.

    Return all that comes but the last answer.
    """
    said = b""
    with socket.create_connection((client.base_url.host, client.base_url.port), 10) as peer:
        for part in (*parts, LAST):
            peer.sendall(part)
            peer.settimeout(10 if part is LAST else 0.2)
            with contextlib.suppress(TimeoutError):
                while more := peer.recv(1 << 16):
                    said += more
    return said[: said.rindex(b"HTTP/1.1")]


def test_a_target_may_name_the_host(kept: httpx.Client) -> None:
    """As to a proxy: every server has to take it (RFC 9112, section 3.2.2)."""
    for target in (
        "http://x:80/sparql?query=ASK+%7B%7D&format=json",
        "HTTPS://x/livez",
        "http://x",
    ):
        for _ in range(2):  # kept bytes, too
            said = exchange(kept, f"GET {target} HTTP/1.1\r\nHost: other\r\n\r\n".encode())
            assert said.startswith(b"HTTP/1.1 200 "), target
    told = exchange(kept, b"GET http://named.example/reconcile HTTP/1.1\r\nHost: other\r\n\r\n")
    assert b"http://named.example/reconcile" in told and b"http://other" not in told
    said = exchange(kept, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 204 ") and b"allow: GET, HEAD, POST, QUERY, OPTIONS" in said
    for target in ("http://a@x/livez", "ftp://x/livez", "http:///livez"):
        said = exchange(kept, f"GET {target} HTTP/1.1\r\nHost: other\r\n\r\n".encode())
        assert said.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), target


def test_the_second_answer_is_the_first_with_an_id_of_its_own(kept: httpx.Client) -> None:
    before, requests = given_again(kept), counted(kept)
    first, second = kept.get(PATH), kept.get(PATH)
    assert given_again(kept) == before + 1
    assert counted(kept) == requests + 2
    assert first.content == second.content == b'{"head":{},"boolean":true}'
    assert first.headers["x-query-id"] != second.headers["x-query-id"]
    own = {"x-query-id", "date"}
    assert [(k, v) for k, v in first.headers.items() if k not in own] == [
        (k, v) for k, v in second.headers.items() if k not in own
    ]


def test_what_asks_for_something_else_is_not_given_it(kept: httpx.Client) -> None:
    tag = kept.get(PATH).headers["etag"]
    before = given_again(kept)
    assert kept.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    assert kept.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    assert kept.head(PATH).content == kept.head(PATH).content == b""
    assert kept.get("/sparql?query=no").status_code == 400
    assert kept.get("/sparql?query=no").status_code == 400
    assert kept.get(PATH, headers={"Accept-Encoding": "identity"}).status_code == 200
    for _ in range(2):  # each answer of these is its own
        assert kept.get("/sparql?query=SELECT(RAND()AS%3Fr)%7B%7D").status_code == 200
    assert given_again(kept) == before


def test_one_connection_mixes_kept_and_other_requests(kept: httpx.Client) -> None:
    other = REQUEST.replace(b"ASK%20%7B%7D", b"ASK%20%7B%3Fs%20a%203%7D")
    exchange(kept, REQUEST)
    said = exchange(kept, REQUEST, other, REQUEST + REQUEST, REQUEST[:20], REQUEST[20:] + REQUEST)
    assert said.count(b'"boolean":true') == 5
    assert said.count(b'"boolean":false') == 1
    assert said.count(b"HTTP/1.1 200") == 6


def test_a_part_of_a_request_before_it_is_not_lost(kept: httpx.Client) -> None:
    exchange(kept, REQUEST)
    said = exchange(kept, b"GET /livez HTTP/1.1\r\nX-A: ", REQUEST)  # it goes on with X-A
    assert said.endswith(b"\r\n\r\nok\n")
    assert said.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("way", ["length", "chunks"])
def test_a_body_is_no_request_even_after_the_answer(kept: httpx.Client, way: str) -> None:
    """Else what a stranger sends as a body would be given an answer, and keep it for everybody."""
    query = f"ASK%7B%3Fs%20a%20%3Curn%3A{way}%3E%7D"
    asked = REQUEST.replace(b"ASK%20%7B%7D", query.encode())
    length, last = f"Content-Length: {len(asked)}", b""
    if way == "chunks":
        length, last = "Transfer-Encoding: chunked", b"\r\n0\r\n\r\n"
    head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n{length}\r\n\r\n"
    head += f"{len(asked):x}\r\n" if last else ""
    other = REQUEST.replace(b"Host", b"Content-Length: 0\r\nHost")
    said = exchange(kept, head.encode(), asked, last + other)
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"415", b"200"]
    for _ in range(2):
        said = exchange(kept, asked)
        assert said.count(b"HTTP/1.1") == 1
        assert said.endswith(b'"boolean":false}')


def test_lines_that_end_in_lf_alone_hide_no_request(kept: httpx.Client) -> None:
    two = REQUEST[:-4] + b"\n\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(2):
        said = exchange(kept, two)
        assert said.count(b"HTTP/1.1 200") == 2
        assert said.endswith(b"ok\n")


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (REQUEST, True),
        (REQUEST + REQUEST, False),
        (REQUEST[:-2], False),
        (REQUEST.replace(b"GET", b"POST"), False),
        (REQUEST.replace(b"Host", b"Content-Length: 3\r\nHost"), False),
        (REQUEST.replace(b"Host", b"transfer-encoding: chunked\r\nHost"), False),
        (REQUEST.replace(b"Host", b"X: " + b"a" * 9000 + b"\r\nHost"), False),
        (REQUEST.replace(b"Host", b"X: a\nContent-Length: 5\r\nHost"), False),
    ],
)
def test_only_whole_plain_requests_are_looked_up(data: bytes, plain: bool) -> None:
    assert is_plain(data) is plain


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"200 OK", b"206 Partial"),
        (b"public", b"no-store"),
        (b'etag: "e"', b'etag: W/"e"'),
        (b"x-query-id", b"x-other"),
        (b"content-length", b"connection: close\r\ncontent-length"),
    ],
)
def test_only_answers_that_could_not_differ_are_kept(old: bytes, new: bytes) -> None:
    hot = Hot(1 << 20, lambda: "one", lambda *_: "id")
    hot.put(REQUEST, ANSWER.replace(old, new), "one")
    assert hot.get(REQUEST) is None


def test_of_a_large_answer_nothing_is_held() -> None:
    class Out:
        written = 0

        def write(self, data: bytes) -> None:
            self.written += len(data)

    out = Out()
    tee = Tee(out)  # type: ignore[arg-type]
    for _ in range(2):  # one connection, two answers
        tee.kept = []
        tee.write(b"head")
        assert tee.kept == [b"head"]
        for _ in range(3):
            tee.write(bytes(MAX_ANSWER // 2))
        assert tee.kept is None
    assert out.written == 2 * (4 + 3 * (MAX_ANSWER // 2))


def test_answers_of_another_dataset_are_forgotten() -> None:
    served = ["one"]
    hot = Hot(1 << 20, lambda: served[0], lambda *_: "id")
    hot.put(REQUEST, ANSWER, "one")
    found = hot.get(REQUEST)
    assert found and found.size == 2
    assert found.at(b"now", b"me") == ANSWER.replace(b"date: D", b"date: now").replace(
        b"id: I", b"id: me"
    )
    served[0] = "two"
    assert hot.get(REQUEST) is None
    hot.put(REQUEST, ANSWER, "one")  # it was begun before the swap and came out after it
    assert hot.get(REQUEST) is None
    served[0] = "one"
    assert hot.get(REQUEST) is None
