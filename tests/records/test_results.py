"""Results: recorded with their artifacts, found by later tasks, traced both ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Outputs, RunId, TaskId
from bakehouse.orchestrator.commands import CacheEntry
from bakehouse.orchestrator.events import CachedResult
from bakehouse.orchestrator.states import RunMove
from bakehouse.records.artifacts import Link
from bakehouse.records.database import NewRun, Records
from tests.records.stories import Driver, Teller, artifact, engine, new_run, rows, write_row

KEY = "k" * 64


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


def made(records: Records, driver: Driver, *, at: float, outputs: Outputs, run: NewRun | None = None) -> RunId:
    """A run whose first task left a result under `KEY` at this time."""
    run_id = records.create_run(run or new_run())
    told = Teller(run_id, at=at)
    entry = CacheEntry(KEY, {"image": "busybox"})
    driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.STARTED), *told.done("first", outputs, entry)])
    return run_id


def with_data(data: Artifact) -> Outputs:
    """Outputs with one artifact."""
    return Outputs({"n": 1}, {"data": (data,)})


class TestCache:
    """The newest result under a key that still stands."""

    def test_a_result_is_found_under_its_key(self, records: Records, driver: Driver) -> None:
        """With whose it is, how old it is, and its artifacts."""
        outputs = with_data(artifact("data", metadata={"rows": float("inf")}))
        run_id = made(records, driver, at=5000.0, outputs=outputs, run=new_run(name="mine"))
        found = driver.driving.look_up("default", KEY).result
        assert found is not None
        assert found == CachedResult(KEY, run_id, "mine", found.task_id, 1, found.created_at, outputs)
        assert found.task_id == "first"
        assert 5000 < found.created_at < 5100

    def test_the_newest_wins(self, records: Records, driver: Driver) -> None:
        """Whoever was recorded later but made earlier does not; the older ones stay as history."""
        made(records, driver, at=2000.0, outputs=Outputs({"n": 2}))
        made(records, driver, at=3000.0, outputs=Outputs({"n": 3}))
        made(records, driver, at=1000.0, outputs=Outputs({"n": 1}))
        found = driver.driving.look_up("default", KEY).result
        assert found is not None
        assert found.outputs == Outputs({"n": 3})

    def test_keys_and_namespaces_are_kept_apart(self, records: Records, driver: Driver) -> None:
        """Another key or another namespace finds nothing."""
        made(records, driver, at=1000.0, outputs=Outputs({"n": 1}), run=new_run(namespace="team"))
        assert driver.driving.look_up("default", KEY).result is None
        assert driver.driving.look_up("team", "x" * 64).result is None
        assert driver.driving.look_up("team", KEY).result is not None

    def test_a_result_without_its_artifacts_is_none(self, records: Records, home: Path, driver: Driver) -> None:
        """An entry whose artifacts are no longer recorded is passed over for an older one that is whole."""
        old, new = artifact("data"), artifact("data")
        made(records, driver, at=1000.0, outputs=with_data(old))
        made(records, driver, at=2000.0, outputs=with_data(new))
        write_row(home, "DELETE FROM artifacts WHERE id = ?", new.id)
        found = driver.driving.look_up("default", KEY).result
        assert found is not None
        assert found.outputs == with_data(old)
        write_row(home, "DELETE FROM artifacts WHERE id = ?", old.id)
        assert driver.driving.look_up("default", KEY).result is None

    def test_no_entry_no_result(self, records: Records, driver: Driver) -> None:
        """A task that may not be reused leaves none."""
        run_id = records.create_run(new_run())
        told = Teller(run_id)
        driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.STARTED), *told.done("first")])
        assert driver.driving.look_up("default", KEY).result is None

    def test_reusing_records_no_new_artifacts(self, records: Records, home: Path, driver: Driver) -> None:
        """The task has the outputs of the earlier one and says whose they are."""
        outputs = with_data(artifact("data"))
        source = made(records, driver, at=1000.0, outputs=outputs)
        found = driver.driving.look_up("default", KEY).result
        assert found is not None
        run_id = records.create_run(new_run())
        told = Teller(run_id, at=6000.0)
        driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.STARTED), *told.reused("first", found)])
        first = records.run(run_id).tasks[0]
        assert (first.outputs, list(first.attempts)) == (outputs, [])
        assert (first.cached_from, first.cached_from_task, first.cached_from_attempt, first.cached_at) == (source, "first", 1, found.created_at)
        assert rows(home, "SELECT count(*) FROM artifacts") == [(1,)]
        assert rows(home, "SELECT count(*) FROM cache_entries") == [(1,)]

    @pytest.mark.usefixtures("records")
    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # an empty table of PostgreSQL's is read whole: see `test_postgresql`
    def test_it_is_answered_by_an_index(self, home: Path) -> None:
        """However many results there are."""
        query = "EXPLAIN QUERY PLAN SELECT outputs FROM cache_entries WHERE namespace = 'd' AND key = 'k' ORDER BY created_at DESC"
        (row,) = rows(home, query)
        assert "cache_newest" in str(row[3])


class TestLineage:
    """Where an artifact comes from and where it went."""

    def test_both_ways(self, records: Records, driver: Driver) -> None:
        """The task that made it, one that reused it in another run, and the tasks of both runs that took it as input."""
        data = artifact("data")
        source = records.create_run(new_run())
        told = Teller(source)
        epoch = driver.take(source)
        entry = CacheEntry(KEY, {})
        story = [told.run(RunMove.STARTED), *told.done("first", with_data(data), entry), told.consumed("second", {}, table=data)]
        driver.driving.write(source, epoch, story)
        found = driver.driving.look_up("default", KEY).result
        assert found is not None
        again = records.create_run(new_run())
        told = Teller(again)
        story = [told.run(RunMove.STARTED), *told.reused("first", found), told.consumed("second", {}, other=data)]
        driver.driving.write(again, driver.take(again), story)
        view = records.artifacts.get(data.id)
        assert view is not None
        assert (view.artifact, view.namespace) == (data, "default")
        assert view.producers == (Link(source, "a run", found.task_id, "data"), Link(again, "a run", found.task_id, "data", reused=True))
        taken = [Link(source, "a run", TaskId("second"), "table"), Link(again, "a run", TaskId("second"), "other")]
        assert sorted(view.consumers, key=lambda link: link.name) == sorted(taken, key=lambda link: link.name)

    def test_nothing_is_known_of_what_is_not_recorded(self, records: Records) -> None:
        """Neither makers nor users, and no error."""
        assert records.artifacts.get("nothing") is None
