"""A run that did not succeed is made to run again: what succeeded is kept. Within the transaction of `db`.

Nobody drives a run that is over, so this is written here and not by an engine. The epoch rises, so that whatever engine still
believes to have the run is told otherwise at its next write. The run starts anew when an engine takes it: how long it takes is
counted from there, without the time for which it lay failed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy import Row as SqlRow

from bakehouse.ir.execution import RunId, TaskId
from bakehouse.orchestrator.resetting import Row, begun_again
from bakehouse.orchestrator.states import RUN_MOVES, TASK_MOVES, RunMove, TaskMove, TaskState
from bakehouse.records.documents import dumped, loaded, plain
from bakehouse.records.errors import NoSuchRun, NotRetryable
from bakehouse.records.rows import INSERT_EVENT, among

# ruff: noqa: S608  # the names of states come from the table
_RETRYABLE = {before for before, move in RUN_MOVES if move is RunMove.RETRIED}
_RESETTABLE = {before for before, move in TASK_MOVES if move is TaskMove.RESET}
_AFTER = {after for (_, move), after in RUN_MOVES.items() if move is RunMove.RETRIED}
#: An update that changes nothing: it holds the row against others until the transaction ends.
_HOLD = text(f"UPDATE runs SET seq = seq WHERE id = :run AND state IN ({among(_RETRYABLE)})")
_STATE = text("SELECT state, seq, namespace FROM runs WHERE id = :run")
_RUN = text(
    f"UPDATE runs SET state = {among(_AFTER)}, error = NULL, outputs = NULL, started_at = NULL, finished_at = NULL, engine = NULL, "
    "epoch = epoch + 1, seq = seq + :events WHERE id = :run"
)
_TASKS = text("SELECT id, state, upstream, parent FROM tasks WHERE run_id = :run ORDER BY id")
#: Since the run was retried last, if it was: what was marked before has been gone on with.
_MARKED = text(
    "SELECT DISTINCT task_id FROM events WHERE run_id = :run AND kind = 'task.MARKED' AND seq > "
    "COALESCE((SELECT max(seq) FROM events WHERE run_id = :run AND kind = 'run.RETRIED'), 0)"
)
_RESET = text(
    "UPDATE tasks SET state = :state, why = :why, retry_at = NULL, user_failures = 0, infrastructure_failures = 0, error = NULL, "
    "inputs = NULL, outputs = NULL, cached_run = NULL, cached_task = NULL, cached_attempt = NULL, cached_at = NULL, "
    f"started_at = NULL, finished_at = NULL WHERE run_id = :run AND id = :task AND state IN ({among(_RESETTABLE)})"
)
#: A termination that was asked for belongs to the run as it was.
_WISHES = text("DELETE FROM requests WHERE run_id = :run")


def retry(db: Connection, run_id: RunId, *, by: str, at: float) -> None:
    """Make a failed or canceled run PENDING, and what of it did not succeed WAITING. Raises `NoSuchRun`, `NotRetryable`."""
    key = {"run": run_id}
    held = db.execute(_HOLD, key).rowcount == 1
    row = db.execute(_STATE, key).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    if not held:
        raise NotRetryable(run=run_id, state=row.state)
    marked = set(db.execute(_MARKED, key).scalars())
    tasks = {TaskId(task.id): _row(task, marked) for task in db.execute(_TASKS, key)}
    reset = begun_again(tasks)
    db.execute(_WISHES, key)
    db.execute(_RUN, {**key, "events": 1 + len(reset)})
    common = {**key, "namespace": row.namespace, "at": at, "attempt": None}
    events = [{**common, "seq": row.seq + 1, "kind": f"run.{RunMove.RETRIED.value}", "task": None, "detail": dumped({"by": plain(by)})}]
    for number, (name, why) in enumerate(reset.items(), start=2):
        db.execute(_RESET, {**key, "task": name, "state": TaskState.WAITING.value, "why": why})
        events.append({**common, "seq": row.seq + number, "kind": f"task.{TaskMove.RESET.value}", "task": name, "detail": dumped({})})
    db.execute(INSERT_EVENT, events)


def _row(task: SqlRow[Any], marked: set[str]) -> Row:
    upstream = [TaskId(one) for one in loaded(task.upstream)]
    return Row(TaskId(task.id), TaskState(task.state), upstream, TaskId(task.parent), marked=task.id in marked)
