"""What was measured of the attempts of a run, and what they executed, by component. Within the transaction of `db`; one scan of their rows."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bakehouse.ir.execution import Cause, RunId, TaskId
from bakehouse.orchestrator.suggestions import SHORTEST, Measured

_MEASURED = text(
    "SELECT component, MIN(task_id) AS task_id, COUNT(DISTINCT task_id) AS tasks, MAX(ran) AS longest, "
    "MAX(CASE WHEN ran >= :shortest THEN cpu_seconds / ran END) AS cores, MAX(peak_memory) AS peak_memory, "
    "MIN(cpu_request) AS cpu, MIN(memory_request) AS memory, MAX(memory_request) AS most_memory, "
    "SUM(CASE WHEN state = 'SUCCEEDED' THEN 1 ELSE 0 END) AS succeeded, SUM(CASE WHEN cause = :exhausted THEN 1 ELSE 0 END) AS exhausted "
    "FROM attempts WHERE run_id = :run AND component <> '' AND (component = :component OR :component = '') AND ran IS NOT NULL "
    "AND (state = 'SUCCEEDED' OR cause = :exhausted) GROUP BY component ORDER BY component"
)
_CODE = text(
    "SELECT component, code FROM attempts WHERE run_id = :run AND code <> '' UNION "
    "SELECT attempts.component, attempts.code FROM tasks JOIN attempts ON attempts.run_id = tasks.cached_run "
    "AND attempts.task_id = tasks.cached_task AND attempts.number = tasks.cached_attempt "
    "WHERE tasks.run_id = :run AND attempts.code <> '' ORDER BY 1, 2"
)


def measured(db: Connection, run_id: RunId, component: str = "") -> tuple[Measured, ...]:
    """What was measured of the attempts that succeeded or ran out of memory, by component; of one component, if it is named."""
    rows = db.execute(_MEASURED, {"run": run_id, "component": component, "shortest": SHORTEST, "exhausted": Cause.OUT_OF_MEMORY.value})
    return tuple(Measured(**{**row, "task_id": TaskId(row["task_id"])}) for row in rows.mappings())


def code(db: Connection, run_id: RunId) -> dict[str, tuple[str, ...]]:
    """The digests of what was executed for a run, by component: by its own attempts, or by those whose results it reused."""
    found: dict[str, tuple[str, ...]] = {}
    for component, digest in db.execute(_CODE, {"run": run_id}):
        found[component] = (*found.get(component, ()), digest)
    return found
