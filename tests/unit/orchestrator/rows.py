"""Rows of tasks, as the statements of the records would make them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bakehouse.ir.execution import Cause, TaskId
from bakehouse.orchestrator.commands import AttemptClosed, TaskMoved
from bakehouse.orchestrator.ports import TaskRecord
from bakehouse.orchestrator.resetting import Row, begun_again
from bakehouse.orchestrator.states import FINAL_TASK_STATES, TASK_MOVES, TaskMove, TaskState


def waiting_for(upstream: Sequence[str]) -> str:
    """Why a task waits that has just come to be."""
    return f"waiting for {', '.join(upstream)}" if upstream else ""


def moved(row: TaskRecord, change: TaskMoved) -> TaskRecord:
    """A task after a move."""
    assert row.state is change.before, f"{row.id} is {row.state}, not {change.before}: {change.move}"
    assert change.move is not TaskMove.DUE or (row.retry_at or 0.0) <= change.at, f"{row.id} goes on before its pause is over"
    detail = change.detail
    return replace(
        row,
        state=change.after,
        why=change.why,
        attempt=change.attempt,
        error=None if change.after is TaskState.SUCCEEDED else change.error or row.error,
        retry_at=detail.get("retry_at"),
        user_failures=detail.get("user_failures", row.user_failures),
        infrastructure_failures=detail.get("infrastructure_failures", row.infrastructure_failures),
        finished_at=change.at if change.after in FINAL_TASK_STATES else None,
        since=change.at,
        process_since=None,
    )


def closed(row: TaskRecord, change: AttemptClosed) -> TaskRecord:
    """A task after the end of an attempt: how many ran out of memory is counted, not written."""
    return replace(row, out_of_memory=row.out_of_memory + (change.ending.cause is Cause.OUT_OF_MEMORY))


def reset(tasks: Mapping[TaskId, TaskRecord], upstream: Mapping[TaskId, Sequence[TaskId]], marked: Collection[TaskId] = ()) -> list[TaskRecord]:
    """The tasks that begin again when the run is retried, as they are then. `marked` are those that a user says have succeeded."""
    rows = (Row(one.id, one.state, upstream.get(one.id, ()), one.parent, marked=one.id in marked) for one in tasks.values())
    found = begun_again({row.id: row for row in rows})
    return [
        replace(
            TaskRecord(name, TASK_MOVES[tasks[name].state, TaskMove.RESET], tasks[name].parent, tasks[name].kind, tasks[name].attempt, why=why),
            out_of_memory=tasks[name].out_of_memory,
        )
        for name, why in found.items()
    ]
