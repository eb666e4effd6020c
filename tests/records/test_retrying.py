"""A run that did not succeed is retried: what succeeded is kept, the rest begins again, and no engine of before can interfere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir.execution import Outputs, RunId, TaskId
from bakehouse.orchestrator.errors import Displaced
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState
from bakehouse.records.database import Records
from bakehouse.records.errors import NoSuchRun, NotRetryable
from tests.records.stories import Teller, engine, finished, new_run


def half_done(records: Records, home: Path) -> tuple[RunId, int]:
    """A run whose first task succeeded and whose second was skipped; and the epoch at which it was driven."""
    run_id = records.create_run(new_run())
    told = Teller(run_id)
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first", Outputs({"n": 1}))])
        records.request(run_id, RequestKind.TERMINATE, "someone")
        driver.driving.write(run_id, epoch, [told.run(RunMove.TERMINATED), told.task("second", TaskMove.CANCELED), told.run(RunMove.CANCELED)])
    return run_id, epoch


def test_what_succeeded_is_kept_and_the_rest_waits(records: Records, home: Path) -> None:
    """Outputs of the first task stay; the second waits for nothing but an engine."""
    run_id, _ = half_done(records, home)
    records.retry(run_id, "me")
    view = records.run(run_id)
    first, second = view.tasks
    assert (view.summary.state, view.summary.finished_at, view.summary.error) == (RunState.PENDING, None, "")
    assert (first.state, first.outputs) == (TaskState.SUCCEEDED, Outputs({"n": 1}))
    assert (second.state, second.why, second.finished_at) == (TaskState.WAITING, "", None)


def test_the_events_go_on_counting(records: Records, home: Path) -> None:
    """One event for the run and one for each task that begins again, without a gap."""
    run_id, _ = half_done(records, home)
    before = records.run(run_id).seq
    records.retry(run_id, "me")
    events = records.events(run_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [(event.kind, event.task_id) for event in events[before:]] == [("run.RETRIED", None), ("task.RESET", TaskId("second"))]
    assert records.run(run_id).seq == len(events)


def test_an_engine_takes_it_and_does_not_end_it(records: Records, home: Path) -> None:
    """The termination of before is forgotten; the epoch is a new one, so that the engine of before can write no more."""
    run_id, epoch = half_done(records, home)
    records.retry(run_id, "me")
    with engine(records, home) as driver:
        assert list(driver.driving.free_runs()) == [run_id]
        taken = driver.driving.take(run_id)
        assert taken is not None
        assert taken[0].terminated_by is None
        with pytest.raises(Displaced):
            driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])


def test_the_time_for_which_it_lay_failed_does_not_count(records: Records, home: Path) -> None:
    """It starts when it begins again; when it was created stays."""
    run_id, _ = half_done(records, home)
    before = records.run(run_id).summary
    records.retry(run_id, "me")
    assert records.run(run_id).summary.started_at is None
    told = Teller(run_id, at=(before.finished_at or 0.0) + 86_400.0)
    with engine(records, home) as driver:
        driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.STARTED)])
    after = records.run(run_id).summary
    assert after.started_at is not None
    assert after.started_at > (before.finished_at or 0.0)
    assert after.created_at == before.created_at


def test_a_run_that_succeeded_is_not_retried(records: Records, home: Path) -> None:
    """Neither is one that goes on, or one that is not there; nothing changes."""
    done = finished(records, home)
    waiting = records.create_run(new_run())
    for run_id in (done, waiting):
        before = records.run(run_id)
        with pytest.raises(NotRetryable, match=before.summary.state.value):
            records.retry(run_id, "me")
        assert records.run(run_id) == before
    with pytest.raises(NoSuchRun):
        records.retry(RunId("none"), "me")
