"""Equal steps at the same time: one runs, the others wait without a slot and know for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir.execution import Cause, Ending, Outputs, Place, RunId, StepError, TaskId
from bakehouse.orchestrator import duplicates, machine
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened, Await, Command, Launch, LookUp, Queue, Release, TaskMoved, TaskNoted
from bakehouse.orchestrator.events import Admitted, CachedResult, Claimant, ClaimChanged, Ended, Event, Held, LookedUp, Prepared, RunTaken
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.states import TaskMove, TaskState
from tests.unit.orchestrator.engines import GOOD, PLACE, Rows, Steps, at_work, moves, turned
from tests.unit.orchestrator.pipelines import pipeline, record

_PLACE = Place("/usr/bin/python3", "cpython-3.11.7", "linux-x86_64", "numpy==2.0")
_A = TaskId("a")
_OTHER = Claimant(RunId("0123456789abcdef"), "the other", TaskId("there"), 1)


def _told(run: Run, *events: Event) -> tuple[Run, list[Command]]:
    commands: list[Command] = []
    for event in events:
        run, more = machine.step(run, event)
        commands += more
    return run, commands


def _fresh(*, use_cache: bool = True, retries: int = 0) -> Run:
    return recorded(record(pipeline({"a": []}, cached=True, retries=retries), RunOptions(use_cache=use_cache)))


def _key(commands: list[Command]) -> str:
    (asked,) = [one for one in commands if isinstance(one, LookUp)]
    return asked.key


def test_a_step_waits_for_an_equal_one_and_says_so() -> None:
    """It asks for no slot, and names run and step."""
    run, before = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0))
    run, commands = _told(run, LookedUp(_A, None, 3.0, claimant=_OTHER))
    assert run.tasks[_A].state is TaskState.PREPARING
    why = "the same step runs in run 01234567 (the other): there"
    assert commands == [TaskNoted(_A, TaskState.PREPARING, why, 3.0), Await(_A, _key(before), _OTHER)]


def test_it_asks_again_when_that_one_is_done() -> None:
    """There is a result then: it is reused."""
    run, before = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0, claimant=_OTHER))
    run, commands = _told(run, ClaimChanged(_A, 4.0))
    assert commands == [LookUp(_A, _key(before))]
    found = CachedResult(_key(before), _OTHER.run_id, "the other", _OTHER.task_id, 1, 3.5, Outputs({"n": 7}))
    run, _ = _told(run, LookedUp(_A, found, 5.0))
    assert (run.tasks[_A].state, run.tasks[_A].outputs) == (TaskState.SUCCEEDED, Outputs({"n": 7}))


def test_it_runs_itself_when_that_one_has_failed() -> None:
    """There is neither a result nor anybody who makes one: its attempt claims the key, and gives it up when it is over."""
    run, before = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0, claimant=_OTHER))
    run, commands = _told(run, ClaimChanged(_A, 4.0), LookedUp(_A, None, 5.0), Admitted(_A, 6.0))
    (opened,) = [one for one in commands if isinstance(one, AttemptOpened)]
    assert (opened.claim, [one for one in commands if isinstance(one, Queue)]) == (_key(before), [Queue(_A)])
    run, commands = _told(run, Ended(_A, 1, Ending(outputs=Outputs({"n": 1})), 7.0))
    assert [one.claim for one in commands if isinstance(one, AttemptClosed)] == [_key(before)]


def test_a_step_that_comes_second_gives_its_slot_back() -> None:
    """It was about to start when an equal one did."""
    run, before = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0))
    events = duplicates.yielding([Admitted(_A, 4.0)], {_A: _OTHER})
    assert events == [Held(_A, _OTHER, 4.0)]
    run, commands = _told(run, *events)
    moved, *rest = commands
    assert isinstance(moved, TaskMoved)
    assert (moved.before, moved.move, moved.after) == (TaskState.QUEUED, TaskMove.HELD, TaskState.PREPARING)
    assert moved.why.startswith("the same step runs in run 01234567")
    assert rest == [Release(_A), Await(_A, _key(before), _OTHER)]
    run, commands = _told(run, ClaimChanged(_A, 5.0), LookedUp(_A, None, 6.0), Admitted(_A, 7.0))
    assert any(isinstance(one, Launch) for one in commands)


def test_a_step_that_fails_gives_its_claim_up_while_it_rests() -> None:
    """Others need not wait for its pause; when that is over it may have to wait for them."""
    run, _ = _told(_fresh(retries=2), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0), Admitted(_A, 4.0))
    run, commands = _told(run, Ended(_A, 1, Ending(cause=Cause.EXIT_CODE, exit_code=1, error=StepError("no")), 5.0))
    assert run.tasks[_A].state is TaskState.BACKING_OFF
    assert all(one.claim for one in commands if isinstance(one, AttemptClosed))


def test_a_run_without_the_cache_neither_waits_nor_claims() -> None:
    """Its steps run whatever else does."""
    _, commands = _told(_fresh(use_cache=False), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), Admitted(_A, 3.0))
    assert [one.claim for one in commands if isinstance(one, AttemptOpened)] == [""]


def test_what_comes_late_changes_nothing() -> None:
    """A claim that changed for a task that runs or is over; a task that is held back twice gives a slot back that it may have."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0), Admitted(_A, 4.0))
    assert _told(run, ClaimChanged(_A, 5.0)) == (run, [])
    assert _told(run, Held(_A, _OTHER, 5.0)) == (run, [Release(_A)])


def test_an_engine_that_comes_second_records_that_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the first decision is recorded or started; what else happened in that turn is recorded once. When the other one is gone, it runs."""
    monkeypatch.setattr("bakehouse.orchestrator.engine._POLL", 0.0)  # each turn looks at what others wrote
    one = record(pipeline({"a": [], "b": []}, cached=True))
    rows, steps = Rows({GOOD: replace(one, id=GOOD)}), Steps()
    engine = at_work(rows, steps=steps)
    both = _A, TaskId("b")
    known, _ = _told(recorded(one), RunTaken(1.0), *(Prepared(each, PLACE, 2.0) for each in both))
    entries = [known.tasks[each].entry for each in both]
    rows.at_it.update({entry.key: _OTHER for entry in entries if entry is not None})
    engine.take_free()
    turned(engine)
    moved = [change.move for _, change in rows.written if isinstance(change, TaskMoved) and change.task_id == _A]
    assert moved == [TaskMove.RELEASED, TaskMove.MISSED, TaskMove.HELD]
    assert not any(isinstance(change, AttemptOpened) for _, change in rows.written)
    assert steps.launched == []
    rows.at_it.clear()
    turned(engine)
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]
