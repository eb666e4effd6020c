"""A run that did not succeed is made to run again: what succeeded is kept. Within the transaction of `db`.

Nobody drives a run that is over, so this is written here and not by an engine. The epoch rises, so that whatever engine still
believes to have the run is told otherwise at its next write. The run starts anew when an engine takes it: how long it takes is
counted from there, without the time for which it lay failed.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.states import RUN_MOVES, TASK_MOVES, RunMove, TaskMove, TaskState
from bakehouse.records.documents import dumped, loaded, plain
from bakehouse.records.errors import NoSuchRun, NotRetryable


def _names(states: set[str]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


# ruff: noqa: S608  # the names of states come from the table
_RETRYABLE = {before.value for before, move in RUN_MOVES if move is RunMove.RETRIED}
_RESETTABLE = {before.value for before, move in TASK_MOVES if move is TaskMove.RESET}
_AFTER = {after.value for (_, move), after in RUN_MOVES.items() if move is RunMove.RETRIED}
_RUN = text(
    f"UPDATE runs SET state = {_names(_AFTER)}, error = NULL, outputs = NULL, started_at = NULL, finished_at = NULL, "
    "engine = NULL, epoch = epoch + 1, "
    f"seq = seq + 1 + (SELECT count(*) FROM tasks WHERE run_id = :run AND state IN ({_names(_RESETTABLE)})) "
    f"WHERE id = :run AND state IN ({_names(_RETRYABLE)})"
)
_RESETTING = text(f"SELECT id, upstream FROM tasks WHERE run_id = :run AND state IN ({_names(_RESETTABLE)}) ORDER BY id")
_RESET = text(
    "UPDATE tasks SET state = :state, why = :why, retry_at = NULL, user_failures = 0, infrastructure_failures = 0, error = NULL, "
    f"inputs = NULL, outputs = NULL, started_at = NULL, finished_at = NULL WHERE run_id = :run AND id = :task AND state IN ({_names(_RESETTABLE)})"
)
_SUCCEEDED = text("SELECT id FROM tasks WHERE run_id = :run AND state = 'SUCCEEDED'")
#: A termination that was asked for belongs to the run as it was.
_WISHES = text("DELETE FROM requests WHERE run_id = :run")
_STATE = text("SELECT state, seq, namespace FROM runs WHERE id = :run")
_EVENT = text(
    "INSERT INTO events (run_id, seq, namespace, at, kind, task_id, attempt, detail) "
    "VALUES (:run, :seq, :namespace, :at, :kind, :task, NULL, :detail)"
)


def retry(db: Connection, run_id: RunId, *, by: str, at: float) -> None:
    """Make a failed or canceled run PENDING, and what of it did not succeed WAITING. Raises `NoSuchRun`, `NotRetryable`."""
    key = {"run": run_id}
    done = db.execute(_RUN, key).rowcount == 1
    row = db.execute(_STATE, key).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    if not done:
        raise NotRetryable(run=run_id, state=row.state)
    db.execute(_WISHES, key)
    succeeded = set(db.execute(_SUCCEEDED, key).scalars())
    tasks = db.execute(_RESETTING, key).all()
    common = {"run": run_id, "namespace": row.namespace, "at": at}
    first = row.seq - len(tasks)
    events = [{**common, "seq": first, "kind": f"run.{RunMove.RETRIED.value}", "task": None, "detail": dumped({"by": plain(by)})}]
    for number, task in enumerate(tasks, start=1):
        unmet = [name for name in loaded(task.upstream) if name not in succeeded]
        why = f"waiting for {', '.join(unmet)}" if unmet else ""
        db.execute(_RESET, {"run": run_id, "task": task.id, "state": TaskState.WAITING.value, "why": why})
        events.append({**common, "seq": first + number, "kind": f"task.{TaskMove.RESET.value}", "task": task.id, "detail": dumped({})})
    db.execute(_EVENT, events)
