"""Runs go into the archive and out of it, whatever their state. Within the transaction of `db`."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bakehouse.ir.execution import RunId
from bakehouse.records.errors import ExperimentArchived, NoSuchRun
from bakehouse.records.views import StorageState

_STORED = text("UPDATE runs SET storage_state = :after, archived_at = :archived_at, seq = seq + 1 WHERE id = :run AND storage_state = :before")
_EVENT = text(
    "INSERT INTO events (run_id, seq, namespace, at, kind, task_id, attempt, detail) "
    "SELECT id, seq, namespace, :at, :kind, NULL, NULL, '{}' FROM runs WHERE id = :run"
)
_EXISTS = text("SELECT 1 FROM runs WHERE id = :run")
#: An experiment may have very many runs: two statements for all of them. The first holds their rows against engines, which count events there.
_ALL_STORED = text(
    "UPDATE runs SET storage_state = 'ARCHIVED', archived_at = :at, seq = seq + 1 "
    "WHERE namespace = :namespace AND experiment_id = :experiment AND storage_state = 'AVAILABLE'"
)
_ALL_EVENTS = text(
    "INSERT INTO events (run_id, seq, namespace, at, kind, task_id, attempt, detail) "
    "SELECT id, seq, namespace, :at, 'run.ARCHIVED', NULL, NULL, '{}' FROM runs "
    "WHERE namespace = :namespace AND experiment_id = :experiment AND storage_state = 'ARCHIVED' AND archived_at = :at "
    "AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.run_id = runs.id AND e.seq = runs.seq)"
)
_SHUT = text("SELECT e.name FROM runs AS r JOIN experiments AS e ON e.id = r.experiment_id WHERE r.id = :run AND e.storage_state = 'ARCHIVED'")


def archive(db: Connection, run_id: RunId, *, at: float) -> None:
    """Put a run into the archive; one that is there stays there. Raises `NoSuchRun`."""
    _move(db, run_id, StorageState.AVAILABLE, StorageState.ARCHIVED, at=at)


def unarchive(db: Connection, run_id: RunId, *, at: float) -> None:
    """Take a run out of the archive. Raises `NoSuchRun`, `ExperimentArchived`."""
    shut = db.execute(_SHUT, {"run": run_id}).scalar()
    if shut is not None:
        raise ExperimentArchived(experiment=shut)
    _move(db, run_id, StorageState.ARCHIVED, StorageState.AVAILABLE, at=at)


def archive_all(db: Connection, *, namespace: str, experiment: str, at: float) -> None:
    """Put all runs of the experiment of that id into the archive."""
    for statement in (_ALL_STORED, _ALL_EVENTS):
        db.execute(statement, {"namespace": namespace, "experiment": experiment, "at": at})


def _move(db: Connection, run_id: RunId, before: StorageState, after: StorageState, *, at: float) -> None:
    archived_at = at if after is StorageState.ARCHIVED else None
    if db.execute(_STORED, {"run": run_id, "before": before.value, "after": after.value, "archived_at": archived_at}).rowcount == 1:
        kind = "run.ARCHIVED" if after is StorageState.ARCHIVED else "run.UNARCHIVED"
        db.execute(_EVENT, {"run": run_id, "at": at, "kind": kind})
    elif db.execute(_EXISTS, {"run": run_id}).first() is None:
        raise NoSuchRun(run=run_id)
