"""`/reconcile`: the W3C Reconciliation Service API 0.2 over HTTP.

No JSONP: it makes a page run whatever a server sends, and CORS, which 0.2 demands, does without.
"""

import asyncio
from html import escape
from typing import TYPE_CHECKING, Any

import fastapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..ontology import BASE
from ..queries.entities import Entity
from ..queries.names import MAX_TEXT
from ..queries.properties import property_names
from .answers import PUBLIC
from .builds import Build
from .fairness import Turns
from .fields import MAX_LIMIT
from .files import Current, missing, root_of
from .flights import asker
from .problems import HttpProblem
from .reconciler import Reconciler
from .sparql import read_form

if TYPE_CHECKING:
    from ..queries.matching import Matcher

_AT_ONCE, _PLACES = 2, 32  # requests that are worked on, and that wait
_SECONDS = 10.0
_JSON = {"Cache-Control": PUBLIC, "X-Content-Type-Options": "nosniff"}
_FRAMED = {  # a preview is made to be shown in the page of a client
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": PUBLIC,
}


def add_reconcile(app: fastapi.FastAPI, current: Current) -> None:
    """Add the service over the names of the build that is served."""
    routes = _Routes(current)
    # One route for all methods, so that Allow names them; those below describe them.
    app.router.routes.append(Route("/reconcile", routes.any, methods=["GET", "HEAD", "POST"]))
    for path, handler, summary, parameters in (
        ("", routes.endpoint, "Reconciliation API 0.2: manifest, queries", "queries extend"),
        ("/view", routes.view, "An entity: 303 to its page", "id"),
        ("/preview", routes.preview, "An entity as a small page", "id"),
        ("/suggest/{what}", routes.suggest, "Completion of a name", "prefix type cursor limit"),
        ("/flyout/{what}", routes.flyout, "A small preview as JSON", "id"),
        ("/extend/propose", routes.propose, "Properties of a type", "type limit"),
    ):
        app.add_api_route(
            f"/reconcile{path}",
            handler,
            methods=["GET", "HEAD"],
            summary=summary,
            openapi_extra=_described(parameters.split()),
        )
    app.add_api_route("/reconcile", routes.posted, methods=["POST"], summary="The same by a form")


def _described(names: list[str]) -> dict[str, Any]:
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": "string"}} for name in names
        ]
    }


def _matcher(build: Build) -> "Matcher":
    from ..queries.matching import Matcher  # slow to import, so not at the start of the server

    return Matcher(build.names())


