"""Half a minute of mixed load with faults; `make soak` runs an hour of the same."""

import importlib.util
from pathlib import Path

from cami.server.builds import Build

SECONDS = 30
spec = importlib.util.spec_from_file_location("soak", Path(__file__).parent / "soak.py")
assert spec and spec.loader
soak = importlib.util.module_from_spec(spec)
spec.loader.exec_module(soak)


def test_no_answer_is_lost_and_nothing_leaks(built: Build, tmp_path: Path) -> None:
    tally, before, after = soak.soak(SECONDS, tmp_path, built.folder.parent)
    assert soak.faults(tally, before, after) == [], tally
    assert min(tally.answers["quick"], tally.answers["canned"], tally.answers["slow"]) > 10
    assert tally.kills and tally.swaps
