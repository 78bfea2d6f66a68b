"""The routes for those who run the server: `/readyz` and `/metrics`."""

import fastapi
from fastapi.responses import PlainTextResponse
from starlette.requests import Request
from starlette.responses import Response

from .exchange import QueryFault, QueryTimeout, WorkerDied
from .fairness import Busy
from .flights import asker
from .metrics import CONTENT_TYPE, Metrics
from .pool import Pool

_READY_SECONDS = 2.0


def add_operations(app: fastapi.FastAPI, pool: Pool, metrics: Metrics) -> None:
    """Add the routes to an application."""

    @app.api_route("/readyz", methods=["GET", "HEAD"], summary="Whether a worker answers")
    async def readyz(request: Request) -> PlainTextResponse:  # pyright: ignore[reportUnusedFunction]
        who = asker(request).account._replace(budgets=None)  # in line as any client, but free
        try:
            await pool.ready(_READY_SECONDS, who)
        except (Busy, QueryFault, QueryTimeout, WorkerDied) as error:
            return PlainTextResponse(f"not ready: {error}\n", 503)
        return PlainTextResponse("ok\n")

    @app.api_route("/metrics", methods=["GET", "HEAD"], summary="Counters, for Prometheus")
    async def metrics_of() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(metrics.text(pool), headers={"Content-Type": CONTENT_TYPE})
