"""Bodies of requests: each bounded in size and time, and all of them together in memory."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable

from starlette.requests import Request

from .fairness import Account, Busy
from .problems import HttpProblem


class Bodies:
    """The bodies of some routes, while they come and while they are worked on.

    Each has at most `most` bytes, or `too_large` says why not, and `seconds` to come; all together
    have at most `together` bytes.
    """

    def __init__(
        self, most: int, seconds: int, together: int, too_large: Callable[[], HttpProblem]
    ):
        self._most, self._seconds, self._too_large = most, seconds, too_large
        self._together = max(together, most)
        self._held: Counter[str] = Counter()  # bytes by the names of accounts

    @contextlib.asynccontextmanager
    async def of(self, request: Request, account: Account) -> AsyncGenerator[bytes]:
        """Give the body of a request; as long as it is held it counts towards what all may hold.

        Raises `HttpProblem` for one that is too large or too slow, `Busy`, and `ClientDisconnect`.
        """
        came = bytearray()
        size = 0
        try:
            async with self._in_time():
                async for chunk in request.stream():
                    came += chunk
                    size += len(chunk)
                    self._held[account.name] += len(chunk)
                    self._check(size, account)
            body = bytes(came)
            came.clear()
            yield body
        finally:
            self._held[account.name] -= size
            if not self._held[account.name]:
                del self._held[account.name]

    @contextlib.asynccontextmanager
    async def _in_time(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except TimeoutError:
            detail = f"Send it in {self._seconds} seconds."
            raise HttpProblem(408, "slow-request", "Request too slow", detail) from None

    def _check(self, size: int, account: Account) -> None:
        if size > self._most:
            raise self._too_large()
        if self._held.total() > self._together:
            raise Busy("Too much is being sent to this server.", self._seconds)
        if self._held[account.name] > max(account.share_of(self._together), self._most):
            raise Busy("This address sends too much at once.", self._seconds)
