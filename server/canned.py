"""What a canned query answers over HTTP: whole or in pages, in any format."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import fastapi
import pyoxigraph as ox
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.turtle import in_order, write
from ..queries import FORMATS, MAX_LIMIT, Page, ParameterError, Query, read_page, refuse
from ..queries.catalogue import triples
from ..queries.formats import SPREADSHEET, Format
from ..queries.paging import MAX_OFFSET
from ..queries.parameters import Things
from .answers import Answers, ask, reply, tags
from .negotiate import field, negotiate
from .pool import Reply, Request
from .problems import HttpProblem

PAGING: Mapping[str, Any] = {
    "limit": fastapi.Query(
        ge=1, le=MAX_LIMIT, description="Rows of a page; without it, all rows come."
    ),
    "offset": fastapi.Query(ge=0, le=MAX_OFFSET, description="Rows to leave out before the page."),
}


def check_names(names: Sequence[str], known: set[str]) -> None:
    """Raise `ParameterError` for a name that is misspelt or given twice: neither is ignored."""
    for name in names:
        if name not in known:
            shown = ", ".join(sorted(known))
            raise ParameterError(f"{name[:80]!r} is no parameter here: there are {shown}.")
        if names.count(name) > 1:
            raise ParameterError(f"Parameter {name!r} is given more than once.")


async def answer(
    query: Query, answers: Answers, request: HttpRequest, given: Mapping[str, str], things: Things
) -> Response:
    """Return the answer of a canned query, or the page of it that the client asks for.

    A page with more rows after it has a `Link` with `rel="next"`, the last one has none. Raises
    `ParameterError` for a page of a graph, and what `ask` raises.
    """
    page = read_page(given.get("limit"), given.get("offset"))
    apart = {"format", *PAGING}
    values = {name: value for name, value in given.items() if value and name not in apart}
    text = query.bind(values, things)
    refuse(text)
    results, graph = negotiate(field(request.headers, "accept"), given.get("format"))
    if page is None:
        whole = await answers.answer(request, Request(text, results, graph))
        return _named(query, whole, results)
    if query.is_graph:
        raise ParameterError(f"{query.name} answers with a graph, which has no pages.")
    asked = Request(page.window(text), FORMATS["json"] if results else None, graph)
    tag = answers.tag(asked)
    if tag is not None:
        weak = "W/" if tag.startswith("W/") else ""
        tag = weak + answers.entity_tag(f"{tag} {results}")
    if tag and tag in tags(request):
        return _unchanged(answers, request, tag)
    found = await ask(answers.pool, request, asked)
    if tag and "*" in tags(request):
        return _unchanged(answers, request, tag)
    assert results is not None  # the worker has said otherwise
    body, more = page.cut(found.body, results)
    response = _named(query, reply(Reply(results, body), answers.headers(request, tag)), results)
    links = [_link(given, page.previous, "prev")] if page.offset else []
    links += [_link(given, page.next, "next")] if more else []
    response.headers["Link"] = ", ".join([*links, response.headers["Link"]])
    return response


def _unchanged(answers: Answers, request: HttpRequest, tag: str) -> Response:
    unchanged = answers.unchanged(request, tag)
    del unchanged.headers["Link"]  # it would replace the links that the client holds
    return unchanged


def _named(query: Query, response: Response, form: Format | None) -> Response:
    """Return a response that a browser saves under the name of its query, if it is for that."""
    if form == SPREADSHEET:
        response.headers["Content-Disposition"] = f'attachment; filename="{query.name}.csv"'
    return response


def _link(given: Mapping[str, str], page: Page, relation: str) -> str:
    kept = [(name, value) for name, value in given.items() if name not in PAGING]
    here = urlencode([*kept, ("limit", str(page.limit)), ("offset", str(page.offset))])
    return f'<?{here}>; rel="{relation}"'


def rdf_wanted(request: HttpRequest) -> Format | None:
    """Return the RDF format that a client names for the catalogue; JSON stays what others get.

    Raises `HttpProblem` for a format by name that the catalogue does not have.
    """
    accept = (field(request.headers, "accept") or "").lower()
    named = request.query_params.get("format")
    results, form = negotiate(accept, named)
    if named and results and results.name != "json":
        detail = "The catalogue comes as json or as RDF."
        raise HttpProblem(406, "not-acceptable", "Not acceptable", detail)
    return form if form and (named or form.media_type in accept) else None


def catalogue_as_rdf(form: Format, headers: dict[str, str]) -> Response:
    """Return the catalogue as `sh:SPARQLExecutable` things, as the dataset holds them."""
    assert isinstance(form.engine, ox.RdfFormat)
    return reply(Reply(form, write(in_order(triples()), form.engine)), headers)
