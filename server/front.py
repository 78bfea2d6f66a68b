"""What is refused or noted before any route sees a request, whatever the route."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .fairness import wait_of
from .problems import HttpProblem, to_response
from .sparql import PATHS


class Front:
    """Refuse requests that intermediaries may read otherwise, or that are packed; note `Prefer`.

    `seconds` is the time limit: a `Prefer: wait=N` (RFC 7240) below it is applied, and said so.
    """

    def __init__(self, app: ASGIApp, seconds: float):
        self.app, self.seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if problem := _refused(headers):
            await to_response(problem)(scope, receive, send)
            return
        seconds = wait_of(headers)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        applied = seconds is not None and seconds <= self.seconds and _asks(path)

        async def noted(message: Message) -> None:
            if applied and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Preference-Applied"] = f"wait={seconds:g}"
            await send(message)

        await self.app(scope, receive, noted)


def _asks(path: str) -> bool:
    return path in PATHS or path.startswith("/queries/")


def _refused(headers: Headers) -> HttpProblem | None:
    if "transfer-encoding" in headers and "content-length" in headers:
        return HttpProblem(  # RFC 9112, section 6.3: two readers may find two lengths
            400,
            "two-lengths",
            "Two lengths",
            "Send Content-Length or Transfer-Encoding, not both.",
            headers={"Connection": "close"},
        )
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return HttpProblem(  # a few bytes may unpack to gigabytes
            415,
            "content-encoding",
            "Unsupported content encoding",
            "Send the request body as it is, not compressed.",
            headers={"Accept-Encoding": "identity", "Connection": "close"},
        )
    return None