class _Routes:
    """The handlers; the index is made when it is first asked for."""

    def __init__(self, current: Current):
        self._current = current
        self._made: dict[str, Reconciler] = {}
        self._making = asyncio.Lock()
        self._turns = Turns(_AT_ONCE, _PLACES, "Other reconciliations take too long.")

    async def service(self) -> Reconciler:
        """Return the service of the build that is current."""
        build = self._current()
        async with self._making:
            if build.digest not in self._made:
                matcher = await asyncio.to_thread(_matcher, build)
                self._made = {build.digest: Reconciler(matcher, build.properties())}
        return self._made[build.digest]

    async def endpoint(self, request: Request) -> Response:
        """Answer GET: the manifest, a batch of queries, or a data extension."""
        asked = _parameters(request, "queries", "extend")
        if asked:
            return await self._answer(request, asked)
        service = await self.service()
        return JSONResponse(service.manifest(_address(request)), headers=_JSON)

    async def any(self, request: Request) -> Response:
        """Answer whatever comes to the endpoint."""
        return await (self.posted if request.method == "POST" else self.endpoint)(request)

    async def posted(self, request: Request) -> Response:
        """Answer POST of a form with a batch of queries or a data extension."""
        asked = _parameters(request, "queries", "extend")
        for name, value in await read_form(request):
            _known(name, asked, ("queries", "extend"))
            asked[name] = value
        if not asked:
            detail = "Send the form field 'queries' or 'extend'."
            raise HttpProblem(400, "no-query", "No query", detail)
        return await self._answer(request, asked)

    async def _answer(self, request: Request, asked: dict[str, str]) -> Response:
        if len(asked) > 1:
            detail = "Send 'queries' or 'extend', not both."
            raise HttpProblem(400, "many-queries", "More than one request", detail)
        service = await self.service()
        work = service.batch if "queries" in asked else service.extend
        async with self._turns.of(asker(request).account, _SECONDS):
            found = await asyncio.to_thread(work, *asked.values())
        kept = PUBLIC if request.method in ("GET", "HEAD") else "no-store"
        return JSONResponse(found, headers={**_JSON, "Cache-Control": kept})

    async def suggest(self, request: Request, what: str) -> Response:
        """Answer a suggest query for entities, properties or types."""
        _kind_of(what)
        asked = _parameters(request, "prefix", "type", "cursor", "limit")
        if "prefix" not in asked:
            raise _unusable("prefix is missing: what somebody has typed so far")
        if len(asked["prefix"]) > MAX_TEXT:
            raise _unusable(f"prefix: at most {MAX_TEXT} characters")
        service = await self.service()
        kind = _type(service, asked)
        skip, limit = _number(asked, "cursor", 0), _number(asked, "limit", 10)
        found = service.suggest(what, asked["prefix"], kind, skip, min(limit, MAX_LIMIT))
        return JSONResponse(found, headers=_JSON)

    async def flyout(self, request: Request, what: str) -> Response:
        """Answer with a small preview, as HTML within JSON, of an entity, a property or a type."""
        _kind_of(what)
        name = _id(request)
        service = await self.service()
        if what == "entity":
            shown = _summary(_entity(service, name))
        else:
            known = property_names() if what == "property" else dict.fromkeys(service.index.types())
            if name not in known:
                raise missing(name)
            shown = f"<p><b>{escape(known[name] or name.capitalize())}</b> ({what})</p>"
        return JSONResponse({"id": name, "html": shown}, headers=_JSON)

    async def preview(self, request: Request) -> Response:
        """Answer with a page of an entity that fits into a small frame."""
        entity = _entity(await self.service(), _id(request))
        body = _summary(entity) + _link(entity, root_of(request))
        page = (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(entity.label)}</title>"
            "<style>body { font: 14px/1.4 system-ui, sans-serif; margin: 8px }</style></head>"
            f"<body>{body}</body></html>\n"
        )
        return HTMLResponse(page, headers=_FRAMED)

    async def view(self, request: Request) -> Response:
        """Redirect to the page of an entity."""
        entity = _entity(await self.service(), _id(request))
        return RedirectResponse(_place(entity, root_of(request)), 303, {"Cache-Control": PUBLIC})

    async def propose(self, request: Request) -> Response:
        """Answer with the properties that can be fetched for a type."""
        asked = _parameters(request, "type", "limit")
        service = await self.service()
        kind, limit = _type(service, asked), _number(asked, "limit", MAX_LIMIT)
        return JSONResponse(service.propose(kind, min(limit, MAX_LIMIT)), headers=_JSON)


def _summary(entity: Entity) -> str:
    others = list(dict.fromkeys(name.text for name in entity.names if name.kind != "related"))[1:9]
    also = f"<p>{escape(', '.join(others))}</p>" if others else ""
    return f"<p><b>{escape(entity.label)}</b> ({escape(entity.type)})</p>{also}"


def _place(entity: Entity, root: str) -> str:
    """Return where an entity is shown: on this host if its IRI is ours, else where it lives."""
    ours = entity.iri.startswith(BASE)
    return f"{root}/{entity.iri.removeprefix(BASE)}" if ours else entity.iri


def _link(entity: Entity, root: str) -> str:
    place = escape(_place(entity, root))
    return f'<p><a href="{place}" target="_blank" rel="noopener">{escape(entity.iri)}</a></p>'


def _address(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/reconcile"


def _parameters(request: Request, *names: str) -> dict[str, str]:
    """Return the parameters of an address; raises `HttpProblem` for others and for repeated ones."""
    asked: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        _known(name, asked, names)
        asked[name] = value
    return asked


def _known(name: str, asked: dict[str, Any], names: tuple[str, ...]) -> None:
    if name == "callback":
        raise _unusable("callback: there is no JSONP here; every answer may be read by CORS")
    if name not in names or name in asked:
        raise _unusable(f"{name[:80]!r} is none of {', '.join(names)}, or is given twice")


def _unusable(what: str) -> HttpProblem:
    return HttpProblem(400, "parameter", "A parameter has no usable value", f"{what}.")


def _number(asked: dict[str, str], name: str, default: int) -> int:
    value = asked.get(name) or str(default)
    if not value.isascii() or not value.isdecimal() or len(value) > 6:
        raise _unusable(f"{name}={value[:40]!r} is no whole number")
    return int(value)


def _type(service: Reconciler, asked: dict[str, str]) -> str:
    kind = asked.get("type", "")
    if kind and kind not in service.index.types():
        raise _unusable(f"type={kind[:40]!r} is none of {', '.join(service.index.types())}")
    return kind


def _kind_of(what: str) -> None:
    if what not in ("entity", "property", "type"):
        raise missing(what)


def _id(request: Request) -> str:
    asked = _parameters(request, "id")
    if "id" not in asked:
        raise _unusable("id is missing")
    return asked["id"]


def _entity(service: Reconciler, iri: str) -> Entity:
    entity = service.index.entities.get(iri)
    if entity is None:
        raise missing(iri)
    return entity
