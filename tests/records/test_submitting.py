"""A run is recorded whole, or not at all."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from bakehouse.ir import text
from bakehouse.ir.execution import Origin, RunId, TaskId
from bakehouse.ir.git import GitState
from bakehouse.orchestrator.commands import NewTask
from bakehouse.orchestrator.ports import Environment, RunOptions
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records.database import Records
from tests.records.stories import Hand, engine, new_run, rows
from tests.unit.orchestrator.pipelines import pipeline


def test_a_new_run_is_there_with_all_its_tasks(records: Records, hand: Hand) -> None:
    """What was submitted can be read: name, experiment, parameters, tasks upstream first, the first event."""
    new = new_run(experiment="mine", options=RunOptions(keep_going=True, max_parallel=3))
    view = records.run(records.create_run(new))
    assert view.summary.state is RunState.PENDING
    assert (view.summary.name, view.summary.experiment, view.summary.pipeline_name) == ("a run", "mine", "sample")
    assert (view.summary.created_at, view.summary.started_at, view.summary.finished_at) == (hand.now, None, None)
    assert (view.parameters, view.options, view.pipeline_root) == ({"n": 1}, new.options, "/artifacts/sample")
    assert [(task.id, task.display_name, task.state, task.depends_on) for task in view.tasks] == [
        ("first", "First", TaskState.WAITING, ()),
        ("second", "Second", TaskState.WAITING, ("first",)),
    ]
    assert [task.why for task in view.tasks] == ["", "waiting for first"]
    assert view.driven_by == ""
    assert [(event.seq, event.kind) for event in records.events(new.id)] == [(1, "run.CREATED")]


def test_the_pipeline_file_can_be_read_back(records: Records) -> None:
    """The spec is kept as canonical text, once for all runs of the same pipeline."""
    one, other = new_run(), new_run()
    assert text.read(records.spec_text(records.create_run(one))) == one.pipeline
    records.create_run(other)
    assert records.spec_text(other.id) == records.spec_text(one.id)


def test_equal_specs_are_kept_once(records: Records, home: Path) -> None:
    """Two runs of one pipeline share its text; another pipeline has its own."""
    for new in (new_run(), new_run(), new_run({"other": ()}, pipeline=pipeline({"other": ()}))):
        records.create_run(new)
    assert rows(home, "SELECT count(*) FROM specs") == [(2,)]


def test_what_json_does_not_know_survives(records: Records) -> None:
    """NaN and infinities, which Python's functions return, come back; so does text that is not Unicode."""
    new = new_run(parameters={"nan": math.nan, "low": -math.inf, "text": "\ud800\0ä"}, name="na\udce4me\0", pipeline_root="/artifacts/\udce4")
    view = records.run(records.create_run(new))
    assert math.isnan(view.parameters["nan"])
    assert (view.parameters["low"], view.parameters["text"]) == (-math.inf, "\ud800\0ä")
    assert view.summary.name == "na\\udce4me\\x00"
    assert view.pipeline_root == "/artifacts/\udce4"


@pytest.mark.parametrize("state", [None, GitState("a/p.py", "f00", "main", changes=1, changed=("\udce4",)), GitState(unknown="no git")])
def test_the_git_state_of_the_file_can_be_read_back(records: Records, state: GitState | None) -> None:
    """As it was, whatever names there are in it; none where the run was not started from a file."""
    assert records.head(records.create_run(new_run(git=state))).git == state


def test_an_engine_gets_what_was_submitted(records: Records, home: Path) -> None:
    """The record that an engine takes holds the pipeline, parameters, options and origins as they were given."""
    new = new_run(origins={"exec-first": Origin("/home/ann/p.py", 3)}, options=RunOptions(use_cache=False, environment=Environment.CURRENT))
    records.create_run(new)
    with engine(records, home) as driver:
        taken = driver.driving.take(new.id)
    assert taken is not None
    record = taken[0]
    assert (record.pipeline, record.parameters, record.options, record.origins) == (new.pipeline, new.parameters, new.options, new.origins)
    assert (record.name, record.namespace, record.pipeline_root) == (new.name, new.namespace, new.pipeline_root)
    assert {task.state for task in record.tasks.values()} == {TaskState.WAITING}


def test_a_run_that_cannot_be_recorded_leaves_nothing(records: Records, home: Path) -> None:
    """Two tasks of one name: neither run, spec nor experiment is there afterwards."""
    twice = (NewTask(TaskId("first"), "First"), NewTask(TaskId("first"), "First"))
    with pytest.raises(IntegrityError):
        records.create_run(new_run(tasks=twice))
    for table in ("runs", "tasks", "specs", "events"):
        assert rows(home, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608  # names from this line
    assert rows(home, "SELECT name, last_run_at FROM experiments") == [("Default", None)]


def test_many_threads_submit_at_once(records: Records) -> None:
    """Records may be used from any thread; no submission is lost."""
    made: list[RunId] = []
    threads = [threading.Thread(target=lambda: made.extend(records.create_run(new_run()) for _ in range(5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {run.id for run in records.list_runs(limit=100)} == set(made)
    assert len(set(made)) == 40
