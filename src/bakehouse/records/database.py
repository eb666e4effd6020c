"""The door of this station: `open_home` makes, upgrades or refuses a home; `Records` reads, submits and deletes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from bakehouse import clock
from bakehouse.clock import Clock
from bakehouse.ir.execution import AttemptId, Origin, Outputs, RunId, TaskId
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState, TaskState
from bakehouse.orchestrator.suggestions import Measured
from bakehouse.records import (
    archiving,
    deleting,
    home,
    listing,
    marking,
    measuring,
    opening,
    reading,
    retrying,
    run_lists,
    submitting,
    tags,
    whereabouts,
)
from bakehouse.records.artifacts import ArtifactRecords
from bakehouse.records.cache import CacheRecords
from bakehouse.records.catalogs import ExperimentRecords, PipelineRecords
from bakehouse.records.documents import plain
from bakehouse.records.driving import SqlDriving
from bakehouse.records.engines import BEAT, Lookout
from bakehouse.records.errors import NoSuchRun, RunIsOver
from bakehouse.records.experiments import DEFAULT_EXPERIMENT, DEFAULT_NAMESPACE
from bakehouse.records.marking import Mark
from bakehouse.records.opening import Database
from bakehouse.records.queries import Operation, Page, Predicate, Query
from bakehouse.records.retention import RetentionRecords
from bakehouse.records.submitting import NewRun
from bakehouse.records.views import EventView, RunChange, RunSummary, RunView, TaskMark, TaskView
from bakehouse.records.watching import Watch
from bakehouse.records.whereabouts import Whereabouts

__all__ = ["DEFAULT_EXPERIMENT", "DEFAULT_NAMESPACE", "NewRun", "Records", "open_home"]

_REQUEST = text(
    "INSERT INTO requests (namespace, run_id, kind, by, at, handled) SELECT namespace, id, :kind, :by, :at, 0 FROM runs "
    "WHERE id = :run AND state IN ('PENDING', 'RUNNING', 'CANCELING')"
)
_STATE = text("SELECT state FROM runs WHERE id = :run")


def open_home(path: Path, clock: Clock = clock.system, *, database: str = "") -> Records:
    """The records of a home, made or brought up to date: in the home, or in the PostgreSQL database of that URL.

    Raises `HomeUnusable`, `DatabaseUnusable`, `DatabaseDamaged`, `TooNew`, `InUse`, `BadDatabase`, `DriverMissing`.
    """
    home_id = home.prepare(path)
    return Records(opening.open_database(path, clock, database), Lookout(path, home_id), clock)


class Records:
    """Runs and all that belongs to them. All methods may be called from any thread; each is one transaction.

    Every one of them may raise `DatabaseUnusable` (an `Unavailable`: later it may work) or `DatabaseDamaged`.
    """

    def __init__(self, database: Database, lookout: Lookout, clock: Clock) -> None:
        self._database, self._lookout, self._clock = database, lookout, clock
        self._driving: list[SqlDriving] = []
        self.artifacts = ArtifactRecords(database)
        self.cache = CacheRecords(database, clock)
        self.pipelines = PipelineRecords(database, clock)
        self.experiments = ExperimentRecords(database, clock, kept=DEFAULT_EXPERIMENT)
        self.retention = RetentionRecords(database, clock)

    @property
    def home_id(self) -> str:
        """The random id of the home."""
        return self._lookout.home_id

    # ------------------------------------------------------------ what users change

    def create_run(self, new: NewRun) -> RunId:
        """Record a new run with all its tasks, PENDING. Any engine may take it, or, while it lives, the one that it names.

        Raises `ExperimentArchived`.
        """
        spec = submitting.spec_of(new)
        with self._database.writing() as db:
            if new.engine:  # engines of other homes see that it lives before it has the run
                db.execute(BEAT, {"id": new.engine, "home": self.home_id, "now": self._database.now(db)})
            submitting.insert(db, new, spec, at=self._clock())
        return new.id

    def request(self, run_id: RunId, kind: RequestKind, by: str) -> None:
        """Leave a wish for whoever drives the run. Raises `NoSuchRun`, `RunIsOver`."""
        with self._database.writing() as db:
            if db.execute(_REQUEST, {"run": run_id, "kind": kind.value, "by": plain(by), "at": self._clock()}).rowcount == 1:
                return
            state = db.execute(_STATE, {"run": run_id}).scalar()
            if state is None:
                raise NoSuchRun(run=run_id)
            raise RunIsOver(run=run_id, state=state)

    def retry(self, run_id: RunId, by: str) -> None:
        """Make what did not succeed of a run that is over run again. Raises `NoSuchRun`, `NotRetryable`."""
        with self._database.writing() as db:
            retrying.retry(db, run_id, by=by, at=self._clock())

    def mark_succeeded(self, run_id: RunId, task_id: TaskId, outputs: Outputs, by: str) -> None:
        """Mark a failed step of a run that is over as succeeded, with these outputs. Raises `NoSuchRun`, `NotMarkable`."""
        with self._database.writing() as db:
            marking.mark(db, run_id, Mark(task_id, outputs, by, self._clock()))

    def archive(self, run_id: RunId) -> None:
        """Put a run into the archive. Raises `NoSuchRun`."""
        with self._database.writing() as db:
            archiving.archive(db, run_id, at=self._clock())

    def unarchive(self, run_id: RunId) -> None:
        """Take a run out of the archive. Raises `NoSuchRun`, `ExperimentArchived`."""
        with self._database.writing() as db:
            archiving.unarchive(db, run_id, at=self._clock())

    def tag(self, run_id: RunId, changed: tags.Change) -> Mapping[str, str]:
        """Give a run the tags that `changed` makes of those it has; what it has then. Raises `NoSuchRun`, `Unreadable`, what `changed` raises."""
        with self._database.writing() as db:
            return tags.change(db, run_id, changed, at=self._clock())

    def delete_run(self, run_id: RunId) -> Sequence[str]:
        """Delete a run that is over; the URIs of artifacts and folders that nothing names any more and that may be removed.

        What a cache entry, another run or lineage still names stays. Raises `NoSuchRun`, `RunIsNotOver`.
        """
        with self._database.writing() as db:
            return deleting.delete(db, run_id, at=self._clock())

    # ------------------------------------------------------------ what users read

    def find(self, text: str, *, namespace: str = DEFAULT_NAMESPACE) -> RunId:
        """The run of that id, of that prefix (at least 4 characters), or the `latest`. Raises `NoSuchRun`, `AmbiguousRun`."""
        with self._database.reading() as db:
            return reading.found(db, text, namespace=namespace)

    def run(self, run_id: RunId) -> RunView:
        """A run whole, its tasks upstream first. Raises `NoSuchRun`."""
        return self._run(run_id, whole=True)

    def head(self, run_id: RunId) -> RunView:
        """A run without its tasks. Raises `NoSuchRun`."""
        return self._run(run_id, whole=False)

    def _run(self, run_id: RunId, *, whole: bool) -> RunView:
        with self._database.reading() as db:
            found = reading.run(db, run_id, whole=whole)
            now = self._database.now(db)
        over = found.view.summary.state in FINAL_RUN_STATES
        if over or found.holder.id is None or not self._lookout.sees(found.holder, now=now):
            return found.view
        return replace(found.view, driven_by=found.holder.id)

    def whereabouts(self, attempt: AttemptId) -> Whereabouts:
        """Whether an engine of this home has an attempt, or one of another home."""
        with self._database.reading() as db:
            return whereabouts.of(db, attempt, self._lookout)

    def list_runs(
        self,
        *,
        limit: int = 50,
        experiment: str | None = None,
        states: Collection[RunState] = (),
        where: Sequence[Predicate] = (),
        namespace: str = DEFAULT_NAMESPACE,
    ) -> list[RunSummary]:
        """The newest runs for which all of this holds, at most `limit`. Raises `BadPredicate`."""
        all_of = [*where, *([Predicate("state", Operation.IN, tuple(state.value for state in states))] if states else [])]
        if experiment is not None:
            all_of.append(Predicate("experiment", Operation.EQUALS, plain(experiment)))
        return list(self.find_runs(Query(tuple(all_of), limit=limit), namespace=namespace).items)

    def find_runs(self, query: Query, *, namespace: str = DEFAULT_NAMESPACE) -> Page[RunSummary]:
        """One page of runs. Raises `UnknownField`, `BadPredicate`."""
        with self._database.reading() as db:
            return listing.page(db, run_lists.RUNS, query, namespace=namespace)

    def count_runs(self, where: Sequence[Predicate], *, namespace: str = DEFAULT_NAMESPACE) -> int | None:
        """How many runs there are; `None` for more than 1,000. Raises `UnknownField`, `BadPredicate`."""
        with self._database.reading() as db:
            return listing.count(db, run_lists.RUNS, where, namespace=namespace)

    def summaries(self, ids: Sequence[RunId]) -> list[RunSummary]:
        """The runs of these ids that there are, in the order of the ids."""
        with self._database.reading() as db:
            return run_lists.summaries(db, ids)

    def results(self, ids: Sequence[RunId]) -> list[RunView]:
        """These runs with what their tasks gave, in the order of the ids; without attempts, input artifacts and drivers."""
        with self._database.reading() as db:
            return reading.results(db, ids)

    def sequences(self, ids: Sequence[RunId]) -> dict[RunId, int]:
        """The number of the latest event of each of these runs that there are."""
        with self._database.reading() as db:
            return run_lists.sequences(db, ids)

    def newest(self, *, namespace: str = DEFAULT_NAMESPACE) -> RunId | None:
        """The run that was created last."""
        with self._database.reading() as db:
            return run_lists.newest(db, namespace=namespace)

    def tasks(self, run_id: RunId, *, after: str = "", limit: int = 1_000) -> tuple[list[TaskView], int]:
        """Tasks of a run by id, those after `after`, without attempts; and the number of its latest event. Raises `NoSuchRun`."""
        with self._database.reading() as db:
            return run_lists.task_page(db, run_id, after=after, limit=limit)

    def task_marks(self, run_id: RunId) -> tuple[list[TaskMark], int]:
        """All tasks of a run, as a drawing shows them; and the number of its latest event. Raises `NoSuchRun`, `Unreadable`."""
        with self._database.reading() as db:
            return run_lists.task_marks(db, run_id)

    def task_counts(self, run_id: RunId) -> dict[TaskState, int]:
        """How many tasks of a run are in which state."""
        with self._database.reading() as db:
            return run_lists.task_counts(db, run_id)

    def task(self, run_id: RunId, task_id: str) -> TaskView | None:
        """One task whole, with the launch of each attempt; `None` if the run has no such task."""
        with self._database.reading() as db:
            return reading.task(db, run_id, task_id)

    def measured(self, run_id: RunId, component: str = "") -> Sequence[Measured]:
        """What was measured of the attempts of a run that succeeded or ran out of memory, by component; of one component, if it is named."""
        with self._database.reading() as db:
            return measuring.measured(db, run_id, component)

    def code(self, run_id: RunId) -> Mapping[str, Sequence[str]]:
        """The digests of what was executed for a run, by component; what it reused counts as executed."""
        with self._database.reading() as db:
            return measuring.code(db, run_id)

    def changes(self, run_id: RunId, *, after: int, limit: int = 1_000) -> RunChange:
        """What became of a run since event number `after`, in one look. Raises `NoSuchRun`."""
        with self._database.reading() as db:
            return run_lists.changes(db, run_id, after=after, limit=limit)

    def events(self, run_id: RunId, after: int = 0, *, limit: int = 10_000) -> list[EventView]:
        """What happened to a run since event number `after`, in order, at most `limit`. Raises `NoSuchRun`."""
        with self._database.reading() as db:
            return reading.events_after(db, run_id, after=after, limit=limit)

    def spec_text(self, run_id: RunId) -> str:
        """The pipeline file of a run, as canonical text. Raises `NoSuchRun`, `Unreadable`."""
        with self._database.reading() as db:
            return reading.spec_text(db, run_id)

    def origins(self, run_id: RunId) -> Mapping[str, Origin]:
        """Where the sources of a run's components stand in the author's file, by executor label. Raises `NoSuchRun`, `Unreadable`."""
        with self._database.reading() as db:
            return reading.origins(db, run_id)

    # ------------------------------------------------------------ engines

    def driving(self, engine_id: str, home_id: str, *, cache_ttl: float = math.inf) -> SqlDriving:
        """The records as the engine of that id uses them, which holds its lock; results count for `cache_ttl` seconds. Raises `TooNew`."""
        driving = SqlDriving(self._database, Lookout(self._lookout.home, home_id), engine_id, clock=self._clock, cache_ttl=cache_ttl)
        self._driving.append(driving)
        return driving

    def watch(self) -> Watch:
        """What hears that something was recorded, by any process."""
        return Watch(self._database)

    def close(self) -> None:
        """Close all connections."""
        for driving in self._driving:
            driving.close()
        self._driving.clear()
        self._database.close()
