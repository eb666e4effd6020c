"""Copies of all records in one file, and back: SQLite's online copy, or the archive of `pg_dump`.

A backup holds records alone: artifacts and logs are files, and lie where they lay.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from bakehouse import clock
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.records import engines, home, opening, schema, sqlite
from bakehouse.records.backends import Backend
from bakehouse.records.errors import BackupUnusable, RecordsInUse, ToolMissing
from bakehouse.records.opening import Database, backend_of
from bakehouse.records.sqlite import Sqlite

_SQLITE, _POSTGRESQL = b"SQLite format 3\0", b"PGDMP"  # how each kind of file begins
_HEARD = text("SELECT count(*) FROM engines WHERE heartbeat_at > :since")
#: Whoever restores owns what is restored.
_OURS_ALONE = ("--no-owner", "--no-privileges")
_ATTEMPTS = text("SELECT run_id, task_id, number FROM attempts")


def backup(path: Path, url: str, target: Path) -> None:
    """Write all records of a home into a file that does not exist yet, while others may go on writing; it is there all at once.

    Raises `BackupUnusable`, `ToolMissing`, and what opening the database does.
    """
    backend = backend_of(path, url)
    if target.exists():
        raise BackupUnusable(path=str(target), why="it exists already", remedy="Name a file that does not exist.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise BackupUnusable(path=str(target), why="its folder is not there, or may not be written", remedy="Name a file in a folder of yours.")
    with closing(Database(backend)) as database:
        if isinstance(backend, Sqlite) and not backend.path.exists():
            raise BackupUnusable(path=str(target), why=f"there are no records in {path}", remedy="Set BAKEHOUSE_HOME to the home to be backed up.")
        opening.revision_in(database)
    try:
        if isinstance(backend, Sqlite):
            with opening.trouble(backend):
                sqlite.copy(backend.path, target)
        else:
            aside = target.with_name(f".{target.name}-{time.time_ns()}")
            try:
                _run("pg_dump", str(target), *_OURS_ALONE, "--format=custom", f"--file={aside}", backend=backend)
                aside.rename(target)
            finally:
                aside.unlink(missing_ok=True)
        target.chmod(0o600)
    except OSError as error:
        raise BackupUnusable(path=str(target), why=error.strerror or str(error), remedy="See that its folder exists and may be written.") from error


def restore(path: Path, url: str, source: Path) -> str:
    """Put a backup in the place of all records, which nobody may be using, and bring it up to date; the revision at which it was.

    What a file held is kept beside it. Folders of attempts that the backup does not know are put aside: its runs begin such attempts anew.
    Raises `BackupUnusable`, `RecordsInUse`, `ToolMissing`, and what opening the database does.
    """
    home.prepare(path)
    backend = backend_of(path, url)
    _check(backend, source)
    with closing(Database(backend)) as database:
        if backend.shared:
            opening.revision_in(database)  # what a newer release made there stays
        _refuse_if_used(path, database)
    if isinstance(backend, Sqlite):
        _restore_file(backend, source)
    else:
        _restore_shared(backend, source)
    with closing(Database(backend)) as database:
        revision = opening.revision_in(database)
    with closing(opening.open_database(path, clock.system, url)) as database:
        _put_aside_unknown(path, database)
    return revision


def upgrade(path: Path, url: str) -> tuple[str, str]:
    """Bring the records up to date: the revision from which, empty if there were none, and the one to which."""
    home.prepare(path)
    with closing(Database(backend_of(path, url))) as database:
        before = opening.revision_in(database)
    opening.open_database(path, clock.system, url).close()
    return before, schema.REVISIONS[-1]


def _check(backend: Backend, source: Path) -> None:
    """Whether a file is a backup for this kind of database. Raises `BackupUnusable`."""
    try:
        with source.open("rb") as file:
            begin = file.read(len(_SQLITE))
    except OSError as error:
        raise BackupUnusable(path=str(source), why=error.strerror or str(error), remedy="Name a file that `bakehouse db backup` wrote.") from error
    kind = "SQLite" if begin == _SQLITE else "PostgreSQL" if begin.startswith(_POSTGRESQL) else ""
    wanted = "SQLite" if isinstance(backend, Sqlite) else "PostgreSQL"
    if not kind:
        raise BackupUnusable(path=str(source), why="it is no backup", remedy="Name a file that `bakehouse db backup` wrote.")
    if kind != wanted:
        remedy = "Set BAKEHOUSE_DATABASE to a PostgreSQL database." if kind == "PostgreSQL" else "Unset BAKEHOUSE_DATABASE."
        raise BackupUnusable(path=str(source), why=f"it is a backup of records in {kind}, and these are in {wanted}", remedy=remedy)
    if isinstance(backend, Sqlite):
        with closing(Database(Sqlite(source))) as database:
            opening.revision_in(database)
            with database.reading() as db:
                found = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if found != "ok":
                raise BackupUnusable(path=str(source), why=f"it is damaged: {found}", remedy="Restore another backup.")


def _refuse_if_used(path: Path, database: Database) -> None:
    if engines.any_alive(path):
        raise RecordsInUse(path=database.place)
    with database.reading() as db:
        tables = set(db.execute(database.backend.tables).scalars())
        if database.backend.shared and schema.engines.name in tables:
            since = database.now(db) - engines.HEARTBEAT_LASTS
            if db.execute(_HEARD, {"since": since}).scalar_one():
                raise RecordsInUse(path=database.place)


def _restore_file(backend: Sqlite, source: Path) -> None:
    with opening.trouble(backend):
        if backend.path.exists():
            sqlite.copy(backend.path, backend.path.with_name(f"{backend.path.name}.before-restore-{time.time_ns()}"))
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(backend.path, timeout=1)) as new:
            old.backup(new)


def _restore_shared(backend: Backend, source: Path) -> None:
    """In one transaction: tables go that the backup does not know, as a newer release made them, and then come those that it has."""
    with closing(Database(backend)) as database, database.reading() as db:
        ours = sorted(set(db.execute(backend.tables).scalars()) & set(schema.metadata.tables))
    with tempfile.TemporaryDirectory(prefix="bakehouse-restore-") as folder:
        drops, script = Path(folder) / "drops.sql", Path(folder) / "records.sql"
        drops.write_text("".join(f"DROP TABLE {name} CASCADE;\n" for name in ours))
        _run("pg_restore", str(source), *_OURS_ALONE, f"--file={script}", str(source))
        at_once = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _run("psql", str(source), *at_once, f"--file={drops}", f"--file={script}", backend=backend)


def _put_aside_unknown(path: Path, database: Database) -> None:
    """An attempt is begun once in its folder: what ran after the backup was made must not stand in the way of its successors."""
    with database.reading() as db:
        known = {AttemptId(RunId(row.run_id), TaskId(row.task_id), row.number).path for row in db.execute(_ATTEMPTS)}
    for folder in (path / "runs").glob("*/*/*"):
        if folder.name.isdigit() and folder.relative_to(path / "runs").as_posix() not in known:
            folder.rename(folder.with_name(f"{folder.name}.before-restore-{time.time_ns()}"))


def _run(tool: str, file: str, *arguments: str, backend: Backend | None = None) -> None:
    """Run a program of PostgreSQL's. The password reaches it by its environment: everybody may see arguments."""
    found = shutil.which(tool)
    if found is None:
        raise ToolMissing(tool=tool)
    told, secrets = backend.for_tools() if backend is not None else ("", {})
    where = [f"--dbname={told}"] if told else []
    done = subprocess.run([found, *where, *arguments], env={**os.environ, **secrets}, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said: Sequence[str] = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BackupUnusable(path=file, why=f"{tool} says: {said[0]}", remedy="See that the database can be reached, and that this is its backup.")
