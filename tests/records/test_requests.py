"""What a user wants of a run reaches whoever drives it, whatever happens to that one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import RunMove
from bakehouse.records.database import Records
from bakehouse.records.errors import NoSuchRun, RunIsOver
from tests.records.stories import Teller, engine, finished, new_run, rows


def test_a_request_reaches_the_driver(records: Records, home: Path) -> None:
    """Of the runs it asks about; who wanted it and when come along."""
    mine, other = records.create_run(new_run()), records.create_run(new_run())
    records.request(mine, RequestKind.TERMINATE, "ann")
    records.request(other, RequestKind.TERMINATE, "bob\udce4")
    with engine(records, home) as driver:
        assert [(one.run_id, one.kind, one.by) for one in driver.driving.requests([mine])] == [(mine, "terminate", "ann")]
        assert [one.by for one in driver.driving.requests([mine, other])] == ["ann", "bob\\udce4"]
        assert list(driver.driving.requests([])) == []


def test_a_termination_stays_until_the_run_has_recorded_it(records: Records, home: Path) -> None:
    """An engine that heard of it and died before it wrote: the next one hears of it again."""
    run_id = records.create_run(new_run())
    records.request(run_id, RequestKind.TERMINATE, "ann")
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        (request,) = driver.driving.requests([run_id])
        driver.driving.handled(request, epoch)
    with engine(records, home) as driver:
        taken = driver.driving.take(run_id)
        assert taken is not None
        record, epoch = taken
        assert record.terminated_by == "ann"
        (request,) = driver.driving.requests([run_id])
        driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.TERMINATED)])
        driver.driving.handled(request, epoch)
        assert list(driver.driving.requests([run_id])) == []


def test_only_the_driver_marks_a_request_as_handled(records: Records, home: Path) -> None:
    """Whoever has lost the run cannot take a wish away from the one who has it."""
    run_id = records.create_run(new_run())
    records.request(run_id, RequestKind.TERMINATE, "ann")
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        (request,) = driver.driving.requests([run_id])
        driver.driving.handled(request, epoch - 1)
        assert rows(home, "SELECT handled FROM requests") == [(0,)]
        driver.driving.handled(request, epoch)
        assert rows(home, "SELECT handled FROM requests") == [(1,)]


def test_a_run_that_is_over_takes_no_requests(records: Records, home: Path) -> None:
    """The caller is told in which state it is; a run that is not there is another matter."""
    run_id = finished(records, home)
    with pytest.raises(RunIsOver, match="SUCCEEDED"):
        records.request(run_id, RequestKind.TERMINATE, "ann")
    with pytest.raises(NoSuchRun):
        records.request(RunId("nothing"), RequestKind.TERMINATE, "ann")
    assert rows(home, "SELECT count(*) FROM requests") == [(0,)]
