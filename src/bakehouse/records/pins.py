"""Runs that somebody pinned, and those whose artifacts they use: no collection deletes them. Within the transaction of `db`."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bakehouse.ir.execution import RunId
from bakehouse.records.documents import dumped, plain
from bakehouse.records.errors import NoSuchRun

_PIN = text("UPDATE runs SET pinned_at = COALESCE(pinned_at, :at), pin_reason = :reason, seq = seq + 1 WHERE id = :run")
_UNPIN = text("UPDATE runs SET pinned_at = NULL, pin_reason = NULL, seq = seq + 1 WHERE id = :run AND pinned_at IS NOT NULL")
_EVENT = text(
    "INSERT INTO events (run_id, seq, namespace, at, kind, task_id, attempt, detail) "
    "SELECT id, seq, namespace, :at, :kind, NULL, NULL, :detail FROM runs WHERE id = :run"
)
_THERE = text("SELECT 1 FROM runs WHERE id = :run")
_PINNED = text("SELECT id FROM runs WHERE pinned_at IS NOT NULL")
#: The runs that made what the steps of a run took as inputs, or gave as outputs of theirs.
_SOURCES = text(
    "SELECT a.run_id FROM artifact_uses AS u JOIN artifacts AS a ON a.id = u.artifact_id WHERE u.run_id = :run "
    "UNION SELECT t.cached_run FROM tasks AS t WHERE t.run_id = :run AND t.cached_run IS NOT NULL"
)


def pin(db: Connection, run_id: RunId, *, reason: str, at: float) -> None:
    """Pin a run, whatever its state; of one that is pinned the reason changes. Raises `NoSuchRun`."""
    if db.execute(_PIN, {"run": run_id, "at": at, "reason": plain(reason)}).rowcount != 1:
        raise NoSuchRun(run=run_id)
    db.execute(_EVENT, {"run": run_id, "at": at, "kind": "run.PINNED", "detail": dumped({"reason": reason} if reason else {})})


def unpin(db: Connection, run_id: RunId, *, at: float) -> None:
    """Let a run be deleted again; of one that is not pinned nothing changes. Raises `NoSuchRun`."""
    if db.execute(_UNPIN, {"run": run_id}).rowcount == 1:
        db.execute(_EVENT, {"run": run_id, "at": at, "kind": "run.UNPINNED", "detail": "{}"})
    elif db.execute(_THERE, {"run": run_id}).first() is None:
        raise NoSuchRun(run=run_id)


def needed(db: Connection) -> set[RunId]:
    """All pinned runs of all namespaces, and the runs whose artifacts they use, however many others lie between."""
    found = set[RunId]()
    waiting = [RunId(run_id) for run_id in db.execute(_PINNED).scalars()]
    while waiting:
        run_id = waiting.pop()
        if run_id not in found:
            found.add(run_id)
            waiting += [RunId(source) for source in db.execute(_SOURCES, {"run": run_id}).scalars()]
    return found
