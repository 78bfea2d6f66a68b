"""A pool whose queries are answered by a SPARQL 1.1 store elsewhere, with the same limits.

Every query is first read by a worker without data: what is not SPARQL, or a store's own extension,
never leaves. The store's answer is parsed whole and written anew, so that one cut by the store is
an error here too. https://www.w3.org/TR/sparql11-protocol/
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox

from ..ontology import BASE, DCTERMS, GRAPH
from ..queries import Format, ResultTooLarge, holds_word, refuse_extensions, write_result
from .cache import SHORT
from .exchange import QueryFault, QueryTimeout, Reply, Request, StoreFailed, out_of_time
from .fairness import NOBODY, Account, Busy
from .launch import Limits
from .line import Line
from .pool import Pool
from .threads import READING, within

DEFAULT = f"{GRAPH}default"  # stores differ in what their default graph is, so ours has a name
EMPTY = f"{GRAPH}empty"
LOADED = f"{GRAPH}loaded"
LOADED_QUERY = (
    f"SELECT ?digest {{ GRAPH <{LOADED}> {{ <{LOADED}> <{DCTERMS.identifier}> ?digest }} }}"
)
_RAW = 4  # JSON of a result may be larger than the CSV that the limit is about
_ACCEPT = {
    False: "application/sparql-results+json",
    True: "application/n-triples, text/turtle;q=0.9",
}


@dataclass(frozen=True)
class Endpoint:
    """A store, how to sign in, and which dataset of it is CAMI."""

    url: str
    auth: httpx.Auth | None
    digest: str
    named_graphs: tuple[str, ...]


class RemotePool(Pool):
    """Workers that read queries, and a store that answers them."""

    def __init__(self, endpoint: Endpoint, limits: Limits, workers: int, queue: int):
        self._folder = tempfile.TemporaryDirectory(prefix="cami-")
        nothing = Path(self._folder.name) / "empty.nq"
        nothing.write_bytes(b"")
        super().__init__(nothing, limits, workers, queue)
        self.endpoint = endpoint
        self.graphs = frozenset(endpoint.named_graphs)
        self._turns, self._given = Line[int](workers, queue, self._more, limits.seconds), 0
        for _ in range(workers):
            self._more()
        self._client = httpx.AsyncClient(
            auth=endpoint.auth,
            follow_redirects=False,
            trust_env=False,  # no proxy and no password file that nobody asked for
            timeout=None,  # the limit below is for the whole exchange
            limits=httpx.Limits(max_connections=self.most, max_keepalive_connections=workers),
        )

    async def stop(self) -> None:
        """End the workers and the connections."""
        await self._client.aclose()
        await super().stop()
        self._folder.cleanup()

    @property
    def kind(self) -> str:
        """Where the dataset is."""
        return "elsewhere"

    @property
    def running(self) -> int:
        """How many queries the store is working on."""
        return self._turns.working

    @property
    def waiting(self) -> int:
        """How many queries wait for their turn."""
        return self._turns.waiting

    async def ready(self, seconds: float, who: Account = NOBODY) -> None:
        """Return when the store says within `seconds` that it holds this dataset."""
        del who  # it waits in no line
        try:
            async with asyncio.timeout(seconds):
                body = await self._post({"query": LOADED_QUERY}, is_graph=False)
        except TimeoutError:
            raise QueryTimeout(f"The store did not answer in {seconds:g} seconds.") from None
        if self.endpoint.digest not in _digests(body):
            raise StoreFailed("The store no longer holds this dataset.")

    async def ask(self, request: Request, seconds: float | None = None) -> Reply:
        """Return the store's answer to a query; raises what `Pool.ask` raises, and `StoreFailed`."""
        limit = min(seconds or self.limits.seconds, self.limits.seconds)
        deadline = asyncio.get_running_loop().time() + limit
        if len(request.query) <= SHORT:
            refuse_extensions(request.query)
        else:
            await within(READING, refuse_extensions, request.query)
        form = (await super().ask(request._replace(begun=bool), limit)).format
        await self._turn(request, deadline)
        request.begun()
        started = time.monotonic()
        try:
            async with asyncio.timeout_at(deadline):
                # On one line with the query, so that what a store says of lines stays true.
                data = {"query": f"BASE <{BASE}> {request.query}", **self._dataset(request)}
                body = await self._post(data, form.is_graph)
                return await asyncio.to_thread(self._written, body, form)
        except TimeoutError:
            raise out_of_time(limit) from None
        finally:
            request.account.spend(time.monotonic() - started)
            self._turn_over(request)

    def quick(self, request: Request) -> None:
        """Return None: each query waits for its turn at the store."""

    async def _turn(self, request: Request, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.take(request.account.name)
        except TimeoutError:
            raise Busy("The store was not free in time.", self.limits.seconds) from None

    def _turn_over(self, request: Request) -> None:
        self._turns.leave(request.account.name)
        self._turns.give(0)
        if self._given > self.size and self._turns.spare(0) is not None:
            self._given -= 1

    def _more(self) -> None:
        """Let one more query at the store than usual, for a client that has none there."""
        if self._given < self.most:
            self._given += 1
            self._turns.give(0)

    async def _list_graphs(self) -> None:
        """Do nothing: the build says which graphs there are."""

    def _dataset(self, request: Request) -> dict[str, list[str]]:
        """Return the dataset to name: the client's, the query's own, or ours."""
        if request.default_graphs or request.named_graphs:
            known = self.endpoint.named_graphs  # nothing else that a client names is passed on
            default = [iri for iri in request.default_graphs if iri in known]
            named = [iri for iri in request.named_graphs if iri in known]
            return _graphs(default or [EMPTY], named)
        if holds_word(request.query, "FROM"):
            return {}
        return _graphs([DEFAULT], list(self.endpoint.named_graphs))

    async def _post(self, data: dict[str, Any], is_graph: bool) -> bytes:
        headers = {"Accept": _ACCEPT[is_graph], "Accept-Encoding": "identity"}
        try:
            async with self._client.stream(
                "POST", self.endpoint.url, data=data, headers=headers
            ) as response:
                body = await self._read(response)
        except httpx.HTTPError as error:
            raise StoreFailed(f"The store cannot be asked: {type(error).__name__}.") from None
        _check(response, body)
        return body

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _RAW * self.limits.result_bytes:
                raise _too_large(f"The store sent more than {len(body):,} bytes.")
        return bytes(body)

    def _written(self, body: bytes, form: Format) -> Reply:
        try:
            if b'"__ASK_RETVAL"' in body[:200]:
                body = _boolean(body)
            content = write_result(body, form, self.limits.result_bytes)
        except ResultTooLarge as error:
            raise _too_large(str(error)) from None
        except (SyntaxError, ValueError):
            raise StoreFailed("The store's answer is cut or not in the format asked for.") from None
        return Reply(form, content)


def _graphs(default: list[str], named: list[str]) -> dict[str, list[str]]:
    return {"default-graph-uri": default, "named-graph-uri": named}


def _check(response: httpx.Response, body: bytes) -> None:
    """Raise what an answer other than a whole 200 means."""
    status = response.status_code
    if status == 200 and "x-sparql-maxrows" in response.headers:  # Virtuoso cuts, and says so here
        raise _too_large(f"The store gives at most {response.headers['x-sparql-maxrows']} rows.")
    if status == 200 and "x-sql-state" in response.headers:  # Virtuoso: time is up, here is a part
        raise QueryTimeout("The store's own time limit is over.")
    if status == 200:
        return
    words = body[:300].decode("utf-8", "replace").strip().partition("\n")[0]
    if status in (400, 422):
        raise QueryFault("EvaluationError", f"The store refused the query: {words}", {})
    if status in (408, 504):
        raise QueryTimeout("The store's own time limit is over.")
    if status in (429, 503):
        raise Busy("The store is busy.", 5)
    raise StoreFailed(f"The store answered with HTTP status {status}.")


def _too_large(message: str) -> QueryFault:
    return QueryFault("ResultTooLarge", message, {})


def _boolean(body: bytes) -> bytes:
    """Return a boolean result for the row that Virtuoso gives for some ASK queries."""
    found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    held = any(isinstance(term, ox.Literal) and term.value == "1" for row in found for term in row)
    return b'{"head":{},"boolean":true}' if held else b'{"head":{},"boolean":false}'


def _digests(body: bytes) -> set[str]:
    try:
        found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        assert isinstance(found, ox.QuerySolutions)
        terms = [row["digest"] for row in found]
    except (SyntaxError, ValueError):
        return set()
    return {term.value for term in terms if isinstance(term, ox.Literal)}


def loaded_digests(url: str, auth: httpx.Auth | None) -> set[str]:
    """Return the digests of the builds that a store says it holds.

    Raises `StoreFailed` when it cannot be asked.
    """
    headers = {"Accept": _ACCEPT[False]}
    try:
        with httpx.Client(auth=auth, trust_env=False, timeout=30) as client:
            response = client.post(url, data={"query": LOADED_QUERY}, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StoreFailed(f"the store cannot be asked: {error}") from None
    if response.status_code != 200:
        raise StoreFailed(f"the store answered with HTTP status {response.status_code}")
    return _digests(response.content)
