"""Deleting a run: its rows go; of its artifacts, those stay that a cache entry, another run, or lineage still names."""

from __future__ import annotations

from functools import reduce
from operator import getitem

from sqlalchemy import Connection, text

from bakehouse.ir.execution import RunId, folder_name
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState
from bakehouse.records.documents import loaded
from bakehouse.records.errors import NoSuchRun, RunIsNotOver, RunPinned
from bakehouse.storage import addresses

#: An update that changes nothing: it holds the row against others until the transaction ends.
_HOLD = text("UPDATE runs SET seq = seq WHERE id = :run")
_STATE = text("SELECT state, pinned_at, pin_reason FROM runs WHERE id = :run")
_RUN = text("SELECT namespace, spec, pipeline_root FROM runs WHERE id = :run")
_ROOTS = text("SELECT task_id, number, launch FROM attempts WHERE run_id = :run")
_UNNAMED = text(
    "SELECT id, task_id, attempt, document FROM artifacts WHERE run_id = :run "
    "AND NOT EXISTS (SELECT 1 FROM cache_entries AS c "
    "WHERE c.run_id = artifacts.run_id AND c.task_id = artifacts.task_id AND c.attempt = artifacts.attempt) "
    "AND NOT EXISTS (SELECT 1 FROM artifact_uses AS u WHERE u.artifact_id = artifacts.id AND u.run_id <> artifacts.run_id) "
    "AND NOT EXISTS (SELECT 1 FROM tasks AS t WHERE t.cached_run = artifacts.run_id AND t.cached_task = artifacts.task_id "
    "AND t.cached_attempt = artifacts.attempt AND t.run_id <> artifacts.run_id)"
)
_FORGET = text("DELETE FROM artifacts WHERE id = :id")
_KEPT = text("SELECT task_id, attempt FROM artifacts WHERE run_id = :run")
_STILL_THERE = text("SELECT 1 FROM artifacts WHERE uri = :uri OR (uri >= :low AND uri < :high) LIMIT 1")
#: Children first.
_DELETES = tuple(
    text(f"DELETE FROM {table} WHERE run_id = :run")  # noqa: S608  # names of tables, from this line
    for table in ("requests", "run_tags", "artifact_uses", "events", "claims", "attempts", "tasks")
)
_NOTE = text("INSERT INTO deleted_runs (run_id, namespace, deleted_at) VALUES (:run, :namespace, :at) ON CONFLICT DO NOTHING")
_DELETE_RUN = text("DELETE FROM runs WHERE id = :run")
#: A pipeline file that neither a run nor a version names any more.
DELETE_SPEC = text(
    "DELETE FROM specs WHERE namespace = :namespace AND digest = :spec "
    "AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.namespace = :namespace AND runs.spec = :spec) "
    "AND NOT EXISTS (SELECT 1 FROM pipeline_versions AS v WHERE v.namespace = :namespace AND v.spec = :spec)"
)


def delete(db: Connection, run_id: RunId, *, at: float) -> list[str]:
    """Delete a run that is over; what may be removed from the store: folders of attempts, and artifacts outside of them.

    Raises `NoSuchRun`, `RunIsNotOver`, `RunPinned`.
    """
    key = {"run": run_id}
    hold(db, run_id)
    row = db.execute(_RUN, key).one()
    roots = _roots(db, run_id)
    uris = _forget_artifacts(db, run_id)
    folders = _folders(db, run_id, roots, address(row.pipeline_root))
    for statement in (*_DELETES, _DELETE_RUN):
        db.execute(statement, key)
    db.execute(_NOTE, {**key, "namespace": row.namespace, "at": at})
    db.execute(DELETE_SPEC, {"namespace": row.namespace, "spec": row.spec})
    outside = [uri for uri in uris if not any(_below(uri, folder) for folder in folders)]
    return [*folders, *(uri for uri in outside if not named(db, uri))]


def hold(db: Connection, run_id: RunId) -> None:
    """Keep a run that may be deleted as it is until the transaction ends. Raises `NoSuchRun`, `RunIsNotOver`, `RunPinned`."""
    if db.execute(_HOLD, {"run": run_id}).rowcount != 1:
        raise NoSuchRun(run=run_id)
    row = db.execute(_STATE, {"run": run_id}).one()
    if RunState(row.state) not in FINAL_RUN_STATES:
        raise RunIsNotOver(run=run_id, state=row.state)
    if row.pinned_at is not None:
        raise RunPinned(run=run_id, reason=row.pin_reason or "")


def _roots(db: Connection, run_id: RunId) -> dict[tuple[str, int], str]:
    """The folder of each attempt in the store."""
    return {(task_id, number): address(launch, "root") for task_id, number, launch in db.execute(_ROOTS, {"run": run_id})}


def _forget_artifacts(db: Connection, run_id: RunId) -> list[str]:
    """Delete the rows of artifacts that nothing names; their URIs."""
    rows = db.execute(_UNNAMED, {"run": run_id}).all()
    if rows:
        db.execute(_FORGET, [{"id": row.id} for row in rows])
    return sorted({address(row.document, "uri") for row in rows} - {""})


def address(document: str, *names: str) -> str:
    """An address that a column holds; empty where it cannot be read: a damaged run can be deleted, though not what it does not name."""
    try:
        found = reduce(getitem, names, loaded(document))
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""


def _folders(db: Connection, run_id: RunId, roots: dict[tuple[str, int], str], pipeline_root: str) -> list[str]:
    """What can go as a whole: the folder of the run if none of its artifacts stays, else those of the attempts of which none does."""
    kept = {(task_id, attempt) for task_id, attempt in db.execute(_KEPT, {"run": run_id})}
    candidates = [root for attempt, root in sorted(roots.items()) if attempt not in kept and root]
    whole = addresses.below(pipeline_root, folder_name(run_id))
    if not kept and any(_below(root, whole) for root in candidates):
        candidates = [whole, *(root for root in candidates if not _below(root, whole))]
    return [folder for folder in candidates if not named(db, folder)]


def named(db: Connection, uri: str) -> bool:
    """Whether an artifact that stays lies there, or below."""
    place = addresses.plain(uri)
    return db.execute(_STILL_THERE, {"uri": uri, "low": f"{place}/", "high": f"{place}0"}).first() is not None  # "0" comes after "/"


def _below(uri: str, folder: str) -> bool:
    return uri == folder or addresses.plain(uri).startswith(f"{addresses.plain(folder)}/")
