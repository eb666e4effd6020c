"""What readers see: rows to views. Lists are keyset-paged: a page begins after the last item of the one before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, select, tuple_

from bakehouse.ir.execution import Artifact, Ending, RunId, TaskId
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records.documents import artifact_of, ending_of, error_of, loaded, options_of, outputs_of
from bakehouse.records.engines import Holder
from bakehouse.records.errors import AmbiguousRun, NoSuchRun
from bakehouse.records.schema import artifacts, attempts, engines, events, locks, runs, specs, tasks, uses
from bakehouse.records.views import AttemptView, EventView, RunSummary, RunView, TaskView

_SHORTEST_PREFIX = 4
_MOST_CANDIDATES = 5

#: A row, read by the names of its columns; their types are the schema's, which mypy cannot see.
Columns: TypeAlias = Any

_SUMMARY = (
    runs.c.id,
    runs.c.name,
    runs.c.namespace,
    runs.c.experiment,
    runs.c.pipeline_name,
    runs.c.state,
    runs.c.created_at,
    runs.c.started_at,
    runs.c.finished_at,
)


# ---------------------------------------------------------------- runs


@dataclass(frozen=True)
class Filter:
    """Which runs: those of a namespace, and if given of one experiment, in one of these states."""

    namespace: str
    experiment: str | None = None
    states: Collection[RunState] = ()


def newest_runs(db: Connection, where: Filter, *, limit: int, after: RunSummary | None) -> list[RunSummary]:
    """The newest runs first; `after` is the last of the page before."""
    query = select(*_SUMMARY).where(runs.c.namespace == where.namespace)
    if where.experiment is not None:
        query = query.where(runs.c.experiment == where.experiment)
    if where.states:
        query = query.where(runs.c.state.in_(sorted(state.value for state in where.states)))
    if after is not None:
        query = query.where(tuple_(runs.c.created_at, runs.c.id) < (after.created_at, after.id))
    query = query.order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(limit)
    return [_summary(row) for row in db.execute(query)]


def found(db: Connection, text: str, *, namespace: str) -> RunId:
    """The run of that id, of that prefix (four characters or more, if only one has it), or the `latest`. Raises `NoSuchRun`, `AmbiguousRun`."""
    query = select(runs.c.id, runs.c.name).where(runs.c.namespace == namespace).order_by(runs.c.created_at.desc(), runs.c.id.desc())
    if text == "latest":
        newest = db.execute(query.limit(1)).first()
        if newest is None:
            raise NoSuchRun(run=text)
        return RunId(newest.id)
    return _by_prefix(db, query, text)


def _by_prefix(db: Connection, query: Select[Any], text: str) -> RunId:
    exact = db.execute(query.where(runs.c.id == text)).first()
    if exact is not None:
        return RunId(exact.id)
    prefix = text.lower()
    if len(prefix) < _SHORTEST_PREFIX or not prefix.isascii():
        raise NoSuchRun(run=text)
    # A range, which the primary key answers; `~` comes after all that an id is made of.
    several = db.execute(query.where(runs.c.id >= prefix, runs.c.id < f"{prefix}~").limit(_MOST_CANDIDATES)).all()
    if not several:
        raise NoSuchRun(run=text)
    if len(several) > 1:
        raise AmbiguousRun(run=text, candidates=[f"{row.id} ({row.name})" for row in several])
    return RunId(several[0].id)


@dataclass(frozen=True)
class Found:
    """A run, and the engine that its row names as its driver: whether that one lives, no database can tell."""

    view: RunView
    holder: Holder


def run(db: Connection, run_id: RunId) -> Found:
    """A run whole; `driven_by` is left empty. Raises `NoSuchRun`."""
    columns = (runs.c.parameters, runs.c.options, runs.c.pipeline_root, runs.c.error, runs.c.outputs, runs.c.engine)
    query = select(*_SUMMARY, *columns, engines.c.home, engines.c.heartbeat_at).select_from(runs.outerjoin(engines, engines.c.id == runs.c.engine))
    row = db.execute(query.where(runs.c.id == run_id)).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    view = RunView(
        summary=_summary(row),
        parameters=loaded(row.parameters),
        options=options_of(row.options),
        pipeline_root=loaded(row.pipeline_root),
        error=error_of(row.error),
        outputs=outputs_of(row.outputs),
        tasks=_tasks(db, run_id),
        driven_by="",
    )
    return Found(view, Holder(row.engine, row.home, row.heartbeat_at))


def spec_text(db: Connection, run_id: RunId) -> str:
    """The pipeline file of a run. Raises `NoSuchRun`."""
    of_run = (specs.c.namespace == runs.c.namespace) & (specs.c.digest == runs.c.spec)
    text = db.execute(select(specs.c.text).select_from(runs.join(specs, of_run)).where(runs.c.id == run_id)).scalar()
    if text is None:
        raise NoSuchRun(run=run_id)
    return str(text)


def _summary(row: Columns) -> RunSummary:
    return RunSummary(
        id=RunId(row.id),
        name=row.name,
        namespace=row.namespace,
        experiment=row.experiment,
        pipeline_name=row.pipeline_name,
        state=RunState(row.state),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


# ---------------------------------------------------------------- tasks and attempts


def _tasks(db: Connection, run_id: RunId) -> tuple[TaskView, ...]:
    tried = _attempts(db, run_id)
    used = _used(db, run_id)
    rows = db.execute(select(tasks).where(tasks.c.run_id == run_id)).all()
    views = {TaskId(row.id): _task(row, tried.get(row.id, ()), used.get(row.id, {})) for row in rows}
    return tuple(views[name] for name in _upstream_first(views))


def _upstream_first(views: Mapping[TaskId, TaskView]) -> list[TaskId]:
    """Upstream before downstream, else by name."""
    graph = {name: sorted(other for other in views[name].depends_on if other in views) for name in sorted(views)}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return sorted(views)


def _task(row: Columns, tried: Sequence[AttemptView], used: Mapping[str, Sequence[Artifact]]) -> TaskView:
    return TaskView(
        id=TaskId(row.id),
        display_name=row.display_name,
        state=TaskState(row.state),
        why=row.why,
        attempts=tried,
        error=error_of(row.error),
        started_at=row.started_at,
        finished_at=row.finished_at,
        depends_on=tuple(TaskId(name) for name in loaded(row.upstream)),
        cached_from=None if row.cached_run is None else RunId(row.cached_run),
        cached_from_task=None if row.cached_task is None else TaskId(row.cached_task),
        cached_from_attempt=row.cached_attempt,
        cached_at=row.cached_at,
        inputs={} if row.inputs is None else loaded(row.inputs),
        input_artifacts=used,
        outputs=outputs_of(row.outputs),
    )


def _attempts(db: Connection, run_id: RunId) -> dict[str, list[AttemptView]]:
    columns = [column for column in attempts.c if column is not attempts.c.launch]
    of_attempt = (locks.c.namespace == attempts.c.namespace) & (locks.c.digest == attempts.c.environment_lock)
    query = select(*columns, locks.c.text.label("lock")).select_from(attempts.outerjoin(locks, of_attempt))
    views: dict[str, list[AttemptView]] = {}
    for row in db.execute(query.where(attempts.c.run_id == run_id).order_by(attempts.c.task_id, attempts.c.number)):
        views.setdefault(row.task_id, []).append(_attempt(row))
    return views


def _attempt(row: Columns) -> AttemptView:
    ending = Ending() if row.ending is None else ending_of(row.ending)
    return AttemptView(
        number=row.number,
        state=row.state,
        cause=row.cause or "",
        exit_code=row.exit_code,
        error=ending.error,
        usage=ending.usage,
        times=_times(row, ending),
        environment_lock=row.lock or "",
        log_note=ending.log_note,
    )


def _times(row: Columns, ending: Ending) -> dict[str, float]:
    """The phases as the runner measured them; where it could not, as the engine saw them."""
    seen = {"opened": row.opened_at, "started": row.started_at, "ended": row.closed_at}
    return {**{name: at for name, at in seen.items() if at is not None}, **ending.times}


def _used(db: Connection, run_id: RunId) -> dict[str, dict[str, list[Artifact]]]:
    query = (
        select(uses.c.task_id, uses.c.input, artifacts.c.document)
        .select_from(uses.join(artifacts, artifacts.c.id == uses.c.artifact_id))
        .where(uses.c.run_id == run_id)
        .order_by(uses.c.task_id, uses.c.input, uses.c.position)
    )
    used: dict[str, dict[str, list[Artifact]]] = {}
    for task_id, name, document in db.execute(query):
        used.setdefault(task_id, {}).setdefault(name, []).append(artifact_of(loaded(document)))
    return used


# ---------------------------------------------------------------- events


def events_after(db: Connection, run_id: RunId, *, after: int, limit: int) -> list[EventView]:
    """What happened to a run since event number `after`, in order. Raises `NoSuchRun`."""
    query = select(events).where(events.c.run_id == run_id, events.c.seq > after).order_by(events.c.seq).limit(limit)
    views = [_event(row) for row in db.execute(query)]
    if not views and db.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
        raise NoSuchRun(run=run_id)
    return views


def _event(row: Columns) -> EventView:
    return EventView(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        task_id=None if row.task_id is None else TaskId(row.task_id),
        attempt=row.attempt,
        detail=loaded(row.detail),
    )
