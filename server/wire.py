"""HTTP connections that cannot be held open for nothing: deadlines below the web framework.

uvicorn's own protocol waits without end for a request that comes byte by byte, and for a client
that does not read its answer; both hold a connection, the second one also the answer in memory.
"""

import asyncio
import json
import resource
import time
from collections.abc import Container
from functools import partial
from typing import Any, ClassVar, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..ontology import BASE
from .answers import OUTCOME
from .exchange import Reply
from .hot import MAX_ANSWER, Hot, Tee, is_plain
from .lane import Lane, Question, Whole
from .observe import Observed

HEAD_SECONDS = 10.0  # for the request line and headers, and for a body that nobody reads
LINGER_SECONDS = 2.0
STALL_SECONDS = 10.0  # in which a client must have read `STALL_BYTES` of its answer
STALL_BYTES = 160 << 10
MAX_WAITING = 500  # connections without a whole request; beyond that the oldest goes
MAX_CONNECTIONS = 2000
_FILES = 2 * MAX_CONNECTIONS + 200


def more_files() -> None:
    """Allow this process the descriptors that `MAX_CONNECTIONS` needs, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Wire(H11Protocol):
    """uvicorn's HTTP/1.1 with deadlines, answers kept as bytes, and a lane for plain queries."""

    hot: ClassVar[Hot | None] = None
    lane: ClassVar[Lane | None] = None
    observed: ClassVar[Observed | None] = None
    proxies: ClassVar[Container[str | None] | None] = None  # None when no proxy is believed
    _waiting: ClassVar[dict["Wire", None]] = {}  # in the order in which they began to wait

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._refused = False
        self._head: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._asked: tuple[bytes, str] | None = None  # what is answered, and over which dataset
        self._last_hit = 0.0
        self._flight: asyncio.Future[Reply] | None = None  # to a request in the lane
        self._later = b""  # what came meanwhile
        self._ends = False

    @classmethod
    def short(
        cls,
        hot: Hot | None,
        lane: Lane | None,
        observed: Observed,
        proxies: Container[str | None] | None = None,
    ) -> type["Wire"]:
        """Return the protocol with answers kept in `hot`, and queries answered by `lane`."""
        own = {"hot": hot, "lane": lane, "observed": observed, "proxies": proxies}
        return type("ShortWire", (cls,), own)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a connection, and the clock for its first request."""
        self._tee = Tee(transport)
        super().connection_made(cast(asyncio.Transport, self._tee))
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop every clock, and what nobody waits for."""
        self._expect_nothing()
        self._stop_stall()
        if self._flight:
            self._flight.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; while they are no request that is being answered, the clock runs."""
        if self._refused:
            return
        if self._flight:
            self._later += data
            self.flow.pause_reading()
        elif not self._given(data):
            self._passed_on(data)

    def shutdown(self) -> None:
        """Close when the answer that is being made is out."""
        if self._flight:
            self._ends = True
        else:
            super().shutdown()

    def _passed_on(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_answering():
            self._expect_nothing()
        elif not self._head:
            self._expect_request()

    def on_response_complete(self) -> None:
        """Let the keep-alive clock run, or answer the request that has already come."""
        if self._asked and self._tee.kept:
            self._learn(*self._asked, self._tee.kept)
        self._asked = self._tee.kept = None
        super().on_response_complete()
        self._expect_nothing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, even one whose client does not read the rest."""
        last = self.loop.time() if self._flight else self._last_hit
        idle_since = last + self.timeout_keep_alive
        if idle_since > self.loop.time():
            self.timeout_keep_alive_task = self.loop.call_at(
                idle_since, self.timeout_keep_alive_handler
            )
            return
        super().timeout_keep_alive_handler()
        self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        """Start to watch a client that reads more slowly than we write."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Stop watching: the client has read nearly all."""
        self._stop_stall()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP with a problem, and close.

        What still comes is read and dropped for a moment: closing on unread bytes would reset the
        connection, and the client might never see the answer.
        """
        problem = {
            "type": f"{BASE}problem/http",
            "title": "Not a valid HTTP request",
            "status": 400,
            "detail": msg,
        }
        body = json.dumps(problem).encode()
        headers = [
            ("content-type", "application/problem+json"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _given(self, data: bytes) -> bool:
        """Answer a request below the application, if that can be; say whether it was taken."""
        # After an answer to a request whose body has not come, what comes is that body.
        begins = self.conn.our_state is self.conn.their_state is h11.IDLE
        if not begins or self.conn.trailing_data[0] or self.flow.write_paused:
            return False
        if self.proxies is not None and self._client() not in self.proxies:
            return False  # the same bytes of a stranger and of the proxy say different things
        if self.hot and (kept := self.hot.get(data)):
            identifier = self.hot.note(data, self._client(), kept.size)
            self.transport.write(kept.at(self._date(), identifier.encode()))
            self._rest()
            return True
        dataset = self.hot.dataset() if self.hot else ""
        room = len(self.connections) < MAX_CONNECTIONS
        if self.lane and room and (question := self.lane.question(data, self.client)):
            self._asked = data, dataset
            self._expect_nothing()
            self._flight = question.ask()
            self._flight.add_done_callback(partial(self._came, question, time.perf_counter()))
            return True
        if is_plain(data):
            self._asked = data, dataset
            self._tee.kept = []
        return False

    def _came(self, question: Question, started: float, came: asyncio.Future[Reply]) -> None:
        """Write the answer to a query of the lane, or let the application find the words."""
        assert self.lane
        self._flight = None
        try:
            seconds = time.perf_counter() - started
            if came.cancelled() and self.transport.is_closing():
                self._note(None, seconds)
                return
            answer = self.lane.answer(question, came)
            if isinstance(answer, Whole):
                self._write(answer, self._note(len(answer.body), seconds))
            else:
                self._tee.kept = []
                state, self.app_state = self.app_state, {**self.app_state, OUTCOME: answer}
                self._passed_on(question.request)
                self.app_state = state
                if self._ends:
                    super().shutdown()
        finally:
            question.leave()
        later, self._later = self._later, b""
        if later:
            self.data_received(later)

    def _note(self, size: int | None, seconds: float) -> bytes:
        """Count a request of the lane; return the id of its answer."""
        assert self.observed and self._asked
        return self.observed.answered(self._asked[0], self._client(), size, seconds).encode()

    def _write(self, answer: Whole, identifier: bytes) -> None:
        head = answer.filled(self._date(), identifier)
        if len(answer.body) <= MAX_ANSWER:
            whole = head + answer.body
            self.transport.write(whole)
            if self.hot and self._asked:
                request, dataset = self._asked
                self.hot.put(request, whole, dataset)
        else:
            self.transport.write(head)
            self.transport.write(answer.body)
        self._asked = None
        if self._ends:
            self.transport.close()
            return
        self._rest()
        self.flow.resume_reading()

    def _learn(self, request: bytes, dataset: str, answer: list[bytes]) -> None:
        """Keep an answer of the application, and how it came about."""
        if self.hot:
            self.hot.put(request, b"".join(answer), dataset)
        if self.lane:
            head, _, _ = answer[0].partition(b"\r\n\r\n")
            self.lane.learn(request, self.headers, head + b"\r\n")

    def _rest(self) -> None:
        """Wait for the next request of this connection, for a while."""
        self._expect_nothing()
        self._last_hit = self.loop.time()
        if not self.timeout_keep_alive_task:
            self.timeout_keep_alive_handler()

    def _client(self) -> str:
        return self.client[0] if self.client else ""

    def _date(self) -> bytes:
        return dict(self.server_state.default_headers).get(b"date", b"")

    def _is_answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever the type says
        return cycle is not None and not cycle.response_complete

    def _expect_request(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        self._waiting[self] = None
        if len(self._waiting) > MAX_WAITING:
            oldest = next(iter(self._waiting))
            oldest._expect_nothing()
            oldest.transport.abort()

    def _expect_nothing(self) -> None:
        self._waiting.pop(self, None)
        if self._head:
            self._head.cancel()
            self._head = None

    def _watch(self, unread: int) -> None:
        self._stall = self.loop.call_later(STALL_SECONDS, self._check_progress, unread)

    def _check_progress(self, before: int) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread > before - STALL_BYTES:
            self.transport.abort()
        else:
            self._watch(unread)

    def _stop_stall(self) -> None:
        if self._stall:
            self._stall.cancel()
            self._stall = None
