"""A run that no engine can read fails, with the reason. Within the transaction of `db`.

Rows alone decide here: whatever cannot be read is left as it is, for whoever looks into it.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from bakehouse.ir.execution import AttemptId, Cause, Ending, RunId, StepError, TaskId
from bakehouse.orchestrator.states import FINAL_TASK_STATES, RUN_MOVES, TASK_MOVES, RunMove, TaskMove, TaskState
from bakehouse.records.documents import dumped, ending_text, error_text
from bakehouse.records.rows import INSERT_EVENT, among

_WHY = "not started: its run was put aside"


_READ = {before for before, move in RUN_MOVES if move is RunMove.PUT_ASIDE}
(_AFTER,) = {after.value for (_, move), after in RUN_MOVES.items() if move is RunMove.PUT_ASIDE}
_STARTABLE = {before.value for before, move in TASK_MOVES if move is TaskMove.SKIPPED}
_RUN = text(f"SELECT namespace FROM runs WHERE id = :run AND state IN ({among(_READ)})")  # noqa: S608  # names of states
#: Not the run's own count: that may be what is wrong.
_SEQ = text("SELECT COALESCE(MAX(seq), 0) FROM events WHERE run_id = :run")
_TASKS = text(
    f"SELECT id, state FROM tasks WHERE run_id = :run AND state NOT IN ({among(FINAL_TASK_STATES)}) ORDER BY id"  # noqa: S608  # names of states
)
_ATTEMPTS = text("SELECT task_id, number FROM attempts WHERE run_id = :run AND state IN ('OPENED', 'RUNNING') ORDER BY task_id, number")
_TASK = text(
    "UPDATE tasks SET state = :after, why = :why, error = :error, retry_at = NULL, finished_at = :at "
    "WHERE run_id = :run AND id = :task AND state = :before"
)
_ATTEMPT = text(
    "UPDATE attempts SET state = 'FAILED', cause = :cause, closed_at = :at, ending = :ending "
    "WHERE run_id = :run AND task_id = :task AND number = :number AND state IN ('OPENED', 'RUNNING')"
)
_ASIDE = text(
    "UPDATE runs SET state = :after, error = :error, finished_at = :at, engine = NULL, epoch = epoch + 1, seq = :seq "  # noqa: S608  # names of states
    f"WHERE id = :run AND state IN ({among(_READ)})"
)


def put_aside(db: Connection, run_id: RunId, reason: StepError, *, at: float) -> list[AttemptId]:
    """Make an unfinished run FAILED and all of it that is not over too; the attempts that were not over. Any other run stays as it is."""
    key = {"run": run_id}
    run = db.execute(_RUN, key).first()
    if run is None:
        return []
    attempts = [AttemptId(run_id, TaskId(row.task_id), row.number) for row in db.execute(_ATTEMPTS, key)]
    tasks = db.execute(_TASKS, key).all()
    said = {"error": reason.message}
    events = [
        *(("attempt.ENDED", one.task_id, one.number, {"exit_code": None, "cause": Cause.ENGINE.value, **said}) for one in attempts),
        *(_task_event(row.id, row.state, said) for row in tasks),
        (f"run.{RunMove.PUT_ASIDE.value}", None, None, said),
    ]
    ending = ending_text(Ending(cause=Cause.ENGINE, error=reason))
    for one in attempts:
        db.execute(_ATTEMPT, {**key, "task": one.task_id, "number": one.number, "cause": Cause.ENGINE.value, "ending": ending, "at": at})
    for row in tasks:
        db.execute(_TASK, {**key, "task": row.id, "before": row.state, "at": at, **_task_after(row.state, reason)})
    first = db.execute(_SEQ, key).scalar_one() + 1
    common = {**key, "namespace": run.namespace, "at": at}
    rows = [
        {**common, "seq": seq, "kind": kind, "task": task, "attempt": attempt, "detail": dumped(detail)}
        for seq, (kind, task, attempt, detail) in enumerate(events, start=first)
    ]
    db.execute(_ASIDE, {**key, "after": _AFTER, "error": error_text(reason), "at": at, "seq": first + len(rows) - 1})
    db.execute(INSERT_EVENT, rows)
    return attempts


def _task_after(state: str, reason: StepError) -> dict[str, str | None]:
    """What has not started is skipped; all else has failed with the run."""
    if state in _STARTABLE:
        return {"after": TaskState.SKIPPED.value, "why": _WHY, "error": None}
    return {"after": TaskState.FAILED.value, "why": "", "error": error_text(reason)}


def _task_event(task: str, state: str, said: dict[str, str]) -> tuple[str, str, None, dict[str, str]]:
    if state in _STARTABLE:
        return f"task.{TaskMove.SKIPPED.value}", task, None, {"why": _WHY}
    return f"task.{TaskMove.FAILED.value}", task, None, said
