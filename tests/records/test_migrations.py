"""A database of an older Bakehouse is brought up to date, after a copy, while nobody is at work; or it stays as it is."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic import command

from bakehouse.orchestrator.states import RunState
from bakehouse.records import schema, sqlite
from bakehouse.records.backends import Access
from bakehouse.records.database import open_home
from bakehouse.records.engines import EngineLock
from bakehouse.records.errors import InUse
from bakehouse.records.migrations import running
from bakehouse.records.queries import Query
from bakehouse.records.sqlite import Sqlite
from bakehouse.records.views import StorageState
from bakehouse.version import __version__
from tests.records.stories import finished, rows

#: What PostgreSQL does is told in `test_postgresql`.
DATABASES = ("sqlite",)
REVISIONS = schema.REVISIONS
NEWEST = REVISIONS[-1]
#: What the next release might bring: a column, through a new table in the place of the old one.
NEXT = '''
"""An experiment has a description."""
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{newest}"


def upgrade() -> None:
    with op.batch_alter_table("runs", recreate="always") as batch:
        batch.add_column(sa.Column("note", sa.Text()))
    {more}
'''


def layout(path: Path) -> set[tuple[object, ...]]:
    """Every table and index of a database, as the statement that makes it.

    A table that was made anew by a migration has quotes around its name, and brackets around the defaults that it had before; a column
    that was added later has no line of its own.
    """
    db = sqlite3.connect(path)
    try:
        statement = "replace(replace(replace(sql, '\"', ''), :bracketed, :bare), char(10) || char(9), '')"
        texts = {"bracketed": "DEFAULT ('')", "bare": "DEFAULT ''"}
        return set(db.execute(f"SELECT type, name, tbl_name, {statement} FROM sqlite_master", texts))  # noqa: S608  # from here
    finally:
        db.close()


@pytest.fixture
def old(home: Path) -> Path:
    """A home as this release leaves it, with one run."""
    records = open_home(home)
    finished(records, home)
    records.close()
    return home


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program is one release further on; the folder of its scripts."""
    folder = tmp_path / "migrations"
    shutil.copytree(running.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_note.py").write_text(NEXT.format(newest=NEWEST, more=""))
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "9999"))
    monkeypatch.setattr(running, "FOLDER", folder)
    return folder


def test_migrating_gives_what_a_fresh_database_has(home: Path, tmp_path: Path) -> None:
    """From nothing to the newest revision by scripts: the same tables and indexes, to the letter."""
    open_home(home).close()
    migrated = tmp_path / "migrated.db"
    running.upgrade(home, Sqlite(migrated))
    assert layout(migrated) == layout(home / "bakehouse.db")


def test_every_script_is_known(home: Path, tmp_path: Path) -> None:
    """The list in `schema` and the folder of scripts say the same, so that a fresh database has the right stamp."""
    open_home(home).close()
    migrated = tmp_path / "migrated.db"
    running.upgrade(home, Sqlite(migrated))
    db = sqlite3.connect(migrated)
    stamps = [db.execute("SELECT version_num FROM alembic_version").fetchall(), rows(home, "SELECT version_num FROM alembic_version")]
    known = db.execute("SELECT revision FROM releases ORDER BY revision").fetchall()
    db.close()
    assert stamps == [[(schema.REVISIONS[-1],)]] * 2
    assert known == [(revision,) for revision in schema.REVISIONS]


def test_an_older_database_is_brought_up_to_date(old: Path, later: Path) -> None:
    """Its runs are there with all that belongs to them; the copy is what it was before."""
    before = layout(old / "bakehouse.db")
    records = open_home(old)
    (run,) = records.list_runs()
    assert run.state is RunState.SUCCEEDED
    assert len(records.run(run.id).tasks) == 2
    assert len(records.events(run.id)) > 10
    records.close()
    assert rows(old, "SELECT note FROM runs") == [(None,)]
    assert rows(old, "SELECT version_num FROM alembic_version") == [("9999",)]
    assert rows(old, "SELECT revision, release FROM releases ORDER BY revision") == [(revision, __version__) for revision in (*REVISIONS, "9999")]
    assert rows(old, "PRAGMA foreign_key_check") == []
    assert layout(old / "bakehouse.db.before-9999") == before
    assert later.exists()


def test_opening_again_migrates_no_more(old: Path, later: Path) -> None:
    """The copy is not made anew either."""
    open_home(old).close()
    copy = old / "bakehouse.db.before-9999"
    copy.unlink()
    open_home(old).close()
    assert not copy.exists()
    assert later.exists()


def test_no_migration_under_an_engine(old: Path, later: Path) -> None:
    """While one is at work the database stays as it is; afterwards it goes."""
    before = layout(old / "bakehouse.db")
    lock = EngineLock.acquire(old)
    with pytest.raises(InUse):
        open_home(old)
    assert layout(old / "bakehouse.db") == before
    lock.release()
    open_home(old).close()
    assert later.exists()


