"""Threads of their own for each kind of work, so that what clients cause holds up nothing else.

With one set of threads for all, a query would not be killed while answers are being packed.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

CONTROL = ThreadPoolExecutor(4, "cami-control")  # starts and ends processes
READING = ThreadPoolExecutor(1, "cami-reading")  # long queries, before any worker has them
PACKING = ThreadPoolExecutor(2, "cami-packing")  # large answers


async def within(
    threads: ThreadPoolExecutor,
    function: Callable[_Given, _Result],
    *given: _Given.args,
    **named: _Given.kwargs,
) -> _Result:
    """Return what a function gives in one of some threads, or raise what it raises."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(threads, lambda: function(*given, **named))
