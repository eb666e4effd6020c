"""What the records know of what may go, and of what must stay: runs in progress, and the interpreters that their steps run in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState
from bakehouse.records.deleting import address
from bakehouse.records.opening import Database
from bakehouse.records.rows import among

_UNDER_WAY = among([state for state in RunState if state not in FINAL_RUN_STATES])
_IN_PROGRESS = text(f"SELECT id, name, created_at FROM runs WHERE state IN ({_UNDER_WAY}) ORDER BY created_at, id")  # noqa: S608  # names of states
_OPEN = text(
    "SELECT a.run_id, a.launch FROM attempts AS a JOIN runs AS r ON r.id = a.run_id "  # noqa: S608  # names of states
    f"WHERE a.state IN ('OPENED', 'RUNNING') AND r.state IN ({_UNDER_WAY})"
)


@dataclass(frozen=True)
class InProgress:
    """A run that is not over; `interpreters`: the paths of the Pythons that its attempts run on now."""

    id: RunId
    name: str
    created_at: float
    interpreters: frozenset[str]


class RetentionRecords:
    """What may go. All methods may be called from any thread; each is one transaction, and may raise `DatabaseUnusable` or `DatabaseDamaged`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def in_progress(self) -> list[InProgress]:
        """The runs of all namespaces that are not over, the oldest first."""
        with self._database.reading() as db:
            rows, opened = db.execute(_IN_PROGRESS).all(), db.execute(_OPEN).all()
        used: dict[str, set[str]] = {}
        for run_id, launch in opened:
            used.setdefault(run_id, set()).add(address(launch, "place", "interpreter"))
        return [InProgress(RunId(row.id), row.name, row.created_at, frozenset(used.get(row.id, set()) - {""})) for row in rows]
