"""`/page/...`: asks for what is said of a thing and for its tables, and shows it."""

import asyncio

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...queries.formats import FORMATS
from ..answers import ask
from ..description import PAGE_SIZE, Description, describe_query, read_description
from ..files import Current, missing, root_of
from ..pool import Pool, Request
from ..release import Build
from .frame import Links, language, page
from .labels import Labels, read_labels
from .table_queries import combined, read_cells
from .thing import MEDIA, ShownTable, ThingPage, iri_of, tables_of


class Known:
    """The names of the things of the current build, read when they are first needed."""

    def __init__(self, current: Current):
        self.current = current
        self._held: tuple[str, Labels] | None = None
        self._reading = asyncio.Lock()

    async def labels(self) -> Labels:
        """Return the names of the build that is served now."""
        build: Build = self.current()
        async with self._reading:
            if self._held is None or self._held[0] != build.digest:
                self._held = build.digest, await asyncio.to_thread(read_labels, build)
            return self._held[1]


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
        facts=shown.facts([table.title for table in tables]),
        groups=shown.groups(),
        path=path,
        start=start,
        before=max(0, start - PAGE_SIZE),
        after=start + PAGE_SIZE if shown.more else 0,
        data="" if path.startswith("target/gbf/") else f"/data/{path}",
        media=MEDIA,
        linked=len(said.links[:PAGE_SIZE]),
    )
