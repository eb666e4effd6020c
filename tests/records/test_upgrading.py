"""A newer Bakehouse on the records of every older one: runs that were in flight are driven on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, select, text

from bakehouse.ir.execution import Outputs, RunId, TaskId
from bakehouse.orchestrator.states import RunMove, RunState
from bakehouse.records import schema
from bakehouse.records.backends import Access
from bakehouse.records.migrations import running
from bakehouse.records.opening import Database, backend_of
from tests.records.stories import Teller, database_of, engine, finished, new_run, open_records, rows

#: What belongs to a database and not to what it records.
OWN = {schema.version.name, schema.releases.name}


def put_back(home: Path, revision: str) -> None:
    """Everything that is recorded, as a release would have recorded it whose newest revision this was."""
    database = Database(backend_of(home, database_of(home)))
    kept: dict[str, list[dict[str, Any]]] = {}
    with database.reading() as db:
        for table in schema.metadata.sorted_tables:
            kept[table.name] = [dict(row) for row in db.execute(select(table)).mappings()]
    with database.writing() as db:
        for table in reversed(schema.metadata.sorted_tables):
            db.execute(text(f"DROP TABLE {table.name}"))
    with database.engine.connect().execution_options(access=Access.ALONE) as db, db.begin():
        command.upgrade(running.configuration(db), revision)
        there = set(inspect(db).get_table_names()) - OWN
        for table in schema.metadata.sorted_tables:
            if table.name not in there:
                continue
            columns = {column["name"] for column in inspect(db).get_columns(table.name)}
            db.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608  # names of ours
            for row in kept[table.name]:
                db.execute(table.insert().values({name: value for name, value in row.items() if name in columns}))
    database.close()


@pytest.mark.parametrize("revision", schema.REVISIONS)
def test_a_run_in_flight_is_driven_on(home: Path, revision: str) -> None:
    """One step has ended, one runs: the next engine finds both as they were; what was over is there as well."""
    records = open_records(home)
    over, run_id = finished(records, home), records.create_run(new_run())
    told = Teller(run_id)
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first"), *told.to_a_slot("second"), *told.launched("second")])
    records.close()
    put_back(home, revision)
    assert rows(home, "SELECT version_num FROM alembic_version") == [(revision,)]
    records = open_records(home)
    assert rows(home, "SELECT version_num FROM alembic_version") == [(schema.REVISIONS[-1],)]
    with engine(records, home) as driver:
        assert driver.driving.free_runs() == [run_id]
        taken = driver.driving.take(RunId(run_id))
        assert taken is not None
        record, epoch = taken
        assert record.tasks[TaskId("first")].outputs == Outputs({"n": 1})
        assert record.launches == {TaskId("second"): told.launch("second")}
        driver.driving.write(run_id, epoch, [*told.succeeded("second", Outputs({"n": 2})), told.run(RunMove.SUCCEEDED)])
    assert {run.id: run.state for run in records.list_runs()} == {over: RunState.SUCCEEDED, run_id: RunState.SUCCEEDED}
    assert [event.seq for event in records.events(run_id)] == list(range(1, len(records.events(run_id)) + 1))
    records.close()
