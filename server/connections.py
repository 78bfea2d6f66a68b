"""HTTP connections that cannot be held open for nothing: deadlines below the web framework.

uvicorn's own protocol waits without end for a request that comes byte by byte, and for a client
that does not read its answer; both hold a connection, the second one also the answer in memory. And
it reads nothing while it makes an answer to a client that has sent more than one request, so it
does not see that such a client goes away.
"""

import asyncio
import contextlib
import fcntl
import json
import resource
import struct
import termios
from collections import Counter
from collections.abc import Container
from http import HTTPStatus
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..ontology import BASE
from .fairness import NOBODY, Budgets

HEAD_SECONDS = 10.0  # for the request line and headers, and for a body that nobody reads
LINGER_SECONDS = 2.0
STALL_SECONDS = 10.0  # in which a client must have taken `STALL_BYTES` of its answer
STALL_BYTES = 160 << 10
MAX_UNREAD = 512 << 20  # bytes of all answers that wait for their clients to read
MAX_AHEAD = 64 << 10  # bytes that a client may send behind a request that is being answered
MAX_WAITING = 500  # connections without a whole request; beyond that the oldest goes
MAX_CONNECTIONS = 2000
_FILES = 2 * MAX_CONNECTIONS + 200


def more_files() -> None:
    """Allow this process the descriptors that `MAX_CONNECTIONS` needs, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 with deadlines, and bounds on what clients hold together."""

    budgets: ClassVar[Budgets | None] = None
    proxies: ClassVar[Container[str | None] | None] = None  # None when no proxy is believed
    _waiting: ClassVar[dict["Connection", None]] = {}  # in the order in which they began to wait
    _unread: ClassVar[dict["Connection", None]] = {}  # by clients, in the order as above
    _open: ClassVar[Counter[str]] = Counter()  # connections by the names of accounts

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._refused = False
        self._head: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._counted = ""
        self.account = NOBODY  # a proxy's, which speaks for others

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a connection, and the clock for its first request."""
        super().connection_made(transport)
        if self.budgets and not (self.proxies and self._client() in self.proxies):
            self.account = self.budgets.account(self.client)
        account = self.account
        if account.budgets:
            self._counted = account.name
            self._open[self._counted] += 1
            if self._open[self._counted] > account.share_of(MAX_CONNECTIONS):
                self._refuse(429, "busy", "The server is busy", "This address has too many open.")
                self.transport.close()
                return
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop every clock."""
        self._expect_nothing()
        self._stop_stall()
        if self._counted:
            self._open.subtract([self._counted])
            if not self._open[self._counted]:
                del self._open[self._counted]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; while they are no request that is being answered, the clock runs."""
        if self._refused:
            return
        super().data_received(data)
        if self._is_answering():
            self._expect_nothing()
            # A whole request has come, and more behind it: read on, to see the client go.
            if self.conn.their_state is h11.DONE and len(self.conn.trailing_data[0]) <= MAX_AHEAD:
                self.flow.resume_reading()
        elif not self._head:
            self._expect_request()

    def on_response_complete(self) -> None:
        """Let the keep-alive clock run, or answer the request that has already come."""
        super().on_response_complete()
        self._expect_nothing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, even one whose client does not read the rest."""
        idle_since = self._last_use() + self.timeout_keep_alive
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
        self._unread[self] = None
        self._make_room()
        if not self.transport.is_closing():
            self._watch(self._left())

    def resume_writing(self) -> None:
        """Stop watching: the client has read nearly all."""
        self._stop_stall()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP with a problem, and close.

        What still comes is read and dropped for a moment: closing on unread bytes would reset the
        connection, and the client might never see the answer.
        """
        self._refuse(400, "http", "Not a valid HTTP request", msg)
        if self._is_answering():  # an earlier part of the same request
            cycle: Any = self.cycle
            cycle.disconnected = True
            cycle.waiting_for_100_continue = False  # nothing but this answer goes out
            cycle.message_event.set()
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _refuse(self, status: int, slug: str, title: str, detail: str) -> None:
        problem = {"type": f"{BASE}problem/{slug}", "title": title, "status": status}
        body = json.dumps({**problem, "detail": detail}).encode()
        headers = [
            ("content-type", "application/problem+json"),
            ("content-length", str(len(body))),
            ("connection", "close"),
            ("access-control-allow-origin", "*"),
            ("cache-control", "no-store"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            reason = HTTPStatus(status).phrase.encode()
            for event in (
                h11.Response(status_code=status, headers=headers, reason=reason),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self._refused = True

    def _client(self) -> str:
        return self.client[0] if self.client else ""

    def _last_use(self) -> float:
        """Return when the connection was last of use, by the clock of the loop."""
        return self.loop.time() if self._stall else 0.0  # the stall clock sees to slow clients

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

    def _make_room(self) -> None:
        """End answers of whoever leaves most unread, the oldest first, until all fit."""
        held: Counter[str] = Counter()
        for one in self._unread:
            held[one._client()] += one.transport.get_write_buffer_size()
        while held.total() > MAX_UNREAD:
            most = held.most_common(1)[0][0]
            oldest = next(one for one in self._unread if one._client() == most)
            held[most] -= oldest.transport.get_write_buffer_size()
            oldest._stop_stall()
            oldest.transport.abort()

    def _left(self) -> int:
        """Return the bytes that the client has not taken: ours, and those that the system holds.

        The system takes megabytes ahead, in steps, so that ours alone would tell little.
        """
        held = bytes(4)
        if peer := self.transport.get_extra_info("socket"):
            with contextlib.suppress(OSError):
                held = fcntl.ioctl(peer.fileno(), termios.TIOCOUTQ, held)
        return self.transport.get_write_buffer_size() + int(struct.unpack("i", held)[0])

    def _watch(self, left: int) -> None:
        self._stall = self.loop.call_later(STALL_SECONDS, self._check_progress, left)

    def _check_progress(self, before: int) -> None:
        left = self._left()
        if left > before - STALL_BYTES:
            self.transport.abort()
        else:
            self._watch(left)

    def _stop_stall(self) -> None:
        self._unread.pop(self, None)
        if self._stall:
            self._stall.cancel()
            self._stall = None
