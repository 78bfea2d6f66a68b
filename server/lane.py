"""Queries that come as plain GET requests, answered below the web framework.

Parser, middleware and framework cost several times what a look-up costs the engine. What they make
of such a request depends on its headers, and what they put around an answer on its format and
coding: both are learnt from answers that they gave. Whatever was not seen before, and whatever is
not a whole answer, goes their way.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..queries.formats import Format
from .answers import Answers, Outcome
from .cache import SHORT
from .encoding import IN_LOOP, MIN_BYTES, encode, suffixed
from .exchange import Reply, Request, WorkerDied
from .fairness import Account
from .negotiate import CODINGS, IDENTITY, coding, negotiate, prefers_html
from .parameters import decoded
from .problems import HANDLED
from .sparql import check

MAX_LEARNT = 500  # blocks of headers, and heads of answers; each is at most a few kilobytes
_LINE = re.compile(rb"GET /sparql\?query=([!$%'-~]{1,8000}) HTTP/1\.1\r\n")  # nothing beside it
# The headers on which nothing depends that is not looked at here.
_SIMPLE = frozenset(
    b"host user-agent accept accept-encoding accept-language connection cache-control pragma"
    b" origin referer dnt sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc"
    b" sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform priority upgrade-insecure-requests".split()
)
_KIND = re.compile(rb"\r\ncontent-type: ([^\r]*)\r\n", re.IGNORECASE)
_CODED = re.compile(rb"\r\ncontent-encoding: ", re.IGNORECASE)
_BARRED = re.compile(rb"\r\n(?:transfer-encoding: |connection: close)", re.IGNORECASE)
_FIELDS = re.compile(rb"\r\n(date|etag|content-length|x-query-id): ([^\r]*)(?=\r\n)", re.IGNORECASE)
_Headers = list[tuple[bytes, bytes]]
_Value = TypeVar("_Value")


class _Learnt(OrderedDict[Any, _Value], Generic[_Value]):
    """What was learnt last."""

    def learn(self, key: Any, value: _Value) -> None:
        self[key] = value
        self.move_to_end(key)
        if len(self) > MAX_LEARNT:
            self.popitem(last=False)


@dataclass(frozen=True)
class _Manner:
    """What a block of headers asks for."""

    results: Format | None
    graph: Format | None
    coding: str


@dataclass(eq=False, slots=True, repr=False)  # what a client sent is in no log
class Question:
    """A query that can be answered here, and by what."""

    request: bytes
    block: bytes
    manner: _Manner
    asked: Request
    tag: str
    answers: Answers
    entered: AbstractContextManager[Answers]

    def ask(self) -> asyncio.Future[Reply]:
        """Return the answer to come."""
        return self.answers.begin(self.asked, self.tag)

    def leave(self) -> None:
        """Let the build that answers go."""
        self.entered.__exit__(None, None, None)


@dataclass(eq=False, slots=True)
class Whole:
    """A whole answer: `filled` puts date and id into its head."""

    head: bytes
    tag: bytes
    body: bytes

    def filled(self, date: bytes, identifier: bytes) -> bytes:
        """Return the head of the answer."""
        return self.head % {
            b"date": date,
            b"etag": self.tag,
            b"content-length": b"%d" % len(self.body),
            b"x-query-id": identifier,
        }


class Lane:
    """Learns how plain GET requests are answered, and then answers them.

    What `learn` is given is plain (`hot.is_plain`), so what has the same headers is, too.

    `enter` gives the answers of the build that is served now, kept in service until its context
    ends.
    """

    def __init__(self, enter: Callable[[], AbstractContextManager[Answers]]):
        self._enter = enter
        self._manners = _Learnt[_Manner]()
        self._heads = _Learnt[bytes]()

    def question(self, data: bytes, account: Account) -> Question | None:
        """Return the query in a request, whose `entered` must be left; None for another's work."""
        line = _LINE.match(data)
        block = data[line.end() :] if line else b""
        manner = self._manners.get(block)
        if line is None or manner is None:
            return None
        try:
            query = decoded(line[1].replace(b"+", b" "))
        except UnicodeDecodeError:
            return None
        if len(query) > SHORT:
            return None
        asked = Request(query, manner.results, manner.graph, account=account)
        entered = self._enter()
        answers = entered.__enter__()
        if not (tag := _tag(answers, asked)):
            entered.__exit__(None, None, None)
            return None
        return Question(data, block, manner, asked, tag, answers, entered)

    def answer(self, question: Question, came: asyncio.Future[Reply]) -> Whole | Outcome:
        """Return a whole answer, or what came of the query for others to put into words."""
        error = WorkerDied("The query was given up.") if came.cancelled() else came.exception()
        if isinstance(error, Exception):  # the application logs what it has no words for
            return Outcome(question.answers, error)
        reply, manner = came.result(), question.manner
        coded = manner.coding != IDENTITY and len(reply.body) >= MIN_BYTES
        head = self._heads.get((question.block, reply.format.content_type, coded))
        if head is None or (coded and len(reply.body) > IN_LOOP):
            return Outcome(question.answers, reply)
        return _whole(head, question, reply, coded)

    def learn(self, request: bytes, headers: _Headers, head: bytes) -> None:
        """Take note of how a request was answered; `head` is that of the answer."""
        line, kind = _LINE.match(request), _KIND.search(head)
        if not (line and kind and head.startswith(b"HTTP/1.1 200 ")) or _BARRED.search(head):
            return
        manner, form = _manner(headers), _form(head)
        if manner and form:
            block = request[line.end() :]
            self._manners.learn(block, manner)
            self._heads.learn(
                (block, kind[1].decode("latin-1"), _CODED.search(head) is not None), form
            )


def _tag(answers: Answers, asked: Request) -> str | None:
    try:
        check(asked.query, answers.pool.graphs, answers.pool.limits.services)
    except HANDLED:
        return None
    return answers.tag(asked)


def _whole(head: bytes, question: Question, reply: Reply, coded: bool) -> Whole:
    name = question.manner.coding
    if not coded:
        return Whole(head, question.tag.encode(), reply.body)
    return Whole(head, suffixed(question.tag, name).encode(), encode(name, reply.body))


def _manner(headers: _Headers) -> _Manner | None:
    """Return what headers ask for; None when more may depend on them than is looked at."""
    given = dict(headers)
    if len(given) != len(headers) or not _SIMPLE.issuperset(given):
        return None
    if given.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    accept, encodings = given.get(b"accept"), given.get(b"accept-encoding")
    kinds = None if accept is None else accept.decode("latin-1")
    chosen = coding(None if encodings is None else encodings.decode("latin-1"))
    if prefers_html(kinds) or chosen not in (IDENTITY, *CODINGS):
        return None
    return _Manner(*negotiate(kinds), chosen)


def _form(head: bytes) -> bytes | None:
    """Return the head of an answer as a format, with names where the values that change stand."""
    named = sorted(found[1].lower() for found in _FIELDS.finditer(head))
    if named != [b"content-length", b"date", b"etag", b"x-query-id"]:
        return None
    form = _FIELDS.sub(
        lambda found: b"\r\n%s: %%(%s)b" % (found[1], found[1].lower()), head.replace(b"%", b"%%")
    )
    return form + b"\r\n"
