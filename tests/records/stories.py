"""What the tests of the records tell: runs, engines that drive them, and what happens to their tasks."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.ir.execution import Artifact, AttemptId, Cause, Ending, LaunchSpec, Outputs, Place, RunId, StepError, TaskId, Usage
from bakehouse.ir.spec import ArtifactType
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.commands import (
    AttemptClosed,
    AttemptOpened,
    AttemptStarted,
    CacheEntry,
    Change,
    Consumed,
    NewTask,
    Published,
    RunMoved,
    TaskMoved,
)
from bakehouse.orchestrator.events import CachedResult
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RUN_MOVES, TASK_MOVES, RunMove, RunState, TaskMove, TaskState
from bakehouse.records.database import NewRun, Records
from bakehouse.records.driving import SqlDriving
from bakehouse.records.engines import EngineLock
from tests.unit.orchestrator.pipelines import pipeline

#: The user without privileges, as whom tests run where root would be allowed anything.
NOBODY = 65534
CHAIN = {"first": (), "second": ("first",)}
PLACE = Place(interpreter="/usr/bin/python3", python="cpython-3.11.7", platform="linux-x86_64", lock="numpy==2.0.0\n")
#: A task that a slot was found for, from the beginning.
TO_A_SLOT = (TaskMove.RELEASED, TaskMove.MISSED)


@dataclass
class Hand:
    """A clock that goes when it is told to."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


@dataclass(frozen=True)
class Driver:
    """An engine with its lock and its view of the records."""

    lock: EngineLock
    driving: SqlDriving

    def take(self, run_id: RunId) -> int:
        """Take a run that must be free; its epoch."""
        taken = self.driving.take(run_id)
        assert taken is not None
        return taken[1]


@contextmanager
def engine(records: Records, home: Path) -> Iterator[Driver]:
    """An engine, alive until the block ends."""
    lock = EngineLock.acquire(home)
    driving = records.driving(lock.id, records.home_id)
    try:
        yield Driver(lock, driving)
    finally:
        driving.close()
        lock.release()


def new_run(graph: Mapping[str, Sequence[str]] | None = None, **changes: object) -> NewRun:
    """A run of container tasks that nobody has started."""
    tasks = CHAIN if graph is None else graph
    run = NewRun(
        id=RunId(str(uuid.uuid4())),
        name="a run",
        namespace="default",
        experiment="Default",
        pipeline=pipeline(tasks),
        parameters={"n": 1},
        options=RunOptions(),
        pipeline_root="/artifacts/sample",
        tasks=tuple(NewTask(TaskId(name), name.title(), tuple(TaskId(one) for one in upstream)) for name, upstream in tasks.items()),
    )
    return replace(run, **changes)  # type: ignore[arg-type]  # names and types of NewRun's fields


