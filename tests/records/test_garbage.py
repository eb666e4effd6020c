"""What may go from a home goes, and nothing that somebody still needs; a rehearsal finds the same, and changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir import travelling
from bakehouse.ir.execution import AttemptId, Code, Outputs, RunId, TaskId
from bakehouse.orchestrator.commands import CacheEntry
from bakehouse.orchestrator.states import RunMove, RunState
from bakehouse.records.database import Records
from bakehouse.records.garbage import Criteria, RunFolder
from bakehouse.records.retention import There
from tests.records.stories import Driver, Hand, Teller, artifact, engine, finished, new_run, rows
from tests.records.test_deleting import KEY, ROOT, below, ended


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


def over(records: Records, driver: Driver, hand: Hand, move: RunMove = RunMove.SUCCEEDED, **changes: str) -> RunId:
    """A run that began and ended now; another one comes a day later."""
    run_id = records.create_run(replace(new_run(), **changes))  # type: ignore[arg-type]  # texts of NewRun
    told = Teller(run_id, hand.now)
    before = RunMove.TERMINATED if move is RunMove.CANCELED else RunMove.STARTED
    driver.driving.write(run_id, driver.take(run_id), [told.run(before), told.run(move)])
    hand.now += 86_400
    return run_id


def matching(records: Records, **criteria: object) -> list[RunId]:
    """The runs that these criteria name."""
    return [one.id for one in records.retention.matching(Criteria(**criteria), namespace="default")]  # type: ignore[arg-type]  # Criteria's fields


def test_runs_are_chosen_by_all_that_is_said(records: Records, driver: Driver, hand: Hand) -> None:
    """By age, experiment, pipeline and state, the oldest first, whether in the archive or not; none that is not over, none of another namespace."""
    first = over(records, driver, hand, experiment="a")
    second = over(records, driver, hand, RunMove.CANCELED, experiment="b")
    third = over(records, driver, hand, experiment="a")
    records.archive(third)
    over(records, driver, hand, namespace="other")
    records.create_run(new_run(experiment="a"))
    assert matching(records) == [first, second, third]
    assert matching(records, older_than=2.5 * 86_400) == [first, second]
    assert matching(records, experiment="a") == [first, third]
    assert matching(records, experiment="a", older_than=3.5 * 86_400) == [first]
    assert matching(records, states=(RunState.CANCELED, RunState.FAILED)) == [second]
    assert matching(records, states=(RunState.RUNNING,)) == []
    assert matching(records, pipeline="nope") == []
    assert matching(records, pipeline=records.head(first).summary.pipeline_name) == [first, second, third]


def test_the_newest_stay(records: Records, driver: Driver, hand: Hand) -> None:
    """Of those that experiment and state name, however old they are."""
    first, second, third = (over(records, driver, hand, experiment=name) for name in "aba")
    assert matching(records, keep_last=1) == [first, second]
    assert matching(records, keep_last=1, experiment="a") == [first]
    assert matching(records, keep_last=2, experiment="a", older_than=0.0) == []
    assert matching(records, keep_last=3) == []
    assert third in matching(records, older_than=0.0)


def test_what_runs_again_meanwhile_is_passed_over(records: Records, home: Path) -> None:
    """And what somebody else has deleted: the others go."""
    kept, gone, deleted = records.create_run(new_run()), RunId(str(uuid.uuid4())), finished(records, home)
    assert records.retention.delete([kept, gone, deleted], drop_cache=False)[0] == [deleted]
    assert [row[0] for row in rows(home, "SELECT id FROM runs")] == [kept]


def test_a_rehearsal_changes_nothing(records: Records, driver: Driver, home: Path) -> None:
    """It finds what the collection then does."""
    run_id = records.create_run(new_run())
    told, data = Teller(run_id), artifact("data", below(run_id, "first", "data"))
    ended(driver, run_id, told, [*told.done("first", Outputs(artifacts={"data": (data,)}), CacheEntry(KEY, {})), *told.done("second")])
    tables = ("runs", "tasks", "attempts", "events", "artifacts", "cache_entries", "specs")

    def counted() -> list[object]:
        return [rows(home, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608  # names from this test

    before = counted()
    found = records.retention.rehearse([Criteria(drop_cache=True)], There(), namespace="default")
    assert counted() == before
    assert [one.id for one in found.doomed] == [run_id]
    assert (list(found.doomed), list(found.unnamed)) == (
        records.retention.matching(Criteria(), namespace="default"),
        records.retention.delete([run_id], drop_cache=True)[1],
    )


def test_modules_stay_as_long_as_a_pipeline_file_names_them(records: Records, driver: Driver) -> None:
    """That of any run, of whatever namespace; a rehearsal tells what deleting the runs would free."""
    named, unnamed = "a" * 64, "b" * 64
    file = travelling.with_code(new_run().pipeline, {"exec-first": Code(named, "/home/code/a.tar", "src")})
    run_id = records.create_run(new_run(pipeline=file))
    ended(driver, run_id, Teller(run_id), [])
    records.create_run(new_run())
    assert records.retention.unnamed_modules([named, unnamed]) == {unnamed}
    there = There(modules=[named, unnamed])
    assert records.retention.rehearse((), there, namespace="default").modules == {unnamed}
    assert records.retention.rehearse([Criteria()], there, namespace="default").modules == {named, unnamed}
    assert records.retention.unnamed_modules([named]) == set()
    records.retention.delete([run_id], drop_cache=False)
    assert records.retention.unnamed_modules([named]) == {named}


@pytest.mark.parametrize("drop", [True, False])
def test_what_the_cache_names_goes_only_if_that_is_said(records: Records, driver: Driver, *, drop: bool) -> None:
    """With the entries of the run, which are offered no more."""
    run_id = records.create_run(new_run())
    told, data = Teller(run_id), artifact("data", below(run_id, "first", "data"))
    ended(driver, run_id, told, [*told.done("first", Outputs(artifacts={"data": (data,)}), CacheEntry(KEY, {})), *told.done("second")])
    _, unnamed = records.retention.delete([run_id], drop_cache=drop)
    assert unnamed == ([f"{ROOT}/{run_id}"] if drop else [f"{ROOT}/{AttemptId(run_id, TaskId('second'), 1).path}"])
    assert (driver.driving.look_up("default", KEY).result is None) == drop
    assert (records.artifacts.get(data.id) is None) == drop


def test_an_artifact_goes_when_the_last_run_that_names_it_has_gone(records: Records, driver: Driver) -> None:
    """Though the run that made it went long before; until then it stays."""
    source, reader = records.create_run(new_run()), records.create_run(new_run())
    data, told = artifact("data", below(source, "first", "data")), Teller(source)
    ended(driver, source, told, [*told.done("first", Outputs(artifacts={"data": (data,)})), *told.done("second")])
    told = Teller(reader)
    ended(driver, reader, told, [told.consumed("first", {}, data=data), *told.done("first"), *told.done("second")])
    records.retention.delete([source], drop_cache=False)
    assert records.retention.forget(namespace="default", drop_cache=False) == []
    found = records.retention.rehearse([Criteria()], There(), namespace="default")
    assert list(found.unnamed) == [f"{ROOT}/{reader}", data.uri]
    records.retention.delete([reader], drop_cache=False)
    assert records.retention.forget(namespace="other", drop_cache=True) == []
    assert records.retention.forget(namespace="default", drop_cache=False) == [data.uri]
    assert records.artifacts.get(data.id) is None
    assert records.retention.forget(namespace="default", drop_cache=False) == []


@pytest.mark.parametrize("uri", ["{root}/data", "file://{root}/data", "{root}"])
def test_folders_that_no_row_names_are_orphans(records: Records, driver: Driver, tmp_path: Path, uri: str) -> None:
    """Of a run that was deleted, not of one that is unknown; and not the attempts whose artifacts are named, however that is written."""
    kept, gone = records.create_run(new_run()), records.create_run(new_run())
    root = str(tmp_path / "artifacts")
    folder = RunFolder(tmp_path / "artifacts" / gone, ("first/1", "second/1", "third/1"))
    logs, unknown, there = (RunFolder(tmp_path / "runs" / name, logs=True) for name in (gone, str(uuid.uuid4()), kept))
    told = Teller(gone)
    own = artifact("own", below(gone, "first", "own").replace(ROOT, root))
    ended(driver, gone, told, [*told.done("first", Outputs(artifacts={"own": (own,)}), CacheEntry(KEY, {})), *told.done("second")])
    elsewhere = artifact("data", uri.format(root=folder.path / "second" / "1"))
    told = Teller(kept)
    ended(driver, kept, told, told.done("first", Outputs(artifacts={"data": (elsewhere,)})))
    folders = [folder, logs, unknown, there]
    assert records.retention.orphans(folders) == []
    records.retention.delete([gone], drop_cache=False)
    assert records.retention.orphans(folders) == [folder.path / "third" / "1", logs.path]
    assert records.retention.orphans(folders, but={gone}) == []


def test_entries_of_runs_that_are_gone_may_be_dropped(records: Records, driver: Driver) -> None:
    """And what they kept goes with them; entries of runs that are there stay."""
    gone, there = records.create_run(new_run()), records.create_run(new_run())
    made = {}
    for run_id, key in ((gone, KEY), (there, KEY[1:] + "0")):
        told, made[run_id] = Teller(run_id), artifact("data", below(run_id, "first", "data"))
        ended(driver, run_id, told, told.done("first", Outputs(artifacts={"data": (made[run_id],)}), CacheEntry(key, {})))
    records.retention.delete([gone], drop_cache=False)
    found = records.retention.rehearse((), There(), namespace="default", drop_gone=True)
    assert list(found.unnamed) == [made[gone].uri] == records.retention.forget(namespace="default", drop_cache=True)
    assert driver.driving.look_up("default", KEY).result is None
    assert driver.driving.look_up("default", KEY[1:] + "0").result is not None
