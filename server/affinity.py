"""How many processors there are for us, and which of them a worker runs on.

A worker runs on all, or on all but one while its queries are quick.

A look-up takes as much time of the server as of a worker, so as long as nothing else is asked, one
processor is for the server. Left alone, the kernel at times puts who asks beside all workers, and
the server where nobody else is.
"""

import contextlib
import math
import os
from pathlib import Path

QUICK = 0.0003  # seconds that queries take in the mean; a look-up takes a tenth of that
_LAST = 16  # queries that count most
_GROUPS = Path("/sys/fs/cgroup")


def processors() -> int:
    """Return how many processors this process may keep busy: a container often has less than all.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
    """
    if not hasattr(os, "sched_getaffinity"):  # not on Linux
        return os.cpu_count() or 1
    shares = [math.inf]
    with contextlib.suppress(OSError):
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").partition("0::/")[2]
        group = _GROUPS / own.partition("\n")[0]
        shares += map(_share, (group, *group.parents))
    return max(1, math.ceil(min(len(os.sched_getaffinity(0)), *shares)))


def _share(group: Path) -> float:
    """Return how many processors a control group may keep busy."""
    try:
        most, period = (group / "cpu.max").read_text(encoding="utf-8").split()
        return int(most) / int(period)
    except (OSError, ValueError):  # there is no limit, or no such group
        return math.inf


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
