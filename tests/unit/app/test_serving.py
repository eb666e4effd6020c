"""The engine of a server: one that breaks is followed by another."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

from bakehouse.actions.context import Context
from bakehouse.app.serving import EngineThread
from bakehouse.app.settings import Settings

CONTEXT = cast("Context", None)  # nothing is driven


class Pauses(threading.Event):
    """Notes how long somebody would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Not at all."""
        self.taken.append(timeout or 0.0)
        return self.is_set()


class Breaking(EngineThread):
    """Drives for so many seconds and breaks, time after time."""

    def __init__(self, drives: list[float]) -> None:
        super().__init__(Settings(home=Path("nowhere"), slots=1), CONTEXT, clock=lambda: self.now)
        self.now, self.left = 0.0, drives
        self._stopping = self.pauses = Pauses()

    def _drive(self) -> None:
        self.now += self.left.pop(0)
        if not self.left:
            self.pauses.set()
        raise RuntimeError("broken")


def pauses(*drives: float) -> list[float]:
    """How long each break is followed by nothing."""
    breaking = Breaking([*drives])
    breaking._loop()
    return breaking.pauses.taken


def test_an_engine_that_breaks_again_and_again_is_followed_ever_later() -> None:
    """At once it would fill the disk with the same traceback; never later than a minute."""
    assert pauses(*[0.0] * 9) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_an_engine_that_drove_for_long_is_followed_soon() -> None:
    """A week with eight troubles has no trouble of a minute each."""
    assert pauses(0, 0, 0, 61, 0, 60, 3_600) == [1, 2, 4, 1, 2, 4, 1]
