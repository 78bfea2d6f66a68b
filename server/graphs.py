"""`/graphs`: the Graph Store Protocol, read only (https://www.w3.org/TR/sparql11-http-rdf-update/).

The graphs of a build come from its dump, because the engine rewrites literals; others, which are
those of imports and of a file of one's own, from a worker.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from ..queries import GRAPH_FORMATS, Format
from .answers import Answers, ask, reply, tags
from .child import output_of
from .exchange import QueryTimeout, WorkerDied
from .fairness import Account, Turns
from .flights import asker
from .graph_worker import request_for
from .negotiate import field, negotiate
from .parameters import pairs
from .pool import Reply, Request
from .problems import HttpProblem
from .service import Service

_ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_SECONDS, _PLACES = 10.0, 100  # to wait for one's turn, and how many may
_MOST_SECONDS = 60.0  # to read a graph


@dataclass(frozen=True)
class Dump:
    """N-Quads with their exact literals, and the named graphs that they hold, None for all."""

    path: Path
    graphs: frozenset[str] | None

    def holds(self, name: str | None) -> bool:
        """Return whether a graph is in it, None for the default graph."""
        return name is None or self.graphs is None or name in self.graphs


def add_graphs(app: fastapi.FastAPI, answers: Answers, service: Service, dump: Dump | None) -> None:
    """Add the route; graphs that `dump` does not hold are asked of a worker."""
    store = GraphStore(answers, service, dump)
    app.router.routes.append(Route("/graphs", store.read, methods=["GET", "HEAD"]))


class GraphStore:
    """Whole graphs of the dataset."""

    def __init__(self, answers: Answers, service: Service, dump: Dump | None):
        self.answers, self.service, self.dump = answers, service, dump
        # One at a time: the server has other work too.
        self._turns = Turns(1, _PLACES, "Other graphs are being read.")

    async def read(self, http: HttpRequest) -> Response:
        """Return one graph. Raises `HttpProblem` for one that is not there."""
        name, named_format = _asked(pairs(http.scope["query_string"]))
        _, form = negotiate(field(http.headers, "accept"), named_format)
        if form is None:
            raise HttpProblem(
                406, "not-acceptable", "Not acceptable", f"A graph comes as {_names()}."
            )
        census = await self.service.census()
        if name is not None and name not in census.named:
            raise HttpProblem(
                404, "no-graph", "No such graph", "'/sparql' without a query lists the graphs."
            )
        tag = self.answers.entity_tag(f"graph\0{name or ''}\0{form.name}")
        if tags(http) & {tag, "*"}:
            return self.answers.unchanged(http, tag)
        answer = self.answers.cache.get(tag) or await self._graph(http, tag, name, form)
        self.answers.cache.put(tag, answer, len(answer.body))
        return reply(answer, self.answers.headers(http, tag))

    async def _graph(self, http: HttpRequest, tag: str, name: str | None, form: Format) -> Reply:
        if self.dump and self.dump.holds(name):
            return await self._of_dump(asker(http).account, self.dump.path, tag, name, form)
        graphs = () if name is None else (name,)
        return await ask(self.answers.pool, http, Request(_ALL, None, form, graphs))

    async def _of_dump(
        self, account: Account, dump: Path, tag: str, name: str | None, form: Format
    ) -> Reply:
        async with self._turns.of(account, _SECONDS):
            kept = self.answers.cache.get(tag)  # who was before may have read the same
            return kept or await _read(dump, name, form)


def _asked(given: list[tuple[str, str]]) -> tuple[str | None, str | None]:
    """Return the IRI of the graph that is asked for, None for the default graph, and the format."""
    values = dict(given)
    if len(values) < len(given) or values.keys() - {"graph", "default", "format"}:
        raise HttpProblem(
            400, "parameter", "Bad parameters", "Send graph=IRI or default, once, and format."
        )
    if ("graph" in values) == ("default" in values):
        raise HttpProblem(400, "which-graph", "Which graph", "Send either graph=IRI or default.")
    name = values.get("graph")
    if name is not None and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", name):
        raise HttpProblem(400, "iri", "Not an absolute IRI", f"graph={name[:200]!r}")
    return name, values.get("format")


def _names() -> str:
    return ", ".join(form.name for form in GRAPH_FORMATS)


async def _read(dump: Path, name: str | None, form: Format) -> Reply:
    asked = request_for(dump, name, form.name)
    try:
        body = await output_of("cami.server.graph_worker", asked, b"", _MOST_SECONDS)
    except TimeoutError:
        raise QueryTimeout(f"The graph was not read in {_MOST_SECONDS:g} seconds.") from None
    if body is None:
        raise WorkerDied("The graph could not be read.")
    return Reply(form, body)
