"""Engines of several homes on PostgreSQL: who hears of whom, behind poolers too, and what becomes of connections that break."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from bakehouse.orchestrator.errors import Displaced
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import RunMove, RunState
from bakehouse.records import postgresql
from bakehouse.records.database import Records, open_home
from bakehouse.records.engines import EngineLock
from bakehouse.records.errors import DatabaseUnusable
from bakehouse.records.postgresql import Postgresql
from tests.postgres import Pooler, Server
from tests.records.stories import Driver, Hand, Teller, database_of, engine, finished, new_run, rows, write_row

DATABASES = ("postgresql",)
UP_SINCE = Postgresql.up_since  # which other tests do without


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine."""
    with engine(records, home) as made:
        yield made


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait for something; how long it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)
    return time.monotonic() - begun


class TestNotifications:
    """Who hears of what."""

    def test_an_engine_hears_of_others_and_not_of_itself(self, home: Path, records: Records, driver: Driver) -> None:
        """Not of heartbeats either."""
        assert driver.driving.changed()
        run_id = records.create_run(new_run())
        wait_until(driver.driving.changed)
        with engine(records, home) as other:
            epoch = driver.take(run_id)
            driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])
            other.driving.beat()
            driver.driving.beat()
            time.sleep(0.2)
            assert not driver.driving.changed()
            records.request(run_id, RequestKind.TERMINATE, "ann")
            assert wait_until(driver.driving.changed) < 1

    def test_a_watch_hears_of_everybody(self, records: Records, driver: Driver) -> None:
        """Whatever was written by whom; it counts up."""
        with closing(records.watch()) as watch:
            assert watch.version() == 1
            assert watch.version() == 1
            run_id = records.create_run(new_run())
            wait_until(lambda: watch.version() == 2)
            driver.take(run_id)
            wait_until(lambda: watch.version() == 3)

    def test_a_connection_that_broke_is_made_again(self, home: Path, records: Records, driver: Driver) -> None:
        """Something may have been missed meanwhile, so it says yes."""
        driver.driving.changed()
        write_row(home, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
        wait_until(driver.driving.changed)
        records.create_run(new_run())
        wait_until(driver.driving.changed)


class TestPooler:
    """Behind PgBouncer, which lends a connection for one transaction."""

    @pytest.fixture
    def pooled(self, postgres: Server, home: Path) -> Iterator[str]:
        """The address of the database by way of PgBouncer."""
        with Pooler(postgres) as pooler:
            yield database_of(home).replace(f"host={postgres.folder}", f"host=127.0.0.1&port={pooler.port}")

    def test_runs_go_on_by_polling_and_it_is_said_once(self, home: Path, pooled: str, caplog: pytest.LogCaptureFixture) -> None:
        """Every second there is something to look for; several engines and a watch say so once."""
        with caplog.at_level(logging.WARNING), closing(open_home(home, database=pooled)) as records:
            with engine(records, home) as one, engine(records, home) as other, closing(records.watch()) as watch:
                for driver in (one, other):
                    assert driver.driving.changed()
                    assert not driver.driving.changed()
                before = watch.version()
                assert 0.5 < wait_until(one.driving.changed) < 2
                wait_until(lambda: watch.version() > before)
                run_ids = [finished(records, home) for _ in range(5)]
            assert {records.run(run_id).summary.state for run_id in run_ids} == {RunState.SUCCEEDED}
        assert [record.message for record in caplog.records if "LISTEN" in record.message] == [
            (
                f"{Postgresql(pooled).place} is behind a connection pooler, on which LISTEN does not work: "
                "what others recorded is looked for every second"
            )
        ]


class TestBroken:
    """Connections that break in the middle of something."""

    def test_readers_do_not_notice(self, home: Path, records: Records) -> None:
        """Connections that broke while nobody used them are replaced."""
        run_id = finished(records, home)
        cut(home)
        assert records.run(run_id).summary.state is RunState.SUCCEEDED

    def test_an_engine_waits_and_writes_again(self, home: Path, records: Records, driver: Driver) -> None:
        """Its own connection is made anew; nothing is there by halves."""
        run_id = records.create_run(new_run())
        epoch, told = driver.take(run_id), Teller(run_id)
        changes = [told.run(RunMove.STARTED), *told.done("first")]
        cut(home)
        with pytest.raises(DatabaseUnusable):
            driver.driving.write(run_id, epoch, changes)
        assert rows(home, "SELECT count(*) FROM events") == [(2,)]
        driver.driving.write(run_id, epoch, changes)
        assert records.run(run_id).tasks[0].outputs is not None

    @pytest.mark.parametrize("committed", [True, False])
    def test_a_commit_whose_answer_is_lost(self, records: Records, driver: Driver, *, committed: bool) -> None:
        """Written again it is there once, whether it had been committed or not; also if somebody archived the run meanwhile."""
        run_id = records.create_run(new_run())
        epoch, told = driver.take(run_id), Teller(run_id)
        changes = [told.run(RunMove.STARTED), *told.done("first")]
        with breaking_commits(committed=committed), pytest.raises(DatabaseUnusable):
            driver.driving.write(run_id, epoch, changes)
        records.archive(run_id)
        driver.driving.write(run_id, epoch, changes)
        driver.driving.write(run_id, epoch, [*told.done("second"), told.run(RunMove.SUCCEEDED)])
        found = records.events(run_id)
        assert [one.seq for one in found] == list(range(1, len(found) + 1))
        assert len({(one.kind, one.task_id, one.at) for one in found}) == len(found)
        assert records.run(run_id).summary.state is RunState.SUCCEEDED

    @pytest.mark.parametrize("committed", [True, False])
    def test_a_run_whose_taking_is_not_known(self, records: Records, driver: Driver, *, committed: bool) -> None:
        """It is free for everybody afterwards, this engine too."""
        run_id = records.create_run(new_run())
        with breaking_commits(committed=committed), pytest.raises(DatabaseUnusable):
            driver.driving.take(run_id)
        assert driver.driving.free_runs() == [run_id]
        epoch = driver.take(run_id)
        assert epoch == (2 if committed else 1)
        assert driver.driving.free_runs() == []
        driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])

    def test_a_lock_that_is_held_for_too_long(self, records: Records, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody who stopped in the middle of a transaction holds others up for 15 s (here less), and they are told."""
        run_id = records.create_run(new_run())
        epoch = driver.take(run_id)
        begin = {access: text.replace("lock_timeout = '15s'", "lock_timeout = '100ms'") for access, text in postgresql._BEGIN.items()}
        monkeypatch.setattr(postgresql, "_BEGIN", begin)
        with records._database.writing() as db:
            db.exec_driver_sql("UPDATE runs SET seq = seq")
            with pytest.raises(DatabaseUnusable, match="locked for too long"):
                driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])
        driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])


class TestHomes:
    """Engines of several homes on one database."""

    @pytest.fixture
    def far(self, home: Path, tmp_path: Path, hand: Hand) -> Iterator[Records]:
        """The records as another home has them."""
        opened = open_home(tmp_path / "far", hand, database=database_of(home))
        yield opened
        opened.close()

    def test_an_engine_of_another_home_is_gone_after_ten_seconds_of_silence(
        self, home: Path, records: Records, driver: Driver, far: Records, tmp_path: Path
    ) -> None:
        """By the database's clock; and when it comes back it is told that its run is driven elsewhere."""
        run_id = records.create_run(new_run())
        with engine(far, tmp_path / "far") as other:
            epoch = other.take(run_id)
            assert driver.driving.free_runs() == []
            assert not driver.driving.overdue()
            write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 11 WHERE id = ?", other.lock.id)
            assert driver.driving.free_runs() == [run_id]
            driver.take(run_id)
            with pytest.raises(Displaced) as raised:
                other.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])
            assert raised.value.elsewhere

    def test_nobody_is_gone_who_could_not_be_heard(self, home: Path, records: Records, driver: Driver, far: Records, tmp_path: Path) -> None:
        """After the database was away, every engine has ten seconds to say that it lives."""
        run_id = records.create_run(new_run())
        with engine(far, tmp_path / "far") as other:
            other.take(run_id)
            write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 60 WHERE id = ?", other.lock.id)
            assert driver.driving.free_runs() == [run_id]
            cut(home)
            with pytest.raises(DatabaseUnusable):
                driver.driving.beat()
            driver.driving.beat()
            assert driver.driving.free_runs() == []

    def test_silence_counts_from_when_the_server_began(
        self, home: Path, records: Records, driver: Driver, far: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An engine that comes up together with the server does not take the runs of those that have not come back yet."""
        run_id = records.create_run(new_run())
        with engine(far, home.parent / "far") as other:
            other.take(run_id)
            write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 60 WHERE id = ?", other.lock.id)
            for seconds, free in ((5, []), (11, [run_id])):
                monkeypatch.setattr(Postgresql, "up_since", text(f"SELECT extract(epoch FROM clock_timestamp()) - {seconds}"))  # noqa: S608
                assert driver.driving.free_runs() == free
        with records._database.reading() as db:
            assert time.time() - 86_400 < float(db.execute(UP_SINCE).scalar_one()) <= time.time()

    def test_a_run_that_waits_for_its_own_engine_is_not_taken_by_another_home(
        self, home: Path, records: Records, far: Records, tmp_path: Path
    ) -> None:
        """The row of the engine is there with the run, though the engine has not begun to drive."""
        lock = EngineLock.acquire(home)
        records.create_run(new_run(engine=lock.id))
        with engine(far, tmp_path / "far") as other:
            assert other.driving.free_runs() == []
        lock.release()


def cut(home: Path) -> None:
    """End all connections of a database."""
    write_row(home, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


@contextmanager
def breaking_commits(*, committed: bool) -> Iterator[None]:
    """The connection breaks when a transaction is committed: before the server has heard of it, or before its answer arrives."""
    commit = psycopg.Connection.commit

    def broken(connection: psycopg.Connection[object]) -> None:
        if committed:
            commit(connection)
        connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Connection, "commit", broken)
        yield
