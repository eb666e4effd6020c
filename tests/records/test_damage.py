"""A run of which something cannot be read: that is said of this run alone, which is put aside, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir.execution import AttemptId, RunId, StepError, TaskId
from bakehouse.orchestrator.errors import Displaced, Unreadable
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import RunMove, RunState, TaskState
from bakehouse.records.database import Records
from tests.records.stories import Teller, engine, finished, new_run, rows, write_row

REASON = StepError("it cannot be read", remedy="Delete it.")

#: What happens to the rows of a run, and what of it cannot be read then.
DAMAGES = {
    "its pipeline: this is not YAML": "UPDATE specs SET text = '{{{' WHERE ? <> ''",
    "its pipeline: the text of it is gone": "DELETE FROM specs WHERE ? <> ''",
    "its parameters: it is not JSON": "UPDATE runs SET parameters = '{' WHERE id = ?",
    "its parameters: it is no JSON object but [1]": "UPDATE runs SET parameters = '[1]' WHERE id = ?",
    "its pipeline root: it is no text but 7": "UPDATE runs SET pipeline_root = '7' WHERE id = ?",
    "its options: 'runner' is missing": "UPDATE runs SET options = '{}' WHERE id = ?",
    "its options: this Bakehouse knows no runner 'moon'": "UPDATE runs SET options = replace(options, 'auto', 'moon') WHERE id = ?",
    "the places of its components": "UPDATE runs SET origins = '7' WHERE id = ?",
    "the time at which it was created: 'then' is no number": "UPDATE runs SET created_at = 'then' WHERE id = ?",
    "its error": "UPDATE runs SET error = '7' WHERE id = ?",
    "its epoch: 'x' is no number": "UPDATE runs SET epoch = 'x' WHERE id = ?",
    "its events: they do not go on": "UPDATE runs SET seq = 0 WHERE id = ?",
    "task second: 'HAPPY' is not a valid TaskState": "UPDATE tasks SET state = 'HAPPY' WHERE run_id = ? AND id = 'second'",
    "task second: 'x' is no number": "UPDATE tasks SET attempt = 'x' WHERE run_id = ? AND id = 'second'",
    "task first: 'artifacts' is missing": """UPDATE tasks SET outputs = '{"parameters":{}}' WHERE run_id = ? AND id = 'first'""",
    "the attempt of task first: it is not JSON": "UPDATE attempts SET launch = '' WHERE run_id = ?",
}


def running(records: Records, home: Path) -> RunId:
    """A run whose first task runs, left by its engine."""
    run_id = records.create_run(new_run())
    told = Teller(run_id)
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")])
        driver.driving.release(run_id, epoch)
    return run_id


def has_no_gaps(home: Path, run_id: RunId) -> bool:
    """Whether the events of a run are numbered from 1 to what its row counts."""
    ((seq,),) = rows(home, "SELECT seq FROM runs WHERE id = ?", run_id)
    return [number for (number,) in rows(home, "SELECT seq FROM events WHERE run_id = ? ORDER BY seq", run_id)] == list(range(1, int(str(seq)) + 1))


#: PostgreSQL keeps these out itself: a column of numbers holds numbers.
NOT_TYPED = {what for what in DAMAGES if "is no number" in what}


@pytest.mark.parametrize(
    ("database", "what"),
    [(one, what) for one in ("sqlite", "postgresql") for what in DAMAGES if one == "sqlite" or what not in NOT_TYPED],
    indirect=["database"],
)
def test_what_is_damaged_is_named_and_the_run_can_be_put_aside_and_deleted(records: Records, home: Path, what: str) -> None:
    """Whatever it is: the run is as free as before, then it has failed, no engine gets it again, and its rows can go."""
    run_id = running(records, home)
    write_row(home, DAMAGES[what], run_id)
    with engine(records, home) as driver:
        with pytest.raises(Unreadable) as raised:
            driver.driving.take(run_id)
        assert f"what is recorded of run {run_id} cannot be read: {what}" in str(raised.value)
        assert f"bakehouse runs delete {run_id}" in str(raised.value.remedy)
        assert driver.driving.free_runs() == [run_id]
        assert driver.driving.put_aside(run_id, REASON) == [AttemptId(run_id, TaskId("first"), 1)]
        assert driver.driving.free_runs() == []
        assert driver.driving.take(run_id) is None
    (listed,) = records.list_runs()
    assert (listed.state, listed.error) == (RunState.FAILED, "it cannot be read")
    assert has_no_gaps(home, run_id)
    records.delete_run(run_id)
    assert records.list_runs() == []


def test_a_run_that_was_put_aside_shows_why(records: Records, home: Path) -> None:
    """What ran has failed with the reason, what waited is skipped, and the events tell it."""
    run_id = running(records, home)
    with engine(records, home) as driver:
        driver.driving.put_aside(run_id, REASON)
    view = records.run(run_id)
    first, second = view.tasks
    assert (view.summary.state, view.error, view.driven_by) == (RunState.FAILED, REASON, "")
    assert (first.state, first.error, first.why) == (TaskState.FAILED, REASON, "")
    assert (second.state, second.error, second.why) == (TaskState.SKIPPED, None, "not started: its run was put aside")
    assert view.summary.finished_at == first.finished_at == second.finished_at is not None
    assert [(one.state, one.cause, one.error) for one in first.attempts] == [("FAILED", "engine", REASON)]
    told = [(event.kind, event.task_id) for event in records.events(run_id)][-4:]
    assert told == [("attempt.ENDED", "first"), ("task.FAILED", "first"), ("task.SKIPPED", "second"), ("run.PUT_ASIDE", None)]


def test_a_run_that_was_put_aside_can_be_retried_once_it_can_be_read(records: Records, home: Path) -> None:
    """By a newer Bakehouse, say: the attempt of before is not taken up again."""
    run_id = running(records, home)
    with engine(records, home) as driver:
        driver.driving.put_aside(run_id, REASON)
        records.retry(run_id, "me")
        taken = driver.driving.take(run_id)
        assert taken is not None
        record, _ = taken
    assert {task.id: (task.state, task.attempt) for task in record.tasks.values()} == {
        "first": (TaskState.WAITING, 1),
        "second": (TaskState.WAITING, 0),
    }
    assert record.launches == {}


def test_what_another_engine_drives_is_not_put_aside(records: Records, home: Path) -> None:
    """It may be able to read it; nor is what is over, or what never was."""
    over, driven = finished(records, home), records.create_run(new_run())
    with engine(records, home) as one, engine(records, home) as other:
        epoch = one.take(driven)
        for run_id in (over, driven, RunId("nothing")):
            before = rows(home, "SELECT * FROM runs ORDER BY id"), rows(home, "SELECT * FROM events ORDER BY run_id, seq")
            assert other.driving.put_aside(run_id, REASON) == []
            assert before == (rows(home, "SELECT * FROM runs ORDER BY id"), rows(home, "SELECT * FROM events ORDER BY run_id, seq"))
        one.driving.write(driven, epoch, [Teller(driven).run(RunMove.STARTED)])


def test_an_engine_can_put_its_own_run_aside(records: Records, home: Path) -> None:
    """And writes nothing more of it."""
    run_id = records.create_run(new_run())
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        assert driver.driving.put_aside(run_id, REASON) == []
        with pytest.raises(Displaced):
            driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])


@pytest.mark.parametrize("column", ["parameters", "options", "pipeline_root", "outputs"])
def test_what_cannot_be_shown_is_said_and_lists_go_on(records: Records, home: Path, column: str) -> None:
    """One damaged run is no reason to show none."""
    good, bad = finished(records, home), finished(records, home)
    write_row(home, f"UPDATE runs SET {column} = '{{' WHERE id = ?", bad)  # noqa: S608  # a name of ours
    with pytest.raises(Unreadable, match=f"run {bad} cannot be read"):
        records.run(bad)
    assert {run.id for run in records.list_runs()} == {good, bad}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE tasks SET upstream = '{' WHERE run_id = ?", "task first"),
        ("UPDATE attempts SET ending = '{}' WHERE run_id = ?", "attempt 1 of task first"),
    ],
)
def test_what_cannot_be_shown_of_a_task_is_named(records: Records, home: Path, statement: str, what: str) -> None:
    """Where to look."""
    run_id = finished(records, home)
    write_row(home, statement, run_id)
    with pytest.raises(Unreadable, match=f"run {run_id} cannot be read: {what}: "):
        records.run(run_id)


def test_an_event_that_cannot_be_read_is_named(records: Records, home: Path) -> None:
    """By its number."""
    run_id = finished(records, home)
    write_row(home, "UPDATE events SET detail = '' WHERE run_id = ? AND seq = 3", run_id)
    assert [event.seq for event in records.events(run_id, limit=2)] == [1, 2]
    with pytest.raises(Unreadable, match="event 3: it is not JSON"):
        records.events(run_id)


def test_a_reason_that_cannot_be_read_is_missing_from_a_list_and_nothing_else(records: Records, home: Path) -> None:
    """The list says so."""
    run_id = finished(records, home)
    write_row(home, "UPDATE runs SET error = '{}' WHERE id = ?", run_id)
    assert [run.error for run in records.list_runs()] == ["what is recorded of its error cannot be read"]


@pytest.mark.parametrize(
    ("database", "name"),
    [
        *(("sqlite", name) for name in ("a/b", "x" * 5000, "", "nul\0", "../../x")),
        *(("postgresql", name) for name in ("a/b", "x" * 64, "", "../../x")),
    ],
    indirect=["database"],
)
def test_a_driver_that_can_be_none_is_gone(records: Records, home: Path, name: str) -> None:
    """Whatever stands there: the run is free, and others are."""
    bad, good = records.create_run(new_run()), records.create_run(new_run())
    write_row(home, "UPDATE runs SET engine = ? WHERE id = ?", name, bad)
    with engine(records, home) as driver:
        assert set(driver.driving.free_runs()) == {bad, good}
        assert driver.take(bad) == 1


def test_a_wish_that_nobody_knows_is_left_to_others(records: Records, home: Path) -> None:
    """A newer Bakehouse may know it; what is known is heeded."""
    run_id = records.create_run(new_run())
    write_row(home, "INSERT INTO requests (namespace, run_id, kind, by, at, handled) VALUES ('default', ?, 'dance', 'me', 1.0, 0)", run_id)
    records.request(run_id, RequestKind.TERMINATE, "ann")
    with engine(records, home) as driver:
        driver.take(run_id)
        assert [(one.kind, one.by) for one in driver.driving.requests([run_id])] == [(RequestKind.TERMINATE, "ann")]
