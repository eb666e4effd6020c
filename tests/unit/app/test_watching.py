"""The loop that shows a run while it is driven, and obeys Ctrl-C."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.app.display.progress import Progress, begun
from bakehouse.app.display.tails import Printed, Tails
from bakehouse.app.display.texts import Line
from bakehouse.app.display.wording import News
from bakehouse.app.interrupts import Interrupts
from bakehouse.app.watching import Left, Watch, heard
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.commands import Change, RunMoved
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState
from bakehouse.records.errors import DatabaseUnusable, RunIsOver
from bakehouse.records.views import RunView
from tests.unit.app import samples
from tests.unit.app.samples import moved

A = TaskId("a")


@dataclass
class _Screen:
    """Keeps what it is shown."""

    most_bytes: int = 1000
    shown: list[str] = field(default_factory=list)

    def update(self, progress: Progress, told: News, printed: Sequence[Printed]) -> None:
        del progress
        self.lines([*told.going, *(Line(one.text) for one in printed), *told.over, *told.run])

    def lines(self, lines: Sequence[Line]) -> None:
        self.shown += [line.text for line in lines]

    def close(self, progress: Progress) -> None:
        """Nothing to take away."""


@dataclass
class _Driver:
    """Does one thing at each wait; the run is over after the last one."""

    acts: list[Callable[[], object]]
    terminated: int = 0
    refusals: list[Exception | None] = field(default_factory=list)

    def wait(self, timeout: float) -> bool:
        assert timeout <= 0.1
        if not self.acts:
            return True
        self.acts.pop(0)()
        return not self.acts

    def terminate(self) -> bool:
        self.terminated += 1
        refusal = self.refusals.pop(0) if self.refusals else None
        if isinstance(refusal, Unavailable):
            raise refusal
        return refusal is None


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Of a run that the records hold as over, with no step of which anything could be told."""
    monkeypatch.setattr(runs, "get", lambda _context, _run: samples.run())
    screen = _Screen()
    tails = Tails(lambda attempt: tmp_path / attempt.task_id, "1a2b", screen.most_bytes)
    return Watch(cast("Context", None), samples.RUN, screen, tails, begun([(A, "a")]))


def _shown(watch: Watch) -> list[str]:
    return cast("_Screen", watch.screen).shown


def _press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def _press_twice() -> None:
    _press()
    _press()


def test_a_run_is_told_from_start_to_end(watch: Watch, tmp_path: Path) -> None:
    """Started, printed, ended: also what comes with the very last look."""
    start: list[Change] = [
        moved("a", TaskState.WAITING, TaskMove.RELEASED),
        moved("a", TaskState.PREPARING, TaskMove.MISSED),
        moved("a", TaskState.QUEUED, TaskMove.LAUNCHED, 1.0),
        samples.opened("a"),
    ]
    end: list[Change] = [
        samples.closed("a"),
        moved("a", TaskState.RUNNING, TaskMove.SUCCEEDED, 2.0),
        RunMoved(RunState.RUNNING, RunMove.SUCCEEDED, RunState.SUCCEEDED, 2.0),
    ]
    driver = _Driver(
        [
            lambda: watch.observe(samples.RUN, start),
            lambda: (tmp_path / "a").write_text("hello\nbye"),
            lambda: watch.observe(samples.RUN, end),
        ]
    )
    with Interrupts() as interrupts:
        watch.until_over(driver, interrupts)
    assert _shown(watch) == ["a: running", "hello", "bye", "a: succeeded in 1.0 s"]


def test_one_ctrl_c_asks_for_the_end_and_waits(watch: Watch) -> None:
    """Asked once, said once."""
    driver = _Driver([_press, lambda: None, lambda: None])
    with Interrupts() as interrupts:
        watch.until_over(driver, interrupts)
    assert driver.terminated == 1
    assert len(_shown(watch)) == 1
    assert "Once more" in _shown(watch)[0]


def test_two_ctrl_c_leave_also_when_they_come_at_once(watch: Watch) -> None:
    """The end is asked for first."""
    driver = _Driver([_press_twice, lambda: None, lambda: None])
    with Interrupts() as interrupts, pytest.raises(Left) as left:
        watch.until_over(driver, interrupts)
    assert left.value.number == 0
    assert driver.terminated == 1


def test_ctrl_c_in_the_moment_of_the_end_changes_nothing(watch: Watch) -> None:
    """The run is over already: its result is shown, and nobody says that it is being ended."""
    driver = _Driver([_press, lambda: None], refusals=[RunIsOver(run="r", state="SUCCEEDED")])
    with Interrupts() as interrupts:
        watch.until_over(driver, interrupts)
    assert _shown(watch) == []


