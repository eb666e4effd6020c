"""Opening the database: made, found, or migrated. A database that is up to date opens without Alembic."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection

from bakehouse.clock import Clock
from bakehouse.records import engines, experiments, schema, sqlite
from bakehouse.records.backends import Access, Backend
from bakehouse.records.errors import DatabaseDamaged, DriverMissing, InUse, TooNew
from bakehouse.records.sqlite import Sqlite
from bakehouse.version import __version__

#: Loaded by name, and only when a database is behind: importing Alembic takes longer than a run of one step.
MIGRATIONS = "bakehouse.records.migrations.running"
#: Loaded by name, and only where the records lie there: its driver is an extra.
POSTGRESQL = "bakehouse.records.postgresql"
#: The file in a home that holds its records, where no other database is set.
FILE = "bakehouse.db"


class Database:
    """One database, from any thread: each transaction has a connection of its own while it lasts."""

    def __init__(self, backend: Backend) -> None:
        self.backend, self.place = backend, backend.place
        self.engine = backend.connect()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises `DatabaseUnusable`, `DatabaseDamaged`."""
        with self.trouble(), self.engine.connect() as db, db.begin():
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the only writer but for engines, each of which writes its own runs. Raises `DatabaseUnusable`, `DatabaseDamaged`."""
        with self.trouble(), self.engine.connect().execution_options(access=Access.ALONE) as db, db.begin():
            yield db

    @contextmanager
    def transaction(self, db: Connection, access: Access) -> Iterator[Connection]:
        """A transaction on a connection that is kept; none stays open, however it ends. Raises `DatabaseUnusable`, `DatabaseDamaged`."""
        db.execution_options(access=access)
        try:
            with self.trouble(), db.begin():
                yield db
        except BaseException:
            _end(db)
            raise

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """What the database driver says, as `DatabaseUnusable` or `DatabaseDamaged`."""
        with trouble(self.backend):
            yield

    def now(self, db: Connection) -> float:
        """The time by the database's clock, in seconds since the epoch."""
        return float(db.execute(self.backend.clock).scalar_one())

    def up_since(self, db: Connection) -> float:
        """Since when the database has been there, by its clock: 0 for a file, which always is."""
        return float(db.execute(self.backend.up_since).scalar_one())

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()


def _end(db: Connection) -> None:
    """Leave no transaction open: SQLAlchemy takes a commit that failed for the end of one, but the driver may still be in it, and keep others out."""
    if db.closed or db.invalidated:
        return
    try:
        db.connection.rollback()
    except db.dialect.loaded_dbapi.Error:
        db.invalidate()


@contextmanager
def trouble(backend: Backend) -> Iterator[None]:
    """What the driver of a database says, as `DatabaseUnusable` or `DatabaseDamaged`."""
    try:
        yield
    except IntegrityError:
        raise  # says something about a row, not about the database
    except DBAPIError as error:
        meant = backend.meant(error.orig or error)
        if meant is None:
            raise
        raise meant from error
    except (sqlite3.Error, NoConnection) as error:  # from the set-up of a connection, which SQLAlchemy does not wrap; from its pool
        raise backend.meant(error) or error from error


def backend_of(home: Path, url: str = "") -> Backend:
    """The database that a URL names; that of the home where it is empty. Raises `BadDatabase`, `DriverMissing`."""
    if not url:
        return Sqlite(home / FILE)
    try:
        postgresql = importlib.import_module(POSTGRESQL)
    except ImportError as error:
        raise DriverMissing(why=str(error)) from error
    made: Backend = postgresql.Postgresql(url)
    return made


def open_database(home: Path, clock: Clock, url: str = "") -> Database:
    """The database of a home, at the newest revision.

    Raises `DatabaseUnusable`, `DatabaseDamaged`, `TooNew`, `InUse`, `BadDatabase`, `DriverMissing`.
    """
    database = Database(backend_of(home, url))
    try:
        revision = revision_in(database) or _create(database, clock)
        if revision != schema.REVISIONS[-1]:
            migrate(home, database)
    except BaseException:
        database.close()
        raise
    return database


# ---------------------------------------------------------------- which revision


def revision_of(db: Connection) -> str:
    """The revision at which the database is."""
    return str(db.execute(select(schema.version.c.version_num)).scalar_one())


def revision_in(database: Database) -> str:
    """The revision of the database, empty if it is fresh. Raises `TooNew` where this program does not know it."""
    with database.reading() as db:
        tables = set(db.execute(database.backend.tables).scalars())
        if not tables:
            return ""
        if schema.version.name not in tables:
            raise DatabaseDamaged(path=database.place, why=f"it is not Bakehouse's: it has tables such as {min(tables)}")
        revision = revision_of(db)
        if revision not in schema.REVISIONS:
            newest = select(func.max(schema.releases.c.release)).where(schema.releases.c.revision == revision)
            raise TooNew(path=database.place, revision=revision, release=db.execute(newest).scalar() or "")
        return revision


def _create(database: Database, clock: Clock) -> str:
    """All tables in one transaction; the revision. Another process may have been first."""
    with database.writing() as db:
        if schema.version.name in set(db.execute(database.backend.tables).scalars()):
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


def migrate(home: Path, database: Database) -> None:
    """To the newest revision. A file is copied before, and no engine may be at work on it; a database that homes share grows under them."""
    backend = database.backend
    if isinstance(backend, Sqlite):
        if engines.any_alive(home):
            raise InUse(path=database.place)
        with database.trouble():
            sqlite.copy(backend.path, backend.path.with_name(f"{backend.path.name}.before-{schema.REVISIONS[-1]}"))
    database.close()
    with database.trouble():
        importlib.import_module(MIGRATIONS).upgrade(home, backend)
