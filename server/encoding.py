"""Compression by Accept-Encoding, with an entity tag for each coding (RFC 9110 sections 8.4, 8.8).

A strong tag names bytes, so what is sent as zstd must not have the tag of what is sent plain: the
coding is appended to the tag on the way out and taken off again on the way in. Of the middleware
that exists, none does that, orders codings by quality, or keeps the event loop free meanwhile.
"""

import asyncio
import gzip
import hashlib
import re
from collections.abc import Callable
from typing import cast

import brotli  # pyright: ignore[reportMissingTypeStubs]
import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .cache import ByteCache
from .negotiate import CODINGS, IDENTITY, coding, entity_tags, field
from .problems import HttpProblem, to_response
from .threads import PACKING, within

MIN_BYTES = 500  # below that a coding makes more of it
IN_LOOP = 1 << 16  # encoded in well under a millisecond; more goes to a thread
MOST_PACKED = 8  # large bodies at once; beyond that they are sent as they are
_TEXT = re.compile(r"text/|application/(?:[\w.+-]*\+)?(?:json|xml)$|application/(?:n-|trig|yaml)")
_BROTLI = cast(Callable[..., bytes], brotli.compress)  # pyright: ignore[reportUnknownMemberType]


def encode(name: str, body: bytes) -> bytes:
    """Return a body in one of `CODINGS`; the same body gives the same bytes."""
    if name == "zstd":
        return zstandard.ZstdCompressor(level=6).compress(body)
    if name == "br":
        return _BROTLI(body, quality=5)
    return gzip.compress(body, compresslevel=6, mtime=0)


_Packing = dict[tuple[str, str], "asyncio.Future[bytes]"]  # by what is packed, and how


class Encoding:
    """ASGI middleware that compresses whole answers and tags pages that have no tag of their own."""

    def __init__(self, app: ASGIApp, cache: ByteCache[bytes]):
        self.app, self.cache = app, cache
        self._packing: _Packing = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back in the coding that the client likes best."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        chosen = coding(field(Headers(scope=scope), "accept-encoding"))
        if chosen is None:
            refused = HttpProblem(
                406,
                "not-acceptable",
                "No acceptable coding",
                f"Accept one of {', '.join(CODINGS)}.",
            )
            return await to_response(refused)(scope, receive, send)
        given = entity_tags(Headers(scope=scope))
        scope = {**scope, "headers": _without_suffix(scope["headers"], given, chosen)}
        await self.app(scope, receive, _Sender(self, scope, send, chosen, given).send)

    async def packed(self, name: str, key: str | None, body: bytes) -> bytes | None:
        """Return a body in a coding; None when too many large ones wait for theirs.

        What has the same `key` is the same body; None where that is not known.
        """
        if len(body) <= IN_LOOP:
            kept = self.cache.get((key, name)) if key else None
            coded = kept or encode(name, body)
            if key and not kept:
                self.cache.put((key, name), coded, len(coded))
            return coded
        key = key or (await within(PACKING, hashlib.sha256, body)).hexdigest()
        if kept := self.cache.get((key, name)):
            return kept
        packing = self._packing.get((key, name)) or self._start(name, key, body)
        return await asyncio.shield(packing) if packing else None

    def _start(self, name: str, key: str, body: bytes) -> "asyncio.Future[bytes] | None":
        """Begin to pack a large body, once for all who want it now; None when too many wait."""
        if len(self._packing) >= MOST_PACKED:
            return None
        packing = asyncio.ensure_future(within(PACKING, encode, name, body))
        self._packing[key, name] = packing
        packing.add_done_callback(lambda packing: self._keep(name, key, packing))
        return packing

    def _keep(self, name: str, key: str, packing: "asyncio.Future[bytes]") -> None:
        del self._packing[key, name]
        if not packing.cancelled() and not packing.exception():
            self.cache.put((key, name), packing.result(), len(packing.result()))


class _Sender:
    """Holds back the start of one answer until it is known whether its body is whole."""

    def __init__(self, encoding: Encoding, scope: Scope, send: Send, chosen: str, given: list[str]):
        self.encoding = encoding
        self.scope, self.out, self.chosen, self.given = scope, send, chosen, given
        self.start: Message | None = None

    async def send(self, message: Message) -> None:
        """Pass one ASGI message on, changed where need be."""
        if message["type"] == "http.response.start":
            self.start = message
            return
        start, self.start = self.start, None
        if start is None:
            return await self.out(message)
        whole = message["type"] == "http.response.body" and not message.get("more_body")
        headers = MutableHeaders(raw=start["headers"])
        if whole and start["status"] == 304:
            self._restore_tag(headers)
        elif whole and start["status"] == 200 and _compressible(headers):
            message = await self._finish(start, headers, message)
        await self.out(start)
        await self.out(message)

    def _restore_tag(self, headers: MutableHeaders) -> None:
        """Name the very tag that the client holds: it may have the plain or the coded bytes."""
        tag = headers.get("etag")
        if tag and self.chosen != IDENTITY and (coded := suffixed(tag, self.chosen)):
            held = {one.removeprefix("W/") for one in self.given}
            headers["ETag"] = coded if coded.removeprefix("W/") in held else tag
        headers.add_vary_header("Accept-Encoding")

    async def _finish(self, start: Message, headers: MutableHeaders, message: Message) -> Message:
        body: bytes = message.get("body", b"")
        headers.add_vary_header("Accept-Encoding")
        if self.scope["method"] in ("GET", "HEAD") and _may_be_tagged(headers):
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            headers["ETag"] = tag
            if {tag, f"W/{tag}", "*"} & set(entity_tags(Headers(scope=self.scope))):
                start["status"] = 304
                del headers["content-length"], headers["content-type"]
                self._restore_tag(headers)
                return {**message, "body": b""}
        if self.chosen == IDENTITY or len(body) < MIN_BYTES:
            return message
        key = None
        tag = headers.get("etag")
        if tag and not tag.startswith("W/"):  # whoever tags wrongly must not mix up two answers
            key = f"{tag} {len(body)} {hash(body)}"
        coded = await self.encoding.packed(self.chosen, key, body)
        if coded is None:
            return message
        headers["Content-Encoding"] = self.chosen
        headers["Content-Length"] = str(len(coded))
        if tag:
            headers["ETag"] = suffixed(tag, self.chosen)
        return {**message, "body": coded}


def _compressible(headers: Headers) -> bool:
    """Whether a coding may be applied: to text, whole, without ranges of bytes."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    closed = {"content-encoding", "accept-ranges", "content-range"} & set(headers.keys())
    return not closed and _TEXT.match(kind) is not None


def _may_be_tagged(headers: Headers) -> bool:
    return "etag" not in headers and "no-store" not in headers.get("cache-control", "no-store")


def suffixed(tag: str, name: str) -> str:
    """Return the entity tag of what has `tag`, in a coding."""
    return f'{tag[:-1]}-{name}"'


def _without_suffix(
    headers: list[tuple[bytes, bytes]], given: list[str], chosen: str
) -> list[tuple[bytes, bytes]]:
    """Return request headers with the tags as the application knows them.

    A tag of another coding matches nothing: its bytes are not what this client would get.
    """
    if not given:
        return headers
    known: list[str] = []
    for tag in given:
        bare, dash, name = tag[:-1].rpartition("-")
        if not dash or name not in CODINGS:
            known.append(tag)
        elif name == chosen:
            known.append(bare + '"')
    kept = [(name, value) for name, value in headers if name != b"if-none-match"]
    return [*kept, (b"if-none-match", ", ".join(known).encode("latin-1"))]
