"""A run in the records whose steps a test moves by hand, with logs that it writes itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.ir.execution import AttemptId, Outputs, RunId, TaskId
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.states import RunMove
from tests.records.stories import Driver, Teller, engine, new_run


@dataclass
class Recorded:
    """A run of two steps, `first` and `second`, that an engine drives while the test goes on."""

    context: Context
    run_id: RunId
    driver: Driver
    epoch: int
    teller: Teller

    def write(self, *changes: Change) -> None:
        """Record what happens."""
        self.driver.driving.write(self.run_id, self.epoch, changes)

    def launch(self, task: str) -> AttemptId:
        """The first attempt of a step starts; its log is empty."""
        self.write(*self.teller.to_a_slot(task), *self.teller.launched(task))
        log = AttemptId(self.run_id, TaskId(task), 1)
        folder = runs.attempt_folder(self.context, log.path)
        folder.mkdir(parents=True)
        (folder / "log").touch()
        return log

    def print(self, log: AttemptId, text: bytes) -> None:
        """A step prints."""
        with (runs.attempt_folder(self.context, log.path) / "log").open("ab") as file:
            file.write(text)

    def succeed(self, task: str) -> None:
        """A step ends."""
        self.write(*self.teller.succeeded(task, Outputs({"n": 1})))


@contextmanager
def recorded(context: Context) -> Iterator[Recorded]:
    """A run that has just been started."""
    run_id = context.records.create_run(new_run())
    with engine(context.records, context.home) as driver:
        run = Recorded(context, run_id, driver, driver.take(run_id), Teller(run_id))
        run.write(run.teller.run(RunMove.STARTED))
        yield run
