"""Which processors a worker runs on: all, or all but one while its queries are quick.

A look-up takes as much time of the server as of a worker, so as long as nothing else is asked, one
processor is for the server. Left alone, the kernel at times puts who asks beside all workers, and
the server where nobody else is.
"""

import contextlib
import os

QUICK = 0.0003  # seconds that queries take in the mean; a look-up takes a tenth of that
_LAST = 16  # queries that count most


class Affinity:
    """The processors of the thread that makes this, by how long its queries take."""

    def __init__(self) -> None:
        self._all = self._now = os.sched_getaffinity(0)
        self._fewer = self._all - {min(self._all)} or self._all
        self._mean = 2 * QUICK

    def took(self, seconds: float) -> None:
        """Note how long a query took, and move if that is due."""
        self._mean += (seconds - self._mean) / _LAST
        if self._mean < QUICK:
            self._move(self._fewer)
        elif self._mean > 2 * QUICK:
            self._move(self._all)

    def _move(self, where: set[int]) -> None:
        if where is not self._now:
            self._now = where
            with contextlib.suppress(OSError):  # a guard forbids it, or a processor has gone
                os.sched_setaffinity(0, where)
