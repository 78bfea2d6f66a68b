"""Whole answers kept as the bytes that went out, found by the bytes that came in.

A request that is the same to the byte as an earlier one needs no parser, no application and no
engine: the dataset never changes, and an answer that has an entity tag and is public depends on the
request and the dataset alone. What differs between two answers, their date and their id, is put in.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .cache import ByteCache

MAX_HEAD = 8 << 10  # longer requests are rare, and each is a key in memory
MAX_ANSWER = 256 << 10
_END = b"\r\n\r\n"
_BODY = re.compile(rb"\r\n(?:content-length|transfer-encoding|expect|upgrade):", re.IGNORECASE)
_DATE = re.compile(rb"(?<=\r\ndate: )[^\r]*(?=\r\n)", re.IGNORECASE)
_ID = re.compile(rb"(?<=\r\nx-query-id: )[^\r]*(?=\r\n)", re.IGNORECASE)
_PUBLIC = re.compile(rb"\r\ncache-control: public\b", re.IGNORECASE)
_TAGGED = re.compile(rb'\r\netag: "', re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: close", re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """An answer in three parts: its date goes before the second, its id before the third."""

    head: bytes
    middle: bytes
    rest: bytes
    size: int  # of the body, in bytes

    def at(self, date: bytes, identifier: bytes) -> bytes:
        """Return the bytes of the answer at a date, with an id of its own."""
        return b"".join((self.head, date, self.middle, identifier, self.rest))


class Hot:
    """Answers by the bytes of their requests; those of another dataset are forgotten.

    `dataset` returns the digest of what is served now; `note` is told of each hit the request, the
    client's address, and the size of the answer, and returns the id that the answer gets.
    """

    def __init__(
        self, max_bytes: int, dataset: Callable[[], str], note: Callable[[bytes, str, int], str]
    ):
        self.dataset, self.note = dataset, note
        self._kept = ByteCache[Kept](max_bytes)
        self._of = dataset()

    def get(self, request: bytes) -> Kept | None:
        """Return the answer to a request that came before, if it is kept."""
        if self.dataset() != self._of:
            self._kept, self._of = ByteCache[Kept](self._kept.max_bytes), self.dataset()
        return self._kept.get(request)

    def put(self, request: bytes, answer: bytes, dataset: str) -> None:
        """Keep an answer if it may be given again; `dataset` was served when it was begun."""
        if dataset == self._of == self.dataset() and (kept := _kept(answer)):
            self._kept.put(request, kept, len(request) + len(answer))


class Tee:
    """A transport that also keeps what is written, while it is told to and that is not much."""

    def __init__(self, transport: asyncio.Transport):
        self._transport = transport
        self.kept: list[bytes] | None = None
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, as a transport does."""
        if self.kept is not None:
            self._size = len(data) + (self._size if self.kept else 0)
            if self._size <= MAX_ANSWER:
                self.kept.append(data)
            else:
                self.kept = None
        self._transport.write(data)


def is_plain(data: bytes) -> bool:
    """Return whether bytes are one whole GET request without a body, and short.

    Lines that end in LF alone, which a parser may read as well (RFC 9112, section 2.2), are not.
    """
    return (
        data.startswith(b"GET ")
        and len(data) <= MAX_HEAD
        and data.find(_END) == len(data) - len(_END)
        and data.count(b"\n") == data.count(b"\r\n")
        and not _BODY.search(data)
    )


def _kept(answer: bytes) -> Kept | None:
    """Return an answer in parts; None if another one to the same request could differ."""
    end = answer.find(_END) + 2
    head = answer[:end]
    date, identifier = _DATE.search(head), _ID.search(head)
    if not (date and identifier and date.end() < identifier.start()):
        return None
    if not head.startswith(b"HTTP/1.1 200 ") or _CLOSES.search(head) or len(answer) > MAX_ANSWER:
        return None
    if not (_PUBLIC.search(head) and _TAGGED.search(head)):
        return None
    return Kept(
        answer[: date.start()],
        answer[date.end() : identifier.start()],
        answer[identifier.end() :],
        len(answer) - end - 2,
    )
