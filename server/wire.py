"""HTTP connections that cannot be held open for nothing: deadlines below the web framework.

uvicorn's own protocol waits without end for a request that comes byte by byte, and for a client
that does not read its answer; both hold a connection, the second one also the answer in memory.
"""

import asyncio
import json
import resource
from typing import Any, ClassVar, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..ontology import BASE
from .hot import Hot, is_plain

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


class _Tee:
    """A transport that also keeps what is written, while it is told to."""

    def __init__(self, transport: asyncio.Transport):
        self._transport = transport
        self.kept: list[bytes] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, as a transport does."""
        if self.kept is not None:
            self.kept.append(data)
        self._transport.write(data)


class Wire(H11Protocol):
    """uvicorn's HTTP/1.1 with deadlines for senders and readers, and answers kept as bytes."""

    hot: ClassVar[Hot | None] = None
    _waiting: ClassVar[dict["Wire", None]] = {}  # in the order in which they began to wait

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._refused = False
        self._head: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._asked: tuple[bytes, str] | None = None  # what is answered, and over which dataset
        self._last_hit = 0.0

    @classmethod
    def keeping(cls, hot: Hot) -> type["Wire"]:
        """Return the protocol with answers kept in `hot`."""
        return type("KeepingWire", (cls,), {"hot": hot})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a connection, and the clock for its first request."""
        self._tee = _Tee(transport)
        super().connection_made(cast(asyncio.Transport, self._tee))
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop every clock."""
        self._expect_nothing()
        self._stop_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; while they are no request that is being answered, the clock runs."""
        if self._refused or self._given(data):
            return
        super().data_received(data)
        if self._is_answering():
            self._expect_nothing()
        elif not self._head:
            self._expect_request()

    def on_response_complete(self) -> None:
        """Let the keep-alive clock run, or answer the request that has already come."""
        if self.hot and self._asked and self._tee.kept:
            request, dataset = self._asked
            self.hot.put(request, b"".join(self._tee.kept), dataset)
        self._asked = self._tee.kept = None
        super().on_response_complete()
        self._expect_nothing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, even one whose client does not read the rest."""
        idle_since = self._last_hit + self.timeout_keep_alive
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
        """Answer from what is kept, if bytes are a request that came before; say whether it was."""
        if self.hot is None or self._is_answering() or self.conn.trailing_data[0]:
            return False
        kept = None if self.flow.write_paused else self.hot.get(data)
        if kept is None:
            if is_plain(data):
                self._asked, self._tee.kept = (data, self.hot.dataset()), []
            return False
        date = dict(self.server_state.default_headers).get(b"date", b"")
        identifier = self.hot.note(data, self.client[0] if self.client else "", kept.size)
        self.transport.write(kept.at(date, identifier.encode()))
        self._expect_nothing()
        self._last_hit = self.loop.time()
        if not self.timeout_keep_alive_task:
            self.timeout_keep_alive_handler()
        return True

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
