"""Query answers as HTTP responses: entity tags, 304 before any worker is asked, and kept bytes."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as installed_version

import pyoxigraph as ox
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..queries.stability import Stability, stability
from .cache import ByteCache, remember
from .flights import Asker, Flights, ask, ask_for, asker
from .negotiate import entity_tags
from .pool import Pool, Reply, Request

__all__ = ["OUTCOME", "PUBLIC", "Answers", "Dataset", "Outcome", "ask", "reply", "tags"]

_PROGRAM = f"{installed_version('cami')}\n{ox.__version__}"  # what serialises
_stability = remember(stability)
MAX_AGE = 300  # seconds: how long a client may show an answer after the dataset was changed
PUBLIC = f"public, max-age={MAX_AGE}"
OUTCOME = "cami.outcome"  # where a request carries an `Outcome`, in the state of its scope
_SAFE = ("GET", "HEAD", "QUERY")  # POST has no representation of its own to tag


@dataclass(frozen=True)
class Dataset:
    """What is served: `digest` names its bytes, its order and the labels of its blank nodes.

    `repeats` says whether the engine gives the same answer in the same order every time.
    """

    digest: str
    licence: str | None = None
    repeats: bool = True


@dataclass(frozen=True)
class Outcome:
    """What came of a query that was asked before its request reached the application."""

    of: "Answers"
    came: Reply | Exception

    def reply(self) -> Reply:
        """Return the answer, or raise what came instead."""
        if isinstance(self.came, Exception):
            raise self.came
        return self.came


class Answers:
    """Answers from a pool, each with an entity tag; those of one dataset are kept in memory.

    Put another `dataset` in its place when the pool serves other data: all tags change with it.
    `count` is told of each answer whether it was `unchanged`, from the `cache`, `shared` with who
    asked the same at the same time, or of a `worker`.
    """

    def __init__(
        self, pool: Pool, dataset: Dataset, cache: ByteCache[Reply], count: Callable[[str], None]
    ):
        self.pool, self.dataset, self.cache, self.count = pool, dataset, cache, count
        self._flights = Flights(pool)

    async def answer(self, http: HttpRequest, request: Request) -> Response:
        """Return the answer to a query; raises what `Pool.ask` raises, and `ClientDisconnect`."""
        tag = self.tag(request)
        if tag and http.method in _SAFE and tag in tags(http):
            self.count("unchanged")
            return self.unchanged(http, tag)
        answer = await self._found(http, request, tag)
        if tag and http.method in _SAFE and "*" in tags(http):
            return self.unchanged(http, tag)
        return reply(answer, self.headers(http, tag))

    async def find(self, http: HttpRequest, request: Request) -> Reply:
        """Return the bytes of an answer, from memory if they are there; raises what `ask` raises."""
        return await self._found(http, request, self.tag(request))

    async def _found(self, http: HttpRequest, request: Request, tag: str | None) -> Reply:
        outcome = http.scope.get("state", {}).get(OUTCOME)
        if isinstance(outcome, Outcome) and outcome.of is self:
            return outcome.reply()
        return await self.found(asker(http), request, tag)

    def begin(self, request: Request, tag: str) -> "asyncio.Future[Reply]":
        """Return the answer to come as `found` does, by the short way if that can be."""
        if not self.cache.max_bytes:
            quick = self.pool.quick(request)
        elif kept := self.cache.get(tag):
            quick = asyncio.get_running_loop().create_future()
            quick.set_result(kept)
            self.count("cache")
            return quick
        elif quick := self._flights.begin(tag, request):
            quick.add_done_callback(partial(self._keep, tag))
        if not quick:
            return asyncio.ensure_future(self.found(Asker(request.account), request, tag))
        self.count("worker")
        return quick

    def _keep(self, tag: str, came: "asyncio.Future[Reply]") -> None:
        if not came.cancelled() and not came.exception():
            self.cache.put(tag, came.result(), len(came.result().body))

    async def found(self, who: Asker, request: Request, tag: str | None) -> Reply:
        """Return an answer by its tag; who keeps no answers shares none either.

        Raises what `Pool.ask` raises, and `ClientDisconnect`.
        """
        if tag is None or not self.cache.max_bytes:
            self.count("worker")
            return await ask_for(who, self.pool, request)
        if kept := self.cache.get(tag):
            self.count("cache")
            return kept
        answer, shared = await self._flights.ask(tag, who, request)
        self.count("shared" if shared else "worker")
        self.cache.put(tag, answer, len(answer.body))
        return answer

    def tag(self, request: Request) -> str | None:
        """Return the entity tag of the answer to a request; None when each answer is its own.

        It names dataset, formats and request, and the program that serialises.
        """
        alike = _stability(request.query)
        if alike is Stability.NONE:
            return None
        default, named = request.default_graphs, request.named_graphs
        graphs = (*sorted(set(default)), "", *sorted(set(named))) if default or named else ("",)
        parts = (
            str(len(request.query)),  # so that nothing in it is taken for what follows
            request.query,
            request.results.name if request.results else "",
            request.graph.name if request.graph else "",
            *graphs,
        )
        strong = self.entity_tag("\n".join(parts))
        exact = self.dataset.repeats and alike is Stability.SAME_BYTES
        return strong if exact else f"W/{strong}"

    def entity_tag(self, what: str) -> str:
        """Return a strong entity tag for something that the dataset decides."""
        names = f"{self.dataset.digest}\n{_PROGRAM}\n{what}".encode("utf-8", "surrogatepass")
        return f'"{hashlib.sha256(names).hexdigest()[:32]}"'

    def headers(self, http: HttpRequest, tag: str | None, max_age: str = PUBLIC) -> dict[str, str]:
        """Return the headers that say how an answer may be kept, and what describes it."""
        kept = {"Cache-Control": max_age if tag else "no-store", "Vary": "Accept"}
        if tag and http.method in _SAFE:
            kept["ETag"] = tag
        return {**kept, "Link": self.links(http), "X-Content-Type-Options": "nosniff"}

    def links(self, http: HttpRequest) -> str:
        """Return links to the service description, the version of the dataset, and its licence."""
        root = http.scope.get("root_path", "")
        links = [f'<{root}/sparql>; rel="service-desc"', f'<{root}/version>; rel="describedby"']
        if self.dataset.licence:
            links.append(f'<{self.dataset.licence}>; rel="license"')
        return ", ".join(links)

    def unchanged(self, http: HttpRequest, tag: str) -> Response:
        """Return 304, with the headers that the whole answer would have."""
        return Response(status_code=304, headers=self.headers(http, tag))


def tags(http: HttpRequest) -> set[str]:
    """Return the entity tags of If-None-Match, strong and weak form of each (RFC 9110 13.1.2)."""
    bare = {one.removeprefix("W/") for one in entity_tags(http.headers)}
    return bare | {f"W/{one}" for one in bare if one != "*"}


def reply(answer: Reply, headers: dict[str, str] | None = None) -> Response:
    """Return a complete answer as an HTTP response."""
    given = {"Vary": "Accept", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return Response(answer.body, headers={**given, "Content-Type": answer.format.content_type})
