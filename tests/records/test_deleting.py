"""Deleting a run takes what only it needs, on disk as in the records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bakehouse.ir.execution import AttemptId, Outputs, RunId, TaskId
from bakehouse.orchestrator.commands import CacheEntry, Change
from bakehouse.orchestrator.states import RunMove
from bakehouse.records.database import Records
from bakehouse.records.errors import NoSuchRun, RunIsNotOver
from tests.records.stories import Driver, Teller, artifact, engine, finished, new_run, rows

ROOT = "/artifacts/sample"
KEY = "k" * 64


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


def below(run_id: RunId, task: str, name: str) -> str:
    """The URI of an output of a task's first attempt."""
    return f"{ROOT}/{AttemptId(run_id, TaskId(task), 1).path}/{name}"


def ended(driver: Driver, run_id: RunId, told: Teller, story: Sequence[Change]) -> None:
    """A run with this story, and then it is over."""
    driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.STARTED), *story, told.run(RunMove.SUCCEEDED)])


@pytest.mark.parametrize("taken", [False, True])
def test_a_run_that_is_not_over_stays(records: Records, driver: Driver, *, taken: bool) -> None:
    """Waiting or running: the caller is told to end it first."""
    run_id = records.create_run(new_run())
    if taken:
        driver.driving.write(run_id, driver.take(run_id), [Teller(run_id).run(RunMove.STARTED)])
    with pytest.raises(RunIsNotOver, match="RUNNING" if taken else "PENDING"):
        records.delete_run(run_id)
    assert len(records.run(run_id).tasks) == 2


def test_nothing_of_it_is_left(records: Records, home: Path) -> None:
    """No row of any table names it, and its folder in the store may go as a whole."""
    run_id = finished(records, home)
    assert list(records.delete_run(run_id)) == [f"{ROOT}/{run_id}"]
    for table in ("tasks", "attempts", "events", "requests", "artifact_uses", "artifacts", "cache_entries"):
        assert rows(home, f"SELECT count(*) FROM {table} WHERE run_id = ?", run_id) == [(0,)]  # noqa: S608  # names from this line
    assert rows(home, "SELECT count(*) FROM runs") == [(0,)]
    assert rows(home, "SELECT count(*) FROM specs") == [(0,)]
    with pytest.raises(NoSuchRun):
        records.delete_run(run_id)


def test_other_runs_are_untouched(records: Records, home: Path) -> None:
    """Not even the text of the pipeline that they share goes."""
    kept, deleted = finished(records, home), finished(records, home)
    before = (records.run(kept), records.events(kept), records.spec_text(kept))
    records.delete_run(deleted)
    assert (records.run(kept), records.events(kept), records.spec_text(kept)) == before


def test_artifacts_that_nothing_names_may_go(records: Records, driver: Driver) -> None:
    """The folder of the run, and what the author put elsewhere; that its own tasks used them keeps nothing."""
    run_id = records.create_run(new_run())
    inside, outside = artifact("data", below(run_id, "first", "data")), artifact("model", "/elsewhere/model")
    told = Teller(run_id)
    outputs = Outputs(artifacts={"data": (inside,), "model": (outside,)})
    ended(driver, run_id, told, [*told.done("first", outputs), told.consumed("second", {}, data=inside), *told.done("second")])
    assert list(records.delete_run(run_id)) == [f"{ROOT}/{run_id}", "/elsewhere/model"]
    assert records.artifacts.get(inside.id) is None


def test_what_the_cache_names_stays(records: Records, driver: Driver) -> None:
    """A result can be used after its run was deleted; the folders of the other tasks may go."""
    run_id = records.create_run(new_run(name="mine"))
    data, rest = artifact("data", below(run_id, "first", "data")), artifact("rest", below(run_id, "second", "rest"))
    outputs, told = Outputs(artifacts={"data": (data,)}), Teller(run_id)
    story = [*told.done("first", outputs, CacheEntry(KEY, {})), *told.done("second", Outputs(artifacts={"rest": (rest,)}))]
    ended(driver, run_id, told, story)
    assert list(records.delete_run(run_id)) == [f"{ROOT}/{AttemptId(run_id, TaskId('second'), 1).path}"]
    found = driver.driving.look_up("default", KEY).result
    assert found is not None
    assert (found.outputs, found.run_name) == (outputs, "mine")


def test_what_lineage_names_stays(records: Records, driver: Driver) -> None:
    """An artifact that a task of another run took as its input, or reuses as its output, is kept until that run goes."""
    source = records.create_run(new_run())
    data = artifact("data", below(source, "first", "data"))
    told, entry = Teller(source), CacheEntry(KEY, {})
    ended(driver, source, told, [*told.done("first", Outputs(artifacts={"data": (data,)}), entry), *told.done("second")])
    found = driver.driving.look_up("default", KEY).result
    assert found is not None
    again = records.create_run(new_run())
    told = Teller(again)
    ended(driver, again, told, [*told.reused("first", found), told.consumed("second", {}, data=data), *told.done("second")])
    assert data.uri not in records.delete_run(source)
    kept = records.artifacts.get(data.id)
    assert kept is not None
    assert [(one.run_id, one.run_name) for one in kept.producers] == [(source, ""), (again, "a run")]
    assert records.run(again).tasks[1].input_artifacts == {"data": [data]}


def test_what_another_artifact_shares_stays(records: Records, driver: Driver) -> None:
    """A URI that an artifact of another run has too, or that lies above one, may not be removed."""
    deleted, kept = records.create_run(new_run()), records.create_run(new_run())
    shared, above = artifact("shared", "/elsewhere/shared"), artifact("above", "/elsewhere/folder")
    told = Teller(deleted)
    ended(driver, deleted, told, told.done("first", Outputs(artifacts={"shared": (shared,), "above": (above,)})))
    told = Teller(kept)
    others = Outputs(artifacts={"a": (artifact("a", shared.uri),), "b": (artifact("b", "/elsewhere/folder/file"),)})
    ended(driver, kept, told, told.done("first", others))
    assert list(records.delete_run(deleted)) == [f"{ROOT}/{deleted}"]
    assert list(records.delete_run(kept)) == [f"{ROOT}/{kept}", "/elsewhere/folder/file", "/elsewhere/shared"]


def test_a_folder_that_holds_what_stays_is_not_named(records: Records, driver: Driver) -> None:
    """An author may give an artifact a place in the folder of another attempt: that folder stays then."""
    run_id = records.create_run(new_run())
    strange = artifact("data", below(run_id, "second", "of-first"))
    told = Teller(run_id)
    story = [*told.done("first", Outputs(artifacts={"data": (strange,)}), CacheEntry(KEY, {})), *told.done("second")]
    ended(driver, run_id, told, story)
    assert list(records.delete_run(run_id)) == []


def test_a_run_that_no_attempt_was_made_for_has_no_folder(records: Records, driver: Driver) -> None:
    """There is nothing to remove where nothing was written."""
    run_id = records.create_run(new_run())
    told = Teller(run_id)
    driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.TERMINATED), told.run(RunMove.CANCELED)])
    assert list(records.delete_run(run_id)) == []
