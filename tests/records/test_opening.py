"""A database is made, found, or refused with a reason and a remedy; and it opens quickly."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Pool, event

from bakehouse.errors import BakehouseError, Unavailable
from bakehouse.orchestrator.states import RunMove, TaskMove
from bakehouse.records import opening, schema, sqlite
from bakehouse.records.database import Records, open_home
from bakehouse.records.errors import DatabaseDamaged, DatabaseUnusable, TooNew
from bakehouse.records.sqlite import Sqlite
from bakehouse.version import __version__
from tests.records.stories import Teller, engine, finished, new_run, nobody, rows, write_row

#: What is told here is told of files.
DATABASES = ("sqlite",)


def closed_home(home: Path) -> Path:
    """A home with one run that went well; its database."""
    records = open_home(home)
    finished(records, home)
    records.close()
    return home / "bakehouse.db"


@contextmanager
def connections() -> Iterator[list[sqlite3.Connection]]:
    """The connections that are taken out of a pool meanwhile, as SQLite's own."""
    opened: list[sqlite3.Connection] = []

    def taken(connection: sqlite3.Connection, *_: object) -> None:
        opened.append(connection)

    event.listen(Pool, "checkout", taken)
    try:
        yield opened
    finally:
        event.remove(Pool, "checkout", taken)


