"""What may go from a home: runs that are over and that somebody's criteria name, artifacts of runs that are gone, folders that no row names.

Within the transaction of `db`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, exists, func, not_, or_, select, text

from bakehouse.ir.execution import AttemptId, RunId, TaskId, folder_name
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState
from bakehouse.records import deleting, pins
from bakehouse.records.documents import plain
from bakehouse.records.errors import NoSuchRun, RunIsNotOver, RunPinned
from bakehouse.records.schema import run_tags, runs

_DROP = text("DELETE FROM cache_entries WHERE run_id = :run")
_DROP_GONE = text("DELETE FROM cache_entries WHERE namespace = :namespace AND NOT EXISTS (SELECT 1 FROM runs AS r WHERE r.id = cache_entries.run_id)")
#: Artifacts that outlived their run, and that neither the cache nor a run names any more.
_FORGOTTEN = text(
    "SELECT id, document FROM artifacts WHERE namespace = :namespace AND NOT EXISTS (SELECT 1 FROM runs AS r WHERE r.id = artifacts.run_id) "
    "AND NOT EXISTS (SELECT 1 FROM cache_entries AS c "
    "WHERE c.run_id = artifacts.run_id AND c.task_id = artifacts.task_id AND c.attempt = artifacts.attempt) "
    "AND NOT EXISTS (SELECT 1 FROM artifact_uses AS u WHERE u.artifact_id = artifacts.id) "
    "AND NOT EXISTS (SELECT 1 FROM tasks AS t WHERE t.cached_run = artifacts.run_id AND t.cached_task = artifacts.task_id "
    "AND t.cached_attempt = artifacts.attempt)"
)
_FORGET = text("DELETE FROM artifacts WHERE id = :id")
_NAMES = text("SELECT 1 FROM specs WHERE text LIKE :pattern LIMIT 1")
_DELETED = text("SELECT 1 FROM deleted_runs WHERE run_id = :run")
_KEPT = text("SELECT DISTINCT task_id, attempt FROM artifacts WHERE run_id = :run")


@dataclass(frozen=True)
class Scope:
    """The runs of an experiment, of a pipeline, with a tag (`key`, or `key=value`), or all that is named; what is empty is any."""

    experiment: str = ""
    pipeline: str = ""
    tag: str = ""

    def narrower(self, other: Scope) -> bool:
        """Whether this one counts for the runs that both hold.

        A tag with its value comes first, then a tag, then none; of those alike, a pipeline of an experiment, then an experiment, then a
        pipeline, then all. Of two tags that are alike in all this, the one that comes first in order of their characters.
        """
        mine, its = self._rank, other._rank
        return not self._apart(other) and (mine > its or (mine == its and self.tag < other.tag))

    @property
    def _rank(self) -> tuple[bool, bool, bool, bool]:
        return "=" in self.tag, bool(self.tag), bool(self.experiment), bool(self.pipeline)

    def _apart(self, other: Scope) -> bool:
        """Whether no run can be in both: it has one experiment, one pipeline, and one value of a tag."""
        (key, sign, value), (its_key, its_sign, its_value) = self.tag.partition("="), other.tag.partition("=")
        values = (value, its_value) if sign and its_sign and key == its_key else ("", "")
        named = ((self.experiment, other.experiment), (self.pipeline, other.pipeline))
        return values[0] != values[1] or any(mine and its and mine != its for mine, its in named)


@dataclass(frozen=True)
class Criteria:
    """Which runs are to go; all that is given must hold. `older_than`: seconds since they ended; `but`: whose runs are not meant.

    `tag`: `key`, or `key=value`. `drop_cache`: the cache keeps nothing of what they made. Of all runs that are over and fit `experiment`,
    `pipeline`, `tag` and `states`, the newest `keep_last` stay, however old they are. `policy`: by which scope's policy they go, if by one.
    """

    older_than: float | None = None
    experiment: str | None = None
    pipeline: str | None = None
    states: tuple[RunState, ...] = ()
    keep_last: int = 0
    but: tuple[Scope, ...] = ()
    drop_cache: bool = False
    tag: str | None = None
    policy: Scope | None = None


@dataclass(frozen=True)
class Doomed:
    """A run that is to go; `policy`: by the policy of which scope, if by one."""

    id: RunId
    name: str
    state: RunState
    experiment: str
    pipeline_name: str
    ended_at: float
    policy: Scope | None = None


@dataclass(frozen=True)
class RunFolder:
    """A folder on disk that has the name of a run. One of artifacts has paths in it, `TASK/ATTEMPT`, of which some may stay when others go."""

    path: Path
    attempts: tuple[str, ...] = ()
    logs: bool = False

    @property
    def run(self) -> RunId:
        """The run it belongs to, or belonged."""
        return RunId(self.path.name)


def matching(db: Connection, criteria: Criteria, *, namespace: str, now: float) -> list[Doomed]:
    """The runs that the criteria name, whether in the archive or not, the oldest first; but none that is pinned, or whose artifacts such a one uses.

    Those count among the newest that stay.
    """
    ended = func.coalesce(runs.c.finished_at, runs.c.created_at).label("ended_at")
    columns = (runs.c.id, runs.c.name, runs.c.state, runs.c.experiment, runs.c.pipeline_name, runs.c.created_at, ended)
    states = criteria.states or tuple(FINAL_RUN_STATES)
    query = select(*columns).where(runs.c.namespace == namespace, runs.c.state.in_([one.value for one in states if one in FINAL_RUN_STATES]))
    if criteria.experiment is not None:
        query = query.where(runs.c.experiment == plain(criteria.experiment))
    if criteria.pipeline is not None:
        query = query.where(runs.c.pipeline_name == plain(criteria.pipeline))
    if criteria.tag is not None:
        query = query.where(_tagged(criteria.tag))
    for scope in criteria.but:
        named = ((runs.c.experiment, scope.experiment), (runs.c.pipeline_name, scope.pipeline))
        others = [column != plain(name) for column, name in named if name]
        query = query.where(or_(*others, not_(_tagged(scope.tag))) if scope.tag else or_(*others))
    if criteria.keep_last:
        query = query.order_by(runs.c.created_at.desc(), runs.c.id.desc()).offset(criteria.keep_last)
    chosen = query.subquery()
    wanted = select(chosen).order_by(chosen.c.created_at, chosen.c.id)
    if criteria.older_than is not None:
        wanted = wanted.where(chosen.c.ended_at < now - criteria.older_than)
    kept = pins.needed(db)
    return [
        Doomed(RunId(row.id), row.name, RunState(row.state), row.experiment, row.pipeline_name, row.ended_at, criteria.policy)
        for row in db.execute(wanted)
        if row.id not in kept
    ]


def _tagged(tag: str) -> ColumnElement[bool]:
    """Whether a run has a tag, `key` or `key=value`."""
    key, sign, value = plain(tag).partition("=")
    found = exists().where(run_tags.c.run_id == runs.c.id, run_tags.c.key == key)
    return found.where(run_tags.c.value == value) if sign else found


def delete(db: Connection, ids: Sequence[RunId], *, drop_cache: bool, at: float) -> tuple[list[RunId], list[str]]:
    """Delete runs, as `deleting.delete` does each; which are deleted, and what may be removed from the store.

    One that is gone, runs again, or is pinned or needed meanwhile is passed over. `drop_cache`: what they made is not offered by the cache any more.
    """
    deleted, unnamed, kept = [], list[str](), pins.needed(db)
    for run_id in ids:
        try:
            deleting.hold(db, run_id)
        except (NoSuchRun, RunIsNotOver, RunPinned):
            continue
        if run_id in kept:
            continue
        if drop_cache:
            db.execute(_DROP, {"run": run_id})
        unnamed += deleting.delete(db, run_id, at=at)
        deleted.append(run_id)
    return deleted, unnamed


def forget(db: Connection, *, namespace: str, drop_cache: bool) -> list[str]:
    """Delete the rows of artifacts whose run is gone and that nothing names any more; the URIs that may be removed from the store.

    `drop_cache`: the cache does not name what runs made that are gone.
    """
    if drop_cache:
        db.execute(_DROP_GONE, {"namespace": namespace})
    rows = db.execute(_FORGOTTEN, {"namespace": namespace}).all()
    if not rows:
        return []
    db.execute(_FORGET, [{"id": row.id} for row in rows])
    uris = sorted({deleting.address(row.document, "uri") for row in rows} - {""})
    return [uri for uri in uris if not deleting.named(db, uri)]


def orphans(db: Connection, folders: Sequence[RunFolder], *, but: Collection[RunId] = ()) -> list[Path]:
    """Those of the folders whose run was deleted; of one with artifacts that are still named, the attempts that are not.

    A folder of a run that these records never deleted stays: they may be an old copy, or those of another home. `but`: runs to pass over.
    """
    found = []
    for folder in folders:
        if folder.run in but or db.execute(_DELETED, {"run": folder.run}).first() is None:
            continue
        rows = db.execute(_KEPT, {"run": folder.run}).all()
        kept = {AttemptId(folder.run, TaskId(task_id), attempt).path for task_id, attempt in rows if not folder.logs}
        if not kept and not _holds(db, folder.path):
            found.append(folder.path)
            continue
        attempts = [(folder.path / each, f"{folder_name(folder.run)}/{each}") for each in folder.attempts]
        found += [path for path, name in attempts if name not in kept and not _holds(db, path)]
    return found


def unnamed_modules(db: Connection, digests: Iterable[str]) -> set[str]:
    """Those of these digests of the authors' modules that no pipeline file names any more: neither that of a run nor one that was uploaded."""
    return {digest for digest in set(digests) if db.execute(_NAMES, {"pattern": f"%{digest}%"}).first() is None}


def _holds(db: Connection, path: Path) -> bool:
    """Whether an artifact that is recorded lies there or below, whichever way its URI is written."""
    return any(deleting.named(db, plain(uri)) for uri in (str(path), path.as_uri(), f"file://{path}"))
