"""An event loop that stays awake while answers are about to come.

A look-up is over so soon that to put a processor to sleep and to wake it counts, and a process that
wakes for every answer finds one at a time. One that has looked without a pause finds several.
"""

import asyncio
import time

from .affinity import processors

MOMENT = 0.0001  # seconds: about two look-ups


class Awake:
    """Lets the running event loop look for what has come, without a pause, for a moment."""

    def __init__(self) -> None:
        self._until = 0.0
        self._looks = False
        self._again = self._look  # made once: it is called a few times for every look-up
        # On a single processor whoever is waited for would wait for us.
        self._of_use = processors() > 1

    def stay(self) -> None:
        """Stay awake for a moment from now."""
        if self._of_use:
            self._until = time.monotonic() + MOMENT
            if not self._looks:
                self._looks = True
                self._soon = asyncio.get_running_loop().call_soon
                self._look()

    def rest(self) -> None:
        """Sleep when there is nothing to do."""
        self._until = 0.0

    def _look(self) -> None:
        if time.monotonic() < self._until:
            self._soon(self._again)
        else:
            self._looks = False
