"""What is recorded of a run and its attempts beside what they gave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.ir.execution import Ending, Program, Requests, RunId, TaskId, Usage
from bakehouse.ir.git import GitState
from bakehouse.orchestrator import fingerprints
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened
from bakehouse.orchestrator.states import RunMove, TaskMove
from tests.records.stories import Teller, engine, new_run
from tests.server.serving import API, get

_REQUIREMENTS = ("six", "tool @ git+https://me:secret@host.example/tool")
_PROGRAM = Program("def f(): ...", "f", _REQUIREMENTS)


@pytest.fixture
def measured(context: Context) -> RunId:
    """A run whose first step asked for 8 GB and held 1.1 GB for a minute."""
    run_id = context.records.create_run(new_run())
    told = Teller(run_id)
    launch = replace(told.launch("first"), program=_PROGRAM, requests=Requests(1.0, 8 * 10**9))
    ending = Ending(exit_code=0, usage=Usage(60.0, 11 * 10**8), times={"started": 1010.0, "running": 1010.5, "ended": 1070.0})
    with engine(context.records, context.home) as driver:
        epoch = driver.take(run_id)
        changes = [told.run(RunMove.STARTED), *told.to_a_slot("first"), told.task("first", TaskMove.LAUNCHED, attempt=1)]
        opened = AttemptOpened(launch, 1009.0, component="comp-first", preparing_at=1001.0, queued_at=1003.0)
        driver.driving.write(run_id, epoch, [*changes, opened, AttemptClosed(TaskId("first"), 1, ending, 1070.0)])
    return run_id


def test_a_run_tells_the_git_state_of_its_file(context: Context, app: ASGIApp) -> None:
    """Where it was started from a file; `null` where it was not."""
    state = GitState("a/p.py", "f00", "main", changes=2, changed=("a/p.py", "new"), remote="https://host/x")
    run = get(app, f"{API}/runs/{context.records.create_run(new_run(git=state))}").json()
    assert run["git"] == {
        "file": "a/p.py", "commit": "f00", "branch": "main", "tracked": True, "changes": 2, "changed": ["a/p.py", "new"],
        "remote": "https://host/x", "unknown": "",
    }  # fmt: skip
    assert get(app, f"{API}/runs/{context.records.create_run(new_run())}").json()["git"] is None


def test_an_attempt_tells_what_it_executed_and_used(context: Context, app: ASGIApp, measured: RunId) -> None:
    """Digests, requests, use, phases in order; no password of an index or a repository."""
    (attempt,) = get(app, f"{API}/runs/{measured}/tasks/first").json()["attempt_list"]
    assert attempt["code_digest"] == fingerprints.code(replace(Teller(measured).launch("first"), program=_PROGRAM))
    assert len(attempt["environment_digest"]) == 64
    assert attempt["environment_lock"] == "numpy==2.0.0\n"
    assert (attempt["cpu_request"], attempt["memory_request"]) == (1.0, 8 * 10**9)
    assert (attempt["cpu_seconds"], attempt["peak_memory"]) == (60.0, 11 * 10**8)
    assert list(attempt["phases"]) == ["preparing", "queued", "opened", "started", "running", "ended"]
    assert attempt["requirements"] == ["six", "tool @ git+https://host.example/tool"]


def test_requests_are_suggested(app: ASGIApp, measured: RunId) -> None:
    """Of a step whose component was measured, and of the run; a step without attempts has none."""
    suggestion = {
        "component": "comp-first", "task_id": "first", "tasks": 1, "resource": "memory", "asked": 8e9, "measured": 1.1e9, "suggested": "1500M",
        "call": '.set_memory_request("1500M")',
    }  # fmt: skip
    assert get(app, f"{API}/runs/{measured}/tasks/first").json()["suggestions"] == [suggestion]
    assert get(app, f"{API}/runs/{measured}/tasks/second").json()["suggestions"] == []
    assert get(app, f"{API}/runs/{measured}/suggestions").json() == {"suggestions": [suggestion]}
    assert get(app, f"{API}/runs/none/suggestions").status_code == 404


def test_the_code_of_a_run_is_told_by_component(app: ASGIApp, measured: RunId) -> None:
    """As each attempt tells it."""
    (attempt,) = get(app, f"{API}/runs/{measured}/tasks/first").json()["attempt_list"]
    assert get(app, f"{API}/runs/{measured}/code").json() == {"digests": {"comp-first": [attempt["code_digest"]]}}
    assert get(app, f"{API}/runs/none/code").status_code == 404
