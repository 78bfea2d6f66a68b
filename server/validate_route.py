"""`POST /validate`: what `cami validate` does, over HTTP, in a process that is killed at the limit."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastapi
from starlette.requests import Request
from starlette.responses import Response

from .bodies import Bodies
from .child import output_of
from .exchange import OutOfMemory, QueryTimeout, WorkerDied
from .fairness import Account, Turns
from .flights import asker
from .negotiate import choose, field
from .problems import HttpProblem
from .validate_work import MEDIA_TYPES, PROFILES, SEVERITIES, Work

CONTENT_TYPES = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/n-quads": "nquads",
    "application/trig": "trig",
    "text/n3": "n3",
    "application/rdf+xml": "rdfxml",
    "application/ld+json": "jsonld",
    "text/tab-separated-values": "tsv",
    "text/csv": "csv",
}
_FORMATS = ("json", "sarif", "turtle", "html", "text", "junit", "github")
_BODY_SECONDS = 20  # 4 MB by a line of two megabits
_MOST_BODIES = 128 << 20  # bytes of all bodies that are here, on their way or waiting
_CHOICES = {"format": _FORMATS, "profile": PROFILES, "severity": SEVERITIES}


@dataclass
class Validator:
    """Runs validations against one graph, as many at a time as there are `workers`."""

    graph: Path  # the N-Quads of a build
    workers: int
    queue: int  # validations that may wait
    seconds: float
    memory_bytes: int
    body_bytes: int

    def __post_init__(self) -> None:
        self._turns = Turns(self.workers, self.queue, "Every process for validations is busy.")
        self.bodies = Bodies(self.body_bytes, _BODY_SECONDS, _MOST_BODIES, self._too_large)

    def _too_large(self) -> HttpProblem:
        most = f"At most {self.body_bytes} bytes are validated here"
        detail = f"{most}: use 'cami validate' for more."
        return HttpProblem(413, "body-size", "The body is too large", detail)

    async def run(self, body: bytes, account: Account, **asked: Any) -> bytes:
        """Return the report on a body; `asked` are the rest of the fields of `Work`.

        The time of the validation is charged to `account`. Raises `HttpProblem` when the body
        cannot be read, `Busy`, `OverBudget`, `QueryTimeout`, `WorkerDied`.
        """
        work = Work(
            graph=str(self.graph), seconds=self.seconds, memory_bytes=self.memory_bytes, **asked
        )
        async with self._turns.of(account, self.seconds):
            return await self._answer(work, body)

    async def _answer(self, work: Work, body: bytes) -> bytes:
        try:
            out = await output_of("cami.server.validate_worker", work.text(), body, self.seconds)
        except TimeoutError:
            limit = f"The validation was not done in {self.seconds:g} seconds."
            raise QueryTimeout(limit) from None
        head, _, report = (out or b"").partition(b"\n")
        if not head:
            raise WorkerDied("The validation failed, most likely for want of memory.")
        header: dict[str, Any] = json.loads(head)
        if header.get("error") == "memory":
            raise OutOfMemory("The validation needed more memory than it may take.")
        if header.get("error") == "size":
            detail = "So much is wrong that the report is too long: use 'cami validate'."
            raise HttpProblem(413, "result-too-large", "The report is too large", detail)
        if header.get("error"):
            place = {name: header[name] for name in ("line", "column") if header[name]}
            title = "The body cannot be read"
            raise HttpProblem(400, "input", title, header["message"], **place)
        return report


async def respond(request: Request, validator: Validator) -> Response:
    """Return the answer to a POST of RDF or of a table.

    Raises `HttpProblem` and what `Validator.run` raises.
    """
    asked = _parameters(request)
    form = asked["format"] or _negotiated(request)
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in CONTENT_TYPES:
        known = ", ".join(CONTENT_TYPES)
        detail = f"Content-Type {sent[:80]!r} is not validated: send {known}."
        raise HttpProblem(415, "media-type", "The body is of another kind", detail)
    account = asker(request).account
    account.check()
    async with validator.bodies.of(request, account) as body:
        report = await validator.run(
            body,
            account,
            name=asked["name"] or "body",
            input_format=CONTENT_TYPES[sent],
            profile=asked["profile"] or "core",
            severity=asked["severity"] or "info",
            report=form,
        )
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(report, 200, headers, media_type=MEDIA_TYPES[form])


def _parameters(request: Request) -> dict[str, str]:
    asked = {"name": "", **dict.fromkeys(_CHOICES, "")}
    for name, value in request.query_params.multi_items():
        if name not in asked or asked[name]:
            detail = f"{name[:80]!r} is no parameter here, or is given twice: {', '.join(asked)}."
            raise HttpProblem(400, "parameter", "A parameter has no usable value", detail)
        allowed = _CHOICES.get(name)
        if allowed and value not in allowed:
            detail = f"{name}={value[:80]!r} is not one of {', '.join(allowed)}."
            raise HttpProblem(400, "parameter", "A parameter has no usable value", detail)
        if name == "name" and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", value):
            detail = "name: write a file name of letters, digits and . _ - such as sites.tsv."
            raise HttpProblem(400, "parameter", "A parameter has no usable value", detail)
        asked[name] = value
    return asked


def _negotiated(request: Request) -> str:
    offered = {MEDIA_TYPES[form]: form for form in reversed(_FORMATS) if form != "github"}
    order = [MEDIA_TYPES[form] for form in _FORMATS if form != "github"]
    chosen = choose(field(request.headers, "accept"), order)
    if chosen is None:
        detail = f"Accept one of {', '.join(order)}."
        raise HttpProblem(406, "not-acceptable", "No acceptable format fits the report", detail)
    return offered[chosen]


def add_validate(app: fastapi.FastAPI, validator: Validator) -> None:
    """Add the route to an application."""

    @app.post("/validate", include_in_schema=False)
    async def validate(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return await respond(request, validator)


def openapi_path(problem: dict[str, Any]) -> dict[str, Any]:
    """Return what OpenAPI says about the route; `problem` is the schema of an error."""
    text = {"schema": {"type": "string"}}
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "enum": list(values)}}
        for name, values in _CHOICES.items()
    ]
    parameters.append({"name": "name", "in": "query", "schema": {"type": "string"}})
    return {
        "post": {
            "summary": "Validate RDF or a table against the shapes, together with the graph",
            "description": "The same as 'cami validate'; `name` says which table of ours it is.",
            "operationId": "validate",
            "parameters": parameters,
            "requestBody": {"required": True, "content": dict.fromkeys(CONTENT_TYPES, text)},
            "responses": {
                "200": {
                    "description": "The report, whether the data conform or not.",
                    "content": {MEDIA_TYPES[form]: {} for form in _FORMATS},
                },
                "default": {
                    "description": "What is wrong with the request.",
                    "content": {"application/problem+json": {"schema": problem}},
                },
            },
        }
    }
