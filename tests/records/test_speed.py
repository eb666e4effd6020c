"""What an engine does most costs little: bounds with room for slow machines; the fastest of many counts."""

from __future__ import annotations

import time
from pathlib import Path

from bakehouse.ir.execution import Outputs
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.states import RunMove, TaskMove
from bakehouse.records.database import Records
from tests.records.stories import Teller, engine, new_run

TASKS = {f"task-{number}": () for number in range(60)}


def test_a_write_takes_a_fraction_of_a_millisecond(records: Records, home: Path) -> None:
    """A step ends: attempt closed, task moved, result published, the next one released. Below 0.6 ms on a quiet machine."""
    run_id = records.create_run(new_run(TASKS))
    told = Teller(run_id)
    taken = []
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), told.task("task-0", TaskMove.RELEASED)])
        for name, following in zip(TASKS, list(TASKS)[1:], strict=False):
            driver.driving.write(run_id, epoch, [told.task(name, TaskMove.MISSED), *told.launched(name)])
            changes: list[Change] = [*told.succeeded(name, Outputs({"n": 1})), told.task(following, TaskMove.RELEASED)]
            begun = time.perf_counter()
            driver.driving.write(run_id, epoch, changes)
            taken.append(time.perf_counter() - begun)
    assert min(taken) < 0.002


def test_looking_whether_something_changed_is_cheap(records: Records, home: Path) -> None:
    """An engine asks ten times a second."""
    taken = []
    with engine(records, home) as driver:
        for _ in range(50):
            begun = time.perf_counter()
            driver.driving.changed()
            taken.append(time.perf_counter() - begun)
    assert min(taken) < 0.001
