"""A problem as a page, for those who read rather than parse."""

import json

from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..negotiate import field, prefers_html
from .frame import page

_KEPT = ("allow", "retry-after", "connection")


def problem_page(request: HttpRequest, response: Response) -> Response:
    """Return a problem as a page to a browser, else as it is: for programs it stays JSON."""
    if not prefers_html(field(request.headers, "accept")) or "format" in request.query_params:
        return response
    said = json.loads(bytes(response.body))
    kept = {
        name: value for name, value in Headers(raw=response.raw_headers).items() if name in _KEPT
    }
    return page(
        request,
        "problem.html.j2",
        title=said["title"],
        status=response.status_code,
        problem=said,
        headers={**kept, "Cache-Control": "no-store", "Vary": "Accept"},
    )
