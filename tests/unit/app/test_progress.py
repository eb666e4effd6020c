"""A run as its display knows it, folded out of what the engine recorded or out of the records."""

from __future__ import annotations

from dataclasses import replace

from bakehouse.app.display import progress
from bakehouse.app.display.progress import Progress
from bakehouse.app.display.wording import doing, news, still
from bakehouse.ir.execution import Outputs, RunId, StepError, TaskId
from bakehouse.orchestrator.commands import Change, Published, RunMoved, TaskNoted
from bakehouse.orchestrator.events import CachedResult
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState
from tests.unit.app import samples
from tests.unit.app.samples import moved

A, B = TaskId("a"), TaskId("b")
_BEGUN = progress.begun([(A, "a"), (B, "the second")])
_PREPARING = moved("a", TaskState.WAITING, TaskMove.RELEASED, 1.0)
_RUNNING = [_PREPARING, moved("a", TaskState.PREPARING, TaskMove.MISSED, 2.0), moved("a", TaskState.QUEUED, TaskMove.LAUNCHED, 3.0)]


def _told(earlier: Progress, *changes: Change, now: float = 10.0) -> list[str]:
    told = news(earlier, progress.after(earlier, changes), now)
    return [line.text for line in (*told.over, *told.going, *told.run)]


def test_a_step_says_that_it_runs_and_how_it_ended() -> None:
    """One line when it starts, one when it is over, with how long it took."""
    running = progress.after(_BEGUN, _RUNNING)
    assert _told(_BEGUN, *_RUNNING) == ["a: running"]
    assert _told(running, moved("a", TaskState.RUNNING, TaskMove.SUCCEEDED, 4.5)) == ["a: succeeded in 1.5 s"]


def test_a_step_that_came_and_went_between_two_looks_is_said_once() -> None:
    """Only how it ended is news then."""
    assert _told(_BEGUN, *_RUNNING, moved("a", TaskState.RUNNING, TaskMove.SUCCEEDED, 3.1)) == ["a: succeeded in 100 ms"]


def test_building_an_environment_is_told_with_its_packages() -> None:
    """The reason is said once in lines, and with its seconds in the tree."""
    note = TaskNoted(A, TaskState.PREPARING, "building environment: scikit-learn", 2.0)
    assert _told(_BEGUN, _PREPARING, note) == ["a: building environment: scikit-learn"]
    step = progress.after(_BEGUN, [_PREPARING, note]).steps[A]
    assert doing(step, 16.0) == "building environment: scikit-learn, 14 s"


def test_waiting_for_a_slot_is_no_news() -> None:
    """A hundred steps that wait do not print a hundred lines."""
    assert _told(_BEGUN, *_RUNNING[:2]) == []


def test_a_reused_step_names_the_run_and_the_age() -> None:
    """From which run, and how old the result is."""
    result = CachedResult("key", RunId("feedbeef-1"), "digits yesterday", A, 1, 0.0, Outputs())
    changes: list[Change] = [_PREPARING, moved("a", TaskState.PREPARING, TaskMove.REUSED, 1.5), Published(A, 0, Outputs(), 1.5, reused=result)]
    assert _told(_BEGUN, *changes, now=7200.0) == ["a: reused from run feedbeef (digits yesterday), 2 h old"]


def test_a_failure_is_one_line_with_type_and_message() -> None:
    """Whatever the message holds."""
    running = progress.after(_BEGUN, _RUNNING)
    failed = replace(moved("a", TaskState.RUNNING, TaskMove.FAILED, 5.0), error=StepError("not\na number", "ValueError"))
    assert _told(running, failed) == ["a: failed after 2.0 s: ValueError: not a number"]


def test_another_attempt_is_counted() -> None:
    """The pause says why; the next start says which attempt it is."""
    running = progress.after(_BEGUN, _RUNNING)
    pause = replace(moved("a", TaskState.RUNNING, TaskMove.RETRIED, 5.0), why="attempt 1 failed (x); the next one starts in 5 s", attempt=1)
    assert _told(running, pause) == ["a: attempt 1 failed (x); the next one starts in 5 s"]
    again = [moved("a", TaskState.BACKING_OFF, TaskMove.DUE, 10.0), replace(moved("a", TaskState.QUEUED, TaskMove.LAUNCHED, 10.0), attempt=2)]
    assert _told(progress.after(running, [pause]), *again) == ["a: running (attempt 2)"]


def test_why_there_is_another_attempt_is_told_if_it_has_started_since() -> None:
    """It may do so at once: between two looks there is no pause to be seen."""
    running = progress.after(_BEGUN, _RUNNING)
    failed = replace(moved("a", TaskState.RUNNING, TaskMove.RETRIED, 5.0), why="attempt 1 failed (x); the next one starts at once", attempt=1)
    again = [moved("a", TaskState.BACKING_OFF, TaskMove.DUE, 5.0), replace(moved("a", TaskState.QUEUED, TaskMove.LAUNCHED, 5.0), attempt=2)]
    assert _told(running, failed, *again) == ["a: attempt 1 failed (x); the next one starts at once", "a: running (attempt 2)"]


def test_a_termination_is_told_once() -> None:
    """With who asked for it."""
    change = RunMoved(RunState.RUNNING, RunMove.TERMINATED, RunState.CANCELING, 5.0, error=StepError("terminated by ada"))
    assert _told(_BEGUN, change) == ["terminated by ada: running steps are being stopped"]
    assert _told(progress.after(_BEGUN, [change])) == []


def test_display_names_are_what_is_read() -> None:
    """A step that the author named is called so."""
    assert _told(_BEGUN, replace(moved("b", TaskState.WAITING, TaskMove.SKIPPED), why="not started: a failed")) == [
        "the second: skipped, not started: a failed"
    ]


def test_a_step_that_is_not_tried_again_keeps_its_error() -> None:
    """It ran, and that it was given up later does not hide why it failed."""
    change = replace(moved("b", TaskState.BACKING_OFF, TaskMove.SKIPPED), why="not started again: a failed", attempt=1, error=StepError("boom"))
    assert _told(_BEGUN, change) == ["the second: skipped, not started again: a failed; attempt 1 failed: boom"]


def test_the_records_give_the_same_picture() -> None:
    """A run that another engine drives is shown from its records."""
    seen = progress.seen(_BEGUN, samples.run(samples.task("a"), samples.reused("b"), state=RunState.RUNNING))
    told = news(_BEGUN, seen, 60.0)
    assert [line.text for line in told.over] == ["a: succeeded in 500 ms", "b: reused from run feedbeef, 1 min old"]


def test_a_long_silence_says_what_is_going_on() -> None:
    """What runs, and what the others wait for."""
    assert still(progress.after(_BEGUN, _RUNNING), 33.0) == "running: a (30 s); 1 step: waiting"