def test_no_migration_under_an_engine_that_came_up_meanwhile(old: Path, later: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for once more when nobody can begin to write."""
    locks: list[EngineLock] = []
    copy = sqlite.copy

    def copy_while_an_engine_starts(source: Path, target: Path) -> None:
        copy(source, target)
        locks.append(EngineLock.acquire(old))

    monkeypatch.setattr(sqlite, "copy", copy_while_an_engine_starts)
    with pytest.raises(InUse):
        open_home(old)
    assert rows(old, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    locks[0].release()
    assert later.exists()


def test_a_migration_that_fails_changes_nothing(old: Path, later: Path) -> None:
    """Scripts run in one transaction: what the first half did is undone."""
    before = layout(old / "bakehouse.db")
    (later / "versions" / "9999_note.py").write_text(NEXT.format(newest=NEWEST, more='raise RuntimeError("power cut")'))
    with pytest.raises(RuntimeError, match="power cut"):
        open_home(old)
    assert layout(old / "bakehouse.db") == before
    assert rows(old, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


def at_revision(home: Path, revision: str) -> Path:
    """The database of a home, empty but for the tables of an older release."""
    path = home / "bakehouse.db"
    open_home(home).close()
    path.unlink()
    engine = Sqlite(path).connect()
    with engine.connect().execution_options(access=Access.ALONE) as db, db.begin():
        command.upgrade(running.configuration(db), revision)
    engine.dispose()
    return path


def test_runs_learn_the_ids_of_their_experiments(home: Path) -> None:
    """Those of one that was deleted have none; the experiment for all others is there, and a home that has it keeps its own."""
    path = at_revision(home, "0003")
    columns = "namespace, pipeline_name, spec, parameters, options, origins, pipeline_root, state, created_at, epoch, seq"
    values = "'default', 'p', 's', '{}', '{}', '{}', '\"\"', 'SUCCEEDED', 1, 1, 1"
    db = sqlite3.connect(path)
    db.execute("INSERT INTO experiments (namespace, name, created_at, id) VALUES ('default', 'kept', 1, 'e1')")
    for run, experiment in (("r1", "kept"), ("r2", "deleted")):
        db.execute(f"INSERT INTO runs (id, name, experiment, {columns}) VALUES ('{run}', '{run}', '{experiment}', {values})")  # noqa: S608  # from here
    db.commit()
    db.close()
    records = open_home(home)
    assert {run.id: run.experiment_id for run in records.list_runs()} == {"r1": "e1", "r2": ""}
    found = records.experiments.get_by_name("Default", namespace="default")
    assert (found.storage_state, found.last_run_at) == (StorageState.AVAILABLE, None)
    records.close()
    another = at_revision(home.with_name("another"), "0003")
    db = sqlite3.connect(another)
    db.execute("INSERT INTO experiments (namespace, name, created_at, id, description) VALUES ('default', 'Default', 1, 'e2', 'mine')")
    db.commit()
    db.close()
    records = open_home(another.parent)
    again = records.experiments.get_by_name("Default", namespace="default")
    assert (again.id, again.description) == ("e2", "mine")
    records.close()


def test_a_copy_has_what_is_still_in_the_log(home: Path, tmp_path: Path) -> None:
    """A copy made while somebody has the database open holds everything that was committed."""
    records = open_home(home)
    run_id = finished(records, home)
    sqlite.copy(home / "bakehouse.db", tmp_path / "copy.db")
    db = sqlite3.connect(tmp_path / "copy.db")
    assert db.execute("SELECT id, state FROM runs").fetchall() == [(run_id, "SUCCEEDED")]
    db.close()
    records.close()
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_results_learn_their_pipelines(home: Path) -> None:
    """Those whose run is gone have none, and all count as before."""
    path = at_revision(home, "0004")
    columns = "namespace, pipeline_name, experiment, spec, parameters, options, origins, pipeline_root, state, created_at, epoch, seq"
    values = "'default', 'digits', 'e', 's', '{}', '{}', '{}', '\"\"', 'SUCCEEDED', 1, 1, 1"
    db = sqlite3.connect(path)
    db.execute(f"INSERT INTO runs (id, name, {columns}) VALUES ('r1', 'r1', {values})")  # noqa: S608  # from here
    entry = "INSERT INTO cache_entries (namespace, key, run_id, task_id, run_name, attempt, created_at, outputs, parts)"
    for run in ("r1", "gone"):
        db.execute(f"{entry} VALUES ('default', 'k', '{run}', 't', 'name', 1, 1, '{{}}', '{{}}')")
    db.commit()
    db.close()
    records = open_home(home)
    found = records.cache.find(Query(), namespace="default").items
    assert {(one.run_id, one.pipeline_name, one.component, one.invalidated_at) for one in found} == {
        ("r1", "digits", "", None),
        ("gone", "", "", None),
    }
    records.close()
