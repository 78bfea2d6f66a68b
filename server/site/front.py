"""The front page."""

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from .frame import page


def add_front(app: fastapi.FastAPI) -> None:
    """Add the front page to an application."""

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def front(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        return page(
            request, "front.html.j2", title="Central Asian Mammals Initiative: knowledge graph"
        )
