"""Where artifacts come from and where they went: one query each way."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bakehouse.ir.execution import RunId, TaskId
from bakehouse.records.schema import artifacts, tasks, uses
from bakehouse.records.views import Consumer, Producer


def producers(db: Connection, artifact_id: str) -> list[Producer]:
    """The task that made an artifact, then those that reused it from the cache. Empty for an artifact that is not recorded."""
    row = db.execute(select(artifacts).where(artifacts.c.id == artifact_id)).first()
    if row is None:
        return []
    reused = (tasks.c.cached_run == row.run_id, tasks.c.cached_task == row.task_id, tasks.c.cached_attempt == row.attempt)
    again = db.execute(select(tasks.c.run_id, tasks.c.id).where(*reused).order_by(tasks.c.finished_at, tasks.c.run_id, tasks.c.id))
    return [
        Producer(RunId(row.run_id), TaskId(row.task_id), row.attempt, row.output, reused=False),
        *(Producer(RunId(run_id), TaskId(task_id), 0, row.output, reused=True) for run_id, task_id in again),
    ]


def consumers(db: Connection, artifact_id: str) -> list[Consumer]:
    """The tasks that took an artifact as input."""
    query = select(uses.c.run_id, uses.c.task_id, uses.c.input).where(uses.c.artifact_id == artifact_id)
    rows = db.execute(query.order_by(uses.c.run_id, uses.c.task_id, uses.c.input))
    return [Consumer(RunId(run_id), TaskId(task_id), name) for run_id, task_id, name in rows]
