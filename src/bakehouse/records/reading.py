"""What readers see: rows to views. Lists are keyset-paged: a page begins after the last item of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, select

from bakehouse.ir.execution import Artifact, Ending, Origin, Requests, RunId, TaskId
from bakehouse.orchestrator.errors import Unreadable
from bakehouse.orchestrator.plan import ROOT, TaskKind
from bakehouse.orchestrator.selecting import EVERYTHING
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records import damage, sources
from bakehouse.records.documents import (
    artifact_of,
    ending_of,
    error_of,
    git_of,
    launch_of,
    loaded,
    loaded_object,
    loaded_text,
    options_of,
    origins_of,
    outputs_of,
    tags_of,
)
from bakehouse.records.engines import Holder
from bakehouse.records.errors import AmbiguousRun, NoSuchRun
from bakehouse.records.schema import artifacts, attempts, engines, events, experiments, locks, runs, specs, tasks, uses, versions
from bakehouse.records.views import AttemptView, EventView, RunSummary, RunView, StorageState, TaskView

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
    runs.c.description,
    runs.c.storage_state,
    runs.c.error,
    runs.c.pipeline_id,
    runs.c.version_id,
    runs.c.spec,
    runs.c.pinned_at,
    runs.c.pin_reason,
    runs.c.tags,
    experiments.c.id.label("experiment_id"),
    versions.c.name.label("version_name"),
)
#: What of a run is no part of a list.
_WHOLE = (runs.c.parameters, runs.c.options, runs.c.pipeline_root, runs.c.outputs, runs.c.engine, runs.c.seq, runs.c.service_account, runs.c.git)
#: Runs as lists show them. Both joins are outer ones: an experiment or a version may have been deleted, and runs come first.
_JOINED = runs.outerjoin(experiments, experiments.c.id == runs.c.experiment_id).outerjoin(versions, versions.c.id == runs.c.version_id)
SUMMARIES = select(*_SUMMARY).select_from(_JOINED)


# ---------------------------------------------------------------- runs


def found(db: Connection, text: str, *, namespace: str) -> RunId:
    """The run of that id, of that prefix (four characters or more, if only one has it), or the `latest`. Raises `NoSuchRun`, `AmbiguousRun`."""
    query = select(runs.c.id, runs.c.name).where(runs.c.namespace == namespace).order_by(runs.c.created_at.desc(), runs.c.id.desc())
    if text == "latest":
        newest = db.execute(query.limit(1)).first()
        if newest is None:
            raise NoSuchRun(run=text, none_yet=True)
        return RunId(newest.id)
    return _by_prefix(db, query, text)


def _by_prefix(db: Connection, query: Select[Any], text: str) -> RunId:
    exact = db.execute(query.where(runs.c.id == text)).first()
    if exact is not None:
        return RunId(exact.id)
    prefix = text.lower()
    if len(prefix) < _SHORTEST_PREFIX or not prefix.isascii():
        raise NoSuchRun(run=text, prefix=True)
    # A range, which the primary key answers; `~` comes after all that an id is made of.
    several = db.execute(query.where(runs.c.id >= prefix, runs.c.id < f"{prefix}~").limit(_MOST_CANDIDATES)).all()
    if not several:
        raise NoSuchRun(run=text, prefix=True)
    if len(several) > 1:
        raise AmbiguousRun(run=text, candidates=[f"{row.id} ({row.name})" for row in several])
    return RunId(several[0].id)


@dataclass(frozen=True)
class Found:
    """A run, and the engine that its row names as its driver: whether that one lives, no database can tell."""

    view: RunView
    holder: Holder


def run(db: Connection, run_id: RunId, *, whole: bool) -> Found:
    """A run, its tasks too if it is wanted whole; `driven_by` is left empty. Raises `NoSuchRun`, `Unreadable`."""
    driven = _JOINED.outerjoin(engines, engines.c.id == runs.c.engine)
    query = select(*_SUMMARY, *_WHOLE, engines.c.home, engines.c.heartbeat_at).select_from(driven)
    row = db.execute(query.where(runs.c.id == run_id)).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    view = _view(row)
    if whole:
        notes = sources.notes(db, run_id) if view.options.selection != EVERYTHING else {}
        view = replace(view, tasks=_tasks(db, run_id, notes))
    return Found(view, Holder(row.engine, row.home, row.heartbeat_at))


def results(db: Connection, ids: Sequence[RunId]) -> list[RunView]:
    """What these runs were asked and what their tasks gave, by two statements; in the order of ids, those that are not there left out.

    Their tasks are without attempts and input artifacts, and `driven_by` is left empty. Raises `Unreadable`.
    """
    of_run: dict[str, list[TaskView]] = {}
    for row in db.execute(select(tasks).where(tasks.c.run_id.in_(ids))):
        of_run.setdefault(row.run_id, []).append(_task(row, (), {}))
    views = {row.id: _view(row) for row in db.execute(select(*_SUMMARY, *_WHOLE).select_from(_JOINED).where(runs.c.id.in_(ids)))}
    return [replace(views[run_id], tasks=_arranged(of_run.get(run_id, ()))) for run_id in ids if run_id in views]


def _view(row: Columns) -> RunView:
    """A run without its tasks."""
    run_id = RunId(row.id)
    return RunView(
        summary=summary_of(row),
        parameters=damage.read(run_id, "its parameters", loaded_object, row.parameters),
        options=damage.read(run_id, "its options", options_of, row.options),
        pipeline_root=damage.read(run_id, "its pipeline root", loaded_text, row.pipeline_root),
        error=damage.read(run_id, "its error", error_of, row.error),
        outputs=damage.read(run_id, "its outputs", outputs_of, row.outputs),
        tasks=(),
        driven_by="",
        seq=row.seq,
        service_account=row.service_account,
        git=damage.read(run_id, "its git state", git_of, row.git),
    )


def spec_text(db: Connection, run_id: RunId) -> str:
    """The pipeline file of a run. Raises `NoSuchRun`, `Unreadable`."""
    of_run = (specs.c.namespace == runs.c.namespace) & (specs.c.digest == runs.c.spec)
    row = db.execute(select(specs.c.text).select_from(runs.outerjoin(specs, of_run)).where(runs.c.id == run_id)).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    if row.text is None:
        raise Unreadable(run=run_id, what="its pipeline", why="the text of it is gone")
    return str(row.text)


def origins(db: Connection, run_id: RunId) -> Mapping[str, Origin]:
    """Where the sources of a run's components stand in the author's file, by executor label. Raises `NoSuchRun`, `Unreadable`."""
    row = db.execute(select(runs.c.origins).where(runs.c.id == run_id)).first()
    if row is None:
        raise NoSuchRun(run=run_id)
    return damage.read(run_id, "the places of its components", origins_of, row.origins)


def summary_of(row: Columns) -> RunSummary:
    """A row of `SUMMARIES` as a view."""
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
        description=row.description,
        storage_state=StorageState(row.storage_state),
        experiment_id=row.experiment_id or "",
        pipeline_id=row.pipeline_id,
        version_id=row.version_id,
        version_name=row.version_name or "",
        error=_message(row.error),
        spec=row.spec,
        pinned_at=row.pinned_at,
        pin_reason=row.pin_reason or "",
        tags=_tags(row.tags),
    )


def _message(error: str | None) -> str:
    """What a run failed of, in a list: one row that is damaged does not take the list from all others."""
    try:
        found = error_of(error)
    except (ValueError, TypeError):
        return "what is recorded of its error cannot be read"
    return "" if found is None else found.message


def _tags(text: str) -> Mapping[str, str]:
    """The tags of a run, in a list: the same holds for them."""
    try:
        return tags_of(text)
    except ValueError:
        return {"tags": "what is recorded of them cannot be read"}


# ---------------------------------------------------------------- tasks and attempts


def task(db: Connection, run_id: RunId, task_id: str) -> TaskView | None:
    """One task whole, with the launch of each of its attempts; `None` if the run has no such task."""
    row = db.execute(select(tasks).where(tasks.c.run_id == run_id, tasks.c.id == task_id)).first()
    if row is None:
        return None
    tried = _attempts(db, run_id, task_id).get(row.id, ())
    return _task(row, tried, _used(db, run_id, task_id).get(row.id, {}))


def task_of(row: Columns) -> TaskView:
    """A row of `tasks` as a list shows it: without attempts, inputs and outputs."""
    return _task(row, (), {}, whole=False)


def _tasks(db: Connection, run_id: RunId, notes: Mapping[TaskId, str]) -> tuple[TaskView, ...]:
    tried = _attempts(db, run_id)
    used = _used(db, run_id)
    rows = db.execute(select(tasks).where(tasks.c.run_id == run_id)).all()
    views = [_task(row, tried.get(row.id, ()), used.get(row.id, {})) for row in rows]
    return _arranged([replace(view, note=notes[view.id]) if view.id in notes else view for view in views])


def _arranged(views: Iterable[TaskView]) -> tuple[TaskView, ...]:
    groups: dict[TaskId, list[TaskView]] = {}
    for view in views:
        groups.setdefault(view.parent, []).append(view)
    return tuple(_in_order(groups))


def _in_order(groups: Mapping[TaskId, list[TaskView]]) -> Iterator[TaskView]:
    """Each group before what it holds; within it upstream before downstream, rounds of a loop by number, else by name."""
    waiting = list(reversed(_upstream_first(groups.get(ROOT, []))))
    while waiting:
        view = waiting.pop()
        yield view
        waiting += reversed(_upstream_first(groups.get(view.id, [])))


def _upstream_first(group: Sequence[TaskView]) -> list[TaskView]:
    views = {view.id: view for view in sorted(group, key=lambda view: (view.index or 0, view.id))}
    graph = {name: sorted(other for other in view.depends_on if other in views) for name, view in views.items()}
    try:
        return [views[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError:
        return list(views.values())


def _task(row: Columns, tried: Sequence[AttemptView], used: Mapping[str, Sequence[Artifact]], *, whole: bool = True) -> TaskView:
    return damage.read(row.run_id, f"task {row.id}", partial(_task_view, tried=tried, used=used, whole=whole), row)


def _task_view(row: Columns, *, tried: Sequence[AttemptView], used: Mapping[str, Sequence[Artifact]], whole: bool) -> TaskView:
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
        inputs=loaded(row.inputs) if whole and row.inputs is not None else {},
        input_artifacts=used,
        outputs=outputs_of(row.outputs) if whole else None,
        attempt=row.attempt,
        retry_at=row.retry_at,
        parent=TaskId(row.parent),
        kind=TaskKind(row.kind),
        index=row.position,
    )


def _attempts(db: Connection, run_id: RunId, task_id: str | None = None) -> dict[str, list[AttemptView]]:
    """The attempts by task; those of one task with their launch specs, which are large."""
    columns = [column for column in attempts.c if task_id is not None or column is not attempts.c.launch]
    of_attempt = (locks.c.namespace == attempts.c.namespace) & (locks.c.digest == attempts.c.environment_lock)
    query = select(*columns, locks.c.text.label("lock")).select_from(attempts.outerjoin(locks, of_attempt))
    if task_id is not None:
        query = query.where(attempts.c.task_id == task_id)
    views: dict[str, list[AttemptView]] = {}
    for row in db.execute(query.where(attempts.c.run_id == run_id).order_by(attempts.c.task_id, attempts.c.number)):
        what = f"attempt {row.number} of task {row.task_id}"
        views.setdefault(row.task_id, []).append(damage.read(run_id, what, partial(_attempt, whole=task_id is not None), row))
    return views


def _attempt(row: Columns, *, whole: bool) -> AttemptView:
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
        environment_digest=row.environment_lock or "",
        code=row.code or "",
        requests=None if row.cpu_request is None else Requests(row.cpu_request, row.memory_request),
        log_note=ending.log_note,
        launch=launch_of(row.launch) if whole else None,
    )


def _times(row: Columns, ending: Ending) -> dict[str, float]:
    """The phases as the runner measured them; where it could not, as the engine saw them."""
    seen = {
        "preparing": row.preparing_at,
        "queued": row.queued_at,
        "opened": row.opened_at,
        "started": row.started_at,
        "ended": row.closed_at,
    }
    return {**{name: at for name, at in seen.items() if at is not None}, **ending.times}


def _used(db: Connection, run_id: RunId, task_id: str | None = None) -> dict[str, dict[str, list[Artifact]]]:
    query = (
        select(uses.c.task_id, uses.c.input, artifacts.c.document)
        .select_from(uses.join(artifacts, artifacts.c.id == uses.c.artifact_id))
        .where(uses.c.run_id == run_id)
        .order_by(uses.c.task_id, uses.c.input, uses.c.position)
    )
    if task_id is not None:
        query = query.where(uses.c.task_id == task_id)
    used: dict[str, dict[str, list[Artifact]]] = {}
    for user, name, document in db.execute(query):
        used.setdefault(user, {}).setdefault(name, []).append(artifact_of(loaded(document)))
    return used


# ---------------------------------------------------------------- events


def events_after(db: Connection, run_id: RunId, *, after: int, limit: int) -> list[EventView]:
    """What happened to a run since event number `after`, in order. Raises `NoSuchRun`."""
    query = select(events).where(events.c.run_id == run_id, events.c.seq > after).order_by(events.c.seq).limit(limit)
    views = [damage.read(run_id, f"event {row.seq}", _event, row) for row in db.execute(query)]
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
