"""Results of one run, as another one is offered them that was started from it."""

from __future__ import annotations

from pathlib import Path

from bakehouse.ir.execution import Outputs, RunId, TaskId
from bakehouse.orchestrator.commands import CacheEntry
from bakehouse.orchestrator.events import Looked, Unusable
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.selecting import Selection
from bakehouse.orchestrator.states import RunMove, TaskMove
from bakehouse.records.cache import Which
from bakehouse.records.database import Records
from tests.records.stories import Teller, artifact, engine, new_run, rows

_ENTRY = CacheEntry("00ff", {"parameters": {"n": 1}})


def made(records: Records, home: Path) -> tuple[RunId, RunId]:
    """A run whose step `first` gave something under a key, and one that reused it."""
    maker, user = records.create_run(new_run()), records.create_run(new_run())
    outputs = Outputs({"n": 1}, {"data": (artifact("data"),)})
    told, later = Teller(maker), Teller(user, at=2000.0)
    with engine(records, home) as driver:
        epoch = driver.take(maker)
        driver.driving.write(maker, epoch, [told.run(RunMove.STARTED), *told.done("first", outputs, _ENTRY)])
        result = driver.driving.look_up("default", "00ff").result
        assert result is not None
        driver.driving.write(user, driver.take(user), [later.run(RunMove.STARTED), *later.reused("first", result)])
    return maker, user


def test_a_result_is_offered_by_who_made_it_and_who_reused_it(records: Records, home: Path) -> None:
    """And by no other run, under no other key, in no other namespace."""
    maker, user = made(records, home)
    stranger = records.create_run(new_run())
    with engine(records, home) as driver:
        for source in (maker, user):
            found = driver.driving.cached_in(source, "default", "00ff").result
            assert found is not None
            assert (found.run_id, found.outputs.parameters) == (maker, {"n": 1})
            assert driver.driving.parts_in(source, "default", TaskId("first")) == {"parameters": {"n": 1}}
            assert driver.driving.parts_in(source, "default", TaskId("second")) is None
        assert driver.driving.cached_in(stranger, "default", "00ff") == Looked()
        assert driver.driving.cached_in(maker, "default", "0000") == Looked()
        assert driver.driving.cached_in(maker, "another", "00ff") == Looked()
        assert driver.driving.parts_in(stranger, "default", TaskId("first")) is None


def test_a_result_that_was_invalidated_is_offered_by_no_run(records: Records, home: Path) -> None:
    """Whoever invalidated it knows that it is wrong, also where a run is named from which results are to be taken."""
    maker, user = made(records, home)
    records.cache.invalidate(Which(run_id=maker), namespace="default")
    with engine(records, home) as driver:
        for source in (maker, user):
            assert driver.driving.cached_in(source, "default", "00ff") == Looked(because=Unusable.INVALIDATED, note="its result was invalidated")


def test_why_a_step_was_not_reused_is_told_of_runs_with_a_selection(records: Records, home: Path) -> None:
    """What was said at the last look is part of the step; other runs need not look it up."""
    for selection, note in ((Selection(refresh=("first",)), "it is to be run anew"), (Selection(), "")):
        run_id = records.create_run(new_run(options=RunOptions(selection=selection)))
        told = Teller(run_id)
        moves = [told.task("first", TaskMove.RELEASED), told.task("first", TaskMove.MISSED, detail={"note": "it is to be run anew"})]
        with engine(records, home) as driver:
            driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.STARTED), *moves])
        view = records.run(run_id)
        assert view.options.selection == selection
        assert [task.note for task in view.tasks] == [note, ""]


def test_a_run_of_everything_is_recorded_as_it_always_was(records: Records, home: Path) -> None:
    """An older Bakehouse on the same home can read its options."""
    records.create_run(new_run())
    (options,) = rows(home, "SELECT options FROM runs")
    assert "selection" not in str(options)
