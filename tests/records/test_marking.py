"""A step that failed is marked as succeeded: who said so is recorded, the run goes on from there, and the cache never hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir.execution import Outputs, RunId, TaskId
from bakehouse.orchestrator.commands import Change, NewTask
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState
from bakehouse.records.database import Records
from bakehouse.records.errors import NoSuchRun, NotMarkable
from tests.records.stories import Teller, artifact, engine, failed_run, finished, new_run, rows

FIRST = TaskId("first")


def test_a_failed_step_is_marked_with_what_it_gave(records: Records, home: Path) -> None:
    """The run stays failed; the step says who marked it, its artifacts have rows, the events count on; no cache entry is made."""
    run_id = failed_run(records, home)
    given = Outputs({"n": 3}, {"data": (artifact("data"),)})
    before = records.run(run_id).seq
    records.mark_succeeded(run_id, FIRST, given, "ann")
    view = records.run(run_id)
    (first,) = [task for task in view.tasks if task.id == FIRST]
    assert view.summary.state is RunState.FAILED
    assert (first.state, first.why, first.error, first.outputs) == (TaskState.SUCCEEDED, "marked succeeded by ann", None, given)
    assert [attempt.state for attempt in first.attempts] == ["FAILED"]
    events = records.events(run_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [(event.kind, event.task_id) for event in events[before:]] == [("task.MARKED", FIRST), ("task.PUBLISHED", FIRST)]
    assert events[before].detail == {"by": "ann", "why": "marked succeeded by ann"}
    found = records.artifacts.get(given.artifacts["data"][0].id)
    assert found is not None
    assert (found.producers[0].task_id, found.artifact) == (FIRST, given.artifacts["data"][0])
    assert rows(home, "SELECT count(*) FROM cache_entries") == [(0,)]


def test_a_retry_goes_on_from_there(records: Records, home: Path) -> None:
    """The marked step is kept, what follows it begins again."""
    run_id = failed_run(records, home)
    records.mark_succeeded(run_id, FIRST, Outputs({"n": 3}), "ann")
    records.retry(run_id, "ann")
    assert {task.id: task.state for task in records.run(run_id).tasks} == {FIRST: TaskState.SUCCEEDED, TaskId("second"): TaskState.WAITING}


def test_a_mark_counts_for_the_next_retry_alone(records: Records, home: Path) -> None:
    """What came after it in the life that followed is kept by the one after that."""
    run_id = records.create_run(new_run({"first": (), "exit": ("first",), "other": ()}))
    told = Teller(run_id)
    with engine(records, home) as driver:
        begun = [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first"), told.failed("first")]
        failing = [told.task("first", TaskMove.FAILED, attempt=1), *told.done("exit"), told.task("other", TaskMove.FAILED)]
        driver.driving.write(run_id, driver.take(run_id), [*begun, *failing, told.run(RunMove.FAILED)])
        records.mark_succeeded(run_id, FIRST, Outputs({"n": 3}), "ann")
        records.retry(run_id, "ann")
        assert {task.id for task in records.run(run_id).tasks if task.state is TaskState.WAITING} == {"exit", "other"}
        again = Teller(run_id, at=told.at)
        reused = [again.task("exit", TaskMove.RELEASED), again.task("exit", TaskMove.REUSED)]
        moves: list[Change] = [again.run(RunMove.STARTED), *reused, again.task("other", TaskMove.FAILED), again.run(RunMove.FAILED)]
        driver.driving.write(run_id, driver.take(run_id), moves)
        records.retry(run_id, "ann")
    assert {task.id for task in records.run(run_id).tasks if task.state is TaskState.WAITING} == {"other"}


def test_nothing_else_can_be_marked(records: Records, home: Path) -> None:
    """A step that succeeded or was skipped, one that is not there, a group, a step of a run that goes on or succeeded; nothing changes then."""
    over, waiting, good = failed_run(records, home), records.create_run(new_run()), finished(records, home)
    group = records.create_run(new_run(tasks=(NewTask(TaskId("group"), "group", kind=TaskKind.DAG),)))
    told = Teller(group)
    with engine(records, home) as driver:
        moves: list[Change] = [told.run(RunMove.STARTED), told.task("group", TaskMove.FAILED), told.run(RunMove.FAILED)]
        driver.driving.write(group, driver.take(group), moves)
    records.mark_succeeded(over, FIRST, Outputs(), "ann")
    refused = [(over, "first"), (over, "second"), (over, "third"), (waiting, "first"), (good, "first"), (group, "group")]
    for run_id, task in refused:
        before = records.run(run_id)
        with pytest.raises(NotMarkable):
            records.mark_succeeded(run_id, TaskId(task), Outputs({"n": 1}), "bob")
        assert records.run(run_id) == before
    with pytest.raises(NoSuchRun):
        records.mark_succeeded(RunId("none"), FIRST, Outputs(), "bob")
