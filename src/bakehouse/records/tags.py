"""Tags of runs, `key` and `value`: all of them in the row of the run, to be shown, and one row for each, to find runs by.

Within the transaction of `db`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, text

from bakehouse.ir.execution import RunId
from bakehouse.ir.values import JsonObject
from bakehouse.records import damage, schema
from bakehouse.records.documents import dumped, plain, tags_of
from bakehouse.records.errors import NoSuchRun
from bakehouse.records.rows import INSERT_EVENT

#: What becomes of the tags that a run has.
Change = Callable[[Mapping[str, str]], Mapping[str, str]]

_RUN = text("SELECT namespace, created_at, tags FROM runs WHERE id = :run")
_SET = text("UPDATE runs SET tags = :tags, seq = seq + 1 WHERE id = :run RETURNING seq")
_FORGET = text("DELETE FROM run_tags WHERE run_id = :run")


def recorded(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags as columns can hold them."""
    return {plain(key): plain(value) for key, value in tags.items()}


def insert(db: Connection, run_id: RunId, tags: Mapping[str, str], *, namespace: str, created_at: float) -> None:
    """Write what finds a run by its tags, as they are recorded."""
    of_run = {"run_id": run_id, "namespace": namespace, "created_at": created_at}
    if tags:
        db.execute(schema.run_tags.insert(), [{**of_run, "key": key, "value": value} for key, value in tags.items()])


def change(db: Connection, run_id: RunId, changed: Change, *, at: float) -> Mapping[str, str]:
    """Give a run other tags, whatever its state; those it has then. Where they are the same nothing happens.

    Raises `NoSuchRun`, `Unreadable`, and what `changed` raises.
    """
    row = db.execute(_RUN, {"run": run_id}).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    before = damage.read(run_id, "its tags", tags_of, row.tags)
    after = recorded(changed(before))
    if after == before:
        return before
    seq = db.execute(_SET, {"run": run_id, "tags": dumped(after)}).scalar_one()
    db.execute(_FORGET, {"run": run_id})
    insert(db, run_id, after, namespace=row.namespace, created_at=row.created_at)
    event = {"kind": "run.TAGGED", "task": None, "attempt": None, "detail": dumped(_difference(before, after))}
    db.execute(INSERT_EVENT, {"namespace": row.namespace, "run": run_id, "seq": seq, "at": at, **event})
    return after


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> JsonObject:
    """What the event tells."""
    given = {key: value for key, value in after.items() if before.get(key) != value}
    return {**({"tags": given} if given else {}), **({"removed": sorted(removed)} if (removed := set(before) - set(after)) else {})}
