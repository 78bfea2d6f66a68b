"""An event loop that stays awake for a moment: no longer, and not on a single processor."""

import asyncio
import time
from collections.abc import Callable

import pytest
import uvloop

from cami.server import awake
from cami.server.awake import Awake

LONG = 0.3  # seconds
LITTLE = LONG / 20  # of the processor's time


def used(monkeypatch: pytest.MonkeyPatch, begin: Callable[[], None], processors: int = 2) -> float:
    """Return the processor's time that an idle event loop takes after `begin`, in `LONG` seconds."""
    monkeypatch.setattr(awake, "processors", lambda: processors)

    async def run() -> float:
        begin()
        before = time.process_time()
        await asyncio.sleep(LONG)
        return time.process_time() - before

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def test_the_loop_does_not_sleep_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "MOMENT", LONG)
    assert used(monkeypatch, lambda: Awake().stay()) > 2 * LITTLE


def test_after_a_moment_it_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin() -> None:
        several = Awake()
        several.stay()
        several.stay()

    assert used(monkeypatch, begin) < LITTLE


def test_it_sleeps_when_nothing_is_about_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin() -> None:
        one = Awake()
        one.stay()
        one.rest()

    monkeypatch.setattr(awake, "MOMENT", LONG)
    assert used(monkeypatch, begin) < LITTLE


def test_a_single_processor_is_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "MOMENT", LONG)
    assert used(monkeypatch, lambda: Awake().stay(), processors=1) < LITTLE
