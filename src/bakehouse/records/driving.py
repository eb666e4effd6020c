"""The records as one engine uses them: every state change is one guarded statement, in one transaction with its event row."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from sqlalchemy import Connection, String, bindparam, text
from sqlalchemy.exc import IntegrityError

from bakehouse.clock import Clock
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import AttemptId, RunId, StepError, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.errors import Claimed, Displaced, Unreadable
from bakehouse.orchestrator.events import Claimant, Looked
from bakehouse.orchestrator.ports import Request, RequestKind, RunRecord
from bakehouse.records import aside, cache, claims, damage, opening, schema, sources, taking
from bakehouse.records.backends import Access
from bakehouse.records.batches import Misfit
from bakehouse.records.engines import BEAT, HEARTBEAT_LASTS, Holder, Lookout
from bakehouse.records.errors import TooNew, Unfit
from bakehouse.records.opening import Database
from bakehouse.records.rows import Values
from bakehouse.records.writing import Writer

#: Rows of engines of this home that have long gone and that no unfinished run names.
_SWEEP = text(
    "DELETE FROM engines WHERE home = :home AND heartbeat_at < :long_ago AND NOT EXISTS "
    "(SELECT 1 FROM runs WHERE runs.engine = engines.id AND runs.state IN ('PENDING', 'RUNNING', 'CANCELING'))"
)
_LONG_AGO = 86_400.0  # seconds
_RELEASE = text("UPDATE runs SET engine = NULL WHERE id = :run AND epoch = :epoch AND engine = :engine")
_MORE_EVENTS = text("UPDATE runs SET seq = seq + :count WHERE id = :run AND epoch = :epoch")
_EVENT = text(
    "SELECT 1 FROM events WHERE run_id = :run AND seq = :seq AND at = :at AND kind = :kind AND detail = :detail "
    "AND COALESCE(task_id, '') = COALESCE(:task, '') AND COALESCE(attempt, 0) = COALESCE(:attempt, 0)"
)
_RUN = text("SELECT id, namespace, name, pipeline_name, seq FROM runs WHERE id = :run")
#: Termination stays a wish until the run has recorded it: an engine may die between hearing of it and writing that down.
_REQUESTS = text(
    "SELECT requests.id, requests.run_id, requests.kind, requests.by, requests.at FROM requests JOIN runs ON runs.id = requests.run_id "
    "WHERE requests.run_id IN :runs AND requests.kind IN :kinds AND (requests.handled = 0 "
    "OR (requests.kind IN ('terminate', 'terminate now') AND runs.state IN ('PENDING', 'RUNNING'))) "
    "ORDER BY requests.id"
).bindparams(bindparam("runs", expanding=True, type_=String()), bindparam("kinds", expanding=True, type_=String()))
#: A newer Bakehouse may know more wishes: an engine of its kind heeds them.
_KINDS = [kind.value for kind in RequestKind]
_HANDLED = text(
    "UPDATE requests SET handled = 1 WHERE id = :id AND EXISTS (SELECT 1 FROM runs WHERE runs.id = requests.run_id AND runs.epoch = :epoch)"
)
_log = logging.getLogger("bakehouse.records")


class SqlDriving:
    """`orchestrator.ports.Driving` on a SQL database. Belongs to the thread of one engine, whose lock is held already.

    `cache_ttl`: how long results are reused (seconds).
    """

    def __init__(self, database: Database, lookout: Lookout, engine_id: str, *, clock: Clock, cache_ttl: float = math.inf) -> None:
        self._database, self._lookout, self._id, self._clock = database, lookout, engine_id, clock
        self._ttl = cache_ttl
        with database.trouble():
            # One connection for life: what it writes itself is no news to this engine.
            self._db: Connection = database.engine.connect()
        self._ear = database.backend.ear(lambda: self._db)
        self._locks: set[str] = set()
        self._contact = Contact()
        self._owed: list[tuple[RunId, int]] = []  # runs that may name this engine though it does not drive them
        self._unsure: dict[RunId, tuple[int, Values]] = {}  # their epoch, and the last event that may have been written
        self._next_silence = math.inf  # when an engine of another home counts as gone if it is not heard again (`time.monotonic`)
        with ExitStack() as undone:
            undone.callback(self.close)
            self._begin()
            undone.pop_all()

    @contextmanager
    def _transaction(self, access: Access) -> Iterator[Connection]:
        try:
            with self._database.transaction(self._db, access):
                yield self._db
        except Unavailable:
            self._contact.broken()
            raise
        self._contact.made()

    def _begin(self) -> None:
        """The engine's row. Whoever migrates waits for engines, and looks for their locks while holding this transaction's lock."""
        with self._transaction(Access.BEATING) as db:
            revision = opening.revision_of(db)
            if revision not in schema.REVISIONS:
                raise TooNew(path=self._database.place, revision=revision, release="")
            now = self._database.now(db)
            db.execute(BEAT, {"id": self._id, "home": self._lookout.home_id, "now": now})
            db.execute(_SWEEP, {"home": self._lookout.home_id, "long_ago": now - _LONG_AGO})

    def beat(self) -> None:
        """Renew the engine's heartbeat row."""
        with self._transaction(Access.BEATING) as db:
            db.execute(BEAT, {"id": self._id, "home": self._lookout.home_id, "now": self._database.now(db)})

    # ------------------------------------------------------------ taking and giving up

    def free_runs(self) -> Sequence[RunId]:
        """Unfinished runs that no live engine drives, oldest first, at most 100."""
        self._release_owed()
        with self._transaction(Access.READING) as db:
            now, since = self._database.now(db), self._silent_since(db)
            found = [one for one in taking.holders(db) if one.id is not None]
            gone = {one.id for one in found if one.id is not None and not self._lookout.sees(one, now=now, since=since)}
            ages = [now - max(one.heartbeat_at or 0.0, since) for one in found if one.id not in gone and self._lookout.is_foreign(one)]
            self._next_silence = time.monotonic() + HEARTBEAT_LASTS - max(ages) if ages else math.inf
            return taking.free(db, gone)

    def overdue(self) -> bool:
        """Whether an engine of another home, alive at the last look for free runs, may have fallen silent for too long since."""
        return time.monotonic() >= self._next_silence

    def _silent_since(self, db: Connection) -> float:
        """Nobody could be heard before that: the database was away, or this engine could not reach it (by the database's clock)."""
        return max(self._database.up_since(db), self._database.now(db) - self._contact.age())

    def take(self, run_id: RunId) -> tuple[RunRecord, int] | None:
        """Take a free, unfinished run by one guarded UPDATE that raises its epoch: the run and the new epoch; `None` if it is not to be had.

        Free is also one that was recorded for this engine and that nobody has driven yet. Raises `Unreadable` when what is recorded
        of it cannot be read: it is free then as it was before.
        """
        self._release_owed()
        held: taking.Held | None = None
        try:
            with self._transaction(Access.DRIVING) as db:
                held = taking.held(db, run_id)
                if held is None or not self._taken(db, run_id, held):
                    return None
        except Unavailable:
            if held is not None:  # whether it was committed is not known: then its row names an engine that does not drive it
                self._owed.append((run_id, held.epoch + 1))
            raise
        # Read when the lock is free again: from now on nobody else writes this run.
        try:
            with self._transaction(Access.READING) as db:
                return taking.record(db, run_id), held.epoch + 1
        except BaseException:
            self._owed.append((run_id, held.epoch + 1))
            try:
                self._release_owed()
            except Unavailable as error:
                _log.warning("run %s cannot be given up before the next look: %s", run_id, error)
            raise

    def _taken(self, db: Connection, run_id: RunId, held: taking.Held) -> bool:
        reserved = held.epoch == 0 and held.holder.id == self._id
        if not reserved and self._lookout.sees(held.holder, now=self._database.now(db), since=self._silent_since(db)):
            return False
        damage.read(run_id, "its epoch", damage.number, held.epoch)
        if not taking.take(db, run_id, engine=self._id, epoch=held.epoch):
            return False
        writer = self._writer(db, run_id, events=1)
        writer.note("run.TAKEN", detail={"engine": self._id, "from": None if reserved else held.holder.id})
        try:
            writer.flush()
        except IntegrityError as error:
            raise Unreadable(run=run_id, what="its events", why=f"they do not go on where it says: {error.orig}") from error
        return True

    def put_aside(self, run_id: RunId, reason: StepError) -> Sequence[AttemptId]:
        """Fail an unfinished run that no engine can read, unless another engine drives it: the attempts of which nothing is heard any more."""
        with self._transaction(Access.ALONE) as db:
            held = taking.held(db, run_id)
            if held is None or (held.holder.id != self._id and self._lookout.sees(held.holder, now=self._database.now(db))):
                return []
            return aside.put_aside(db, run_id, reason, at=self._clock())

    def _release_owed(self) -> None:
        """Give up what was taken without this engine's knowing."""
        while self._owed:
            self.release(*self._owed[-1])
            self._owed.pop()

    def release(self, run_id: RunId, epoch: int) -> None:
        """Give a run up so that another engine may take it at once."""
        with self._transaction(Access.DRIVING) as db:
            db.execute(_RELEASE, {"run": run_id, "epoch": epoch, "engine": self._id})

    # ------------------------------------------------------------ writing

    def write(self, run_id: RunId, epoch: int, changes: Sequence[Change]) -> None:
        """Record the changes in one transaction, each guarded by its `before` state and the epoch.

        Raises `Displaced` when another engine has taken the run, `Claimed` when attempts would start of steps that run already,
        `Unfit` when a change does not fit what is recorded: nothing is written then.
        """
        try:
            self._write(run_id, epoch, changes, at_once=len(changes))
        except Misfit:
            self._write(run_id, epoch, changes, at_once=1)  # tells which

    def _write(self, run_id: RunId, epoch: int, changes: Sequence[Change], *, at_once: int) -> None:
        written: Values | None = None
        try:
            with self._transaction(Access.DRIVING) as db:
                recorded = self._has_recorded(db, run_id, epoch)
                self._count(db, run_id, epoch, events=0 if recorded else len(changes))
                if not recorded:
                    self._claim(db, run_id, changes)
                    written = self._written(db, run_id, changes, at_once=at_once)
        except BaseException as error:
            self._locks.clear()  # what it remembers may not have been recorded
            if not isinstance(error, Unavailable):
                self._unsure.pop(run_id, None)
            elif written is not None:
                self._unsure[run_id] = (epoch, written)
            raise
        self._unsure.pop(run_id, None)

    def _claim(self, db: Connection, run_id: RunId, changes: Sequence[Change]) -> None:
        refused = claims.take(db, run_id, changes, self._lives(db))
        if refused:
            raise Claimed(claimants=refused)

    def _written(self, db: Connection, run_id: RunId, changes: Sequence[Change], *, at_once: int) -> Values:
        """Write all changes; the row of the last event."""
        writer = self._writer(db, run_id, events=len(changes))
        change = None
        try:
            for number, change in enumerate(changes, start=1):
                writer.write(change)
                if number % at_once == 0 or number == len(changes):
                    writer.flush()
        except Misfit as error:
            if at_once > 1:
                raise
            raise Unfit(run=run_id, change=str(change)) from error
        except IntegrityError as error:
            raise Unfit(run=run_id, change=str(error.orig)) from error
        return writer.last

    def _count(self, db: Connection, run_id: RunId, epoch: int, *, events: int) -> None:
        if db.execute(_MORE_EVENTS, {"count": events, "run": run_id, "epoch": epoch}).rowcount != 1:
            held = taking.held(db, run_id)
            raise Displaced(run_id=run_id, elsewhere=held is not None and self._lookout.is_foreign(held.holder))

    def _has_recorded(self, db: Connection, run_id: RunId, epoch: int) -> bool:
        """Whether what was written last was committed, though the answer to that never came: its last event is there."""
        then, last = self._unsure.get(run_id, (-1, {}))
        return then == epoch and db.execute(_EVENT, last).first() is not None

    def _writer(self, db: Connection, run_id: RunId, *, events: int) -> Writer:
        """A writer for so many events, whose numbers the run's row has counted already."""
        run = db.execute(_RUN, {"run": run_id}).mappings().one()
        return Writer(db, dict(run), seq=run["seq"] - events + 1, at=self._clock(), locks=self._locks)

    # ------------------------------------------------------------ reading

    def requests(self, run_ids: Sequence[RunId]) -> Sequence[Request]:
        """Requests about these runs that nobody has handled, and every termination that its run has not recorded yet."""
        if not run_ids:
            return ()
        with self._transaction(Access.READING) as db:
            rows = db.execute(_REQUESTS, {"runs": list(run_ids), "kinds": _KINDS}).all()
        return [Request(id=row.id, run_id=RunId(row.run_id), kind=RequestKind(row.kind), by=row.by, at=row.at) for row in rows]

    def handled(self, request: Request, epoch: int) -> None:
        """Mark a request as handled, if the run is still this engine's."""
        with self._transaction(Access.DRIVING) as db:
            db.execute(_HANDLED, {"id": request.id, "epoch": epoch})

    def look_up(self, namespace: str, key: str, ttl: float = math.inf) -> Looked:
        """The newest result under this key, at most `ttl` seconds old, that was not invalidated and whose artifacts are all still recorded.

        If there is none, why, and who is about to make one, if somebody is.
        """
        with self._transaction(Access.READING) as db:
            found = cache.look_up(db, namespace, key, cache.Ttl(ttl, self._ttl, self._clock()))
            return found if found.result is not None else replace(found, claimant=self._claimants(db, namespace, [key]).get(key))

    def claimants(self, namespace: str, keys: Sequence[str]) -> Mapping[str, Claimant]:
        """The attempts that run now whose results will stand under these keys, by key; those of engines that have gone do not count."""
        with self._transaction(Access.READING) as db:
            return self._claimants(db, namespace, keys)

    def _claimants(self, db: Connection, namespace: str, keys: Sequence[str]) -> Mapping[str, Claimant]:
        return claims.claimants(db, namespace, keys, self._lives(db))

    def _lives(self, db: Connection) -> Callable[[Holder], bool]:
        """Whether an engine that drives a run lives: this one does."""
        return lambda holder: holder.id == self._id or self._lookout.sees(holder, now=self._database.now(db), since=self._silent_since(db))

    def cached_in(self, source: RunId, namespace: str, key: str) -> Looked:
        """The same of what the run `source` made or reused, however old it is."""
        with self._transaction(Access.READING) as db:
            return sources.under_key(db, source, namespace, key)

    def parts_in(self, source: RunId, namespace: str, task_id: TaskId) -> JsonObject | None:
        """What the key of a task of the run `source` was made of; `None` where it recorded no result under a key."""
        with self._transaction(Access.READING) as db:
            return sources.parts(db, source, namespace, task_id)

    def changed(self) -> bool:
        """Whether another connection wrote since the last call."""
        with self._database.trouble():
            return self._ear.heard()

    def close(self) -> None:
        """Give the connections back. Twice is once."""
        self._ear.close()
        self._db.close()


class Contact:
    """Since when an engine has reached the database without a break; from the start on, it is as if it always had."""

    def __init__(self) -> None:
        self._since: float | None = -math.inf

    def made(self) -> None:
        """It is reached."""
        if self._since is None:
            self._since = time.monotonic()

    def broken(self) -> None:
        """It could not be used."""
        self._since = None

    def age(self) -> float:
        """For how long it has been reached (seconds)."""
        return 0.0 if self._since is None else time.monotonic() - self._since
