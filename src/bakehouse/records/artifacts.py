"""What the records know of one artifact or one result: where it came from and where it went. Bounded, whatever was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bakehouse.ir.execution import Artifact, RunId, TaskId
from bakehouse.records.documents import artifact_of, loaded
from bakehouse.records.opening import Database
from bakehouse.records.schema import artifacts, events, runs, tasks, uses

#: Links of one kind.
MOST_LINKS = 100


@dataclass(frozen=True)
class Link:
    """A step, and the output or input under which it knows an artifact. `run_name` is empty when the run was deleted."""

    run_id: RunId
    run_name: str
    task_id: TaskId
    name: str
    reused: bool = False


@dataclass(frozen=True)
class ArtifactView:
    """An artifact with its lineage: who made it, then who reused it from the cache; who took it. At most 100 of each."""

    artifact: Artifact
    namespace: str
    created_at: float
    producers: Sequence[Link]
    consumers: Sequence[Link]


@dataclass(frozen=True)
class Reuse:
    """A step that took its result from the cache, and when."""

    run_id: RunId
    run_name: str
    task_id: TaskId
    at: float | None


class ArtifactRecords:
    """Artifacts and results. All methods may be called from any thread; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, artifact_id: str) -> ArtifactView | None:
        """The artifact of that id; `None` if there is none."""
        with self._database.reading() as db:
            return _artifact(db, artifact_id)

    def reuses(self, run_id: RunId, task_id: str, *, limit: int = 20) -> Sequence[Reuse]:
        """Steps that reused a result of this step from the cache, the latest first."""
        with self._database.reading() as db:
            return _reuses(db, run_id, task_id, limit)

    def lookup(self, run_id: RunId, task_id: str) -> str | None:
        """What was wrong with a result that the cache had for a step at the last look; empty if it had none, `None` if it was not asked or hit."""
        with self._database.reading() as db:
            return _lookup(db, run_id, task_id)


def _artifact(db: Connection, artifact_id: str) -> ArtifactView | None:
    made = artifacts.outerjoin(runs, runs.c.id == artifacts.c.run_id)
    row = db.execute(select(artifacts, runs.c.name.label("run_name")).select_from(made).where(artifacts.c.id == artifact_id)).first()
    if row is None:
        return None
    maker = Link(RunId(row.run_id), row.run_name or "", TaskId(row.task_id), row.output)
    again = (
        select(tasks.c.run_id, runs.c.name, tasks.c.id)
        .select_from(tasks.join(runs, runs.c.id == tasks.c.run_id))
        .where(tasks.c.cached_run == row.run_id, tasks.c.cached_task == row.task_id, tasks.c.cached_attempt == row.attempt)
        .order_by(tasks.c.finished_at, tasks.c.run_id, tasks.c.id)
        .limit(MOST_LINKS - 1)
    )
    taken = (
        select(uses.c.run_id, runs.c.name, uses.c.task_id, uses.c.input)
        .select_from(uses.join(runs, runs.c.id == uses.c.run_id))
        .where(uses.c.artifact_id == artifact_id)
        .order_by(uses.c.run_id, uses.c.task_id, uses.c.input)
        .limit(MOST_LINKS)
    )
    return ArtifactView(
        artifact=artifact_of(loaded(row.document)),
        namespace=row.namespace,
        created_at=row.created_at,
        producers=(maker, *(Link(RunId(run), name, TaskId(task), row.output, reused=True) for run, name, task in db.execute(again))),
        consumers=tuple(Link(RunId(run), name, TaskId(task), given) for run, name, task, given in db.execute(taken)),
    )


def _reuses(db: Connection, run_id: RunId, task_id: str, limit: int) -> list[Reuse]:
    query = (
        select(tasks.c.run_id, runs.c.name, tasks.c.id, tasks.c.finished_at)
        .select_from(tasks.join(runs, runs.c.id == tasks.c.run_id))
        .where(tasks.c.cached_run == run_id, tasks.c.cached_task == task_id)
        .order_by(tasks.c.finished_at.desc(), tasks.c.run_id, tasks.c.id)
        .limit(limit)
    )
    return [Reuse(RunId(run), name, TaskId(task), at) for run, name, task, at in db.execute(query)]


def _lookup(db: Connection, run_id: RunId, task_id: str) -> str | None:
    query = select(events.c.detail).where(events.c.run_id == run_id, events.c.task_id == task_id, events.c.kind == "task.MISSED")
    detail = db.execute(query.order_by(events.c.seq.desc()).limit(1)).scalar()
    return None if detail is None else str(loaded(detail).get("note", ""))
