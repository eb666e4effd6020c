"""Cache entries: found for steps that ask, listed, compared and invalidated by users. Within the transaction of `db`, but for `CacheRecords`.

An entry is never deleted under a run: one that was invalidated is not offered any more, and says since when.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, Connection, select, text, update

from bakehouse.clock import Clock
from bakehouse.ir import durations
from bakehouse.ir.execution import RunId, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.events import Looked, Unusable
from bakehouse.records import listing, sources
from bakehouse.records.documents import loaded, loaded_object, plain
from bakehouse.records.errors import AmbiguousKey, NoSuchKey
from bakehouse.records.listing import Field, Listing
from bakehouse.records.opening import Database
from bakehouse.records.queries import Page, Query
from bakehouse.records.reading import Columns
from bakehouse.records.results import usable
from bakehouse.records.schema import cache_entries, events, locks

#: Entries that a key is compared with: the newest of its component.
MOST_COMPARED = 200
_SHORTEST_PREFIX = 4
_MOST_CANDIDATES = 5
_CACHED = text(
    "SELECT run_id, run_name, task_id, attempt, created_at, outputs, invalidated_at FROM cache_entries "
    "WHERE namespace = :namespace AND key = :key ORDER BY created_at DESC"
)


@dataclass(frozen=True)
class EntryView:
    """A result in the cache. `invalidated_at`: since when it is not offered any more; `parts`: what its key was made of, where that was asked for.

    `pipeline_name` and `component` are empty where an older Bakehouse recorded it and its run is gone.
    """

    key: str
    run_id: RunId
    run_name: str
    task_id: TaskId
    attempt: int
    created_at: float
    pipeline_name: str
    component: str
    invalidated_at: float | None
    parts: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a step heard when it last asked the cache and no result was used: under which key, and what was wrong with one that was there.

    `key` is empty where the cache was not asked, and where an older Bakehouse recorded it.
    """

    at: float
    key: str
    because: str
    note: str


@dataclass(frozen=True)
class Ttl:
    """How long a result counts, as its step and as the settings say (seconds, infinity: for ever), and what time it is (since the epoch)."""

    of_step: float
    of_settings: float
    now: float

    def expired(self, created_at: float) -> str:
        """Why a result of that time does not count any more; empty if it does."""
        said_by = "BAKEHOUSE_CACHE_TTL" if self.of_settings <= self.of_step else "set_cache_ttl of its step"
        seconds = min(self.of_settings, self.of_step)
        return f"it is older than {durations.shown(seconds)} ({said_by})" if created_at < self.now - seconds else ""


@dataclass(frozen=True)
class Which:
    """Entries to invalidate: those under these keys (or unique prefixes of 4 characters or more), or those for which all else holds."""

    keys: Sequence[str] = ()
    run_id: RunId | None = None
    task_id: str = ""
    pipeline: str = ""


# ---------------------------------------------------------------- what a step asks


def look_up(db: Connection, namespace: str, key: str, ttl: Ttl) -> Looked:
    """The newest result under a key that still counts and whose artifacts are all still recorded; if there is none, why."""
    missed = Looked()
    for row in db.execute(_CACHED, {"namespace": namespace, "key": key}):
        if row.invalidated_at is not None:
            missed = missed if missed.note else Looked(because=Unusable.INVALIDATED, note=f"the result of run {row.run_id} was invalidated")
            continue
        if why := ttl.expired(row.created_at):
            return missed if missed.note else Looked(because=Unusable.EXPIRED, note=f"the result of run {row.run_id} has expired: {why}")
        found = usable(db, key, row)
        if found is not None:
            return Looked(found)
    return missed


# ---------------------------------------------------------------- what users ask


_SHOWN = [column for column in cache_entries.c if column is not cache_entries.c.parts and column is not cache_entries.c.outputs]


def _view(row: Columns) -> EntryView:
    return EntryView(
        key=row.key,
        run_id=RunId(row.run_id),
        run_name=row.run_name,
        task_id=TaskId(row.task_id),
        attempt=row.attempt,
        created_at=row.created_at,
        pipeline_name=row.pipeline_name or "",
        component=row.component or "",
        invalidated_at=row.invalidated_at,
    )


def _whole(row: Columns) -> EntryView | None:
    """An entry with its parts; `None` if they cannot be read: then there is nothing to compare with."""
    try:
        parts = loaded_object(row.parts)
    except (ValueError, TypeError):
        return None
    return replace(_view(row), parts=parts)


ENTRIES: Listing[EntryView] = Listing(
    query=select(*_SHOWN),
    namespace=cache_entries.c.namespace,
    id=cache_entries.c.key.concat(" ").concat(cache_entries.c.run_id).concat(" ").concat(cache_entries.c.task_id),
    fields={
        "created_at": Field(cache_entries.c.created_at, float),
        "pipeline_name": Field(cache_entries.c.pipeline_name),
        "task_id": Field(cache_entries.c.task_id),
        "run_id": Field(cache_entries.c.run_id),
        "key": Field(cache_entries.c.key),
    },
    view=_view,
)


