"""Faults of a database, at any message of an engine to it: the driver's own errors, a connection that is gone, a full disk, a lock, a delay.

`Wire` stands between SQLAlchemy and the driver. It counts the messages of each call of `orchestrator.ports.Driving`, and lets a fault strike
at one of them; what an error means is still for the records to find out.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

import psycopg
from sqlalchemy import event

from bakehouse.orchestrator.ports import Driving
from bakehouse.records.driving import SqlDriving
from bakehouse.records.opening import Database
from bakehouse.records.sqlite import DataVersion

#: What an engine calls of the records: all methods of the port, whichever those are.
CALLS = tuple(name for name, what in vars(Driving).items() if callable(what) and not name.startswith("_"))
_DELAY = 0.02  # seconds


class Moment(Enum):
    """When a fault strikes."""

    STATEMENT = "instead of a statement"
    COMMIT = "instead of a commit"
    COMMITTED = "after a commit"


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and `words` that tell it. `error`: what the driver raises; none: it only takes longer. `cut`: the connection is gone, too.

    `messages`: how many of the engine's messages it strikes, one after the other.
    """

    error: Exception | None
    moment: Moment = Moment.STATEMENT
    cut: bool = False
    messages: int = 1

    @property
    def words(self) -> str:
        """What somebody who is told of it reads."""
        return str(self.error)


_FULL = sqlite3.OperationalError("database or disk is full")
_LOCKED = sqlite3.OperationalError("database is locked")
_GONE = psycopg.OperationalError("server closed the connection unexpectedly")

#: By the kind of database.
FAULTS: dict[str, dict[str, Fault]] = {
    "sqlite": {
        "delay": Fault(None),
        "locked": Fault(_LOCKED),
        "locked for long": Fault(_LOCKED, messages=12),
        "disk full": Fault(_FULL),
        "disk full at the commit": Fault(_FULL, Moment.COMMIT),
        "disk full for long": Fault(_FULL, messages=12),
        "I/O error": Fault(sqlite3.OperationalError("disk I/O error")),
        "I/O error after the commit": Fault(sqlite3.OperationalError("disk I/O error"), Moment.COMMITTED),
        "misuse": Fault(sqlite3.InterfaceError("bad parameter or other API misuse")),
    },
    "postgresql": {
        "delay": Fault(None),
        "locked": Fault(psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")),
        "disk full": Fault(psycopg.errors.DiskFull("could not extend file: No space left on device")),
        "disk full at the commit": Fault(psycopg.errors.DiskFull("could not write to file: No space left on device"), Moment.COMMIT),
        "serialization failure": Fault(psycopg.errors.SerializationFailure("could not serialize access due to concurrent update")),
        "deadlock": Fault(psycopg.errors.DeadlockDetected("deadlock detected")),
        "shutdown": Fault(psycopg.errors.AdminShutdown("terminating connection due to administrator command"), cut=True),
        "broken inside": Fault(psycopg.errors.InternalError_("could not open relation mapping file")),
        "stopped in a transaction": Fault(
            psycopg.errors.IdleInTransactionSessionTimeout("terminating connection due to idle-in-transaction timeout"), cut=True
        ),
        "interface": Fault(psycopg.InterfaceError("the connection is closed"), cut=True),
        "gone": Fault(_GONE, cut=True),
        "gone for long": Fault(_GONE, cut=True, messages=12),
        "gone before the commit": Fault(_GONE, Moment.COMMIT, cut=True),
        "gone after the commit": Fault(_GONE, Moment.COMMITTED, cut=True),
    },
}


@dataclass(frozen=True)
class Site:
    """A message of an engine: the method that it called, the how-many-eth such call that was, and the number of the message in it."""

    method: str
    call: int
    message: int
    commits: bool


@dataclass
class Wire:
    """Between an engine and its database. `sites`: the messages that were sent; `fault` strikes at the one of them that is `at`."""

    database: Database
    fault: Fault | None = None
    at: Site | None = None
    sites: list[Site] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    struck: int = 0
    _calling: str = ""
    _messages: int = 0

    @contextmanager
    def calling(self, method: str) -> Iterator[None]:
        """An engine calls this method."""
        self.calls[method] += 1
        self._calling, self._messages = method, 0
        try:
            yield
        finally:
            self._calling = ""

    @contextmanager
    def between(self) -> Iterator[None]:
        """It is, until the block ends."""
        dialect, sent = self.database.engine.dialect, ("do_execute", "do_executemany")
        commit = dialect.do_commit
        for name in sent:
            event.listen(self.database.engine, name, self._stated)
        dialect.do_commit = self._committing(commit)  # type: ignore[assignment,method-assign]  # SQLAlchemy tells of no commit that fails
        try:
            yield
        finally:
            dialect.do_commit = commit  # type: ignore[method-assign]  # as it was
            for name in sent:
                event.remove(self.database.engine, name, self._stated)

    def overhears(self, driving: SqlDriving) -> None:
        """When the engine listens for what others wrote, that counts too: it is no message of SQLAlchemy's."""
        ear, heard = driving._ear, driving._ear.heard

        def hearing() -> bool:
            if isinstance(ear, DataVersion):
                self._strikes(ear._connection(), commits=False)
            elif (listening := getattr(ear, "_driver", None)) is not None:
                with suppress(psycopg.Error):  # nothing is sent there: the connection may be gone, no more
                    self._strikes(listening, commits=False)
            return heard()

        ear.heard = hearing  # type: ignore[method-assign]  # for this engine alone

    def _stated(self, cursor: Any, *_: object) -> None:
        self._strikes(cursor.connection, commits=False)

    def _committing(self, commit: Callable[[Any], None]) -> Callable[[Any], None]:
        def committed(pooled: Any) -> None:
            if self.fault is not None and self.fault.moment is Moment.COMMITTED:
                commit(pooled)
                self._strikes(pooled.driver_connection, commits=True)
            else:
                self._strikes(pooled.driver_connection, commits=True)
                commit(pooled)

        return committed

    def _strikes(self, connection: Any, *, commits: bool) -> None:
        if not self._calling:
            return
        self._messages += 1
        site = Site(self._calling, self.calls[self._calling], self._messages, commits)
        self.sites.append(site)
        if self.fault is None or (site != self.at if not self.struck else self.struck >= self.fault.messages):
            return
        self.struck += 1
        if self.fault.error is None:
            time.sleep(_DELAY)
            return
        if self.fault.cut:
            connection.close()
        raise self.fault.error


class Wired:
    """The records as an engine uses them, each of its calls told to the wire."""

    def __init__(self, driving: Driving, wire: Wire) -> None:
        self._driving, self._wire = driving, wire

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._driving, name)

        def called(*given: object) -> object:
            with self._wire.calling(name):
                return cast("object", method(*given))

        return called


def struck(sites: Sequence[Site], fault: Fault) -> dict[str, list[Site]]:
    """Where a fault can strike, by the methods that are called."""
    found: dict[str, list[Site]] = {}
    for site in sites:
        if site.commits is (fault.moment is not Moment.STATEMENT):
            found.setdefault(site.method, []).append(site)
    return found
