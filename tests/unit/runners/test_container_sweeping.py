"""Containers that nobody follows are removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.runners import containers
from bakehouse.runners.container_engine import Status
from bakehouse.runners.container_sweeping import Sweeper
from bakehouse.runners.errors import EngineAway
from bakehouse.runners.fates import Fate


class Engine:
    """Containers of one task, whose names are their numbers, and one that tells nothing of itself."""

    def __init__(self, *numbers: int) -> None:
        self.there = {str(one): containers.labels("h", AttemptId(RunId("r"), TaskId("t"), one)) for one in numbers}
        self.there["odd"] = {"bakehouse.home": "h"}
        self.away = False

    def containers(self, home_id: str) -> Mapping[str, tuple[Status, Mapping[str, str]]]:
        """All there are, or none can be told."""
        if self.away:
            raise EngineAway(endpoint="here", why="gone")
        return {name: (Status.RUNNING, labels) for name, labels in self.there.items() if home_id == "h"}

    def remove(self, name: str) -> None:
        """It is gone."""
        del self.there[name]


class Told:
    """What has become of these attempts, by number."""

    def __init__(self, fates: Mapping[int, Fate]) -> None:
        self._fates = fates

    def attempt(self, attempt: AttemptId) -> Fate:
        """As these tests say."""
        return self._fates[attempt.number]

    def over_since(self, _run_id: RunId) -> float:
        """Nobody asks."""
        return 0.0


@pytest.fixture
def engine() -> Engine:
    return Engine(1, 2, 3)


def test_what_nobody_follows_is_removed(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """Of attempts that are over and of runs that were deleted; not of those that go on, nor what does not say whose it is."""
    made: Any = engine
    Sweeper(lambda: made, "h", Told({1: Fate.OPEN, 2: Fate.OVER, 3: Fate.UNKNOWN}), lambda _seconds, _job: None).sweep()
    assert list(engine.there) == ["1", "odd"]
    assert "the container 3 belongs to the run r, which is not recorded here: it is deleted" in caplog.text


def test_it_is_looked_again(engine: Engine) -> None:
    """Also when the engine was away; and one who is started twice looks once."""
    later: list[tuple[float, Callable[[], None]]] = []
    made: Any = engine
    sweeper = Sweeper(lambda: made, "h", Told(dict.fromkeys((1, 2, 3), Fate.OVER)), lambda seconds, job: later.append((seconds, job)))
    sweeper.start()
    sweeper.start()
    assert [seconds for seconds, _ in later] == [0.0]
    engine.away = True
    later.pop()[1]()
    assert list(engine.there) == ["1", "2", "3", "odd"]
    engine.away = False
    later.pop()[1]()
    assert list(engine.there) == ["odd"]
    assert [seconds for seconds, _ in later] == [60.0]
