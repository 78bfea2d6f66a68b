"""Linked data: each IRI of ours leads to a page or to data, on any host (Cool URIs, 303).

https://www.w3.org/TR/cooluris/#r303gendocument
"""

import hashlib
import json
import re

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from ..queries.formats import FORMATS, GRAPH_FORMATS, Format
from .answers import ask, reply
from .description import describe_query, exists_query, graph_query
from .files import Current, missing, not_modified, root_of
from .negotiate import entity_tags, field, negotiate, prefers_html
from .pool import Pool, Request
from .problems import HttpProblem
from .site.frame import language
from .site.known import Known
from .site.static import digest as site_digest
from .site.thing import MEDIA, iri_of
from .site.thing_route import thing_response

_PATH = re.compile(r"[A-Za-z0-9][\w.:-]*(/[A-Za-z0-9][\w.:-]*)*", re.ASCII)
_NAMES = {form.extension: form.name for form in GRAPH_FORMATS}
_ENDINGS = {name: ending for ending, name in _NAMES.items()}
_VARY = {"Vary": "Accept"}
MAX_OFFSET = 1_000_000


def add_linked_data(app: fastapi.FastAPI, pool: Pool, current: Current, known: Known) -> None:
    """Add the routes of things, graphs and the dataset to an application."""
    things = _Things(pool, current, known)
    routes = {
        "/id/{path:path}": (things.redirect, "A thing: 303 to its page or to its data"),
        "/graph/{path:path}": (things.redirect_graph, "A named graph: 303 to page or data"),
        "/dataset": (things.dataset, "The dataset: 303 to its description"),
        "/dataset/{path:path}": (things.dataset_part, "A part of the description: 303 to it"),
        "/data/{path:path}": (things.data, "What is said of a thing, in every RDF format"),
        "/page/{path:path}": (things.page, "What is said of a thing, as a page"),
    }
    for path, (handler, summary) in routes.items():
        app.add_api_route(path, handler, methods=["GET", "HEAD"], summary=summary)