def test_records_that_cannot_be_written_are_asked_again(watch: Watch) -> None:
    """Ctrl-C cannot be carried out now: that is said once, and the run is watched on until it can be."""
    locked = [DatabaseUnusable(path="db", why="it is locked", remedy="Wait.") for _ in range(2)]
    driver = _Driver([_press, lambda: None, lambda: None, lambda: None], refusals=[*locked])
    with Interrupts() as interrupts:
        watch.until_over(driver, interrupts)
    assert driver.terminated == 3
    assert watch.terminating
    assert [line for line in _shown(watch) if "it is locked" in line] == _shown(watch)[:1]
    assert "steps have 10 s" in _shown(watch)[-1]


def test_two_ctrl_c_leave_also_when_the_records_cannot_be_written(watch: Watch) -> None:
    """Nobody ends the run then, and nobody says so."""
    driver = _Driver([_press_twice, lambda: None], refusals=[DatabaseUnusable(path="db", why="it is locked", remedy="Wait.")])
    with Interrupts() as interrupts, pytest.raises(Left):
        watch.until_over(driver, interrupts)
    assert not watch.terminating


def test_what_the_engine_has_to_say_is_shown(watch: Watch) -> None:
    """A full disk, say: line by line."""
    driver = _Driver([lambda: watch.hear("the disk is full\n  Free some space."), lambda: None])
    with Interrupts() as interrupts:
        watch.until_over(driver, interrupts)
    assert _shown(watch) == ["the disk is full", "  Free some space."]


def test_only_the_engine_of_the_run_is_heard(watch: Watch) -> None:
    """Other threads of the program wait for runs of their own, and their engines say things to the same logger."""
    log = logging.getLogger("bakehouse.engine")

    def say(words: str, thread: str) -> None:
        speaker = threading.Thread(target=log.warning, args=(words,), name=thread)
        speaker.start()
        speaker.join()

    with heard(watch, "engine a"):
        log.warning("begun")
        say("ours", "engine a")
        say("theirs", "engine b")
    say("later", "engine a")
    watch.look()
    assert _shown(watch)[:2] == ["begun", "ours"]
    assert not {"theirs", "later"} & set(_shown(watch))


def test_records_that_cannot_be_read_are_read_later(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run of another engine is watched on."""
    watch.silence = 0.0
    views: list[RunView | Exception] = [
        DatabaseUnusable(path="db", why="it is locked", remedy="Wait."),
        DatabaseUnusable(path="db", why="it is locked", remedy="Wait."),
        samples.run(samples.task("a"), state=RunState.RUNNING),
    ]

    def get(_context: object, _run: object) -> RunView:
        view = views.pop(0)
        if isinstance(view, Exception):
            raise view
        return view

    monkeypatch.setattr(runs, "get", get)
    with Interrupts() as interrupts:
        watch.until_over(_Driver([lambda: None] * 3), interrupts)
    assert len([line for line in _shown(watch) if "it is locked" in line]) == 1
    assert _shown(watch)[-1] == "a: succeeded in 500 ms"


def test_a_signal_to_go_leaves_the_run_alone(watch: Watch) -> None:
    """TERM ends the command, not the run."""
    driver = _Driver([lambda: os.kill(os.getpid(), signal.SIGTERM), lambda: None, lambda: None])
    with Interrupts() as interrupts, pytest.raises(Left) as left:
        watch.until_over(driver, interrupts)
    assert left.value.number == signal.SIGTERM
    assert driver.terminated == 0


def test_signals_are_as_before_afterwards() -> None:
    """Ctrl-C raises again; what was ignored stays ignored all the time."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            os.kill(os.getpid(), signal.SIGHUP)
        assert interrupts.ended_by == 0
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_run_that_another_engine_drives_is_read_from_the_records(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """When our engine says nothing for a while, the records know."""
    watch.silence = 0.0
    views: list[RunView] = [samples.run(samples.task("a"), state=RunState.RUNNING)]
    monkeypatch.setattr(runs, "get", lambda _context, _run: views[0])
    with Interrupts() as interrupts:
        watch.until_over(_Driver([lambda: None, lambda: None]), interrupts)
    assert _shown(watch) == ["a: succeeded in 500 ms"]


def test_a_run_that_another_engine_ended_is_told_whole(watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was over before the silence was long enough to ask: the last look asks, and shows what its steps had printed."""
    (tmp_path / "a").write_text("hello\nbye")
    monkeypatch.setattr(runs, "get", lambda _context, _run: samples.run(samples.task("a")))
    with Interrupts() as interrupts:
        watch.until_over(_Driver([lambda: None]), interrupts)
    assert _shown(watch) == ["hello", "bye", "a: succeeded in 500 ms"]
    assert watch.picture.state is RunState.SUCCEEDED
