"""The canned queries for a browser: each a form with typed inputs, and its answer as a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...queries import FORMATS, Page, Parameter, ParameterError, Query, choices, read_page, refuse
from ...queries.formats import Format
from ...queries.parameters import Things, spoken
from ..answers import Answers
from ..canned import check_names
from ..negotiate import field, prefers_html
from ..openapi import formats
from ..pool import Request
from .answer_table import AnswerTable, read_table
from .frame import Crumb, language, page, root_of
from .known import Known
from .labels import Labels
from .spoken import named

ROWS = 100  # of a page, unless the address says otherwise
MAX_SELECT = 60  # values; a longer list is a field with suggestions
MAX_TEXT = 100_000  # characters of a graph that a page shows
_TRAIL = [Crumb("Queries", "/queries")]
_FIRST_FORMATS = ("csv", "csv-excel", "json", "turtle", "jsonld")  # what people want comes first
_FORM_TYPES = {"date": "date", "text": "search"}


@dataclass(frozen=True)
class Input:
    """A field of a form; `options` are value, label and its language, `listed` says that they are suggestions.

    `called` is the label of a value that is one of them.
    """

    name: str
    summary: str
    value: str
    options: Sequence[tuple[str, str, str]]
    listed: bool
    type: str
    optional: bool
    called: str


class Forms:
    """Pages of the catalogue and of its queries; each page asks the pool one query."""

    def __init__(
        self, answers: Answers, things: Things, queries: Mapping[str, Query], known: Known | None
    ):
        self.answers, self.things, self.queries, self.known = answers, things, queries, known

    def wanted(self, request: HttpRequest) -> bool:
        """Return whether a client would rather have the page than the data."""
        if request.method not in ("GET", "HEAD") or "format" in request.query_params:
            return False
        return prefers_html(field(request.headers, "accept"))

    async def list(self, request: HttpRequest) -> Response:
        """Return the page of all canned queries, by what they are about."""
        ordered = sorted(self.queries.values(), key=lambda one: (one.tags[0], one.summary))
        groups = [(tag, list(found)) for tag, found in groupby(ordered, lambda one: one.tags[0])]
        return page(request, "queries.html.j2", title="Canned queries", groups=groups)

    async def form(self, query: Query, request: HttpRequest) -> Response:
        """Return the page of one query, with its answer for the values in the address.

        A value that cannot be used is named above the form, with status 400. Raises what asking the
        pool raises.
        """
        given = {name: value for name, value in request.query_params.items() if value}
        labels = (await self.known.read()).labels if self.known else None
        values = {name: value for name, value in given.items() if name not in _APART}
        try:
            check_names(
                [name for name, _ in request.query_params.multi_items()],
                {*(one.name for one in query.parameters), *_APART},
            )
            window = _window(query, given)
            text = query.bind(values, self.things)
            refuse(text)
        except ParameterError as error:
            return self._page(query, request, given, labels, wrong=str(error), status=400)
        if query.is_graph:
            asked = Request(text, None, FORMATS["turtle"])
            found = (await self.answers.find(request, asked)).body.decode()
            return self._page(query, request, given, labels, text=text, graph=found)
        asked = Request(window.window(text), FORMATS["json"], None)
        body = (await self.answers.find(request, asked)).body
        table = read_table(json.loads(body), window.limit, labels, language(request))
        return self._page(query, request, given, labels, text=text, table=table, window=window)

    def _page(
        self,
        query: Query,
        request: HttpRequest,
        given: Mapping[str, str],
        labels: Labels | None,
        *,
        text: str = "",
        table: AnswerTable | None = None,
        window: Page | None = None,
        graph: str = "",
        wrong: str = "",
        status: int = 200,
    ) -> Response:
        values = {name: value for name, value in given.items() if name not in _APART}
        return page(
            request,
            "query.html.j2",
            title=query.summary,
            trail=_TRAIL,
            status=status,
            headers={"Cache-Control": "no-store"} if status != 200 else None,
            query=query,
            inputs=[
                self._input(one, values.get(one.name), labels, language(request))
                for one in query.parameters
            ],
            text=text,
            table=table,
            window=window,
            graph=graph[:MAX_TEXT],
            whole=len(graph) <= MAX_TEXT,
            wrong=wrong,
            downloads=_downloads(query, values, root_of(request)) if not wrong else [],
            turns=_turns(given, window, bool(table and table.more)),
            form_action=f"{root_of(request)}/queries/{query.name}",
        )

    def _input(self, one: Parameter, value: str | None, labels: Labels | None, lang: str) -> Input:
        english = self.things.get(one.type, {})
        options = [
            (slug, *named(labels, lang, one.type, slug, _english(english, slug)))
            for slug in choices(one.type, self.things)
        ]
        if value is None:
            value = "" if one.optional else spoken(one.default)
        listed = len(options) > MAX_SELECT
        shown = _FORM_TYPES.get(one.type, "text") if listed or not options else "select"
        called = next((label for slug, label, _ in options if slug == value), "") if listed else ""
        return Input(one.name, one.summary, value, options, listed, shown, one.optional, called)


_APART = ("limit", "offset", "lang")
_PROGRAMME = "wp-2026-2032/"  # what the number of an activity or section means without a programme


def _english(labels: Mapping[str, str], slug: str) -> str:
    return labels.get(slug) or labels.get(f"{_PROGRAMME}{slug}", slug)


def _window(query: Query, given: Mapping[str, str]) -> Page:
    """Return the rows to show; raises `ParameterError` for what are none."""
    if query.is_graph and ("limit" in given or "offset" in given):
        raise ParameterError(f"{query.name} answers with a graph, which has no pages.")
    limit = given.get("limit") or str(ROWS)
    return read_page(limit, given.get("offset")) or Page(ROWS)


def _downloads(query: Query, values: Mapping[str, str], root: str) -> Sequence[tuple[Format, str]]:
    """Return each format of the whole answer, with its address."""
    known = sorted(
        formats(query),
        key=lambda form: (form.name not in _FIRST_FORMATS, form.name),
    )
    return [
        (form, f"{root}/queries/{query.name}?{urlencode({**values, 'format': form.name})}")
        for form in known
    ]


def _turns(
    given: Mapping[str, str], window: Page | None, more: bool
) -> Sequence[tuple[str, str, str]]:
    """Return relation, words and query string of the pages before and after."""
    if window is None:
        return []
    kept = {name: value for name, value in given.items() if name not in ("limit", "offset")}

    def turn(to: Page) -> str:
        sizes = {"limit": str(to.limit)} if to.limit != ROWS else {}
        return f"?{urlencode({**kept, **sizes, 'offset': str(to.offset)})}"

    found: list[tuple[str, str, str]] = []
    if window.offset:
        found.append(("prev", "Rows before", turn(window.previous)))
    if more:
        found.append(("next", "More rows", turn(window.next)))
    return found
