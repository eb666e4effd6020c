"""What is recorded of attempts beside how they ended, and what is measured by component."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Cause, Ending, LaunchSpec, Outputs, Program, Requests, RunId, StepError, TaskId, Usage
from bakehouse.orchestrator import fingerprints
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened, AttemptStarted, Change
from bakehouse.orchestrator.events import CachedResult
from bakehouse.orchestrator.states import RunMove, TaskMove
from bakehouse.orchestrator.suggestions import Measured
from bakehouse.records.database import Records
from tests.records.stories import Teller, engine, new_run, rows, write_row

_G = 10**9
_OUT_OF_MEMORY = Ending(cause=Cause.OUT_OF_MEMORY, error=StepError("out of memory"))


def _opened(told: Teller, name: str, number: int, requests: Requests, source: str = "def f(): ...") -> list[Change]:
    """An attempt of the component of that name, without its digits; it was made ready for 2 s and waited for 3."""
    launch: LaunchSpec = replace(told.launch(name, number), program=Program(source, "f"), requests=requests)
    moved = told.task(name, TaskMove.LAUNCHED, attempt=number)
    at = told.at
    opened = AttemptOpened(launch, at, component=f"comp-{name.rstrip('0123456789')}", preparing_at=at - 5, queued_at=at - 3)
    return [moved, opened, AttemptStarted(TaskId(name), number, at)]


def _closed(told: Teller, name: str, ending: Ending, number: int = 1) -> AttemptClosed:
    return AttemptClosed(TaskId(name), number, ending, told.at)


def _ending(seconds: float, usage: Usage, of: Ending | None = None) -> Ending:
    """An attempt whose own process ran so long; before, it copied inputs."""
    times = {"launched": 50.0, "started": 60.0, "staged": 100.0, "running": 101.0, "ended": 100.0 + seconds}
    return replace(of or Ending(exit_code=0), usage=usage, times=times)


@pytest.fixture
def run_id(records: Records, home: Path) -> RunId:
    """Two steps of one component, one that ran out of memory before it succeeded, one that failed."""
    run_id = records.create_run(new_run({"a1": (), "a2": (), "b": (), "c": ()}))
    told = Teller(run_id)
    with engine(records, home) as driver:
        epoch = driver.take(run_id)
        changes: list[Change] = [told.run(RunMove.STARTED)]
        for name, requests, ending in (
            ("a1", Requests(2.0, 8 * _G), _ending(10, Usage(25.0, 3 * _G))),
            ("a2", Requests(2.0, 8 * _G), _ending(1, Usage(9.0, 2 * _G))),
            ("b", Requests(0.0, 4 * _G), _ending(2, Usage(1.0, 4 * _G), _OUT_OF_MEMORY)),
            ("c", Requests(1.0, _G), _ending(90, Usage(1.0, _G), Ending(cause=Cause.USER_ERROR, error=StepError("boom")))),
        ):
            changes += [*told.to_a_slot(name), *_opened(told, name, 1, requests), _closed(told, name, ending)]
        changes += [told.task("b", TaskMove.RETRIED, attempt=1, detail={"retry_at": told.at}), told.task("b", TaskMove.DUE, attempt=1)]
        changes += [*_opened(told, "b", 2, Requests(0.0, 8 * _G)), _closed(told, "b", _ending(100, Usage(50.0, 6 * _G)), 2)]
        driver.driving.write(run_id, epoch, changes)
    return run_id


def test_an_attempt_tells_what_it_executed_asked_for_and_waited_for(records: Records, run_id: RunId) -> None:
    """Digests of code and packages, requests, phases; the same whether its run or its task is read."""
    task = records.task(run_id, "a1")
    assert task is not None
    (attempt,) = task.attempts
    assert attempt.launch is not None
    assert attempt.code == fingerprints.code(attempt.launch)
    assert len(attempt.environment_digest) == 64
    assert attempt.requests == Requests(2.0, 8 * _G)
    assert attempt.times["queued"] - attempt.times["preparing"] == 2.0
    assert attempt.times["opened"] - attempt.times["queued"] == 3.0
    (shown,) = next(one for one in records.run(run_id).tasks if one.id == "a1").attempts
    assert shown == replace(attempt, launch=None)


def test_what_was_measured_is_put_together_by_component(records: Records, run_id: RunId) -> None:
    """The largest of all steps of it; CPUs are those of attempts that ran long enough; what failed otherwise counts nothing."""
    a = Measured("comp-a", TaskId("a1"), 2, 10.0, 2.5, 3 * _G, 2.0, 8 * _G, 8 * _G, 2, 0)
    b = Measured("comp-b", TaskId("b"), 1, 100.0, 0.5, 6 * _G, 0.0, 4 * _G, 8 * _G, 1, 1)
    assert records.measured(run_id) == (a, b)
    assert records.measured(run_id, "comp-b") == (b,)
    assert records.measured(run_id, "comp-c") == ()
    assert records.measured(RunId("none")) == ()


def test_of_attempts_of_an_older_release_nothing_is_measured(records: Records, home: Path, run_id: RunId) -> None:
    """They are shown as ever, without what was not recorded."""
    write_row(
        home,
        "UPDATE attempts SET component = NULL, code = NULL, cpu_request = NULL, memory_request = NULL, preparing_at = NULL, queued_at = NULL, "
        "cpu_seconds = NULL, peak_memory = NULL, ran = NULL WHERE run_id = ?",
        run_id,
    )
    assert records.measured(run_id) == ()
    assert records.code(run_id) == {}
    task = records.task(run_id, "a1")
    assert task is not None
    (attempt,) = task.attempts
    assert (attempt.code, attempt.requests, attempt.usage.peak_memory) == ("", None, 3 * _G)
    assert not {"preparing", "queued"} & set(attempt.times)


def test_the_code_of_a_run_is_that_of_its_attempts_and_of_what_it_reused(records: Records, home: Path) -> None:
    """By component, each digest once; what was reused has the digest of whoever made it, while that is recorded."""
    first, second = records.create_run(new_run({"a1": (), "a2": ()})), records.create_run(new_run({"a1": (), "b": ()}))
    with engine(records, home) as driver:
        told, epoch = Teller(first), driver.take(first)
        changes: list[Change] = [told.run(RunMove.STARTED)]
        for name in ("a1", "a2"):
            changes += [*told.to_a_slot(name), *_opened(told, name, 1, Requests()), *told.succeeded(name, Outputs())]
        driver.driving.write(first, epoch, [*changes, told.run(RunMove.SUCCEEDED)])
        told, epoch = Teller(second), driver.take(second)
        reused = told.reused("a1", CachedResult("key", first, "a run", TaskId("a1"), 1, 5.0, Outputs()))
        other = [*told.to_a_slot("b"), *_opened(told, "b", 1, Requests(), "def f(): pass")]
        driver.driving.write(second, epoch, [told.run(RunMove.STARTED), *reused, *other])
    ((one,),) = records.code(first).values()
    assert records.code(first) == {"comp-a": (one,)}
    assert records.code(second)["comp-a"] == (one,)
    assert records.code(second)["comp-b"] not in ((one,), ())
    records.delete_run(first)
    assert list(records.code(second)) == ["comp-b"]
    assert rows(home, "SELECT count(*) FROM attempts") == [(1,)]
