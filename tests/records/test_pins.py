"""A run that is pinned stays, and what it needs; whoever wants to delete it is told why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.ir.execution import Outputs, RunId
from bakehouse.orchestrator.commands import CacheEntry
from bakehouse.records.database import Records
from bakehouse.records.errors import NoSuchRun, RunPinned
from bakehouse.records.garbage import Criteria
from tests.records.stories import Driver, Teller, artifact, engine, finished, new_run
from tests.records.test_deleting import KEY, below, ended


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


def matching(records: Records) -> set[RunId]:
    """The runs that a collection of everything would delete."""
    return {one.id for one in records.retention.matching(Criteria(), namespace="default")}


def test_a_pinned_run_is_not_deleted(records: Records, home: Path) -> None:
    """By nobody, until it is unpinned; its reason is told, its events say when."""
    run_id, other = finished(records, home), finished(records, home)
    records.retention.pin(run_id, "the model in production")
    summary = records.head(run_id).summary
    assert summary.pin_reason == "the model in production"
    assert summary.pinned_at is not None
    with pytest.raises(RunPinned, match="the model in production"):
        records.delete_run(run_id)
    assert matching(records) == {other}
    assert records.retention.delete([run_id, other], drop_cache=False)[0] == [other]
    records.retention.unpin(run_id)
    assert records.head(run_id).summary.pinned_at is None
    assert [event.kind for event in records.events(run_id)][-2:] == ["run.PINNED", "run.UNPINNED"]
    records.delete_run(run_id)


def test_pinning_again_changes_the_reason(records: Records, home: Path) -> None:
    """Not the time; and unpinning twice is unpinning once."""
    run_id = finished(records, home)
    records.retention.pin(run_id, "a")
    first = records.head(run_id).summary
    records.retention.pin(run_id, "")
    second = records.head(run_id).summary
    assert (second.pinned_at, second.pin_reason) == (first.pinned_at, "")
    records.retention.unpin(run_id)
    events = records.events(run_id)
    records.retention.unpin(run_id)
    assert records.events(run_id) == events


def test_only_what_is_there_is_pinned(records: Records) -> None:
    """Nothing is recorded of a run that is not."""
    for change in (lambda run: records.retention.pin(run, ""), records.retention.unpin):
        with pytest.raises(NoSuchRun):
            change(RunId(str(uuid.uuid4())))


def test_what_a_pinned_run_needs_stays(records: Records, driver: Driver) -> None:
    """The runs whose artifacts it took or reused, and those of theirs; when it is unpinned they go like others."""
    source, between, last = (records.create_run(new_run()) for _ in range(3))
    data, model = artifact("data", below(source, "first", "data")), artifact("model", below(between, "first", "model"))
    told = Teller(source)
    ended(driver, source, told, [*told.done("first", Outputs(artifacts={"data": (data,)})), *told.done("second")])
    told = Teller(between)
    story = [told.consumed("first", {}, data=data), *told.done("first", Outputs(artifacts={"model": (model,)}), CacheEntry(KEY, {}))]
    ended(driver, between, told, story)
    found = driver.driving.look_up("default", KEY).result
    assert found is not None
    told = Teller(last)
    ended(driver, last, told, told.reused("first", found))
    other = records.create_run(new_run())
    ended(driver, other, Teller(other), [])
    records.retention.pin(last, "")
    assert matching(records) == {other}
    assert records.retention.delete([source, between, last, other], drop_cache=True)[0] == [other]
    records.retention.unpin(last)
    assert matching(records) == {source, between, last}
