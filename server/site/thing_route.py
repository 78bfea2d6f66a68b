"""`/page/...`: asks for what is said of a thing and for its tables, and shows it."""

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...queries.formats import FORMATS
from ..answers import ask
from ..description import PAGE_SIZE, Description, describe_query, read_description
from ..files import missing, root_of
from ..pool import Pool, Request
from .frame import Links, language, page
from .labels import Labels
from .table_queries import combined, read_cells
from .thing import MEDIA, ShownTable, ThingPage, iri_of, tables_of


async def thing_response(
    request: HttpRequest, pool: Pool, labels: Labels, path: str, start: int, headers: dict[str, str]
) -> Response:
    """Return the page of a thing, from at most two queries; raises 404 for one that is not there.

    `start` skips links to it.
    """
    iri = iri_of(path)
    asked = Request(describe_query(iri, start), None, FORMATS["ntriples"])
    said = read_description(iri, (await ask(pool, request, asked)).body)
    if not said.facts:
        raise missing(path)
    shown = ThingPage(said, labels, Links(root_of(request), language(request)))
    tables = await _tables(request, pool, labels, shown)
    return thing_page(request, shown, tables, path, start, headers)


async def _tables(
    request: HttpRequest, pool: Pool, labels: Labels, shown: ThingPage
) -> list[ShownTable]:
    tables = tables_of(labels, shown.iri)
    if not tables:
        return []
    asked = Request(combined(shown.iri, tables), FORMATS["json"], None)
    cells = read_cells((await ask(pool, request, asked)).body)
    return [shown.table(table, cells[at]) for at, table in enumerate(tables) if at in cells]


def thing_page(
    request: HttpRequest,
    shown: ThingPage,
    tables: list[ShownTable],
    path: str,
    start: int,
    headers: dict[str, str],
) -> Response:
    """Return the page made of what was found."""
    said: Description = shown.said
    return page(
        request,
        "thing.html.j2",
        title=shown.title,
        trail=shown.trail(),
        headers=headers,
        thing=shown,
        tables=tables,
        facts=shown.facts(tables),
        groups=shown.groups(),
        path=path,
        start=start,
        before=max(0, start - PAGE_SIZE),
        after=start + PAGE_SIZE if shown.more else 0,
        data=f"/data/{path}",
        media=MEDIA,
        linked=len(said.links[:PAGE_SIZE]),
    )
