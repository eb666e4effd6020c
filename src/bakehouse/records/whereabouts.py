"""Whose an attempt is, of several homes that share these records. Within the transaction of `db`."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import Connection, text

from bakehouse.ir.execution import AttemptId
from bakehouse.records.engines import Holder, Lookout

_OPEN = frozenset({"OPENED", "RUNNING"})
_ATTEMPT = text(
    "SELECT attempts.state, runs.engine, engines.home, engines.heartbeat_at FROM attempts JOIN runs ON runs.id = attempts.run_id "
    "LEFT JOIN engines ON engines.id = runs.engine "
    "WHERE attempts.run_id = :run AND attempts.task_id = :task AND attempts.number = :number"
)


class Whereabouts(Enum):
    """Who drives the run of an attempt."""

    HERE = "here"  # an engine of this home, or nobody just now
    ELSEWHERE = "elsewhere"
    OVER = "over"  # the attempt has ended, or is not recorded


def of(db: Connection, attempt: AttemptId, lookout: Lookout) -> Whereabouts:
    """As it is recorded now."""
    row = db.execute(_ATTEMPT, {"run": attempt.run_id, "task": attempt.task_id, "number": attempt.number}).first()
    if row is None or row.state not in _OPEN:
        return Whereabouts.OVER
    holder = Holder(row.engine, row.home, row.heartbeat_at)
    return Whereabouts.ELSEWHERE if holder.id is not None and lookout.is_foreign(holder) else Whereabouts.HERE
