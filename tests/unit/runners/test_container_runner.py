"""The container runner, with an engine that fails where these tests want it to."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bakehouse.ir.execution import Cause, Ending, LaunchSpec
from bakehouse.orchestrator.events import Ended, Event, Remarked, Started
from bakehouse.runners import container_leavings
from bakehouse.runners.container import ContainerRunner, Options
from bakehouse.runners.container_engine import Image, State, Status
from bakehouse.runners.containers import Container
from bakehouse.runners.errors import EngineAway, EngineRefused
from bakehouse.runners.launch import Limits
from bakehouse.runners.workers import UnderWay
from bakehouse.storage.local import LocalStore
from tests.unit.runners.specs import spec

AWAY = EngineAway(endpoint="here", why="gone")


def _nothing(_name: str) -> None:
    """What happens around most calls."""


class Engine:
    """Containers by name, as an engine keeps them. `before` and `after` are called around the calls that they name, and may raise."""

    def __init__(self) -> None:
        self.states: dict[str, Status] = {}
        self.labels: dict[str, Mapping[str, str]] = {}
        self.calls: list[str] = []
        self.before: dict[str, Callable[[str], None]] = {}
        self.after: dict[str, Callable[[str], None]] = {}

    def _called(self, call: str, name: str, act: Callable[[], Any]) -> Any:
        self.calls.append(call)
        self.before.pop(call, _nothing)(name)
        answer = act()
        self.after.pop(call, _nothing)(name)
        return answer

    def image(self, _reference: str) -> Image:
        """One that is there."""
        return Image("sha256:1", "sha256:1", "linux/amd64", "", runs=True)

    def create(self, container: Container) -> None:
        """One that is there under its name is left as it is."""
        self.labels[container.name] = container.labels
        self._called("create", container.name, lambda: self.states.setdefault(container.name, Status.CREATED))

    def start(self, name: str) -> None:
        """As Docker does it: one that has ended is run again."""

        def act() -> None:
            if name not in self.states:
                raise EngineRefused(what="start the container of the step", why="no such container")
            self.states[name] = Status.RUNNING

        self._called("start", name, act)

    def state(self, name: str) -> State | None:
        """What it does."""
        found: Status | None = self._called("state", name, lambda: self.states.get(name))
        return None if found is None else State(found, exit_code=0 if found is Status.OVER else None)

    def remove(self, name: str, *, force: bool = True) -> None:
        """Without force nothing that runs."""

        def act() -> None:
            if not force and self.states.get(name) is Status.RUNNING:
                raise EngineRefused(what="remove the container of the step", why="it runs")
            self.states.pop(name, None)

        self._called("remove", name, act)

    def signal(self, name: str, number: str) -> None:
        """Nobody heeds it."""
        self._called(number, name, lambda: None)

    def containers(self, _home_id: str) -> Mapping[str, tuple[Status, Mapping[str, str]]]:
        """All there are."""
        return {name: (status, self.labels.get(name, {})) for name, status in self.states.items()}

    def log(self, name: str, *, follow: bool, terminal: bool) -> Any:
        """None is kept."""
        del follow, terminal
        raise EngineRefused(what="give the log of the container", why=f"{name} has none")


class Bench:
    """A runner on a home of its own, and what it told its engine."""

    def __init__(self, home: Path) -> None:
        self.home, self.engine = home, Engine()
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.runner = self.another()
        self.launch = replace(spec(home), program=None, command=("true",), output_parameters={}, output_artifacts={})

    def another(self, **options: Any) -> ContainerRunner:
        """One more on the same home and engine."""
        chosen = Options(home_id="h", limits=Limits(kill_after=0.0), **options)
        engine: Any = self.engine
        return ContainerRunner(self.home, lambda _, event: self.events.put(event), LocalStore(), connect=lambda: engine, options=chosen)

    def ends(self, name: str) -> None:
        """What was started ends at once."""
        self.engine.states[name] = Status.OVER

    def next(self) -> Event:
        """The next event but what is said to the reader."""
        while isinstance(event := self.events.get(timeout=10), Remarked):
            pass
        return event

    def ended(self) -> Ending:
        """The next event, which is an end."""
        event = self.next()
        assert isinstance(event, Ended), event
        return event.ending


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.runner.close()


def away(_name: str) -> None:
    """The engine does not answer this once."""
    raise AWAY


def claimed(bench: Bench, launch: LaunchSpec) -> Container:
    """The container of an attempt whose engine stands still after it has claimed it."""
    container = bench.runner._claimed(launch)
    assert container is not None
    return container


# ---------------------------------------------------------------- an attempt runs once


def test_a_start_whose_answer_is_lost_is_not_repeated(bench: Bench) -> None:
    """The container ran, and is over: its end is collected."""

    def answer_lost(name: str) -> None:
        bench.ends(name)
        raise AWAY

    bench.engine.after["start"] = answer_lost
    bench.runner.launch(bench.launch)
    assert bench.ended().exit_code == 0
    assert bench.engine.calls.count("start") == 1


def test_a_container_that_ran_and_was_removed_is_not_made_again(bench: Bench) -> None:
    """Whoever cleans up an engine that was away makes an attempt lost, not start twice."""

    def answer_lost(name: str) -> None:
        bench.engine.states.pop(name)
        raise AWAY

    bench.engine.after["start"] = answer_lost
    bench.runner.launch(bench.launch)
    assert bench.ended().cause is Cause.LOST
    assert (bench.engine.calls.count("create"), bench.engine.calls.count("start")) == (1, 1)


def test_a_start_that_never_came_is_not_sent_again(bench: Bench) -> None:
    """It may be under way still: the container goes, and the attempt gets a successor."""
    bench.engine.before["start"] = away
    bench.runner.launch(bench.launch)
    assert bench.ended().cause is Cause.LOST
    assert (bench.engine.calls.count("start"), bench.engine.states) == (1, {})


def test_making_is_tried_until_the_engine_answers(bench: Bench) -> None:
    """Nothing has started then: it is the same container."""
    bench.engine.after["create"] = away
    bench.engine.after["start"] = bench.ends
    bench.runner.launch(bench.launch)
    assert isinstance(bench.next(), Started)
    assert bench.ended().exit_code == 0
    assert (bench.engine.calls.count("create"), bench.engine.calls.count("start")) == (2, 1)


def test_arguments_that_are_bakehouses_own_are_refused(bench: Bench) -> None:
    """Whoever recorded them: a container that restarts runs its step twice."""
    other = bench.another(create={"restart_policy": {"Name": "always"}, "network_mode": "host"})
    other.launch(bench.launch)
    ending = bench.ended()
    other.close()
    assert ending.cause is Cause.ENVIRONMENT
    assert ending.error is not None
    assert "gives its containers restart_policy: Bakehouse itself says that" in ending.error.message
    assert bench.engine.calls == []


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_who_adopts_an_attempt_keeps_it_from_starting(bench: Bench, *, made: bool) -> None:
    """However long the engine that claimed it stands still, wherever it does: it starts nothing, and says nothing."""
    container = claimed(bench, bench.launch)
    if made:
        bench.engine.create(container)
    bench.runner.adopt(bench.launch)
    assert bench.ended().cause is Cause.LOST
    bench.runner._start(bench.engine, bench.launch) if made else bench.runner._make(bench.launch, container)  # type: ignore[arg-type]  # as good as one
    assert bench.engine.states == {}
    assert bench.engine.calls.count("start") == int(made)
    assert bench.events.empty()


def test_who_adopts_a_container_that_starts_meanwhile_follows_it(bench: Bench) -> None:
    """The engine does not remove what runs."""
    container = claimed(bench, bench.launch)
    bench.engine.create(container)
    bench.engine.before["remove"] = bench.engine.start
    bench.runner.adopt(bench.launch)
    assert isinstance(bench.next(), Started)
    bench.ends(container.name)
    assert bench.ended().exit_code == 0
    assert bench.engine.calls.count("start") == 1


def test_a_step_that_is_stopped_while_the_engine_is_away_ends(bench: Bench) -> None:
    """It needs no engine for that."""

    def stopped(_name: str) -> None:
        bench.runner.folder(bench.launch.attempt).ask_to_stop()
        raise AWAY

    bench.engine.before["create"] = stopped
    bench.runner.launch(bench.launch)
    assert bench.ended().cause is Cause.TERMINATED
    assert "start" not in bench.engine.calls


def test_what_has_ended_is_not_stopped(bench: Bench) -> None:
    """The engine is not asked: it might be away, and would be asked without end."""
    folder = bench.runner.folder(bench.launch.attempt)
    folder.make()
    folder.end({"code": 0})
    bench.runner._stop(bench.launch.attempt)
    bench.runner._kill(bench.launch.attempt)
    assert bench.engine.calls == []
    assert not folder.asked_to_stop()


def test_a_removal_that_has_begun_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of an attempt is told before. Whoever closes the runner then, and the program, leaves no container."""
    begun, go_on = threading.Event(), threading.Event()
    left: list[dict[str, Status]] = []
    wait = UnderWay.wait

    def slowly(_name: str) -> None:
        begun.set()
        go_on.wait(10)  # until somebody waits for it, and not only for a while

    def waiting(removals: UnderWay, seconds: float) -> None:
        assert bench.engine.states
        go_on.set()
        wait(removals, seconds)
        left.append(dict(bench.engine.states))

    monkeypatch.setattr(UnderWay, "wait", waiting)

    bench.engine.after["start"] = bench.ends
    bench.engine.before["remove"] = slowly
    bench.runner.launch(bench.launch)
    bench.next()
    assert bench.ended().exit_code == 0
    assert begun.wait(10)
    bench.runner.close()
    assert left == [{}]


