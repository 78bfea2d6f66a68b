"""`cami serve`, its first steps: what takes long is begun before the server is imported."""

import argparse
import gc
import threading
from collections.abc import Callable

from .builds import Build, CorruptBuild, verify
from .launch import Launched, Limits
from .stores import in_memory


class Started:
    """A build that is being checked, and loaded by another process, while this one goes on."""

    def __init__(self, build: Build, launched: Launched):
        self.build, self.launched = build, launched
        self._error: CorruptBuild | None = None
        self._checks = threading.Thread(target=self._check)
        self._checks.start()

    def _check(self) -> None:
        try:
            verify(self.build)
        except CorruptBuild as error:
            self._error = error
            self.launched.process.kill()  # before it stumbles over the same and says so, too

    def checked(self) -> Build:
        """Return the build once every file of it is known to be whole.

        Raises `CorruptBuild`.
        """
        self._checks.join()
        if self._error:
            raise self._error
        return self.build

    def end(self) -> None:
        """End what goes on."""
        self.launched.end()
        self._checks.join()


def run(options: argparse.Namespace, opened: Callable[[], Build]) -> int:
    """Serve until told to stop, return the exit code; `opened` gives the build when one is needed.

    Raises `Unusable` when the file, the build or the store cannot be served.
    """
    limits = Limits(
        seconds=options.timeout,
        memory_bytes=options.memory << 20,
        result_bytes=options.result << 20,
        result_rows=options.rows,
        services=tuple(options.allow_service),
    )
    if options.data or options.endpoint or options.imports:
        return _serve(options, limits, opened)
    build = opened()
    memory = in_memory(options.store, build.quads)
    started = Started(build, Launched(build.nquads if memory else build.store, limits))
    try:
        return _serve(options, limits, started)
    finally:
        started.end()


def _serve(
    options: argparse.Namespace, limits: Limits, source: Started | Callable[[], Build]
) -> int:
    gc.disable()  # what is imported stays: looking for garbage takes a tenth of that time
    from .serve_command import run

    gc.freeze()
    gc.enable()
    return run(options, limits, source)
