"""A step that failed is marked as succeeded, with what a user says that it gave. Within the transaction of `db`.

Nobody drives a run that is over, so this is written here and not by an engine. The run stays as it is; a retry goes on from the step.
What was given this way is recorded with its artifacts, and never enters the cache: no step has made it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bakehouse.ir.execution import Outputs, RunId, TaskId
from bakehouse.orchestrator.commands import Published, TaskMoved
from bakehouse.orchestrator.plan import GROUPS, TaskKind
from bakehouse.orchestrator.states import RUN_MOVES, TASK_MOVES, RunMove, RunState, TaskMove, TaskState
from bakehouse.records.batches import Misfit
from bakehouse.records.errors import NoSuchRun, NotMarkable
from bakehouse.records.rows import among
from bakehouse.records.writing import Writer

# ruff: noqa: S608  # the names of states come from the table
_OVER = {before for before, move in RUN_MOVES if move is RunMove.RETRIED}
_MARKABLE = {before for before, move in TASK_MOVES if move is TaskMove.MARKED}
_CHANGES = 2  # the move, and what is published
_HOLD = text(f"UPDATE runs SET seq = seq + {_CHANGES} WHERE id = :run AND state IN ({among(_OVER)})")
_RUN = text("SELECT id, namespace, name, pipeline_name, seq, state FROM runs WHERE id = :run")
_TASK = text("SELECT state, kind, attempt FROM tasks WHERE run_id = :run AND id = :task")


@dataclass(frozen=True)
class Mark:
    """What a user says of a step: who that is, what the step gave, and when this was said (seconds since the epoch)."""

    task_id: TaskId
    outputs: Outputs
    by: str
    at: float


def mark(db: Connection, run_id: RunId, said: Mark) -> None:
    """Mark a failed or canceled step of a run that did not succeed and is over. Raises `NoSuchRun`, `NotMarkable`."""
    held = db.execute(_HOLD, {"run": run_id}).rowcount == 1
    run = db.execute(_RUN, {"run": run_id}).mappings().first()
    if run is None:
        raise NoSuchRun(run=run_id)
    if not held:
        over = "there is nothing to go on with" if run["state"] == RunState.SUCCEEDED.value else "a step is marked when its run is over"
        raise NotMarkable(run=run_id, task=said.task_id, why=f"the run is {run['state']}: {over}")
    task = db.execute(_TASK, {"run": run_id, "task": said.task_id}).first()
    if task is None:
        raise NotMarkable(run=run_id, task=said.task_id, why="the run has no such step")
    if TaskKind(task.kind) in GROUPS:
        raise NotMarkable(run=run_id, task=said.task_id, why="it holds other steps, which can be marked")
    before = TaskState(task.state)
    if before not in _MARKABLE:
        raise NotMarkable(run=run_id, task=said.task_id, why=f"it is {before.value}")
    writer = Writer(db, dict(run), seq=run["seq"] - _CHANGES + 1, at=said.at, locks=set())
    after = TASK_MOVES[before, TaskMove.MARKED]
    why = f"marked succeeded by {said.by}"
    moved = TaskMoved(said.task_id, before, TaskMove.MARKED, after, said.at, why=why, attempt=task.attempt, detail={"by": said.by})
    try:
        writer.write(moved)
        writer.write(Published(said.task_id, 0, said.outputs, said.at))
        writer.flush()
    except Misfit as error:
        raise NotMarkable(run=run_id, task=said.task_id, why=f"what is recorded of it does not fit ({error})") from error
