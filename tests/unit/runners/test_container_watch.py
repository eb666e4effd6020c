"""Containers are watched until they are over."""

from __future__ import annotations

import queue
import threading
from collections.abc import Collection, Iterator

import pytest

from bakehouse.runners.container_watch import ContainerWatch
from bakehouse.runners.errors import EngineAway


class Engine:
    """Names of what runs, as these tests say; and what the watch told."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.away = False
        self.trouble: Exception = EngineAway(endpoint="here", why="gone")
        self.told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.asked = threading.Semaphore(0)

    def running(self) -> Collection[str]:
        """What the watch asks for."""
        self.asked.release()
        if self.away:
            raise self.trouble
        return set(self.names)

    def add(self, watch: ContainerWatch, name: str) -> None:
        """Let a container be watched that runs."""
        self.names.add(name)
        watch.add(
            name,
            over=lambda: self.told.put(f"{name} over"),
            unseen=lambda why: self.told.put(f"{name} unseen: {why}"),
            seen=lambda: self.told.put(f"{name} seen"),
        )

    def looked(self, times: int = 2) -> None:
        """Wait for so many looks: the last one began after this was called."""
        for _ in range(times):
            assert self.asked.acquire(timeout=10)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def watch(engine: Engine) -> Iterator[ContainerWatch]:
    watch = ContainerWatch(engine.running)
    yield watch
    watch.close()


def test_the_end_of_each_is_told_once(engine: Engine, watch: ContainerWatch) -> None:
    """And nothing of those that go on."""
    engine.add(watch, "a")
    engine.add(watch, "b")
    engine.looked()
    assert engine.told.empty()
    engine.names.discard("a")
    assert engine.told.get(timeout=10) == "a over"
    engine.asked = threading.Semaphore(0)
    engine.looked()
    assert engine.told.empty()
    engine.names.discard("b")
    assert engine.told.get(timeout=10) == "b over"


def test_an_engine_that_is_away_ends_nothing(engine: Engine, watch: ContainerWatch) -> None:
    """Why nothing can be seen is told, and when it can be again."""
    engine.add(watch, "a")
    engine.looked()
    engine.away = True
    assert engine.told.get(timeout=10) == "a unseen: the container engine does not answer: gone"
    engine.away = False
    told = ""
    while told != "a seen":
        told = engine.told.get(timeout=10)
    engine.names.clear()
    assert engine.told.get(timeout=10) == "a over"


def test_no_fault_ends_the_watch(engine: Engine, watch: ContainerWatch) -> None:
    """What nobody thought of is told like an engine that is away."""
    engine.trouble = RuntimeError("odd")
    engine.away = True
    engine.add(watch, "a")
    assert engine.told.get(timeout=10) == "a unseen: RuntimeError: odd"
    engine.names.clear()
    engine.away = False
    assert engine.told.get(timeout=10) == "a seen"
    assert engine.told.get(timeout=10) == "a over"


def test_an_end_that_cannot_be_told_is_told_at_the_next_look(engine: Engine, watch: ContainerWatch) -> None:
    """Nobody else would see that this container is over."""
    troubles = [RuntimeError("can't start new thread")]

    def over() -> None:
        if troubles:
            raise troubles.pop()
        engine.told.put("over")

    watch.add("a", over=over, unseen=engine.told.put, seen=lambda: None)
    assert engine.told.get(timeout=10) == "RuntimeError: can't start new thread"
    assert engine.told.get(timeout=10) == "over"


def test_nothing_is_told_once_it_is_closed(engine: Engine, watch: ContainerWatch) -> None:
    """The containers go on."""
    watch.close()
    engine.add(watch, "a")
    engine.names.clear()
    assert not engine.asked.acquire(timeout=0.1)
    assert engine.told.empty()
