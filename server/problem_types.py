"""Every type of problem that the server sends, and `/problem/{slug}`, where its IRI leads.

A test holds this table against the code. https://www.rfc-editor.org/rfc/rfc9457#section-3.1.1
"""

from dataclasses import dataclass

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from ..ontology import BASE
from .files import missing
from .negotiate import field, prefers_html
from .site.frame import page

_KEPT = {"Vary": "Accept", "Cache-Control": "public, max-age=300"}


@dataclass(frozen=True)
class ProblemType:
    """What a problem means and what a client can do; `statuses` are those it comes with."""

    statuses: tuple[int, ...]
    meaning: str
    remedy: str


def _type(status: int | tuple[int, ...], meaning: str, remedy: str) -> ProblemType:
    return ProblemType((status,) if isinstance(status, int) else status, meaning, remedy)


_SMALLER = "Ask for less, with LIMIT or a more exact pattern, or take a dump: /dumps/."
_LATER = "Wait for the seconds of Retry-After, then ask again."
TYPES = {
    "batch-size": _type(413, "A reconciliation asks for too much at once.", "Send parts."),
    "body-size": _type(413, "The data to validate is larger than the server takes.", "Send parts."),
    "budget": _type(429, "This address has used its seconds of processing.", _LATER),
    "busy": _type(429, "No worker was free in time, or the line is full.", _LATER),
    "charset": _type(415, "The body is not said to be UTF-8.", "Send UTF-8, and say no other."),
    "content-encoding": _type(415, "The body is compressed.", "Send it as it is."),
    "content-type": _type(415, "The body of a query has another media type.", "See `detail`."),
    "encoding": _type(400, "A parameter or the body is not UTF-8.", "Send UTF-8."),
    "evaluation": _type(
        400, "The engine cannot evaluate the query.", "See `detail`: often an unknown function."
    ),
    "header-size": _type(431, "The headers are too many or too long.", "Send fewer."),
    "http": _type(400, "What was sent is not HTTP/1.1.", "Use an HTTP client."),
    "input": _type(400, "The data to validate cannot be read.", "See `line` and `column`."),
    "internal": _type(500, "The server failed.", "Report it, with the X-Query-Id of the answer."),
    "iri": _type(400, "A parameter is not an absolute IRI.", "Send one, such as https://..."),
    "many-formats": _type(400, "`format` is given more than once.", "Give it once."),
    "many-parameters": _type(400, "The request has too many parameters.", "Send at most 100."),
    "many-queries": _type(400, "`query` is given more than once.", "Send one query."),
    "media-type": _type(415, "Data of this media type is not validated.", "See `detail`."),
    "method": _type(405, "This address does not know the method.", "Use one of Allow."),
    "no-graph": _type(404, "The dataset has no such graph.", "/sparql without a query lists them."),
    "no-query": _type(400, "There is no query.", "Send it as the parameter `query`."),
    "no-service": _type(400, "SERVICE is refused.", "Ask the other endpoint from your side."),
    "no-such-graph": _type(
        400, "FROM names a graph that the dataset lacks.", "/sparql without a query lists them."
    ),
    "not-acceptable": _type(
        406, "No format or coding that the client accepts fits.", "Change Accept, or use `format`."
    ),
    "not-found": _type(404, "There is nothing at this address.", "/ lists what there is."),
    "out-of-memory": _type(503, "The query needed more memory than it may take.", _SMALLER),
    "parameter": _type(
        400, "A parameter is unknown, given twice or has no usable value.", "See `detail`."
    ),
    "precondition": _type(
        412, "The file is not the one that If-Match names.", "Begin anew, without If-Match."
    ),
    "proxy": _type(400, "X-Forwarded-Prefix is no plain path.", "Look at the proxy's settings."),
    "query-depth": _type(400, "The query nests too deeply.", "Write it flatter."),
    "query-operators": _type(400, "The query has too many operators.", "Split it."),
    "query-size": _type(413, "The query is too long.", "Split it."),
    "query-text": _type(400, "The query holds characters that no query needs.", "See `detail`."),
    "range": _type(416, "The file has no such bytes.", "Content-Range of the answer has its size."),
    "read-only": _type(403, "The endpoint takes no updates.", "Load the dump into your own store."),
    "reconciliation": _type(400, "This is no reconciliation request.", "See `detail`."),
    "request": _type(
        (400, 500), "The web framework refused the request.", "See `status` and `detail`."
    ),
    "request-size": _type(413, "The body is too large.", "At most a mebibyte."),
    "result-too-large": _type(413, "The result has too many bytes.", _SMALLER),
    "slow-request": _type(408, "The body came too slowly.", "Send it at once."),
    "store-extension": _type(
        400, "The query names functions of one store's own.", "Use those of SPARQL."
    ),
    "store-failed": _type(502, "The store behind this server failed.", "Ask again later."),
    "syntax": _type(
        400, "The query is not SPARQL.", "See `line` and `column`, which count from 1."
    ),
    "target-size": _type(414, "The address is too long.", "Send the query by POST."),
    "timeout": _type(503, "The query took longer than it may.", _SMALLER),
    "too-many-rows": _type(413, "The result has too many rows.", _SMALLER),
    "two-lengths": _type(
        400, "Content-Length and Transfer-Encoding contradict each other.", "Send one of them."
    ),
    "unknown-format": _type(400, "There is no format of this name.", "See `detail`."),
    "unknown-identifier": _type(
        404,
        "Nothing here is linked with that identifier.",
        "/dumps/identifiers.csv lists those that are.",
    ),
    "which-graph": _type(400, "Neither or both of `graph` and `default`.", "Send one of them."),
    "worker-died": _type(
        503, "The engine failed on the query, most likely for want of memory.", _SMALLER
    ),
}


def add_problem_types(app: fastapi.FastAPI) -> None:
    """Add `/problem/`, the list, and `/problem/{slug}`, one type as a page or as JSON."""

    @app.api_route("/problem/", methods=["GET", "HEAD"], summary="Every type of problem")
    async def listed(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _answer(request, "Problems that the server names", TYPES)

    @app.api_route("/problem/{slug}", methods=["GET", "HEAD"], summary="What a problem means")
    async def one(request: HttpRequest, slug: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        if slug not in TYPES:
            raise missing(f"problem/{slug}")
        return _answer(request, f"Problem: {slug}", {slug: TYPES[slug]})


def _answer(request: HttpRequest, title: str, types: dict[str, ProblemType]) -> Response:
    if prefers_html(field(request.headers, "accept")):
        return page(request, "problem_types.html.j2", title=title, types=types, headers=_KEPT)
    entries = [
        {
            "type": f"{BASE}problem/{slug}",
            "status": list(one.statuses),
            "meaning": one.meaning,
            "remedy": one.remedy,
        }
        for slug, one in types.items()
    ]
    whole = entries[0] if len(types) == 1 else {"problems": entries}
    return JSONResponse(whole, headers=_KEPT)
