"""Lists of runs, of the tasks of one run, and what changed of a run since somebody looked. Within the transaction of `db`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, or_, select

from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records import damage, reading
from bakehouse.records.errors import NoSuchRun
from bakehouse.records.listing import Field, Listing, Tagged
from bakehouse.records.schema import run_tags, runs, tasks
from bakehouse.records.views import RunChange, RunSummary, StorageState, TaskMark, TaskView

_STATE = Field(runs.c.state, values=tuple(state.value for state in RunState))
RUNS: Listing[RunSummary] = Listing(
    query=reading.SUMMARIES,
    namespace=runs.c.namespace,
    id=runs.c.id,
    fields={
        "id": Field(runs.c.id),
        "run_id": Field(runs.c.id),
        "name": Field(runs.c.name),
        "display_name": Field(runs.c.name),
        "description": Field(runs.c.description),
        "namespace": Field(runs.c.namespace),
        "created_at": Field(runs.c.created_at, float),
        "scheduled_at": Field(runs.c.created_at, float),
        "started_at": Field(runs.c.started_at, float, empty=0.0),
        "finished_at": Field(runs.c.finished_at, float, empty=0.0),
        "storage_state": Field(runs.c.storage_state, values=tuple(state.value for state in StorageState)),
        "state": _STATE,
        "status": _STATE,
        "experiment_id": Field(runs.c.experiment_id),
        "experiment": Field(runs.c.experiment),
        "pipeline_id": Field(runs.c.pipeline_id),
        "pipeline_version_id": Field(runs.c.version_id),
        "pipeline_name": Field(runs.c.pipeline_name),
    },
    view=reading.summary_of,
    split={
        "created_at": ("storage_state", "state"),
        "scheduled_at": ("storage_state", "state"),
        "name": ("storage_state",),
        "display_name": ("storage_state",),
        "finished_at": ("storage_state",),
    },
    selective=frozenset({"experiment_id", "experiment", "pipeline_id", "pipeline_name"}),
    tags=Tagged(run_tags, "run_id"),
)


def summaries(db: Connection, ids: Sequence[RunId]) -> list[RunSummary]:
    """The runs of these ids that there are, in the order of the ids given."""
    found = {row.id: reading.summary_of(row) for row in db.execute(reading.SUMMARIES.where(runs.c.id.in_(ids)))}
    return [found[run_id] for run_id in ids if run_id in found]


def sequences(db: Connection, ids: Sequence[RunId]) -> dict[RunId, int]:
    """The number of the latest event of each of these runs that there are."""
    return {RunId(run_id): seq for run_id, seq in db.execute(select(runs.c.id, runs.c.seq).where(runs.c.id.in_(ids)))}


def newest(db: Connection, *, namespace: str) -> RunId | None:
    """The run that was created last."""
    query = select(runs.c.id).where(runs.c.namespace == namespace).order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(1)
    found = db.execute(query).scalar()
    return None if found is None else RunId(found)


def task_page(db: Connection, run_id: RunId, *, after: str, limit: int) -> tuple[list[TaskView], int]:
    """Tasks of a run by id, those after `after`, and the number of its latest event. Raises `NoSuchRun`."""
    seq = _seq(db, run_id)
    query = select(tasks).where(tasks.c.run_id == run_id, tasks.c.id > after).order_by(tasks.c.id).limit(limit)
    return [reading.task_of(row) for row in db.execute(query)], seq


def task_marks(db: Connection, run_id: RunId) -> tuple[list[TaskMark], int]:
    """All tasks of a run, as a drawing shows them, and the number of its latest event. Raises `NoSuchRun`, `Unreadable`."""
    seq = _seq(db, run_id)
    query = select(tasks.c.id, tasks.c.kind, tasks.c.state, tasks.c.started_at, tasks.c.cached_run).where(tasks.c.run_id == run_id)
    return damage.read(run_id, "its tasks", _marks, db.execute(query).all()), seq


def _marks(rows: Sequence[reading.Columns]) -> list[TaskMark]:
    kinds, states = {one.value: one for one in TaskKind}, {one.value: one for one in TaskState}
    return [TaskMark(task_id, kinds[kind], states[state], started is not None, cached is not None) for task_id, kind, state, started, cached in rows]


def task_counts(db: Connection, run_id: RunId) -> dict[TaskState, int]:
    """How many steps of a run are in which state; groups are not counted."""
    steps = tasks.c.kind.in_([TaskKind.STEP.value, TaskKind.IMPORTER.value])
    query = select(tasks.c.state, func.count()).where(tasks.c.run_id == run_id, steps).group_by(tasks.c.state)
    return {TaskState(state): count for state, count in db.execute(query)}


def changes(db: Connection, run_id: RunId, *, after: int, limit: int) -> RunChange:
    """What happened to a run since event number `after`, at most `limit` events, and what these are about, as it is now.

    Raises `NoSuchRun`.
    """
    found = summaries(db, [run_id])
    if not found:
        raise NoSuchRun(run=run_id)
    seq = _seq(db, run_id)
    events = reading.events_after(db, run_id, after=after, limit=limit) if seq > after else []
    about = sorted({event.task_id for event in events if event.task_id is not None})
    concerned: ColumnElement[bool] = tasks.c.id.in_(about)
    if any(event.kind == "task.ADDED" for event in events):
        concerned = or_(concerned, tasks.c.added_seq.between(events[0].seq, events[-1].seq))
    rows = db.execute(select(tasks).where(tasks.c.run_id == run_id, concerned)) if events else ()
    return RunChange(found[0], events[-1].seq if events else seq, events, [reading.task_of(row) for row in rows])


def _seq(db: Connection, run_id: RunId) -> int:
    seq = db.execute(select(runs.c.seq).where(runs.c.id == run_id)).scalar()
    if seq is None:
        raise NoSuchRun(run=run_id)
    return int(seq)
