"""Claims: which attempt computes what stands under a cache key. Within the transaction of `db`.

A claim counts while its attempt is open and its run is driven. One whose engine has died, or that was left behind by anything else,
is whoever's who takes it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, String, bindparam, text

from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.orchestrator.commands import AttemptOpened, Change
from bakehouse.orchestrator.events import Claimant
from bakehouse.records.batches import Batch, Misfit
from bakehouse.records.engines import Holder
from bakehouse.records.reading import Columns
from bakehouse.records.rows import Values

#: Whether an engine that drives a run lives.
Lives = Callable[[Holder], bool]

_MOST_AT_ONCE = 500  # keys in one query
_CLAIM = text(
    "INSERT INTO claims (namespace, key, run_id, task_id, attempt, claimed_at) "
    "VALUES (:namespace, :key, :run, :task, :attempt, :at) ON CONFLICT (namespace, key) DO NOTHING"
)
_TAKE_OVER = text(
    "UPDATE claims SET run_id = :run, task_id = :task, attempt = :attempt, claimed_at = :at "
    "WHERE namespace = :namespace AND key = :key AND run_id = :old_run AND task_id = :old_task AND attempt = :old_attempt"
)
_CLAIMS = text(
    "SELECT c.namespace, c.key, c.run_id, c.task_id, c.attempt, runs.name, runs.engine, engines.home, engines.heartbeat_at, attempts.state "
    "FROM claims AS c LEFT JOIN runs ON runs.id = c.run_id LEFT JOIN engines ON engines.id = runs.engine "
    "LEFT JOIN attempts ON attempts.run_id = c.run_id AND attempts.task_id = c.task_id AND attempts.number = c.attempt "
    "WHERE c.namespace = :namespace AND c.key IN :keys"
).bindparams(bindparam("keys", expanding=True, type_=String()))
_NAMESPACE = text("SELECT namespace FROM runs WHERE id = :run")
#: An attempt is over, and so is its claim; one that somebody took over stays theirs.
RELEASE = text("DELETE FROM claims WHERE namespace = :namespace AND key = :key AND run_id = :run AND task_id = :task AND attempt = :attempt")


def claimants(db: Connection, namespace: str, keys: Sequence[str], lives: Lives) -> dict[str, Claimant]:
    """The attempts that compute what stands under these keys, by key; those of engines that have gone are none."""
    return {row.key: _claimant(row) for row in _rows(db, namespace, keys) if _counts(row, lives)}


def _rows(db: Connection, namespace: str, keys: Sequence[str]) -> Iterator[Columns]:
    for first in range(0, len(keys), _MOST_AT_ONCE):
        yield from db.execute(_CLAIMS, {"namespace": namespace, "keys": list(keys[first : first + _MOST_AT_ONCE])})


def _claimant(row: Columns) -> Claimant:
    return Claimant(RunId(row.run_id), row.name or "", TaskId(row.task_id), row.attempt)


def _counts(row: Columns, lives: Lives) -> bool:
    return row.state in {"OPENED", "RUNNING"} and row.engine is not None and lives(Holder(row.engine, row.home, row.heartbeat_at))


def take(db: Connection, run_id: RunId, changes: Sequence[Change], lives: Lives) -> dict[TaskId, Claimant]:
    """Claim for all attempts that these changes open; those that cannot start, each with the equal step that runs."""
    wanted = [change for change in changes if isinstance(change, AttemptOpened) and change.claim]
    if not wanted:
        return {}
    namespace = db.execute(_NAMESPACE, {"run": run_id}).scalar_one()
    wanted.sort(key=lambda change: change.claim)  # in one order, so that two engines never wait for each other's rows
    batch = Batch(db, order=[_CLAIM], guarded=[_CLAIM])
    batch.add(_CLAIM, *(_values(namespace, change) for change in wanted))
    try:
        batch.run()
    except Misfit:
        return _refused(db, namespace, wanted, lives)
    return {}


def _values(namespace: str, change: AttemptOpened) -> Values:
    attempt = change.launch.attempt
    return {
        "namespace": namespace,
        "key": change.claim,
        "run": attempt.run_id,
        "task": attempt.task_id,
        "attempt": attempt.number,
        "at": change.at,
    }


def _refused(db: Connection, namespace: str, wanted: Sequence[AttemptOpened], lives: Lives) -> dict[TaskId, Claimant]:
    """Some keys were claimed before: what is left of those that do not count is taken over, the others are refused."""
    found = {row.key: row for row in _rows(db, namespace, sorted({change.claim for change in wanted}))}
    mine = {change.launch.attempt for change in wanted}
    refused: dict[TaskId, Claimant] = {}
    for change in wanted:
        row, attempt = found[change.claim], change.launch.attempt
        holder = AttemptId(RunId(row.run_id), TaskId(row.task_id), row.attempt)
        if holder == attempt:
            continue
        if holder in mine or _counts(row, lives):
            refused[attempt.task_id] = _claimant(row)
        else:
            old = {"old_run": row.run_id, "old_task": row.task_id, "old_attempt": row.attempt}
            db.execute(_TAKE_OVER, {**_values(namespace, change), **old})
            found.update({one.key: one for one in _rows(db, namespace, [change.claim])})
            mine.add(attempt)
    return refused
