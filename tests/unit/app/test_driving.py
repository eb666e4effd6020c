"""Engines in this process: what they hold they let go, whatever happens, and they can always be ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bakehouse.actions.context import Context
from bakehouse.app import driving, wiring
from bakehouse.app.driving import Drive
from bakehouse.app.settings import Settings
from bakehouse.cli import reading
from bakehouse.cli.runs import Sought
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.ports import RequestKind, RunRecord
from bakehouse.orchestrator.states import RunState
from bakehouse.records import engines
from bakehouse.records.driving import SqlDriving
from bakehouse.records.errors import DatabaseUnusable, Unfit
from tests.records.stories import finished, new_run


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    """A home of its own."""
    return Settings(home=tmp_path / "home", slots=2)


@pytest.fixture
def context(chosen: Settings) -> Iterator[Context]:
    """Somebody who looks at that home."""
    with wiring.opened(chosen) as context:
        yield context


def _full(*_: object) -> None:
    raise DatabaseUnusable(path="db", why="there is no space left on its disk", remedy="Free some space.")


def _open_files(home: Path) -> list[str]:
    links = [link.readlink() if link.is_symlink() else link for link in Path("/proc/self/fd").iterdir()]
    return [str(link) for link in links if str(link).startswith(str(home))]


def _wait(happened: Callable[[], bool], seconds: float = 10) -> None:
    give_up = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def _drive(chosen: Settings, context: Context, run_id: RunId) -> Drive:
    return Drive(chosen, context, run_id, wiring.unobserved, engines.EngineLock.acquire(chosen.home))


def test_a_run_that_has_just_ended_needs_no_end(chosen: Settings, context: Context) -> None:
    """Ctrl-C came too late: that is no error."""
    drive = _drive(chosen, context, finished(context.records, chosen.home))
    assert drive.terminate() is False
    drive.start()
    assert drive.wait(10)
    drive.leave()


def test_a_run_that_goes_on_is_told_to_end(chosen: Settings, context: Context) -> None:
    """The wish is a row, and is carried out."""
    run_id = context.records.create_run(new_run())
    drive = _drive(chosen, context, run_id)
    assert drive.terminate() is True
    drive.start()
    assert drive.wait(10)
    drive.leave()
    assert context.records.run(run_id).summary.state is RunState.CANCELED


def test_an_engine_that_cannot_be_made_leaves_no_lock(chosen: Settings, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes this process for an engine afterwards."""
    monkeypatch.setattr(wiring, "make_engine", _full)
    with pytest.raises(DatabaseUnusable):
        _drive(chosen, context, context.records.create_run(new_run()))
    assert not engines.any_alive(chosen.home)


def test_what_an_engine_dies_of_is_raised_and_all_else_is_let_go(chosen: Settings, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that cannot be driven on is free at once."""

    def unfit(_driving: SqlDriving, run_id: RunId, _epoch: int, _changes: object) -> None:
        raise Unfit(run=run_id, change="a change")

    monkeypatch.setattr(SqlDriving, "write", unfit)
    run_id = context.records.create_run(new_run())
    drive = _drive(chosen, context, run_id)
    drive.start()
    with pytest.raises(Unfit):
        _wait(lambda: drive.wait(0.1))
    drive.leave()
    assert not engines.any_alive(chosen.home)
    assert context.records.run(run_id).driven_by == ""


def test_a_command_waits_for_records_that_are_locked(chosen: Settings, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process kept them for too long: the run is taken when it lets them go."""
    run_id = context.records.create_run(new_run())
    context.records.request(run_id, RequestKind.TERMINATE, "ann")
    take, tries = SqlDriving.take, []

    def taken(records: SqlDriving, run: RunId) -> tuple[RunRecord, int] | None:
        tries.append(run)
        if len(tries) < 3:
            _full()
        return take(records, run)

    monkeypatch.setattr(SqlDriving, "take", taken)
    drive = _drive(chosen, context, run_id)
    drive.start()
    _wait(lambda: drive.wait(0.1))
    drive.leave()
    assert context.records.run(run_id).summary.state is RunState.CANCELED


def test_an_engine_ends_while_the_disk_is_full(chosen: Settings, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it drove is free, its lock and its connections are gone."""
    run_id = context.records.create_run(new_run())
    context.records.close()
    monkeypatch.setattr(SqlDriving, "write", _full)
    monkeypatch.setattr(SqlDriving, "release", _full)
    stop = threading.Event()
    serving = threading.Thread(target=driving.serve_engine, args=(chosen, None, stop))
    serving.start()
    _wait(lambda: context.records.run(run_id).driven_by != "")
    time.sleep(0.3)  # it waits until it can write
    stop.set()
    serving.join(5)
    assert not serving.is_alive()
    assert context.records.run(run_id).driven_by == ""
    context.records.close()
    assert _open_files(chosen.home) == []


def test_an_engine_without_work_ends_and_leaves_nothing_open(chosen: Settings) -> None:
    """`--idle-exit 0`: nothing was free."""
    driving.serve_engine(chosen, idle_exit=0)
    assert _open_files(chosen.home) == []


def test_a_command_that_looks_leaves_nothing_open(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records are closed at its end."""
    monkeypatch.setenv("BAKEHOUSE_HOME", str(chosen.home))
    assert reading.list_runs(Sought(), as_json=True) == 0
    assert _open_files(chosen.home) == []