class TestSetUp:
    """How the database is used."""

    def test_every_connection_is_set_up(self, home: Path) -> None:
        """Write-ahead log, syncs that survive a crash of the program, foreign keys, and patience."""
        closed_home(home)
        assert rows(home, "PRAGMA journal_mode") == [("wal",)]
        with closing(opening.Database(Sqlite(home / "bakehouse.db"))) as database, database.reading() as db:
            settings = {name: db.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys", "busy_timeout")}
        assert settings == {"synchronous": 1, "foreign_keys": 1, "busy_timeout": 15_000}

    def test_a_fresh_database_is_stamped(self, home: Path) -> None:
        """With the newest revision, and the release that made it."""
        path = closed_home(home)
        assert rows(home, "SELECT version_num FROM alembic_version") == [(schema.REVISIONS[-1],)]
        assert rows(home, "SELECT revision, release FROM releases") == [(revision, __version__) for revision in schema.REVISIONS]
        assert path.stat().st_size > 0

    def test_neither_making_nor_opening_loads_alembic(self, home: Path) -> None:
        """It costs more than a run of one step."""
        program = (
            "import pathlib, sys\n"
            "from bakehouse.records.database import open_home\n"
            "for _ in range(2):\n"
            "    open_home(pathlib.Path(sys.argv[1])).close()\n"
            "print('alembic' in sys.modules)\n"
        )
        assert subprocess.check_output([sys.executable, "-c", program, str(home)], text=True) == "False\n"

    def test_every_table_has_a_namespace(self) -> None:
        """But the one that is Alembic's."""
        assert [table.name for table in schema.metadata.sorted_tables if "namespace" not in table.c] == ["alembic_version"]

    def test_the_time_is_the_databases(self, tmp_path: Path) -> None:
        """Seconds since the epoch, with fractions."""
        with closing(opening.Database(Sqlite(tmp_path / "bakehouse.db"))) as database, database.reading() as db:
            assert abs(database.now(db) - time.time()) < 1


class TestRefusing:
    """What cannot be used."""

    @pytest.mark.parametrize("content", [b"no database, but text" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
    def test_a_file_that_is_no_database(self, home: Path, content: bytes) -> None:
        """It stays as it is, and the reader is told to move it aside. Waiting would not help, so no engine waits."""
        path = closed_home(home)
        path.write_bytes(content)
        with pytest.raises(DatabaseDamaged) as raised:
            open_home(home)
        assert not isinstance(raised.value, Unavailable)
        assert raised.value.place == str(path)
        assert "aside" in str(raised.value.remedy)
        assert path.read_bytes() == content

    def test_a_broken_page(self, home: Path) -> None:
        """Damage that shows only later is said then."""
        path = closed_home(home)
        content = bytearray(path.read_bytes())
        content[4096:] = b"\xee" * (len(content) - 4096)
        path.write_bytes(bytes(content))
        with pytest.raises(DatabaseDamaged):
            open_home(home).list_runs()

    def test_somebody_elses_database(self, home: Path) -> None:
        """A SQLite file of another program is not written to."""
        home.mkdir(mode=0o700)
        with sqlite3.connect(home / "bakehouse.db") as db:
            db.execute("CREATE TABLE recipes (name TEXT)")
        db.close()
        with pytest.raises(DatabaseDamaged, match="recipes"):
            open_home(home)
        assert rows(home, "SELECT name FROM sqlite_master") == [("recipes",)]

    def test_tables_that_are_missing(self, home: Path) -> None:
        """A database that lost a table is damaged, which no waiting will repair."""
        closed_home(home)
        write_row(home, "DROP TABLE cache_entries")
        records = open_home(home)
        run_id = records.find("latest")
        with pytest.raises(DatabaseDamaged, match="cache_entries"):
            records.delete_run(run_id)
        assert records.run(run_id).summary.id == run_id
        records.close()

    def test_one_made_by_a_newer_bakehouse(self, home: Path) -> None:
        """It says which version it needs, and is not touched."""
        closed_home(home)
        write_row(home, "UPDATE alembic_version SET version_num = '0042'")
        write_row(home, "INSERT INTO releases (revision, namespace, release, at) VALUES ('0042', '', '7.3.0', 0)")
        with pytest.raises(TooNew, match=r"needs Bakehouse 7\.3\.0 or newer") as raised:
            open_home(home)
        assert "bakehouse>=7.3.0" in str(raised.value.remedy)

    def test_one_made_by_who_knows_whom(self, home: Path) -> None:
        """A revision without a release is refused as well."""
        closed_home(home)
        write_row(home, "UPDATE alembic_version SET version_num = '0042'")
        with pytest.raises(TooNew, match="needs a newer Bakehouse"):
            open_home(home)

    def test_one_that_was_migrated_meanwhile(self, home: Path, records: Records) -> None:
        """An engine that comes up on records which were opened before that is refused."""
        write_row(home, "UPDATE alembic_version SET version_num = '0042'")
        with pytest.raises(TooNew), engine(records, home):
            pass

    def test_locked_for_too_long(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """After 15 s (here less) the reader is told, with what may be the reason; afterwards it goes on."""
        monkeypatch.setattr(sqlite, "BUSY_MS", 50)
        closed_home(home)
        records = open_home(home)
        other = sqlite3.connect(home / "bakehouse.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnusable, match="locked for too long") as raised:
            records.create_run(new_run())
        assert "stopped" in str(raised.value.remedy)
        assert len(records.list_runs()) == 1
        other.execute("ROLLBACK")
        other.close()
        records.create_run(new_run())
        assert len(records.list_runs()) == 2
        records.close()

    def test_a_full_disk_while_an_engine_writes(self, home: Path) -> None:
        """Nothing of the transaction is there; the engine may try again, and then it is."""
        records = open_home(home)
        run_id = records.create_run(new_run())
        told = Teller(run_id)
        with connections() as opened, engine(records, home) as driver:
            epoch = driver.take(run_id)
            before = records.events(run_id)
            for connection in opened:  # each has a limit of its own
                (pages,) = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA max_page_count = {pages}").close()
            large = told.run(RunMove.STARTED), told.task("first", TaskMove.RELEASED, why="x" * 100_000)
            with pytest.raises(DatabaseUnusable, match="no space left"):
                driver.driving.write(run_id, epoch, large)
            assert records.events(run_id) == before
            for connection in opened:
                connection.execute("PRAGMA max_page_count = 1000000").close()
            driver.driving.write(run_id, epoch, large)
        assert records.run(run_id).tasks[0].why == "x" * 100_000
        records.close()

    @pytest.mark.parametrize(("free", "why"), [(10, "no space left"), (1000, "disk I/O error")])
    def test_an_io_error_on_a_full_disk_is_a_full_disk(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, why: str) -> None:
        """SQLite calls it so when a file beside the database cannot grow; where there is room it is what it says."""
        room = SimpleNamespace(f_bavail=free, f_frsize=4096)
        monkeypatch.setattr(os, "statvfs", lambda _path: room)
        with pytest.raises(DatabaseUnusable, match=why) as raised, opening.trouble(Sqlite(tmp_path / "bakehouse.db")):
            raise sqlite3.OperationalError("disk I/O error")
        assert ("Free some space" in str(raised.value.remedy)) is (free == 10)

    def test_a_file_that_may_not_be_read(self) -> None:
        """A database of mode 000 is named, with what to look at."""
        with nobody() as folder:
            closed_home(folder / "home").chmod(0)
            with pytest.raises(DatabaseUnusable, match="cannot be opened") as raised:
                open_home(folder / "home")
        assert raised.value.remedy

    def test_a_file_that_may_not_be_written(self) -> None:
        """A database of mode 400 is refused when something is to be written."""
        with nobody() as folder:
            closed_home(folder / "home").chmod(0o400)
            records = open_home(folder / "home")
            with pytest.raises(DatabaseUnusable, match="may not be written"):
                records.create_run(new_run())
            records.close()

    def test_every_refusal_can_be_shown(self) -> None:
        """Whatever SQLite says, the reader gets a message and a remedy."""
        for said in ("database is locked", "disk I/O error", "attempt to write a readonly database", "file is not a database", "something new"):
            with pytest.raises(BakehouseError) as raised, opening.trouble(Sqlite(Path("/h/bakehouse.db"))):
                raise sqlite3.OperationalError(said)
            assert said in raised.value.message
            assert raised.value.remedy


def test_a_home_can_be_moved(home: Path, tmp_path: Path) -> None:
    """No path of the home is in its own records."""
    closed_home(home)
    home.rename(tmp_path / "moved")
    records = open_home(tmp_path / "moved")
    assert len(records.list_runs()) == 1
    records.close()
