"""What the records know of what may go, and of what must stay: runs in progress, and the interpreters that their steps run in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text

from bakehouse.clock import Clock
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState
from bakehouse.records import garbage, pins, policies
from bakehouse.records.deleting import address
from bakehouse.records.garbage import Criteria, Doomed, RunFolder, Scope
from bakehouse.records.opening import Database
from bakehouse.records.policies import Policy
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


@dataclass(frozen=True)
class Rehearsal:
    """What a collection would do: the runs, what may be removed from the store, the folders that no row names, and digests of modules likewise."""

    doomed: Sequence[Doomed]
    unnamed: Sequence[str]
    orphans: Sequence[Path]
    modules: Collection[str] = ()


@dataclass(frozen=True)
class There:
    """What lies in a home beside its records: folders with the names of runs, and digests of the authors' modules."""

    folders: Sequence[RunFolder] = ()
    modules: Collection[str] = ()


class RetentionRecords:
    """What may go. All methods may be called from any thread; each is one transaction, and may raise `DatabaseUnusable` or `DatabaseDamaged`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def in_progress(self) -> list[InProgress]:
        """The runs of all namespaces that are not over, the oldest first."""
        with self._database.reading() as db:
            rows, opened = db.execute(_IN_PROGRESS).all(), db.execute(_OPEN).all()
        used: dict[str, set[str]] = {}
        for run_id, launch in opened:
            used.setdefault(run_id, set()).add(address(launch, "place", "interpreter"))
        return [InProgress(RunId(row.id), row.name, row.created_at, frozenset(used.get(row.id, set()) - {""})) for row in rows]

    def matching(self, criteria: Criteria, *, namespace: str) -> list[Doomed]:
        """The runs that are to go by these criteria, the oldest first."""
        with self._database.reading() as db:
            return garbage.matching(db, criteria, namespace=namespace, now=self._clock())

    def delete(self, ids: Sequence[RunId], *, drop_cache: bool) -> tuple[list[RunId], list[str]]:
        """Delete runs in one transaction: which are deleted, and what may be removed from the store. One that cannot be deleted is passed over."""
        with self._database.writing() as db:
            return garbage.delete(db, ids, drop_cache=drop_cache, at=self._clock())

    def forget(self, *, namespace: str, drop_cache: bool) -> list[str]:
        """Forget artifacts whose run is gone and that nothing names any more; the URIs that may be removed from the store."""
        with self._database.writing() as db:
            return garbage.forget(db, namespace=namespace, drop_cache=drop_cache)

    def orphans(self, folders: Sequence[RunFolder], *, but: Collection[RunId] = ()) -> list[Path]:
        """What of these folders of runs that were deleted no row names. `but`: runs to pass over."""
        with self._database.reading() as db:
            return garbage.orphans(db, folders, but=but)

    def unnamed_modules(self, digests: Collection[str]) -> Collection[str]:
        """Those of these digests of the authors' modules that no pipeline file names any more."""
        with self._database.reading() as db:
            return garbage.unnamed_modules(db, digests)

    def rehearse(self, several: Sequence[Criteria], there: There, *, namespace: str, drop_gone: bool = False) -> Rehearsal:
        """All that a collection does to the records, and then as if it had not been: what it would find. Other writers wait meanwhile."""
        doomed, unnamed = list[Doomed](), list[str]()
        with self._database.writing() as db:
            for criteria in several:
                found = {one.id: one for one in garbage.matching(db, criteria, namespace=namespace, now=self._clock())}
                deleted, uris = garbage.delete(db, list(found), drop_cache=criteria.drop_cache, at=self._clock())
                doomed += [found[run_id] for run_id in deleted]
                unnamed += uris
            unnamed += garbage.forget(db, namespace=namespace, drop_cache=drop_gone)
            orphans = garbage.orphans(db, there.folders, but={one.id for one in doomed})
            modules = garbage.unnamed_modules(db, there.modules)
            transaction = db.get_transaction()
            if transaction is not None:
                transaction.rollback()
        return Rehearsal(doomed, unnamed, orphans, modules)

    def pin(self, run_id: RunId, reason: str) -> None:
        """Keep a run, and those whose artifacts it uses, from being collected; its own deletion is refused. Raises `NoSuchRun`."""
        with self._database.writing() as db:
            pins.pin(db, run_id, reason=reason, at=self._clock())

    def unpin(self, run_id: RunId) -> None:
        """Let a run go again. Raises `NoSuchRun`."""
        with self._database.writing() as db:
            pins.unpin(db, run_id, at=self._clock())

    def policies(self, *, namespace: str) -> list[Policy]:
        """The policies of a namespace, by tag, and the names of experiment and pipeline."""
        with self._database.reading() as db:
            return policies.listed(db, namespace=namespace)

    def set_policy(self, policy: Policy, *, namespace: str) -> None:
        """Record a policy, in the place of the one of the same scope."""
        with self._database.writing() as db:
            policies.put(db, replace(policy, set_at=self._clock()), namespace=namespace)

    def remove_policy(self, scope: Scope, *, namespace: str) -> bool:
        """Delete the policy of a scope; whether there was one."""
        with self._database.writing() as db:
            return policies.remove(db, scope, namespace=namespace)