class CacheRecords:
    """The cache as users look at it. All methods may be called from any thread; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def find(self, query: Query, *, namespace: str, task: str = "") -> Page[EntryView]:
        """One page of entries; `task`: only of steps of that id or name. Raises `UnknownField`, `BadPredicate`."""
        entries = ENTRIES
        if task:
            # A step in a group has the names of its groups before its own.
            inside = cache_entries.c.task_id.endswith(f"/{plain(task)}", autoescape=True)
            entries = ENTRIES.within((cache_entries.c.task_id == plain(task)) | inside)
        with self._database.reading() as db:
            return listing.page(db, entries, query, namespace=namespace)

    def look_up(self, namespace: str, key: str, *, of_step: float = math.inf, of_settings: float = math.inf) -> Looked:
        """What a step would hear that asked now, where it and the settings let results count so long (seconds)."""
        with self._database.reading() as db:
            return look_up(db, namespace, key, Ttl(of_step, of_settings, self._clock()))

    def look_up_in(self, source: RunId, namespace: str, key: str) -> Looked:
        """What a step would hear that asked now for results of the run `source`."""
        with self._database.reading() as db:
            return sources.under_key(db, source, namespace, key)

    def of_task(self, run_id: RunId, task_id: str, *, key: str = "") -> EntryView | None:
        """The newest entry that a step left, under this key if one is given."""
        where = [cache_entries.c.run_id == run_id, cache_entries.c.task_id == task_id]
        if key:
            where.append(cache_entries.c.key == key)
        with self._database.reading() as db:
            row = db.execute(select(cache_entries).where(*where).order_by(cache_entries.c.created_at.desc()).limit(1)).first()
        return None if row is None else _whole(row)

    def under(self, namespace: str, key: str, *, before: float) -> EntryView | None:
        """The newest entry under a key that was there at a time."""
        columns = cache_entries.c
        query = select(*_SHOWN).where(columns.namespace == namespace, columns.key == key, columns.created_at < before)
        with self._database.reading() as db:
            row = db.execute(query.order_by(columns.created_at.desc()).limit(1)).first()
        return None if row is None else _view(row)

    def comparable(self, namespace: str, component: str, task_id: str, *, before: float) -> list[EntryView]:
        """Entries of a component that were there at a time, the newest first, at most 200.

        Those that an older Bakehouse recorded do not know their component: the same task stands for it.
        """
        earlier = (cache_entries.c.namespace == namespace, cache_entries.c.created_at < before)
        same = (cache_entries.c.component == component, cache_entries.c.component.is_(None) & (cache_entries.c.task_id == task_id))
        queries = [select(cache_entries).where(*earlier, one).order_by(cache_entries.c.created_at.desc()).limit(MOST_COMPARED) for one in same]
        with self._database.reading() as db:
            rows = [row for query in queries for row in db.execute(query)]
        found = sorted(rows, key=lambda row: float(row.created_at), reverse=True)[:MOST_COMPARED]
        return [view for view in map(_whole, found) if view is not None]

    def asked(self, run_id: RunId, task_id: str) -> Asked | None:
        """What a step heard when it last asked and no result was used; `None` if it did not get so far."""
        query = select(events.c.at, events.c.detail).where(events.c.run_id == run_id, events.c.task_id == task_id, events.c.kind == "task.MISSED")
        with self._database.reading() as db:
            row = db.execute(query.order_by(events.c.seq.desc()).limit(1)).first()
        if row is None:
            return None
        detail = loaded(row.detail)
        return Asked(row.at, *(str(detail.get(name, "")) for name in ("key", "because", "note")))

    def lock(self, namespace: str, digest: str) -> str | None:
        """The distributions of an environment by the digest of the list; `None` if it was never recorded."""
        query = select(locks.c.text).where(locks.c.namespace == namespace, locks.c.digest == digest)
        with self._database.reading() as db:
            found = db.execute(query).scalar()
        return None if found is None else str(found)

    def invalidate(self, which: Which, *, namespace: str) -> int:
        """Offer these entries no more; how many were offered until now. Raises `NoSuchKey`, `AmbiguousKey`: then none is changed."""
        with self._database.writing() as db:
            conditions = [cache_entries.c.namespace == namespace, cache_entries.c.invalidated_at.is_(None)]
            if which.keys:
                conditions.append(cache_entries.c.key.in_([_key(db, namespace, one) for one in which.keys]))
            else:
                conditions += _chosen(which)
            return db.execute(update(cache_entries).where(*conditions).values(invalidated_at=self._clock())).rowcount


def _chosen(which: Which) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.run_id is not None:
        conditions.append(cache_entries.c.run_id == which.run_id)
    if which.task_id:
        conditions.append(cache_entries.c.task_id == which.task_id)
    if which.pipeline:
        conditions.append(cache_entries.c.pipeline_name == plain(which.pipeline))
    return conditions


def _key(db: Connection, namespace: str, given: str) -> str:
    """The key of that prefix. Raises `NoSuchKey`, `AmbiguousKey`."""
    prefix = given.lower()
    if len(prefix) < _SHORTEST_PREFIX or not prefix.isalnum() or not prefix.isascii():
        raise NoSuchKey(key=given)
    columns = cache_entries.c
    query = select(columns.key).where(columns.namespace == namespace, columns.key >= prefix, columns.key < f"{prefix}~").distinct()
    found = db.execute(query.order_by(columns.key).limit(_MOST_CANDIDATES)).scalars().all()
    if not found:
        raise NoSuchKey(key=given)
    if len(found) > 1:
        raise AmbiguousKey(key=given, candidates=found)
    return str(found[0])
