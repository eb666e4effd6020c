"""The database of every home: SQLite, one file, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry

from bakehouse.records.backends import Access, Ear
from bakehouse.records.errors import DatabaseDamaged, DatabaseUnusable

#: How long one transaction waits for another process's.
BUSY_MS = 15_000
_LOOK = 0.005  # seconds between tries where SQLite itself does not wait
#: What SQLite says when waiting does not help.
_DAMAGE = ("not a database", "malformed", "no such table", "no such column", "unsupported file format")
_NO_SPACE = ("there is no space left on its disk", "Free some space on that disk, then try again; runs that are driven go on by themselves.")
_LEAST_ROOM = 1 << 20  # bytes; with less, SQLite cannot make the files beside its database larger, and calls that an I/O error
#: What SQLite says, what it means, and what the reader can do.
_TROUBLES = (
    ("locked", "another process has kept it locked for too long", "If one of Bakehouse's processes is stopped or hangs, end it; then try again."),
    ("full", *_NO_SPACE),
    ("readonly", "it may not be written", "See that you own it, that its mode allows writing, and that its disk is not mounted read-only."),
    ("unable to open", "it cannot be opened", "See that it is a file that you may read and write, and that files can be made beside it."),
)


class Sqlite:
    """`records.backends.Backend` on a file."""

    shared = False
    tables = text("SELECT name FROM sqlite_master WHERE type = 'table'")
    clock = text("SELECT (julianday('now') - 2440587.5) * 86400.0")
    up_since = text("SELECT 0.0")

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, str(path)

    def connect(self) -> Engine:
        """WAL, transactions that take the write lock when they begin, waits of up to 15 s for it."""
        engine = create_engine(
            URL.create("sqlite", database=self.place), connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000}, max_overflow=-1
        )

        def prepared(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
            connection.isolation_level = None  # transactions are ours: see `begun`
            _set_up(connection)

        def begun(connection: Connection) -> None:
            # A transaction that reads first and writes later could not be retried by SQLite: writers say so at once.
            reads = connection.get_execution_options().get("access", Access.READING) is Access.READING
            connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

        event.listen(engine, "connect", prepared)
        event.listen(engine, "begin", begun)
        return engine

    def meant(self, error: BaseException) -> DatabaseUnusable | DatabaseDamaged:
        """What SQLite's error says of the file."""
        said = str(error)
        if any(each in said for each in _DAMAGE):
            return DatabaseDamaged(path=self.place, why=said)
        for word, why, remedy in _TROUBLES:
            if word in said:
                return DatabaseUnusable(path=self.place, why=f"{why} ({said})", remedy=remedy)
        if "I/O error" in said and _room(self.path) < _LEAST_ROOM:
            why, remedy = _NO_SPACE
            return DatabaseUnusable(path=self.place, why=f"{why} ({said})", remedy=remedy)
        return DatabaseUnusable(path=self.place, why=said, remedy="See that its disk works and has room.")

    def for_tools(self) -> tuple[str, Mapping[str, str]]:
        """No program needs to be told: the file is read here."""
        return "", {}

    def ear(self, own: Callable[[], Connection] | None = None) -> Ear:
        """`PRAGMA data_version`, which tells what others have written since it was asked last on the same connection."""
        if own is not None:
            return DataVersion(lambda: _driver(own()), close=lambda: None)
        db = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False)
        return DataVersion(lambda: db, close=db.close)


class DataVersion:
    """`records.backends.Ear` on a connection."""

    def __init__(self, connection: Callable[[], sqlite3.Connection], *, close: Callable[[], None]) -> None:
        self._connection, self._close, self._known = connection, close, -1

    def heard(self) -> bool:
        """Whether any other connection has committed since the last call."""
        (version,) = self._connection().execute("PRAGMA data_version").fetchone()
        known, self._known = self._known, int(version)
        return self._known != known

    def close(self) -> None:
        """Let go of the connection, if it is the ear's own."""
        self._close()


def _set_up(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            break
        except sqlite3.OperationalError as error:
            # Two that open a fresh file at the same time: SQLite does not wait here, it would be a deadlock.
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_LOOK)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _driver(db: Connection) -> sqlite3.Connection:
    connection = db.connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # for the type checker
    return connection


def let_references_dangle(db: Connection) -> None:
    """Tables that are made anew and renamed must not take the rows that refer to them along. No effect within a transaction."""
    _driver(db).execute("PRAGMA foreign_keys=OFF").close()


def _room(path: Path) -> int:
    """Bytes that are free on the disk of a file; many where that cannot be told."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return _LEAST_ROOM
    return found.f_bavail * found.f_frsize


def copy(source: Path, target: Path) -> None:
    """A copy of a database that others may be writing to; there all at once. Raises `sqlite3.Error`."""
    aside = target.with_name(f".{target.name}-{time.time_ns()}")
    old, new = sqlite3.connect(source), sqlite3.connect(aside)
    try:
        old.backup(new)
        new.close()
        aside.rename(target)
    finally:
        old.close()
        new.close()
        aside.unlink(missing_ok=True)
