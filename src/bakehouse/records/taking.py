"""Which runs are free, who takes them, and what an engine needs to drive one on. Within the transaction of `db`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, String, bindparam, text

from bakehouse.ir import text as ir_text
from bakehouse.ir.execution import RunId, TaskId
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.errors import Unreadable
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.ports import RunRecord, TaskRecord
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records import damage
from bakehouse.records.documents import error_of, launch_of, loaded_object, loaded_text, options_of, origins_of, outputs_of
from bakehouse.records.engines import Holder
from bakehouse.records.reading import Columns

_MOST = 100
_HOLDERS = text(
    "SELECT DISTINCT runs.engine, engines.home, engines.heartbeat_at FROM runs LEFT JOIN engines ON engines.id = runs.engine "
    "WHERE runs.state IN ('PENDING', 'RUNNING', 'CANCELING') AND runs.engine IS NOT NULL"
)
_FREE = text(
    "SELECT id FROM runs WHERE state IN ('PENDING', 'RUNNING', 'CANCELING') AND (engine IS NULL OR engine IN :gone) "
    "ORDER BY created_at, id LIMIT :most"
).bindparams(bindparam("gone", expanding=True, type_=String()))
_HELD = text(
    "SELECT runs.epoch, runs.engine, engines.home, engines.heartbeat_at FROM runs LEFT JOIN engines ON engines.id = runs.engine WHERE runs.id = :run"
)
_TAKE = text(
    "UPDATE runs SET epoch = epoch + 1, engine = :engine, seq = seq + 1 "
    "WHERE id = :run AND epoch = :epoch AND state IN ('PENDING', 'RUNNING', 'CANCELING')"
)
_RUN = text(
    "SELECT runs.name, runs.namespace, runs.parameters, runs.pipeline_root, runs.options, runs.origins, runs.state, runs.created_at, "
    "runs.started_at, runs.error, runs.service_account, specs.text AS spec "
    "FROM runs JOIN specs ON specs.namespace = runs.namespace AND specs.digest = runs.spec WHERE runs.id = :run"
)
_TASKS = text(
    "SELECT id, state, parent, kind, attempt, outputs, retry_at, user_failures, infrastructure_failures, why, error, finished_at, since "
    "FROM tasks WHERE run_id = :run"
)
_LAUNCHES = text("SELECT task_id, launch, started_at FROM attempts WHERE run_id = :run AND state IN ('OPENED', 'RUNNING')")
_OUT_OF_MEMORY = text("SELECT task_id, COUNT(*) AS number FROM attempts WHERE run_id = :run AND cause = 'out of memory' GROUP BY task_id")
_WANTED = text("SELECT by FROM requests WHERE run_id = :run AND kind IN ('terminate', 'terminate now') ORDER BY id LIMIT 1")
_AT_ONCE = text("SELECT 1 FROM requests WHERE run_id = :run AND kind = 'terminate now' LIMIT 1")


def holders(db: Connection) -> list[Holder]:
    """All engines that unfinished runs name as their drivers."""
    return [Holder(*row) for row in db.execute(_HOLDERS)]


def free(db: Connection, gone: Collection[str]) -> list[RunId]:
    """Unfinished runs that have no driver, or one of those that are gone: the oldest first, at most 100."""
    return [RunId(run_id) for run_id in db.execute(_FREE, {"gone": sorted(gone), "most": _MOST}).scalars()]


@dataclass(frozen=True)
class Held:
    """A run as it is now: its epoch, and the engine that its row names as its driver."""

    epoch: int
    holder: Holder


def held(db: Connection, run_id: RunId) -> Held | None:
    """Who has a run; `None` if there is no such run."""
    row = db.execute(_HELD, {"run": run_id}).first()
    return None if row is None else Held(row.epoch, Holder(row.engine, row.home, row.heartbeat_at))


def take(db: Connection, run_id: RunId, *, engine: str, epoch: int) -> bool:
    """Make an engine the driver of an unfinished run that is still at this epoch, which rises, as does its event number."""
    return db.execute(_TAKE, {"run": run_id, "engine": engine, "epoch": epoch}).rowcount == 1


def record(db: Connection, run_id: RunId) -> RunRecord:
    """A run as recorded, enough to drive it on. Raises `Unreadable`."""
    key = {"run": run_id}
    run = db.execute(_RUN, key).first()
    if run is None:
        raise Unreadable(run=run_id, what="its pipeline", why="the text of it is gone")
    short = {row.task_id: int(row.number) for row in db.execute(_OUT_OF_MEMORY, key)}
    attempts = {row.task_id: row for row in db.execute(_LAUNCHES, key)}
    launches = {TaskId(name): damage.read(run_id, f"the attempt of task {name}", launch_of, row.launch) for name, row in attempts.items()}
    tasks = [damage.read(run_id, f"task {row.id}", _task, (row, attempts.get(row.id), short.get(row.id, 0))) for row in db.execute(_TASKS, key)]
    return RunRecord(
        id=run_id,
        name=run.name,
        namespace=run.namespace,
        pipeline=damage.read(run_id, "its pipeline", _pipeline, run.spec),
        parameters=damage.read(run_id, "its parameters", loaded_object, run.parameters),
        pipeline_root=damage.read(run_id, "its pipeline root", loaded_text, run.pipeline_root),
        options=damage.read(run_id, "its options", options_of, run.options),
        state=RunState(run.state),
        created_at=damage.read(run_id, "the time at which it was created", damage.number, run.created_at),
        tasks={task.id: task for task in tasks},
        launches=launches,
        origins=damage.read(run_id, "the places of its components", origins_of, run.origins),
        error=damage.read(run_id, "its error", error_of, run.error),
        terminated_by=db.execute(_WANTED, key).scalar(),
        at_once=db.execute(_AT_ONCE, key).first() is not None,
        started_at=damage.read(run_id, "the time at which it started", damage.number, run.started_at),
        service_account=run.service_account,
    )


def _pipeline(spec: str) -> PipelineFile:
    return ir_text.read(spec, origin="its text")


def _task(rows: tuple[Columns, Columns | None, int]) -> TaskRecord:
    """A task from its row, that of its open attempt, and how many of its attempts ran out of memory."""
    row, attempt, short = rows
    process_since = attempt.started_at if attempt is not None else None
    for counted in (row.attempt, row.user_failures, row.infrastructure_failures, row.retry_at, row.finished_at, row.since, process_since):
        damage.number(counted)
    return TaskRecord(
        id=TaskId(row.id),
        state=TaskState(row.state),
        parent=TaskId(row.parent),
        kind=TaskKind(row.kind),
        attempt=row.attempt,
        outputs=outputs_of(row.outputs),
        retry_at=row.retry_at,
        user_failures=row.user_failures,
        infrastructure_failures=row.infrastructure_failures,
        why=row.why,
        error=error_of(row.error),
        finished_at=row.finished_at,
        since=row.since,
        process_since=process_since,
        out_of_memory=short,
    )