@dataclass
class Teller:
    """Makes the changes of one run, as the machine would: every move starts in the state in which the last one ended."""

    run_id: RunId
    at: float = 1000.0
    state: RunState = RunState.PENDING
    tasks: dict[str, TaskState] = field(default_factory=dict)

    def run(self, move: RunMove, *, error: StepError | None = None, outputs: Outputs | None = None) -> RunMoved:
        """The run moves."""
        before, self.state = self.state, RUN_MOVES[self.state, move]
        return RunMoved(before, move, self.state, self._tick(), error=error, outputs=outputs)

    def task(self, name: str, move: TaskMove, **said: object) -> TaskMoved:
        """A task moves."""
        before = self.tasks.get(name, TaskState.WAITING)
        self.tasks[name] = TASK_MOVES[before, move]
        change = TaskMoved(TaskId(name), before, move, self.tasks[name], self._tick())
        return replace(change, **said)  # type: ignore[arg-type]  # names and types of TaskMoved's fields

    def to_a_slot(self, name: str) -> list[Change]:
        """A task gets to the queue."""
        return [self.task(name, move) for move in TO_A_SLOT]

    def launched(self, name: str, number: int = 1) -> list[Change]:
        """An attempt is opened and starts."""
        return [
            self.task(name, TaskMove.LAUNCHED, attempt=number),
            AttemptOpened(self.launch(name, number), self._tick()),
            AttemptStarted(TaskId(name), number, self._tick()),
        ]

    def launch(self, name: str, number: int = 1) -> LaunchSpec:
        """The launch spec of an attempt."""
        attempt = AttemptId(self.run_id, TaskId(name), number)
        return LaunchSpec(attempt=attempt, pipeline_name="sample", image="busybox", root=f"/artifacts/sample/{attempt.path}", place=PLACE)

    def succeeded(self, name: str, outputs: Outputs, entry: CacheEntry | None = None) -> list[Change]:
        """The first attempt succeeds, and the task with it."""
        ending = Ending(exit_code=0, outputs=outputs, usage=Usage(0.5, 1 << 20), times={"launched": self.at, "ended": self.at + 1})
        return [
            AttemptClosed(TaskId(name), 1, ending, self._tick()),
            self.task(name, TaskMove.SUCCEEDED, attempt=1),
            Published(TaskId(name), 1, outputs, self._tick(), entry=entry),
        ]

    def failed(self, name: str, message: str = "boom", number: int = 1) -> AttemptClosed:
        """An attempt fails."""
        return AttemptClosed(TaskId(name), number, Ending(cause=Cause.USER_ERROR, exit_code=1, error=StepError(message)), self._tick())

    def done(self, name: str, outputs: Outputs | None = None, entry: CacheEntry | None = None) -> list[Change]:
        """All of a task's life, from the queue to its success."""
        return [*self.to_a_slot(name), *self.launched(name), *self.succeeded(name, outputs or Outputs({"n": 1}), entry)]

    def reused(self, name: str, result: CachedResult) -> list[Change]:
        """A task takes an earlier one's result."""
        return [
            self.task(name, TaskMove.RELEASED),
            self.task(name, TaskMove.REUSED, detail={"cached_from": result.run_id}),
            Published(TaskId(name), 0, result.outputs, self._tick(), reused=result),
        ]

    def consumed(self, name: str, parameters: JsonObject, **artifacts: Artifact) -> Consumed:
        """The inputs of a task, one artifact by name."""
        return Consumed(TaskId(name), parameters, {name: (artifact.id,) for name, artifact in artifacts.items()})

    def _tick(self) -> float:
        self.at += 1.0
        return self.at


def artifact(name: str, uri: str = "", **changes: object) -> Artifact:
    """An artifact with an id."""
    made = Artifact(name, ArtifactType("system.Dataset", "0.0.1"), uri or f"/elsewhere/{name}", {"rows": 3}, "blake3:00", 12, str(uuid.uuid4()))
    return replace(made, **changes)  # type: ignore[arg-type]  # names and types of Artifact's fields


def finished(records: Records, home: Path, *, graph: Mapping[str, Sequence[str]] | None = None) -> RunId:
    """A run that went well, with nothing recorded but that."""
    run_id = records.create_run(new_run(graph))
    teller = Teller(run_id)
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        lives = [change for name in graph or CHAIN for change in teller.done(name)]
        driver.driving.write(run_id, epoch, [teller.run(RunMove.STARTED), *lives, teller.run(RunMove.SUCCEEDED)])
    return run_id


def failed_run(records: Records, home: Path) -> RunId:
    """A run whose first step failed."""
    run_id = records.create_run(new_run())
    told = Teller(run_id)
    with engine(records, home) as driver:
        begun = [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first"), told.failed("first")]
        over = [told.task("first", TaskMove.FAILED, attempt=1, error=StepError("boom")), told.task("second", TaskMove.SKIPPED)]
        driver.driving.write(run_id, driver.take(run_id), [*begun, *over, told.run(RunMove.FAILED, error=StepError("first: boom"))])
    return run_id


def rows(home: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    """What the database says to anybody who asks it."""
    db = sqlite3.connect(home / "bakehouse.db")
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def write_row(home: Path, statement: str, *values: object) -> None:
    """Change the database behind the back of everybody."""
    db = sqlite3.connect(home / "bakehouse.db")
    try:
        db.execute(statement, values)
        db.commit()
    finally:
        db.close()


@contextmanager
def nobody() -> Iterator[Path]:
    """A folder of a user without privileges, as whom the block runs if the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="bakehouse-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)
