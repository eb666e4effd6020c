"""Opening the database of a home: made, found, or migrated. A database that is up to date opens without Alembic."""

from __future__ import annotations

import importlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from bakehouse.clock import Clock
from bakehouse.records import engines, experiments, schema
from bakehouse.records.errors import DatabaseDamaged, DatabaseUnusable, InUse, TooNew
from bakehouse.version import __version__

#: Loaded by name, and only when a database is behind: importing Alembic takes longer than a run of one step.
MIGRATIONS = "bakehouse.records.migrations.running"
#: How long one transaction waits for another process's.
BUSY_MS = 15_000
_LOOK = 0.005  # seconds between tries where SQLite itself does not wait
_TABLES = text("SELECT name FROM sqlite_master WHERE type = 'table'")
#: The time by the database's clock, which all engines on it share.
_NOW = {
    "sqlite": text("SELECT (julianday('now') - 2440587.5) * 86400.0"),
    "postgresql": text("SELECT extract(epoch FROM clock_timestamp())"),
}
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


class Database:
    """One database, from any thread: each transaction has a connection of its own while it lasts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = connect(path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises `DatabaseUnusable`, `DatabaseDamaged`."""
        with trouble(self.path), self.engine.connect() as db, db.begin():
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the only writer. Raises `DatabaseUnusable`, `DatabaseDamaged`."""
        with trouble(self.path), self.engine.connect().execution_options(writes=True) as db, db.begin():
            yield db

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()


def open_database(home: Path, clock: Clock) -> Database:
    """The database of a home, at the newest revision. Raises `DatabaseUnusable`, `DatabaseDamaged`, `TooNew`, `InUse`."""
    database = Database(home / "bakehouse.db")
    try:
        revision = _revision(database) or _create(database, clock)
        if revision != schema.REVISIONS[-1]:
            _migrate(home, database)
    except BaseException:
        database.close()
        raise
    return database


def connect(path: Path) -> Engine:
    """An engine on a SQLite file: WAL, transactions that take the write lock when they begin, waits of up to 15 s for it."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000}, max_overflow=-1
    )

    def prepared(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are ours: see `begun`
        _set_up(connection)

    def begun(connection: Connection) -> None:
        # A transaction that reads first and writes later could not be retried by SQLite: writers say so at once.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepared)
    event.listen(engine, "begin", begun)
    return engine


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


@contextmanager
def trouble(path: Path) -> Iterator[None]:
    """What the database driver says, as `DatabaseUnusable` or `DatabaseDamaged`."""
    try:
        yield
    except IntegrityError:
        raise  # says something about a row, not about the database
    except DBAPIError as error:
        raise _meant(path, str(error.orig)) from error
    except sqlite3.Error as error:  # from the set-up of a connection, which SQLAlchemy does not wrap
        raise _meant(path, str(error)) from error


def _meant(path: Path, said: str) -> DatabaseUnusable | DatabaseDamaged:
    if any(each in said for each in _DAMAGE):
        return DatabaseDamaged(path=str(path), why=said)
    for word, why, remedy in _TROUBLES:
        if word in said:
            return DatabaseUnusable(path=str(path), why=f"{why} ({said})", remedy=remedy)
    if "I/O error" in said and _room(path) < _LEAST_ROOM:
        why, remedy = _NO_SPACE
        return DatabaseUnusable(path=str(path), why=f"{why} ({said})", remedy=remedy)
    return DatabaseUnusable(path=str(path), why=said, remedy="See that its disk works and has room.")


def _room(path: Path) -> int:
    """Bytes that are free on the disk of a file; many where that cannot be told."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return _LEAST_ROOM
    return found.f_bavail * found.f_frsize


def now(db: Connection) -> float:
    """The time by the database's clock, in seconds since the epoch."""
    return float(db.execute(_NOW[db.dialect.name]).scalar_one())


# ---------------------------------------------------------------- which revision


def revision_of(db: Connection) -> str:
    """The revision at which the database is."""
    return str(db.execute(select(schema.version.c.version_num)).scalar_one())


def _revision(database: Database) -> str:
    """The revision of the database, empty if it is fresh. Raises `TooNew` where this program does not know it."""
    with database.reading() as db:
        tables = set(db.execute(_TABLES).scalars())
        if not tables:
            return ""
        if schema.version.name not in tables:
            raise DatabaseDamaged(path=str(database.path), why=f"it is not Bakehouse's: it has tables such as {min(tables)}")
        revision = revision_of(db)
        if revision not in schema.REVISIONS:
            newest = select(func.max(schema.releases.c.release)).where(schema.releases.c.revision == revision)
            raise TooNew(path=str(database.path), revision=revision, release=db.execute(newest).scalar() or "")
        return revision


def _create(database: Database, clock: Clock) -> str:
    """All tables in one transaction; the revision. Another process may have been first."""
    with database.writing() as db:
        if schema.version.name in set(db.execute(_TABLES).scalars()):
            return revision_of(db)
        schema.metadata.create_all(db, checkfirst=False)
        stamp(db, at=clock())
        experiments.insert_default(db, at=clock())
        return schema.REVISIONS[-1]


def stamp(db: Connection, *, at: float) -> None:
    """Say in a database that was just made at which revision it is, and which release made it."""
    db.execute(schema.version.insert().values(version_num=schema.REVISIONS[-1]))
    for revision in schema.REVISIONS:
        db.execute(schema.releases.insert().values(revision=revision, namespace="", release=__version__, at=at))


def _migrate(home: Path, database: Database) -> None:
    """To the newest revision, after a copy, while no engine is at work."""
    if engines.any_alive(home):
        raise InUse(path=str(database.path))
    copy(database.path, database.path.with_name(f"{database.path.name}.before-{schema.REVISIONS[-1]}"))
    database.close()
    with trouble(database.path):
        importlib.import_module(MIGRATIONS).upgrade(home, database.path)


def copy(source: Path, target: Path) -> None:
    """A copy of a database that others may be writing to; there all at once."""
    aside = target.with_name(f".{target.name}-{time.time_ns()}")
    with trouble(source):
        old, new = sqlite3.connect(source), sqlite3.connect(aside)
        try:
            old.backup(new)
        finally:
            old.close()
            new.close()
    aside.rename(target)
