"""Limits of waiting, starting and running, and of whole runs: what is stopped, what fails, what goes on, and after a restart too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bakehouse.ir.execution import AttemptId, Cause, Ending, Outputs, Place, RunId, StepError, TaskId
from bakehouse.ir.spec import CachingOptions, PipelineFile, RetryPolicy
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import AttemptClosed, Await, Command, LookUp, Prepare, Release, RunMoved, Stop, TaskMoved, Wake
from bakehouse.orchestrator.events import Admitted, Claimant, Due, Ended, Event, LookedUp, Prepared, RunTaken, Started, TerminateRequested
from bakehouse.orchestrator.ports import RunOptions, TaskRecord
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.states import RunMove, RunState, TaskState
from tests.unit.orchestrator import policies
from tests.unit.orchestrator.pipelines import pipeline, record

_A, _ROOT = TaskId("a"), TaskId("")
_PLACE = Place(interpreter="/usr/bin/python3", python="cpython-3.11", platform="linux-x86_64")
_TERMINATED = Ending(cause=Cause.TERMINATED, error=StepError("terminated on request"))
_TO_THE_QUEUE = (RunTaken(1.0), Prepared(_A, _PLACE, 2.0))
_LAUNCHED = (*_TO_THE_QUEUE, Admitted(_A, 4.0))
_STARTED = (*_LAUNCHED, Started(_A, 1, 5.0))


def _file(limits: JsonObject, retries: int = 0) -> PipelineFile:
    file = pipeline({"a": []})
    dag = file.spec.root.dag
    assert dag is not None
    retried = replace(dag, tasks={"a": replace(dag.tasks["a"], retry=RetryPolicy(retries))})
    return PipelineFile(replace(file.spec, root=replace(file.spec.root, dag=retried)), policies.platforms({"exec-a": {"timeout": limits}}))


def _run(limits: JsonObject, retries: int = 0, timeout: float = 0.0) -> Run:
    return recorded(record(_file(limits, retries), RunOptions(timeout=timeout)))


def _told(run: Run, events: Sequence[Event]) -> tuple[Run, list[Command]]:
    commands: list[Command] = []
    for event in events:
        run, more = machine.step(run, event)
        commands += more
    return run, commands


def _wakes(commands: Sequence[Command]) -> list[Wake]:
    return [one for one in commands if isinstance(one, Wake)]


# ---------------------------------------------------------------- steps


@pytest.mark.parametrize(
    ("limits", "events", "at"),
    [
        ({"starting": "10s"}, [RunTaken(1.0)], 11.0),
        ({"queueing": "10s"}, _TO_THE_QUEUE, 12.0),
    ],
)
def test_a_step_that_never_gets_to_run_fails(limits: JsonObject, events: Sequence[Event], at: float) -> None:
    """While its environment is made, or in the queue: no attempt has to be stopped, and the place in the queue is free."""
    run, commands = _told(_run(limits), events)
    assert _wakes(commands) == [Wake(_A, at)]
    run, commands = _told(run, [Due(_A, at - 1)])
    assert commands == []
    run, commands = _told(run, [Due(_A, at)])
    assert run.tasks[_A].state is TaskState.FAILED
    error = run.tasks[_A].error
    assert error is not None
    assert "10 s" in error.message
    assert next(iter(limits)) in error.remedy
    assert Release(_A) in commands


@pytest.mark.parametrize(
    ("limits", "events", "at", "words"),
    [
        ({"starting": "10s"}, _LAUNCHED, 14.0, "had not started after its limit of 10 s"),
        ({"running": "10s"}, _STARTED, 15.0, "ran longer than its limit of 10 s"),
    ],
)
def test_an_attempt_is_stopped_and_says_why(limits: JsonObject, events: Sequence[Event], at: float, words: str) -> None:
    """Its end is recorded with the cause timeout and the limit, and it uses the step's own retries."""
    run, commands = _told(_run(limits, retries=1), events)
    assert _wakes(commands)[-1] == Wake(_A, at)
    run, commands = _told(run, [Due(_A, at)])
    assert [one for one in commands if isinstance(one, Stop)] == [Stop(AttemptId(RunId("run"), _A, 1))]
    run, commands = _told(run, [Ended(_A, 1, _TERMINATED, at + 0.1)])
    (closed,) = [one for one in commands if isinstance(one, AttemptClosed)]
    assert closed.ending.cause is Cause.TIMEOUT
    assert closed.ending.error is not None
    assert words in closed.ending.error.message
    assert (run.tasks[_A].state, run.tasks[_A].user_failures, run.tasks[_A].infrastructure_failures) == (TaskState.BACKING_OFF, 1, 0)


def test_what_ends_in_time_by_itself_is_no_timeout() -> None:
    """Nor is a step that ended well although it was told to stop, nor one that somebody else terminated before its limit."""
    run, _ = _told(_run({"running": "10s"}), _STARTED)
    ended, _ = _told(run, [Due(_A, 15.0), Ended(_A, 1, Ending(outputs=Outputs({"n": 1})), 15.1)])
    assert ended.tasks[_A].state is TaskState.SUCCEEDED
    ended, _ = _told(run, [Ended(_A, 1, _TERMINATED, 9.0)])
    assert (ended.tasks[_A].user_failures, ended.tasks[_A].infrastructure_failures) == (0, 1)


