"""Attempts of which it cannot be told what has become: the reason is told once, looks become rarer, and the latest look counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.runners.unreached import Unreached

ONE = AttemptId(RunId("run"), TaskId("train"), 1)


class Told:
    """What was told, and what is to be done after how many seconds."""

    def __init__(self) -> None:
        self.remarks: list[str] = []
        self.pauses: list[float] = []
        self.jobs: list[Callable[[], None]] = []
        self.looks: list[str] = []
        self.unreached = Unreached(self._after, lambda _attempt, what: self.remarks.append(what))

    def _after(self, seconds: float, job: Callable[[], None]) -> None:
        self.pauses.append(seconds)
        self.jobs.append(job)

    def again(self, why: str = "the disk is away", look: str = "look") -> None:
        """It cannot be told once more."""
        self.unreached.again(ONE, why, lambda: self.looks.append(look))


@pytest.fixture
def told() -> Told:
    """Nothing yet."""
    return Told()


def test_the_reason_is_told_when_it_is_a_new_one(told: Told) -> None:
    """However often it is looked at in between."""
    for why in ("the disk is away", "the disk is away", "the disk is full", "the disk is full"):
        told.again(why)
    assert told.remarks == ["the disk is away", "the disk is full"]


def test_looks_become_rarer(told: Told) -> None:
    """Up to one in 5 s."""
    for _ in range(8):
        told.again()
    assert told.pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


def test_only_the_latest_look_is_taken(told: Told) -> None:
    """An engine that takes its run back looks anew: what it had planned before is void."""
    told.again(look="before")
    told.again(look="after")
    for job in told.jobs:
        job()
    assert told.looks == ["after"]


def test_an_attempt_that_is_over_is_looked_at_no_more(told: Told) -> None:
    """Somebody else may have told its end."""
    told.again()
    told.unreached.forget(ONE)
    told.jobs[0]()
    assert told.looks == []


def test_the_end_of_the_trouble_is_told_if_there_was_any(told: Told) -> None:
    """Once, and the next trouble begins anew."""
    told.unreached.reached(ONE)
    told.again()
    told.unreached.reached(ONE)
    told.unreached.reached(ONE)
    told.again()
    assert told.remarks == ["the disk is away", "what becomes of the step can be told again", "the disk is away"]
    assert told.pauses == [0.25, 0.25]


def test_that_it_is_to_end_is_known_until_it_is_over(told: Told) -> None:
    """Whether it was asked before the trouble or in it."""
    assert not told.unreached.is_to_end(ONE)
    told.unreached.end(ONE)
    told.again()
    told.unreached.reached(ONE)
    assert told.unreached.is_to_end(ONE)
    told.unreached.forget(ONE)
    assert not told.unreached.is_to_end(ONE)
