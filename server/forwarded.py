"""What a proxy says about a request is believed when one of the proxies named by `--proxy` says it.

uvicorn checks who sends `X-Forwarded-For` and `X-Forwarded-Proto`. Prefix and host are read by our
own layers, which no longer see the sender: so what a stranger sends of the kind is taken out here.
"""

from collections.abc import Container, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class Forwarded:
    """ASGI middleware around everything that reads `X-Forwarded-...`."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]):
        believing = ProxyHeadersMiddleware(app, list(proxies))  # pyright: ignore[reportArgumentType]
        self._app: ASGIApp = believing  # pyright: ignore[reportAttributeAccessIssue]
        self.proxies: Container[str | None] = believing.trusted_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            client = scope.get("client")
            if (client[0] if client else None) not in self.proxies:
                own = [one for one in scope["headers"] if not one[0].startswith(b"x-forwarded-")]
                scope = {**scope, "headers": own}
        await self._app(scope, receive, send)
