"""HTTP connections on which plain queries need no web framework."""

import asyncio
import time
from collections.abc import Container
from functools import partial
from typing import Any, ClassVar, cast

import h11

from .answers import OUTCOME
from .connections import MAX_AHEAD, MAX_CONNECTIONS, Connection
from .exchange import Reply
from .fairness import Budgets
from .hot import MAX_ANSWER, Hot, Tee, is_plain
from .lane import Lane, Question, Whole
from .observe import SPARQL, Observed


class Wire(Connection):
    """A connection with answers kept as bytes, and a lane for plain queries."""

    hot: ClassVar[Hot | None] = None
    lane: ClassVar[Lane | None] = None
    observed: ClassVar[Observed | None] = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._asked: tuple[bytes, str] | None = None  # what is answered, and over which dataset
        self._last_hit = 0.0
        self._flight: asyncio.Future[Reply] | None = None  # to a request in the lane
        self._later = b""  # what came meanwhile
        self._ends = False
        self._idle = False  # seen so, and the parser has been given nothing since

    @classmethod
    def short(
        cls,
        hot: Hot | None,
        lane: Lane | None,
        observed: Observed,
        budgets: Budgets,
        proxies: Container[str | None] | None = None,
    ) -> type["Wire"]:
        """Return the protocol with answers kept in `hot`, and queries answered by `lane`."""
        own = {"hot": hot, "lane": lane, "observed": observed}
        own |= {"budgets": budgets, "proxies": proxies}
        return type("ShortWire", (cls,), own)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a connection whose answers can be learnt."""
        self._out, self._tee = transport, Tee(transport)
        super().connection_made(cast(asyncio.Transport, self._tee))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what nobody waits for."""
        if self._flight:
            self._flight.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes: a request that is answered here, what comes behind it, or anything else."""
        if self._refused:
            return
        if self._flight:
            self._later += data
            if len(self._later) > MAX_AHEAD:
                self.flow.pause_reading()
        elif not self._given(data):
            self._parse(data)

    def shutdown(self) -> None:
        """Close when the answer that is being made is out."""
        if self._flight:
            self._ends = True
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        """Keep what went out, if it may be kept."""
        if self._asked and self._tee.kept:
            self._learn(*self._asked, self._tee.kept)
        self._asked = self._tee.kept = None
        super().on_response_complete()

    def _given(self, data: bytes) -> bool:
        """Answer a request below the application, if that can be; say whether it was taken."""
        if self.flow.write_paused or not (self._idle or self._may_begin()):
            return False
        self._idle = True
        if self.proxies is not None and self._client() not in self.proxies:
            return False  # the same bytes of a stranger and of the proxy say different things
        if self.hot and (kept := self.hot.get(data)):
            self._expect_nothing()
            identifier = self.hot.note(data, self._client(), kept.size)
            self._out.write(kept.at(self._date(), identifier.encode()))
            self._rest()
            return True
        dataset = self.hot.dataset() if self.hot else ""
        room = len(self.connections) < MAX_CONNECTIONS
        if self.lane and room and (question := self.lane.question(data, self.account)):
            self._asked = data, dataset
            self._expect_nothing()
            self._flight = question.ask()
            self._flight.add_done_callback(partial(self._came, question, time.perf_counter()))
            return True
        if is_plain(data):
            self._asked = data, dataset
            self._tee.kept = []
        return False

    def _parse(self, data: bytes) -> None:
        self._idle = False
        super().data_received(data)

    def _may_begin(self) -> bool:
        """Return whether what comes is a request."""
        # After an answer to a request whose body has not come, it is that body.
        begins = self.conn.our_state is self.conn.their_state is h11.IDLE
        return begins and not self.conn.trailing_data[0]

    def _came(self, question: Question, started: float, came: asyncio.Future[Reply]) -> None:
        """Write the answer to a query of the lane, or let the application find the words."""
        assert self.lane
        self._flight = None
        try:
            seconds = time.perf_counter() - started
            if self._out.is_closing():  # the answer may have come in the same moment
                if not came.cancelled():
                    came.exception()  # else it is logged as one that nobody looked at
                self._note(None, seconds)
                return
            answer = self.lane.answer(question, came)
            if isinstance(answer, Whole):
                self._write(answer, self._note(len(answer.body), seconds))
            else:
                self._tee.kept = []
                state, self.app_state = self.app_state, {**self.app_state, OUTCOME: answer}
                self._parse(question.request)
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
        assert self.observed
        return self.observed.answered(SPARQL, self._client(), size, seconds).encode()

    def _write(self, answer: Whole, identifier: bytes) -> None:
        head = answer.filled(self._date(), identifier)
        if len(answer.body) <= MAX_ANSWER:
            whole = head + answer.body
            self._out.write(whole)
            if self.hot and self._asked:
                request, dataset = self._asked
                self.hot.put(request, whole, dataset)
        else:
            self._out.write(head)
            self._out.write(answer.body)
        self._asked = None
        if self._ends:
            self._out.close()
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
        self._last_hit = self.loop.time()
        if not self.timeout_keep_alive_task:
            self.timeout_keep_alive_handler()

    def _last_use(self) -> float:
        if self._flight:
            return self.loop.time()
        return max(self._last_hit, super()._last_use())

    def _date(self) -> bytes:
        for name, value in self.server_state.default_headers:
            if name == b"date":
                return value
        return b""
