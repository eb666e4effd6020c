"""A backup holds everything, is refused where it does not belong, and never goes over records that somebody uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.orchestrator.states import RunMove, RunState, TaskMove
from bakehouse.records import backups, schema
from bakehouse.records.database import Records, open_home
from bakehouse.records.errors import BackupUnusable, RecordsInUse, ToolMissing
from tests.records.stories import Teller, database_of, engine, finished, new_run, open_records, rows, write_row
from tests.records.test_upgrading import put_back


def everything(home: Path) -> dict[str, list[str]]:
    """All rows of all tables."""
    return {table: sorted(map(repr, rows(home, f"SELECT * FROM {table}"))) for table in schema.metadata.tables}  # noqa: S608  # names of ours


def age(home: Path) -> None:
    """As if the last engine had gone a while ago."""
    write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 60")


def test_there_and_back(records: Records, home: Path, tmp_path: Path) -> None:
    """Made beside an engine at work; what came later is gone, all else is as it was, and a run in flight goes on."""
    over = finished(records, home)
    run_id = records.create_run(new_run())
    told, file = Teller(run_id), tmp_path / "backup"
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")])
        backups.backup(home, database_of(home), file)
        before = everything(home)
        driver.driving.write(run_id, epoch, [told.failed("first"), told.task("first", TaskMove.FAILED)])
    records.delete_run(over)
    for number in (1, 2):
        (home / "runs" / run_id / "first" / str(number)).mkdir(parents=True)
    age(home)
    records.close()
    assert backups.restore(home, database_of(home), file) == schema.REVISIONS[-1]
    assert everything(home) == before
    assert file.stat().st_mode & 0o777 == 0o600
    again = open_records(home)
    assert again.run(over).summary.state is RunState.SUCCEEDED
    age(home)
    with engine(again, home) as driver:
        assert driver.driving.free_runs() == [run_id]
        driver.take(run_id)
    again.close()
    # What ran after the backup was made does not stand in the way of the attempt that is begun anew.
    assert sorted(entry.name.partition("-")[0] for entry in (home / "runs" / run_id / "first").iterdir()) == ["1", "2.before"]


def test_the_backup_of_an_older_release(home: Path, tmp_path: Path) -> None:
    """It takes the place of newer tables, and is brought up to date."""
    records, file = open_records(home), tmp_path / "backup"
    run_id = finished(records, home)
    records.close()
    put_back(home, schema.REVISIONS[0])
    backups.backup(home, database_of(home), file)
    assert backups.upgrade(home, database_of(home)) == (schema.REVISIONS[0], schema.REVISIONS[-1])
    age(home)
    assert backups.restore(home, database_of(home), file) == schema.REVISIONS[0]
    again = open_records(home)
    assert [run.id for run in again.list_runs()] == [run_id]
    again.close()


def test_not_over_records_that_are_in_use(records: Records, home: Path, tmp_path: Path) -> None:
    """An engine of this home, or one of another home that was heard of just now."""
    file = tmp_path / "backup"
    backups.backup(home, database_of(home), file)
    run_id = records.create_run(new_run())
    with engine(records, home), pytest.raises(RecordsInUse):
        backups.restore(home, database_of(home), file)
    if database_of(home):
        records.driving("far", "another home").close()
        with pytest.raises(RecordsInUse):
            backups.restore(home, database_of(home), file)
    assert records.run(run_id).summary.id == run_id


def test_what_is_no_backup(records: Records, home: Path, tmp_path: Path) -> None:
    """It is refused with a reason, and the records stay."""
    run_id = records.create_run(new_run())
    other = tmp_path / "other"
    other.write_bytes(b"PGDMP..." if not database_of(home) else b"SQLite format 3\0...")
    nothing = tmp_path / "nothing"
    nothing.write_text("nothing")
    for file, why in ((other, "it is a backup of records in"), (nothing, "it is no backup"), (tmp_path / "none", "No such file")):
        with pytest.raises(BackupUnusable, match=why) as raised:
            backups.restore(home, database_of(home), file)
        assert raised.value.remedy
    assert records.run(run_id).summary.id == run_id


def test_a_broken_backup_changes_nothing(records: Records, home: Path, tmp_path: Path) -> None:
    """Half a file is refused as a whole."""
    run_id, file = finished(records, home), tmp_path / "backup"
    backups.backup(home, database_of(home), file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    age(home)
    before = everything(home)
    with pytest.raises(Exception, match=r"cannot be used|damaged"):
        backups.restore(home, database_of(home), file)
    assert everything(home) == before
    assert records.run(run_id).summary.id == run_id


def test_nothing_is_overwritten_and_nothing_is_left(records: Records, home: Path, tmp_path: Path) -> None:
    """A file that exists stays; where none can be written none is."""
    file = tmp_path / "mine"
    file.write_text("mine")
    with pytest.raises(BackupUnusable, match="exists already"):
        backups.backup(home, database_of(home), file)
    assert file.read_text() == "mine"
    with pytest.raises(BackupUnusable):
        backups.backup(home, database_of(home), tmp_path / "nowhere" / "file")
    assert records.list_runs() == []


def test_upgrading_says_from_and_to(home: Path) -> None:
    """And does nothing where nothing is to be done."""
    before, after = backups.upgrade(home, database_of(home))
    assert before in {"", schema.REVISIONS[-1]}  # PostgreSQL's is a copy of one that was made already
    assert after == schema.REVISIONS[-1]
    assert backups.upgrade(home, database_of(home)) == (after, after)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_programs_of_postgresql(records: Records, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is told what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="pg_dump") as raised:
        backups.backup(home, database_of(home), tmp_path / "backup")
    assert "postgresql-client" in str(raised.value.remedy)
    assert records.list_runs() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_home_without_records_has_no_backup(home: Path, tmp_path: Path) -> None:
    """Nor does asking make one."""
    with pytest.raises(BackupUnusable, match="no records"):
        backups.backup(home, "", tmp_path / "backup")
    assert not (home / "bakehouse.db").exists()
    open_home(home).close()
