"""Processes that are killed while they write, and that race for a run: the database is whole, and one of them wins."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from bakehouse.ir.execution import Outputs
from bakehouse.orchestrator.commands import CacheEntry, Change
from bakehouse.orchestrator.states import RunMove, TaskMove
from bakehouse.records import schema
from bakehouse.records.database import Records
from tests.records.stories import Teller, artifact, database_of, engine, new_run, open_records, rows

#: Writes run after run as fast as it can.
WRITER = """
import pathlib, sys
from bakehouse.orchestrator.states import RunMove
from tests.records.stories import Teller, engine, new_run, open_records
home = pathlib.Path(sys.argv[1])
records = open_records(home)
print("ready", flush=True)
while True:
    with engine(records, home) as driver:
        run_id = records.create_run(new_run())
        told, epoch = Teller(run_id), driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first")])
        driver.driving.write(run_id, epoch, [*told.done("second"), told.run(RunMove.SUCCEEDED)])
"""

#: Takes every run that it can get, and says which.
TAKER = """
import pathlib, sys
from tests.records.stories import engine, open_records
home = pathlib.Path(sys.argv[1])
records = open_records(home)
with engine(records, home) as driver:
    print("ready", flush=True)
    sys.stdin.readline()
    for run_id in driver.driving.free_runs():
        if driver.driving.take(run_id) is not None:
            print(run_id, flush=True)
    print("done", flush=True)
    sys.stdin.readline()
"""


def consistent(home: Path) -> None:
    """The file is sound, events have no gaps, and rows of one transaction are all there."""
    if not database_of(home):
        assert rows(home, "PRAGMA integrity_check") == [("ok",)]
        assert rows(home, "PRAGMA foreign_key_check") == []
    counted = "SELECT run_id, count(*) AS events, max(seq) AS latest FROM events GROUP BY run_id"
    gaps = f"SELECT id FROM runs LEFT JOIN ({counted}) AS e ON run_id = id WHERE events IS NULL OR events <> seq OR latest <> seq"  # noqa: S608  # from the line above
    assert rows(home, gaps) == []
    assert rows(home, "SELECT runs.id FROM runs LEFT JOIN tasks ON tasks.run_id = runs.id GROUP BY runs.id HAVING count(*) <> 2") == []
    halves = "SELECT run_id FROM tasks WHERE (state = 'SUCCEEDED') <> (outputs IS NOT NULL)"
    assert rows(home, halves) == []
    moved = "SELECT id FROM runs WHERE state = 'SUCCEEDED' AND EXISTS (SELECT 1 FROM tasks WHERE run_id = runs.id AND state <> 'SUCCEEDED')"
    assert rows(home, moved) == []


def test_killed_while_writing(home: Path) -> None:
    """Ten times `kill -9` in the middle of it, or more often on a busy machine: nothing is there by halves, and its runs are free at once."""
    rng = random.Random(4)
    for number in range(100):
        if number >= 10 and rows(home, "SELECT count(*) >= 10 FROM runs") == [(1,)]:
            break
        with subprocess.Popen([sys.executable, "-c", WRITER, str(home)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0.01, 0.15))
            process.send_signal(signal.SIGKILL)
        consistent(home)
    records = open_records(home)
    with engine(records, home) as driver:
        unfinished = {run_id for (run_id,) in rows(home, "SELECT id FROM runs WHERE finished_at IS NULL")}
        assert set(driver.driving.free_runs()) == unfinished
        assert all(driver.driving.take(run_id) for run_id in driver.driving.free_runs())
    assert len(records.list_runs(limit=10_000)) >= 10
    records.close()


def test_engines_that_race_share_the_runs(home: Path) -> None:
    """Three processes want 40 runs at the same moment: each run goes to exactly one of them."""
    records = open_records(home)
    wanted = {records.create_run(new_run({"only": ()})) for _ in range(40)}
    processes = [
        subprocess.Popen([sys.executable, "-c", TAKER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    taken: list[str] = []
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:  # all of them live until the last one is through
        assert process.stdout is not None
        taken += [line.strip() for line in iter(process.stdout.readline, "done\n")]
    for process in processes:
        process.communicate("end\n", timeout=20)
    assert sorted(taken) == sorted(wanted)
    assert rows(home, "SELECT DISTINCT epoch FROM runs") == [(1,)]
    records.close()


class PowerCut(Exception):
    """The end of everything, in the middle of a transaction."""


@contextmanager
def power_for(statements: int) -> Iterator[None]:
    """After so many statements, on whatever database, the power is cut."""
    left = [statements]

    def cut(*_: object) -> None:
        if left[0] == 0:
            raise PowerCut
        left[0] -= 1

    event.listen(Engine, "before_cursor_execute", cut)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", cut)


def test_no_statement_of_a_transaction_is_written_alone(records: Records, home: Path) -> None:
    """A transaction that breaks off after its first, second, … statement leaves no trace; then the same changes can be written."""
    run_id = records.create_run(new_run())
    told, outputs = Teller(run_id), Outputs({"n": 1}, {"data": (artifact("data"),)})
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")])
        changes: list[Change] = [*told.succeeded("first", outputs, CacheEntry("k", {})), told.task("second", TaskMove.RELEASED)]
        changes.append(told.consumed("second", {}, data=outputs.artifacts["data"][0]))
        before = everything(home)
        for statements in range(12):
            with power_for(statements), pytest.raises(PowerCut):
                driver.driving.write(run_id, epoch, changes)
            assert everything(home) == before
        driver.driving.write(run_id, epoch, changes)
    assert records.run(run_id).tasks[0].outputs == outputs


def everything(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    return {table: sorted(rows(home, f"SELECT * FROM {table}"), key=repr) for table in schema.metadata.tables}  # noqa: S608  # names of ours
