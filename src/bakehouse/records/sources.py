"""Results of one run, from which another one was started: what it made or reused itself. Within the transaction of `db`."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bakehouse.ir.execution import RunId, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.events import Looked, Unusable
from bakehouse.records.documents import loaded, loaded_object
from bakehouse.records.results import usable

_UNDER_KEY = text(
    "SELECT run_id, run_name, task_id, attempt, created_at, outputs, invalidated_at FROM cache_entries "
    "WHERE namespace = :namespace AND key = :key AND (run_id = :source OR EXISTS (SELECT 1 FROM tasks WHERE tasks.run_id = :source "
    "AND tasks.cached_run = cache_entries.run_id AND tasks.cached_task = cache_entries.task_id)) ORDER BY created_at DESC"
)
_PARTS = text(
    "SELECT parts FROM cache_entries WHERE namespace = :namespace AND ((run_id = :source AND task_id = :task) OR (run_id, task_id) = "
    "(SELECT cached_run, cached_task FROM tasks WHERE tasks.run_id = :source AND tasks.id = :task)) ORDER BY created_at DESC LIMIT 1"
)
_NOTES = text("SELECT task_id, detail FROM events WHERE run_id = :run AND kind = 'task.MISSED' ORDER BY seq")


def under_key(db: Connection, source: RunId, namespace: str, key: str) -> Looked:
    """The newest result under this key that the run made or reused; if there is none that was not invalidated and is whole, why."""
    missed = Looked()
    for row in db.execute(_UNDER_KEY, {"source": source, "namespace": namespace, "key": key}):
        if row.invalidated_at is not None:
            missed = Looked(because=Unusable.INVALIDATED, note="its result was invalidated")
        elif (found := usable(db, key, row)) is not None:
            return Looked(found)
    return missed


def parts(db: Connection, source: RunId, namespace: str, task_id: TaskId) -> JsonObject | None:
    """What the key of a task of that run was made of; `None` where it recorded no result under a key."""
    found = db.execute(_PARTS, {"source": source, "namespace": namespace, "task": task_id}).scalar()
    return None if found is None else loaded_object(found)


def notes(db: Connection, run_id: RunId) -> dict[TaskId, str]:
    """By task, what was said of its last look for a result to reuse, where something was."""
    found = {TaskId(row.task_id): str(loaded(row.detail).get("note", "")) for row in db.execute(_NOTES, {"run": run_id})}
    return {task_id: note for task_id, note in found.items() if note}
