"""A row of the cache as a result that a step can reuse. Within the transaction of `db`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, String, bindparam, text

from bakehouse.ir.execution import Outputs, RunId, TaskId
from bakehouse.orchestrator.events import CachedResult
from bakehouse.records.documents import outputs_of

_RECORDED = text("SELECT count(*) FROM artifacts WHERE id IN :ids").bindparams(bindparam("ids", expanding=True, type_=String()))


def usable(db: Connection, key: str, row: Row[Any]) -> CachedResult | None:
    """The result that stands under a key in this row; `None` if an artifact of it is not recorded any more."""
    outputs = outputs_of(row.outputs) or Outputs()
    ids = {artifact.id for group in outputs.artifacts.values() for artifact in group}
    if ids and db.execute(_RECORDED, {"ids": sorted(ids)}).scalar_one() != len(ids):
        return None
    return CachedResult(key, RunId(row.run_id), row.run_name, TaskId(row.task_id), row.attempt, row.created_at, outputs)
