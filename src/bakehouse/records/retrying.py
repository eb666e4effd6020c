"""A run that did not succeed is made to run again: what succeeded is kept. Within the transaction of `db`.

Nobody drives a run that is over, so this is written here and not by an engine. The epoch rises, so that whatever engine still
believes to have the run is told otherwise at its next write. The run starts anew when an engine takes it: how long it takes is
counted from there, without the time for which it lay failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
#: An update that changes nothing: it holds the row against others until the transaction ends.
_HOLD = text(f"UPDATE runs SET seq = seq WHERE id = :run AND state IN ({_names(_RETRYABLE)})")
_STATE = text("SELECT state, seq, namespace FROM runs WHERE id = :run")
_RUN = text(
    f"UPDATE runs SET state = {_names(_AFTER)}, error = NULL, outputs = NULL, started_at = NULL, finished_at = NULL, engine = NULL, "
    "epoch = epoch + 1, seq = seq + :events WHERE id = :run"
)
_TASKS = text("SELECT id, state, upstream, parent FROM tasks WHERE run_id = :run ORDER BY id")
_RESET = text(
    "UPDATE tasks SET state = :state, why = :why, retry_at = NULL, user_failures = 0, infrastructure_failures = 0, error = NULL, "
    "inputs = NULL, outputs = NULL, cached_run = NULL, cached_task = NULL, cached_attempt = NULL, cached_at = NULL, "
    f"started_at = NULL, finished_at = NULL WHERE run_id = :run AND id = :task AND state IN ({_names(_RESETTABLE)})"
)
#: A termination that was asked for belongs to the run as it was.
_WISHES = text("DELETE FROM requests WHERE run_id = :run")
_EVENT = text(
    "INSERT INTO events (run_id, seq, namespace, at, kind, task_id, attempt, detail) "
    "VALUES (:run, :seq, :namespace, :at, :kind, :task, NULL, :detail)"
)
_UNSUCCESSFUL = frozenset({TaskState.FAILED.value, TaskState.CANCELED.value})


@dataclass(frozen=True)
class _Task:
    id: str
    state: str
    upstream: Sequence[str]
    parent: str


def retry(db: Connection, run_id: RunId, *, by: str, at: float) -> None:
    """Make a failed or canceled run PENDING, and what of it did not succeed WAITING. Raises `NoSuchRun`, `NotRetryable`."""
    key = {"run": run_id}
    held = db.execute(_HOLD, key).rowcount == 1
    row = db.execute(_STATE, key).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    if not held:
        raise NotRetryable(run=run_id, state=row.state)
    tasks = {task.id: _Task(task.id, task.state, loaded(task.upstream), task.parent) for task in db.execute(_TASKS, key)}
    reset = sorted(_reset(tasks))
    db.execute(_WISHES, key)
    db.execute(_RUN, {**key, "events": 1 + len(reset)})
    common = {**key, "namespace": row.namespace, "at": at}
    events = [{**common, "seq": row.seq + 1, "kind": f"run.{RunMove.RETRIED.value}", "task": None, "detail": dumped({"by": plain(by)})}]
    for number, name in enumerate(reset, start=2):
        unmet = [one for one in tasks[name].upstream if one in reset or tasks[one].state != TaskState.SUCCEEDED.value]
        why = f"waiting for {', '.join(unmet)}" if unmet else ""
        db.execute(_RESET, {**key, "task": name, "state": TaskState.WAITING.value, "why": why})
        events.append({**common, "seq": row.seq + number, "kind": f"task.{TaskMove.RESET.value}", "task": name, "detail": dumped({})})
    db.execute(_EVENT, events)


def _reset(tasks: Mapping[str, _Task]) -> set[str]:
    """The tasks that begin again: what did not succeed, and what succeeded only after something that did not (exit tasks).

    Groups that succeeded stay as they are, with all they hold: a condition in them that was false is no failure.
    """
    children: dict[str, list[_Task]] = {}
    for task in tasks.values():
        children.setdefault(task.parent, []).append(task)
    reset: set[str] = set()
    waiting = [("", False)]
    while waiting:
        group, wholly = waiting.pop()
        for task in _begun_again(children.get(group, []), wholly=wholly):
            reset.add(task.id)
            waiting.append((task.id, wholly or task.state == TaskState.SUCCEEDED.value))
    return reset


def _begun_again(group: Sequence[_Task], *, wholly: bool) -> Iterator[_Task]:
    """Of the tasks of one group those that begin again."""
    if wholly:
        yield from group
        return
    states = {task.id: task.state for task in group}
    broken = not _UNSUCCESSFUL.isdisjoint(states.values())
    users: dict[str, list[str]] = {}
    for task in group:
        for name in task.upstream:
            users.setdefault(name, []).append(task.id)
    # What was skipped in a group without a failure was not wanted: who did without it did so rightly.
    spreading = [name for name, state in states.items() if state in _UNSUCCESSFUL or (broken and state == TaskState.SKIPPED.value)]
    found = set(spreading)
    while spreading:
        for user in users.get(spreading.pop(), ()):
            if user not in found:
                found.add(user)
                spreading.append(user)
    yield from (task for task in group if task.id in found or task.state != TaskState.SUCCEEDED.value)