class _Things:
    """The handlers; each asks the pool at most two queries."""

    def __init__(self, pool: Pool, current: Current, known: Known):
        self.pool, self.current, self.known = pool, current, known

    async def redirect(self, request: HttpRequest, path: str) -> Response:
        """Return 303 from a thing to its page or data; raises 404 for a thing that is not there."""
        stem, ending = _split(path)
        await self._demand(request, stem)
        return _see_other(request, stem, ending)

    async def redirect_graph(self, request: HttpRequest, path: str) -> Response:
        """Return 303 from a named graph to its page or to its triples."""
        stem, ending = _split(path)
        self._demand_graph(stem)
        return _see_other(request, f"graph/{stem}", ending)

    async def dataset(self, request: HttpRequest) -> Response:
        """Return 303 to the page of the files, or to the description as data."""
        html = prefers_html(field(request.headers, "accept"))
        where = "/dumps/" if html else "/.well-known/void"
        return RedirectResponse(f"{root_of(request)}{where}", 303, _VARY)

    async def dataset_part(self, request: HttpRequest, path: str) -> Response:
        """Return what `dataset` does, whatever part is named."""
        del path
        return await self.dataset(request)

    async def data(self, request: HttpRequest, path: str) -> Response:
        """Return the description of a thing, or the triples of a graph."""
        stem, ending = _split(path)
        if ending == "html":
            raise missing(path)
        form = _graph_format(request, ending)
        etag = self._etag(stem, form.name)
        headers = self._data_headers(request, stem, ending, form)
        if answer := await self._unchanged(request, etag, headers, stem):
            return answer
        await self._demand(request, stem)
        graph = stem.startswith("graph/")
        text = graph_query(iri_of(stem)) if graph else describe_query(iri_of(stem))
        response = reply(await ask(self.pool, request, Request(text, None, form)))
        response.headers.update({**headers, "ETag": etag})
        return response

    async def page(self, request: HttpRequest, path: str, offset: str = "0") -> Response:
        """Return the page of a thing; `offset` skips links to it."""
        if not offset.isdecimal() or len(offset) > 7 or int(offset) > MAX_OFFSET:
            detail = f"offset={offset[:40]!r} is not a whole number up to {MAX_OFFSET:,}."
            raise HttpProblem(400, "parameter", "A parameter has no usable value", detail)
        if not _PATH.fullmatch(path):
            raise missing(path)
        root, asked = root_of(request), request.scope["query_string"].decode("latin-1")
        etag = self._etag(path, f"html {asked} {root} {site_digest()}")  # links hold what is asked
        headers = {"Cache-Control": "no-cache", "Link": _link_header(root, path), **_VARY}
        headers["ETag"] = etag
        if answer := await self._unchanged(request, etag, headers, path):
            return answer
        labels = (await self.known.read()).labels
        return await thing_response(request, self.pool, labels, path, int(offset), headers)

    async def _unchanged(
        self, request: HttpRequest, etag: str, headers: dict[str, str], stem: str
    ) -> Response | None:
        """Return 304 or None; who holds a tag has seen the thing, but `*` may mean nothing."""
        if entity_tags(request.headers) == ["*"]:
            await self._demand(request, stem)
        return not_modified(request, etag, headers)

    async def _demand(self, request: HttpRequest, stem: str) -> None:
        if stem.startswith("graph/"):
            return self._demand_graph(stem.removeprefix("graph/"))
        asked = Request(exists_query(iri_of(stem)), FORMATS["json"], None)
        answer = await ask(self.pool, request, asked)
        if not json.loads(answer.body)["boolean"]:
            raise missing(stem)

    def _demand_graph(self, name: str) -> None:
        if name not in self.current().manifest["graphs"]:
            raise missing(f"graph/{name}")

    def _etag(self, path: str, form: str) -> str:
        build = self.current()
        text = f"{build.manifest['version']} {build.digest} {self.pool.kind} {form} {path}"
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'

    def _data_headers(
        self, request: HttpRequest, stem: str, ending: str, form: Format
    ) -> dict[str, str]:
        root = root_of(request)
        headers = {"Cache-Control": "no-cache", "Link": _link_header(root, stem), **_VARY}
        if not ending:
            headers |= {"Content-Location": f"{root}/data/{stem}.{_ENDINGS[form.name]}"}
        return headers


def _split(path: str) -> tuple[str, str]:
    """Return a path and the ending that names a format, "" without one; slugs hold dots too."""
    stem, _, ending = path.rpartition(".")
    if not stem or ending not in {*_NAMES, "html"}:
        stem, ending = path, ""
    if not _PATH.fullmatch(stem):
        raise missing(path)
    return stem, ending


def _graph_format(request: HttpRequest, ending: str) -> Format:
    named = _NAMES.get(ending) or request.query_params.get("format")
    _, form = negotiate(field(request.headers, "accept"), named)
    if form is None:
        raise HttpProblem(406, "not-acceptable", "Not acceptable", "This is RDF: ask for a graph.")
    return form


def _see_other(request: HttpRequest, stem: str, ending: str) -> Response:
    root = root_of(request)
    named = request.query_params.get("format")
    html = prefers_html(field(request.headers, "accept")) and not named
    if ending == "html" or (not ending and html):
        lang = language(request)
        where = f"{root}/page/{stem}{'' if lang == 'en' else f'?lang={lang}'}"
    else:
        where = f"{root}/data/{stem}.{ending or _ENDINGS[_graph_format(request, ending).name]}"
    return RedirectResponse(where, 303, {**_VARY, "Link": _link_header(root, stem)})


def _link_header(root: str, stem: str) -> str:
    """Return the links of a thing: its page, its data in each format, and the thing (RFC 8288)."""
    data = [
        f'<{root}/data/{stem}.{ending}>; rel="alternate describedby"; type="{kind}"'
        for ending, (_, kind) in MEDIA.items()
    ]
    page = f'<{root}/page/{stem}>; rel="alternate"; type="text/html"'
    return ", ".join([*data, page, f'<{iri_of(stem)}>; rel="describes"'])
