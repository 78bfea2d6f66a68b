"""Work in a process of its own, which is killed at a deadline, or when nobody waits for it.

What holds the interpreter for long there does so for nobody else.
"""

import asyncio
import contextlib
import sys


async def output_of(module: str, argument: str, body: bytes, seconds: float) -> bytes | None:
    """Return what `python -m MODULE ARGUMENT` writes for a body; None when it fails or cannot start.

    Raises `TimeoutError` when it takes longer than `seconds`.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module, argument),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    except OSError:  # no memory, process or descriptor is left
        return None
    try:
        async with asyncio.timeout(seconds):
            written, _ = await process.communicate(body)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return None if process.returncode else written