# ---------------------------------------------------------------- causes and words


def test_a_launch_waits_for_an_engine_that_is_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed yet, and nothing fails."""
    asked: list[str] = []

    def image(reference: str) -> Image:
        asked.append(reference)
        if len(asked) == 1:
            raise AWAY
        return Image("sha256:1", "sha256:1", "linux/amd64", "", runs=True)

    monkeypatch.setattr(bench.engine, "image", image)
    bench.engine.after["start"] = bench.ends
    bench.runner.launch(bench.launch)
    assert isinstance(bench.next(), Started)
    assert bench.ended().exit_code == 0


def test_an_image_that_was_removed_is_no_trouble_of_the_store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is of the step's environment."""
    monkeypatch.setattr(bench.engine, "image", lambda _: None)
    bench.runner.launch(bench.launch)
    ending = bench.ended()
    assert ending.cause is Cause.ENVIRONMENT
    assert ending.error is not None
    assert "was removed before the step started" in ending.error.message


def test_what_goes_wrong_in_collecting_is_told_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as a step that could not be started."""

    def fails(*_: object, **__: object) -> bool:
        raise ValueError("odd")

    monkeypatch.setattr(container_leavings, "take", fails)
    bench.engine.after["start"] = bench.ends
    bench.runner.launch(bench.launch)
    bench.next()
    ending = bench.ended()
    assert ending.error is not None
    assert (ending.cause, ending.error.message) == (Cause.ENGINE, "what the step left cannot be collected: ValueError: odd")


def test_a_container_that_is_left_is_nobodys_here(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is neither told nor cleared away, as that of another one is."""
    looked_at, containers = threading.Event(), bench.engine.containers

    def looking(home_id: str) -> Mapping[str, tuple[Status, Mapping[str, str]]]:
        looked_at.set()
        return containers(home_id)

    monkeypatch.setattr(bench.engine, "containers", looking)
    bench.runner.launch(bench.launch)
    assert isinstance(bench.next(), Started)
    assert looked_at.wait(10.0)
    (name,) = bench.engine.states
    bench.runner.leave(bench.launch.attempt)
    bench.ends(name)
    other = replace(bench.launch, attempt=replace(bench.launch.attempt, number=2))
    bench.engine.after["start"] = bench.ends
    bench.runner.launch(other)
    told = [bench.next(), bench.next()]
    assert [(type(one), one.attempt) for one in told if isinstance(one, Started | Ended)] == [(Started, 2), (Ended, 2)]
    bench.runner.close()
    assert list(bench.engine.states) == [name]
