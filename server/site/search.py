"""`/search`: things by any of their names, as a page and as suggestions while one types."""

from dataclasses import dataclass

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from ...graph.tables import natural
from ...queries.entities import CONGRUENT
from ...queries.names import NameIndex, Suggestion
from ..answers import PUBLIC
from ..files import root_of
from ..problems import HttpProblem
from .frame import Links, language, page
from .kinds import KINDS
from .known import Known, Read
from .thing import Shown, path_of

MAX_TEXT = 200
PAGE = 50
SUGGESTED = 8


@dataclass(frozen=True)
class Hit:
    """A thing that was found, by which name, and how that name relates to it."""

    thing: Shown
    kind: str
    name: Shown
    how: str


def add_search(app: fastapi.FastAPI, known: Known) -> None:
    """Add the search page and the suggestions to an application."""

    @app.api_route("/search", methods=["GET", "HEAD"], include_in_schema=False)
    async def search(  # pyright: ignore[reportUnusedFunction]
        request: HttpRequest, q: str = "", type: str = "", offset: str = "0"
    ) -> Response:
        start = _offset(offset)
        _check(q)
        return _page(request, await known.read(), q.strip(), type, start)

    @app.api_route(
        "/search/suggestions", methods=["GET", "HEAD"], summary="Things whose names begin so"
    )
    async def suggestions(request: HttpRequest, q: str = "") -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        _check(q)
        read, links = await known.read(), Links(root_of(request), language(request))
        hits = [_hit(one, read, links) for one in _found(read.names, q.strip(), "")[:SUGGESTED]]
        listed = [
            {
                "label": hit.thing.text,
                "href": hit.thing.href,
                "kind": hit.kind,
                "name": hit.name.text,
            }
            for hit in hits
        ]
        return JSONResponse({"suggestions": listed}, headers={"Cache-Control": PUBLIC})


def _check(text: str) -> None:
    if len(text) > MAX_TEXT:
        detail = f"q has {len(text):,} characters; at most {MAX_TEXT} are looked up."
        raise HttpProblem(400, "parameter", "A parameter has no usable value", detail)


def _offset(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        detail = f"offset={text[:40]!r} is not a whole number."
        raise HttpProblem(400, "parameter", "A parameter has no usable value", detail)
    return int(text)


def _page(request: HttpRequest, read: Read, text: str, kind: str, start: int) -> Response:
    index, links = read.names, Links(root_of(request), language(request))
    if kind and kind not in KINDS:
        detail = f"type={kind[:40]!r} is not one of {', '.join(index.types())}."
        raise HttpProblem(400, "parameter", "A parameter has no usable value", detail)
    every = _found(index, text, "")
    counts = dict.fromkeys(index.types(), 0)
    for found in every:
        counts[found.entity.type] += 1
    chosen = [one for one in every if not kind or one.entity.type == kind]
    shown = [_hit(one, read, links) for one in chosen[start : start + PAGE]]
    return page(
        request,
        "search.html.j2",
        title=text or (KINDS[kind][1] if kind else "Search"),
        asked=text,
        kind=kind,
        kinds=[(one, KINDS[one][1], count) for one, count in counts.items() if count],
        hits=shown if text or kind else [],
        total=len(every),
        count=len(chosen),
        start=start,
        before=max(0, start - PAGE),
        after=start + PAGE if start + PAGE < len(chosen) else 0,
        headers={"Cache-Control": PUBLIC, "X-Robots-Tag": "noindex"},
    )


def _found(index: NameIndex, text: str, kind: str) -> list[Suggestion]:
    """Return what a text leads to; without a text, every entity by its label."""
    if text:
        return index.suggest(text, [kind] if kind else [], limit=len(index.entities))
    all_of = [one for one in index.entities.values() if not kind or one.type == kind]
    all_of.sort(key=lambda one: (one.iri.startswith(_ENDED), natural(one.iri)))
    return [Suggestion(one, one.names[0]) for one in all_of]


_ENDED = tuple(f"https://w3id.org/cami/id/{kind}/pow-2014-2020" for kind in ("activity", "section"))


def _hit(found: Suggestion, read: Read, links: Links) -> Hit:
    entity, name = found.entity, found.name
    label = read.labels.text(entity.iri, links.lang)
    here = path_of(entity.iri) if not entity.iri.startswith("https://w3id.org/cami/") else ""
    href = links.url(f"/page/{here}") if here else links.iri(entity.iri)
    same = name.text in label
    lang = name.language if name.language not in ("", links.lang) else ""
    said = read.labels.lang(entity.iri, links.lang)
    return Hit(
        Shown(label, href, said if said != links.lang else ""),
        KINDS[entity.type][0],
        Shown("" if same else name.text, lang=lang),
        "" if same else _how(name.kind, name.relation),
    )


def _how(kind: str, relation: str) -> str:
    """Return how a name relates to the thing that it led to, for people."""
    if relation == CONGRUENT:
        return {"related": "", "accepted": "scientific name"}.get(kind, kind)
    words = {
        "isIncludedIn": "a name for more than this",
        "includes": "a name for a part of this",
        "intersects": "a name that overlaps with this",
    }
    return words.get(relation, relation)
