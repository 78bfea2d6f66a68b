"""The one place where an error becomes an HTTP answer (RFC 9457, application/problem+json)."""

import json
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..ontology import BASE
from ..queries import ParameterError, RefusedQuery
from .exchange import OutOfMemory, QueryFault, QueryTimeout, StoreFailed, WorkerDied
from .fairness import Busy
from .negotiate import UnknownFormat


class HttpProblem(Exception):
    """A fault of a request that only HTTP knows, such as a missing parameter."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ):
        self.status, self.slug, self.title, self.extra = status, slug, title, extra
        self.headers = headers or {}
        super().__init__(detail)


_FAULTS = {
    "QuerySyntaxError": (400, "syntax", "The query is not valid SPARQL"),
    "EvaluationError": (400, "evaluation", "The query cannot be evaluated"),
    "NotAcceptable": (406, "not-acceptable", "No acceptable format fits this result"),
    "ResultTooLarge": (413, "result-too-large", "The result is too large"),
    "TooManyRows": (413, "too-many-rows", "The result has too many rows"),
}
_PLAIN: dict[type[Exception], tuple[int, str, str]] = {
    UnknownFormat: (400, "unknown-format", "No such format"),
    ParameterError: (400, "parameter", "A parameter has no usable value"),
    QueryTimeout: (503, "timeout", "The query took too long"),
    OutOfMemory: (503, "out-of-memory", "The query took too much memory"),
    StoreFailed: (502, "store-failed", "The store behind this server failed"),
    WorkerDied: (503, "worker-died", "The engine failed on the query"),
}
HANDLED: tuple[type[Exception], ...] = (
    HttpProblem,
    QueryFault,
    RefusedQuery,
    Busy,
    HTTPException,
    RequestValidationError,
    *_PLAIN,
)


def to_response(error: Exception) -> Response:
    """Return the HTTP answer for an error of `HANDLED`."""
    match error:
        case HttpProblem():
            answer = _problem(error.status, error.slug, error.title, str(error), error.extra)
            answer.headers.update(error.headers)
            return answer
        case QueryFault():
            status, slug, title = _FAULTS[error.kind]
            place = {k: v for k, v in error.details.items() if k in ("line", "column") and v}
            return _problem(status, slug, title, str(error), place)
        case RefusedQuery():
            status = {"query-size": 413, "read-only": 403}.get(error.rule, 400)
            return _problem(status, error.rule, "The query is refused", str(error), {})
        case Busy():
            answer = _problem(429, error.slug, error.title, str(error), {})
            answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        case HTTPException():  # the web framework's own: no such page, wrong method
            slug = {404: "not-found", 405: "method"}.get(error.status_code, "request")
            detail = "There is nothing at this address: '/' lists what there is."
            if error.status_code != 404:
                allowed = (error.headers or {}).get("Allow")
                detail = f"Use one of {allowed}." if allowed else str(error.detail)
            answer = _problem(error.status_code, slug, str(error.detail), detail, {})
            answer.headers.update(error.headers or {})
            return answer
        case RequestValidationError():
            faults = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
            return _problem(400, "parameter", "A parameter has no usable value", faults, {})
        case _:
            status, slug, title = _PLAIN[type(error)]
            return _problem(status, slug, title, str(error), {})


def _problem(status: int, slug: str, title: str, detail: str, extra: dict[str, Any]) -> Response:
    body = {
        "type": f"{BASE}problem/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        **extra,
    }
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return Response(content, status, headers, media_type="application/problem+json")
