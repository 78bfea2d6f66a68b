"""`/programme`: the programme view as a page, CSV or JSON, all of one address."""

import json
from collections.abc import Sequence

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..answers import Answers, tags
from .frame import language, page, root_of
from .known import Known
from .programme import ORDERS, PAGE_SIZE, Shown, View, as_csv, as_data, read_view, show
from .records import FACETS, Activity, Records, path_of
from .shelf import Shelf
from .spoken import speaker

_OPEN = 8  # facets with at most so many values are shown open; longer ones are folded


def add_programme(app: fastapi.FastAPI, shelf: Shelf, answers: Answers, known: Known) -> None:
    """Add the programme view and its downloads to an application."""

    async def shown(request: HttpRequest) -> tuple[Records, View, Shown]:
        records = await shelf.records()
        view = read_view(request.query_params.multi_items(), records)
        return records, view, show(view, records)

    @app.api_route("/programme", methods=["GET", "HEAD"], summary="All activities, with facets")
    async def programme(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        records, view, found = await shown(request)
        lang = language(request)
        labels = (await known.read()).labels if lang != "en" else None
        return page(
            request,
            "programme.html.j2",
            title="Activities of both programmes",
            root=root_of(request),
            records=records,
            view=view,
            shown=found,
            facets=FACETS,
            orders=ORDERS,
            path_of=path_of,
            spoken=speaker(labels, lang, records.labels),
            first=(view.page - 1) * PAGE_SIZE,
            open_facet=_open(found, view),
        )

    @app.api_route(
        "/programme.{ending}",
        methods=["GET", "HEAD"],
        summary="What /programme shows, as csv or json; without page, all pages of it",
    )
    async def download(request: HttpRequest, ending: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        if ending not in ("csv", "json"):
            raise fastapi.HTTPException(404)
        tag = answers.entity_tag(f"programme.{ending}?{request.url.query}")
        if tag in tags(request):  # only who was answered has it
            return answers.unchanged(request, tag)
        records, _, found = await shown(request)
        if "*" in tags(request):
            return answers.unchanged(request, tag)
        rows = found.page if request.query_params.get("page") else found.all
        return _file(ending, rows, records, answers.headers(request, tag))


def _file(
    ending: str, rows: Sequence[Activity], records: Records, headers: dict[str, str]
) -> Response:
    named = {**headers, "Content-Disposition": f'attachment; filename="programme.{ending}"'}
    if ending == "csv":
        kind = "text/csv; charset=utf-8; header=present"
        return Response(as_csv(rows, records), headers={**named, "Content-Type": kind})
    text = json.dumps([as_data(one, records) for one in rows], ensure_ascii=False, indent=1)
    return Response(text, headers={**named, "Content-Type": "application/json"})


def _open(found: Shown, view: View) -> dict[str, bool]:
    """Return which facets are shown open: short ones, and those in which something is chosen."""
    return {
        name: bool(view.chosen.get(name)) or len(found.facets[name]) <= _OPEN for name in FACETS
    }
