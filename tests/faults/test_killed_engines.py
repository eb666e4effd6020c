"""Engines that are killed again and again while runs of all that nests go on in one home; the proof is taken from outside.

Small enough for CI; the full measure: BAKEHOUSE_TEST_KILLS=200. BAKEHOUSE_TEST_SEED chooses other moments.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.nested import Homes, calm, homes

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("BAKEHOUSE_TEST_KILLS", "20"))
SEED = int(os.environ.get("BAKEHOUSE_TEST_SEED", "4"))
#: Runs at a time.
AT_ONCE = 2
_SHORTEST, _LONGEST = 0.3, 2.0  # seconds of the life of an engine, of which it needs the first few tenths to come up


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Homes]:
    """A home of its own."""
    (tmp_path / "calm").mkdir()
    with homes(tmp_path / "home", expected=calm(tmp_path / "calm")) as made:
        yield made


def test_nested_runs_survive_every_kill_of_their_engine(one: Homes) -> None:
    """`kill -9` at any moment: steps go on, the next engine takes over at once, and no work is lost or done twice."""
    rng, (home,) = random.Random(SEED), one.all
    deaths: list[float] = []
    while len(deaths) < KILLS:
        if one.are_over():
            one.begin(AT_ONCE, seconds=0.5)
        engine = home.start("engine")
        time.sleep(rng.uniform(_SHORTEST, _LONGEST))
        assert engine.poll() is None, one.words()
        engine.kill()
        engine.wait()
        deaths.append(time.time())
    last = home.start("engine", "--idle-exit", "2")
    one.wait_until_over(120)
    assert last.wait(timeout=60) == 0
    one.ended_well()
    one.began_as_often_as_calmly()
    _, shared = one.begun()
    assert sum(shared.values()) == 1, shared
    for run_id in one.runs:
        first, *again = (event.at for event in one.context.records.events(run_id) if event.kind == "run.TAKEN")
        assert first
        assert all(at - max(death for death in deaths if death < at) < 10 for at in again)
