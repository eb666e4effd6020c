"""Claims: of equal steps one runs, whatever engines drive them; whoever fails or is lost keeps nobody waiting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Outputs, RunId, StepError, TaskId
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened, CacheEntry, Change
from bakehouse.orchestrator.errors import Claimed
from bakehouse.orchestrator.events import Claimant
from bakehouse.orchestrator.states import RunMove
from bakehouse.records.database import Records
from tests.records.stories import Driver, Teller, engine, new_run, rows

KEY = "k" * 64


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


def claiming(changes: Sequence[Change]) -> list[Change]:
    """The same changes, all of whose attempts are at the same key."""
    return [replace(one, claim=KEY) if isinstance(one, AttemptOpened | AttemptClosed) else one for one in changes]


def begun(records: Records, name: str) -> tuple[RunId, Teller]:
    """A run of which nothing is told yet."""
    run_id = records.create_run(new_run(name=name))
    return run_id, Teller(run_id)


def running(records: Records, driver: Driver, name: str = "one") -> tuple[RunId, Teller, int]:
    """A run whose first step is at it."""
    run_id, told = begun(records, name)
    epoch = driver.take(run_id)
    driver.driving.write(run_id, epoch, claiming([told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")]))
    return run_id, told, epoch


def test_an_equal_step_does_not_start(records: Records, home: Path, driver: Driver) -> None:
    """Not from another engine either: nothing is written, and it is said who is at it."""
    one, _, _ = running(records, driver)
    who = Claimant(one, "one", TaskId("first"), 1)
    with engine(records, home) as other:
        run_id, told = begun(records, "two")
        epoch = other.take(run_id)
        assert other.driving.look_up("default", KEY).claimant == who
        assert other.driving.claimants("default", [KEY, "x"]) == {KEY: who}
        assert other.driving.claimants("team", [KEY]) == {}
        with pytest.raises(Claimed) as refused:
            other.driving.write(run_id, epoch, claiming([told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")]))
        assert refused.value.claimants == {"first": who}
        assert records.head(run_id).summary.state.value == "PENDING"
        other.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])


def test_of_two_in_one_transaction_the_first_starts(records: Records, driver: Driver) -> None:
    """The other one is told for whom it waits."""
    run_id = records.create_run(new_run({"first": (), "second": ()}))
    told, epoch = Teller(run_id), driver.take(run_id)
    changes = [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.to_a_slot("second"), *told.launched("first"), *told.launched("second")]
    with pytest.raises(Claimed) as refused:
        driver.driving.write(run_id, epoch, claiming(changes))
    assert refused.value.claimants == {"second": Claimant(run_id, "a run", TaskId("first"), 1)}
    assert driver.driving.claimants("default", [KEY]) == {}


@pytest.mark.parametrize("end", ["success", "failure"])
def test_a_claim_ends_with_its_attempt(records: Records, home: Path, driver: Driver, end: str) -> None:
    """Whatever came of it; and so the next one can start."""
    run_id, told, epoch = running(records, driver)
    outputs = Outputs({"n": 1})
    changes = told.succeeded("first", outputs, CacheEntry(KEY, {})) if end == "success" else [told.failed("first")]
    driver.driving.write(run_id, epoch, claiming(changes))
    found = driver.driving.look_up("default", KEY)
    assert (found.claimant, found.result is not None) == (None, end == "success")
    assert rows(home, "SELECT count(*) FROM claims") == [(0,)]
    running(records, driver, "two")


def test_a_claim_ends_with_its_engine(records: Records, home: Path, driver: Driver) -> None:
    """Whoever asks then may start; when the lost run is taken over and its attempt ends, the claim stays with the one that has it now."""
    with engine(records, home) as lost:
        one, told, _ = running(records, lost)
        assert driver.driving.claimants("default", [KEY]) != {}
    assert driver.driving.claimants("default", [KEY]) == {}
    two, _, _ = running(records, driver, "two")
    epoch = driver.take(one)
    driver.driving.write(one, epoch, claiming([told.failed("first")]))
    assert driver.driving.claimants("default", [KEY]) == {KEY: Claimant(two, "two", TaskId("first"), 1)}


def test_a_claim_ends_with_a_run_that_is_put_aside(records: Records, driver: Driver) -> None:
    """Nobody hears of its attempts any more."""
    one, _, _ = running(records, driver)
    driver.driving.put_aside(one, StepError("unreadable"))
    assert driver.driving.claimants("default", [KEY]) == {}
    running(records, driver, "two")


def test_a_run_is_deleted_with_what_it_left(records: Records, home: Path, driver: Driver) -> None:
    """A claim that outlived its attempt for whatever reason too."""
    one, _, _ = running(records, driver)
    driver.driving.put_aside(one, StepError("unreadable"))
    assert rows(home, "SELECT count(*) FROM claims") == [(1,)]
    records.delete_run(one)
    assert rows(home, "SELECT count(*) FROM claims") == [(0,)]
