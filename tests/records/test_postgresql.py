"""A database of PostgreSQL's is found, made, migrated beside engines, or refused; its password is never shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command

from bakehouse.errors import Unavailable
from bakehouse.records import opening, schema
from bakehouse.records.backends import Access
from bakehouse.records.database import Records, open_home
from bakehouse.records.engines import EngineLock
from bakehouse.records.errors import BadDatabase, DatabaseDamaged, DatabaseUnusable, DriverMissing, TooNew
from bakehouse.records.migrations import running
from bakehouse.records.postgresql import Postgresql
from tests import postgres
from tests.postgres import Server
from tests.records.stories import finished, open_records, rows, write_row

DATABASES = ("postgresql",)
SECRET = "pa55/w:rd"  # noqa: S105  # of nobody
#: Every table, column, index and constraint, as PostgreSQL tells it.
LAYOUT = """
SELECT 'column', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, collation_name
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, indexdef, 0, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), 0, '', '', ''
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    """The address of a database without tables."""
    name = postgres.make()
    yield postgres.url(name)
    postgres.drop(name)


class TestAddresses:
    """What is said of an address, and what is not."""

    @pytest.mark.parametrize(
        ("url", "place"),
        [
            (f"postgresql://ann:{SECRET.replace('/', '%2F')}@db.example:5433/bake?sslmode=require", "postgresql://ann@db.example:5433/bake"),
            (f"postgres://db/bake?user=ann&password={SECRET}", "postgresql://db/bake"),
            ("postgresql:///bake?host=/run/postgresql", "postgresql:///bake"),
        ],
    )
    def test_the_password_is_never_shown(self, url: str, place: str) -> None:
        """Not in the place that errors name, nor in what the objects say of themselves."""
        backend = Postgresql(url)
        assert backend.place == place
        said = [repr(backend), repr(backend.connect()), str(backend.meant(OSError("gone")))]
        assert not any("pa55" in one for one in said)

    @pytest.mark.parametrize("url", ["mysql://u:pa55@h/d", "sqlite:///x", "pa55", "postgresql://u:pa55@h:port/d"])
    def test_what_is_no_address_is_refused(self, tmp_path: Path, url: str) -> None:
        """With the variable's name, and without a word of what stands there."""
        with pytest.raises(BadDatabase, match="BAKEHOUSE_DATABASE") as raised:
            open_home(tmp_path / "other", database=url)
        assert "pa55" not in str(raised.value)
        assert raised.value.__cause__ is None

    def test_a_server_that_is_not_there(self, tmp_path: Path) -> None:
        """Its address is named, and what to look at; the home is made, and nothing else."""
        with pytest.raises(DatabaseUnusable, match=r"postgresql://ann@127\.0\.0\.1:1/bake cannot be used") as raised:
            open_home(tmp_path / "other", database="postgresql://ann:pa55@127.0.0.1:1/bake")
        assert "pa55" not in f"{raised.value} {raised.value.remedy}"
        assert not (tmp_path / "other" / "bakehouse.db").exists()

    def test_a_database_that_is_not_there(self, postgres: Server, tmp_path: Path) -> None:
        """The reader is told how to make it."""
        with pytest.raises(DatabaseUnusable, match="does not exist"):
            open_home(tmp_path / "other", database=postgres.url("nowhere"))

    def test_a_driver_that_is_not_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The extra is named."""
        monkeypatch.setattr(opening, "POSTGRESQL", "bakehouse.records.nowhere")
        with pytest.raises(DriverMissing) as raised:
            open_home(tmp_path / "other", database="postgresql://h/d")
        assert "bakehouse[postgres]" in str(raised.value.remedy)

    def test_a_database_of_another_program(self, empty: str, tmp_path: Path) -> None:
        """It is left alone."""
        postgres.ask(empty, "CREATE TABLE recipes (name text)")
        with pytest.raises(DatabaseDamaged, match="recipes"):
            open_home(tmp_path / "other", database=empty)
        assert postgres.ask(empty, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("recipes",)]

    def test_a_table_that_is_missing(self, home: Path, records: Records) -> None:
        """Waiting will not bring it back: no engine waits."""
        run_id = finished(records, home)
        write_row(home, "DROP TABLE cache_entries")
        with pytest.raises(DatabaseDamaged, match="cache_entries") as raised:
            records.delete_run(run_id)
        assert not isinstance(raised.value, Unavailable)
        assert records.run(run_id).summary.id == run_id


class TestMigrations:
    """The tables of a database that several homes use."""

    def test_migrating_gives_what_a_fresh_database_has(self, home: Path, empty: str) -> None:
        """The same tables, columns, collations, indexes and constraints."""
        open_records(home).close()
        running.upgrade(home, Postgresql(empty))
        assert set(postgres.ask(empty, LAYOUT)) == set(rows(home, LAYOUT))
        assert postgres.ask(empty, "SELECT revision FROM releases ORDER BY revision") == [(one,) for one in schema.REVISIONS]

    def test_texts_are_compared_by_their_bytes(self, home: Path) -> None:
        """Every one of them, whatever the language of the database: pages are merged in Python."""
        open_records(home).close()
        texts = "WHERE table_schema = 'public' AND table_name <> 'alembic_version' AND data_type IN ('text', 'character varying')"
        assert rows(home, f"SELECT DISTINCT collation_name FROM information_schema.columns {texts}") == [("C",)]  # noqa: S608  # from here

    def test_an_older_database_is_brought_up_to_date_beside_engines(self, home: Path, empty: str) -> None:
        """With an engine at work on it: expanding does not disturb it."""
        at_revision(empty, schema.REVISIONS[0])
        lock = EngineLock.acquire(open_home_folder(home))
        records = open_home(home, database=empty)
        assert records.list_runs() == []
        assert postgres.ask(empty, "SELECT version_num FROM alembic_version") == [(schema.REVISIONS[-1],)]
        records.close()
        lock.release()

    def test_many_that_come_at_once_make_one_database(self, empty: str, tmp_path: Path) -> None:
        """Made once, then migrated once, by whoever is first; the others wait."""
        failures: list[BaseException] = []

        def come(number: int) -> None:
            try:
                open_home(tmp_path / f"home-{number}", database=empty).close()
            except BaseException as error:  # noqa: BLE001  # seen by the test
                failures.append(error)

        for _ in range(2):
            threads = [threading.Thread(target=come, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
            assert failures == []
            assert postgres.ask(empty, "SELECT count(*) FROM experiments") == [(1,)]
            at_revision(empty, schema.REVISIONS[0], anew=True)
            postgres.ask(empty, "DELETE FROM experiments")

    def test_one_made_by_a_newer_bakehouse(self, home: Path) -> None:
        """It says which version it needs."""
        open_records(home).close()
        write_row(home, "UPDATE alembic_version SET version_num = '0042'")
        write_row(home, "INSERT INTO releases (revision, namespace, release, at) VALUES ('0042', '', '7.3.0', 0)")
        with pytest.raises(TooNew, match=r"needs Bakehouse 7\.3\.0 or newer"):
            open_records(home)


def open_home_folder(home: Path) -> Path:
    """The folder of a home."""
    (home / "engines").mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    return home


def at_revision(url: str, revision: str, *, anew: bool = False) -> None:
    """The tables of an older release."""
    if anew:
        postgres.ask(url, "DROP SCHEMA public CASCADE")
        postgres.ask(url, "CREATE SCHEMA public")
    made = Postgresql(url).connect()
    with made.connect().execution_options(access=Access.ALONE) as db, db.begin():
        command.upgrade(running.configuration(db), revision)
    made.dispose()