def test_each_attempt_has_its_own_time() -> None:
    """The next one is counted from its own start."""
    run, _ = _told(_run({"running": "10s"}, retries=1), [*_STARTED, Due(_A, 15.0), Ended(_A, 1, _TERMINATED, 15.1)])
    run, commands = _told(run, [Due(_A, 15.1), Admitted(_A, 20.0), Started(_A, 2, 21.0)])
    assert _wakes(commands)[-1] == Wake(_A, 31.0)
    assert not any(isinstance(one, Stop) for one in _told(run, [Due(_A, 30.0)])[1])


def test_an_engine_that_takes_over_keeps_to_the_time() -> None:
    """It is counted from what is recorded: the start of the process, or when the step came to the queue."""
    launch = next(one.launch for one in _told(_run({}), [RunTaken(1.0)])[1] if isinstance(one, Prepare))
    running = TaskRecord(_A, TaskState.RUNNING, attempt=1, since=4.0, process_since=5.0)
    queued = TaskRecord(_A, TaskState.QUEUED, since=3.0)
    for row, launches, at in ((running, {_A: launch}, 15.0), (queued, {}, 13.0)):
        before = record(_file({"running": "10s", "queueing": "10s"}))
        run = recorded(replace(before, state=RunState.RUNNING, tasks={_A: row}, launches=launches))
        run, commands = _told(run, [RunTaken(100.0)])
        assert _wakes(commands) == [Wake(_A, at)]
    run = recorded(replace(before, state=RunState.RUNNING, tasks={_A: running}, launches={_A: launch}))
    run, _ = _told(run, [RunTaken(100.0), Started(_A, 1, 100.0)])
    assert run.tasks[_A].started_at == 5.0


# ---------------------------------------------------------------- runs


def test_who_waits_for_an_equal_step_is_not_late() -> None:
    """Its environment is ready; how long the other one takes is not its doing."""
    file = _file({"starting": "10s"})
    dag = file.spec.root.dag
    assert dag is not None
    cached = replace(dag, tasks={"a": replace(dag.tasks["a"], caching=CachingOptions(enable_cache=True))})
    run = recorded(record(replace(file, spec=replace(file.spec, root=replace(file.spec.root, dag=cached)))))
    other = Claimant(RunId("other"), "another run", _A, 1)
    run, commands = _told(run, [RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0, claimant=other), Due(_A, 11.0)])
    assert run.tasks[_A].state is TaskState.PREPARING
    assert [one.key for one in commands if isinstance(one, Await)] == [one.key for one in commands if isinstance(one, LookUp)]


def test_a_run_that_goes_on_too_long_fails() -> None:
    """Its steps are stopped, what waits is canceled, and its error names the limit."""
    file = pipeline({"a": [], "b": ["a"]})
    run, commands = _told(recorded(record(file, RunOptions(timeout=60.0))), _STARTED)
    assert Wake(_ROOT, 61.0) in commands
    run, commands = _told(run, [Due(_ROOT, 60.0)])
    assert commands == []
    run, commands = _told(run, [Due(_ROOT, 61.0)])
    assert run.state is RunState.CANCELING
    assert [one for one in commands if isinstance(one, Stop)] == [Stop(AttemptId(RunId("run"), _A, 1))]
    (canceled,) = [one for one in commands if isinstance(one, TaskMoved)]
    assert (canceled.task_id, canceled.after, canceled.why) == ("b", TaskState.CANCELED, "the run went on longer than its limit of 1 min")
    run, commands = _told(run, [Due(_ROOT, 62.0), Ended(_A, 1, _TERMINATED, 62.0)])
    (ended,) = [one for one in commands if isinstance(one, RunMoved)]
    assert (ended.move, ended.after) == (RunMove.FAILED, RunState.FAILED)
    assert ended.error is not None
    assert ended.error.message == "the run went on longer than its limit of 1 min"


def test_exit_tasks_of_a_run_that_took_too_long_still_run() -> None:
    """As after a termination; the run fails when they are over, also with another engine."""
    before = record(pipeline({"a": []}), RunOptions(timeout=60.0))
    error = StepError("the run went on longer than its limit of 1 min", type="Timeout")
    run = recorded(replace(before, state=RunState.CANCELING, error=error, started_at=1.0))
    run, commands = _told(run, [RunTaken(100.0)])
    assert run.state is RunState.FAILED
    assert not _wakes(commands)


def test_a_run_that_is_terminated_has_no_limit_any_more() -> None:
    """It is canceled, whenever that is."""
    run, _ = _told(_run({}, timeout=60.0), [*_STARTED, TerminateRequested(10.0, by="ann"), Due(_ROOT, 61.0)])
    run, _ = _told(run, [Ended(_A, 1, _TERMINATED, 62.0)])
    assert run.state is RunState.CANCELED


def test_limits_for_kubernetes_hold_here_too() -> None:
    """`PipelineConfig(active_deadline_seconds=…)` is the run's; the command line's own goes before it."""
    file = PipelineFile(pipeline({"a": []}).spec, {"kubernetes": {"pipelineConfig": {"activeDeadlineSeconds": 30}}})
    assert Wake(_ROOT, 31.0) in _told(recorded(record(file)), [RunTaken(1.0)])[1]
    assert Wake(_ROOT, 11.0) in _told(recorded(record(file, RunOptions(timeout=10.0))), [RunTaken(1.0)])[1]
    executors = {"exec-a": {"activeDeadlineSeconds": "7"}}
    file = PipelineFile(file.spec, {"kubernetes": {"deploymentSpec": {"executors": executors}}})
    assert _wakes(_told(recorded(record(file)), _STARTED)[1]) == [Wake(_A, 12.0)]
