"""Single decisions of the machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir.execution import Cause, Ending, Outputs, Place, RunId, StepError, TaskId
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import (
    AttemptOpened,
    Command,
    Launch,
    LookUp,
    Prepare,
    Published,
    Queue,
    Release,
    RunMoved,
    TaskMoved,
    TaskNoted,
    Wake,
)
from bakehouse.orchestrator.events import (
    Admitted,
    CachedResult,
    Due,
    Ended,
    Event,
    LookedUp,
    NotPrepared,
    Prepared,
    Preparing,
    Remarked,
    RunTaken,
    Started,
)
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.states import RunState, TaskState
from tests.unit.orchestrator.pipelines import pipeline, record

_PLACE = Place("/usr/bin/python3", "cpython-3.11.7", "linux-x86_64", "numpy==2.0")
_A = TaskId("a")


def _told(run: Run, *events: Event) -> tuple[Run, list[Command]]:
    commands: list[Command] = []
    for event in events:
        run, more = machine.step(run, event)
        commands += more
    return run, commands


def _fresh(options: RunOptions | None = None, *, retries: int = 0) -> Run:
    return recorded(record(pipeline({"a": [], "b": ["a"]}, cached=True, retries=retries), options))


def _of(kind: type, commands: list[Command]) -> list[Command]:
    return [command for command in commands if isinstance(command, kind)]


def test_a_cached_result_costs_no_attempt() -> None:
    """A hit goes from PREPARING to SUCCEEDED, is published as reused, and releases the dependents."""
    run, commands = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0))
    (look_up,) = _of(LookUp, commands)
    assert isinstance(look_up, LookUp)
    found = CachedResult(look_up.key, RunId("r0"), "earlier", _A, 1, 0.5, Outputs({"n": 7}))
    run, commands = _told(run, LookedUp(_A, found, 3.0))
    assert run.tasks[_A].state is TaskState.SUCCEEDED
    assert run.tasks[_A].outputs == Outputs({"n": 7})
    assert _of(Published, commands) == [Published(_A, 0, Outputs({"n": 7}), 3.0, reused=found)]
    assert not _of(Queue, commands)
    (prepare,) = _of(Prepare, commands)
    assert isinstance(prepare, Prepare)
    assert prepare.launch.attempt.task_id == "b"


def test_a_result_under_another_key_is_never_used() -> None:
    """An answer that belongs to another question counts as a miss."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0))
    stale = CachedResult("another key", RunId("r0"), "earlier", _A, 1, 0.5, Outputs({"n": 7}))
    run, commands = _told(run, LookedUp(_A, stale, 3.0))
    assert run.tasks[_A].state is TaskState.QUEUED
    assert _of(Queue, commands) == [Queue(_A)]


def test_no_cache_does_not_look_but_leaves_results_for_others() -> None:
    """With `use_cache=False` no result is looked up; the new one is published under its key."""
    run, commands = _told(_fresh(RunOptions(use_cache=False)), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), Admitted(_A, 3.0))
    assert not _of(LookUp, commands)
    run, commands = _told(run, Ended(_A, 1, Ending(outputs=Outputs({"n": 1})), 4.0))
    (published,) = _of(Published, commands)
    assert isinstance(published, Published)
    assert published.entry is not None


def test_a_result_whose_inputs_changed_meanwhile_is_not_offered_again() -> None:
    """`inputs_unchanged=False`: the task succeeds, but nothing is entered into the cache."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 2.5), Admitted(_A, 3.0))
    _, commands = _told(run, Ended(_A, 1, Ending(outputs=Outputs({"n": 1}), inputs_unchanged=False), 4.0))
    (published,) = _of(Published, commands)
    assert isinstance(published, Published)
    assert published.entry is None


@pytest.mark.parametrize("changed", [{"python": "cpython-3.12.1"}, {"platform": "linux-aarch64"}, {"lock": "numpy==2.1"}])
def test_the_place_is_part_of_the_key(changed: dict[str, str]) -> None:
    """Another Python, platform or set of packages makes another key; where the interpreter lies does not."""

    def key(place: Place) -> str:
        _, commands = _told(_fresh(), RunTaken(1.0), Prepared(_A, place, 2.0))
        (look_up,) = _of(LookUp, commands)
        assert isinstance(look_up, LookUp)
        return look_up.key

    assert key(replace(_PLACE, **changed)) != key(_PLACE)
    assert key(replace(_PLACE, interpreter="/elsewhere/python")) == key(_PLACE)


def test_infrastructure_faults_do_not_use_the_retries_of_the_user() -> None:
    """A lost attempt of a task without retries is followed by another, five times."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 2.5))
    pauses = []
    for number in range(1, 7):
        at = 10.0 * number
        lost = Ending(cause=Cause.LOST, error=StepError("gone"))
        run, commands = _told(run, Admitted(_A, at), Ended(_A, number, lost, at))
        for wake in _of(Wake, commands):
            assert isinstance(wake, Wake)
            pauses.append(wake.at - at)
            run, _ = _told(run, Due(_A, wake.at))
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert run.tasks[_A].state is TaskState.FAILED
    assert run.state is RunState.FAILED


def test_a_termination_that_nobody_asked_for_is_a_fault_of_the_infrastructure() -> None:
    """TERM from outside: another attempt follows, and what waits for the task goes on waiting; after five more the task has failed."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 2.5))
    for number in range(1, 7):
        at = 10.0 * number
        run, commands = _told(run, Admitted(_A, at), Ended(_A, number, Ending(cause=Cause.TERMINATED, error=StepError("on request")), at))
        assert run.tasks[_A].state is (TaskState.BACKING_OFF if number < 6 else TaskState.FAILED)
        assert not any("on request" in str(one) for one in _of(TaskMoved, commands)), "nobody did request it"
        run, _ = _told(run, Due(_A, at + 30))
    assert run.state is RunState.FAILED
    assert run.error is not None
    assert run.error.message.startswith("a: the step was terminated, and not by Bakehouse")
    assert run.tasks[TaskId("b")].state is TaskState.SKIPPED


def test_the_last_failure_is_counted_and_recorded_too() -> None:
    """A step with one retry that failed twice has two failures, in the record as in the run."""
    run, _ = _told(_fresh(retries=1), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 2.5))
    counts = []
    for number in (1, 2):
        at = 10.0 * number
        run, commands = _told(run, Admitted(_A, at), Ended(_A, number, Ending(cause=Cause.EXIT_CODE, error=StepError("exit code 1")), at))
        counts += [one.detail["user_failures"] for one in _of(TaskMoved, commands) if isinstance(one, TaskMoved) and "user_failures" in one.detail]
        run, _ = _told(run, Due(_A, at + 30))
    assert run.tasks[_A].state is TaskState.FAILED
    assert counts == [1, run.tasks[_A].user_failures] == [1, 2]


def test_the_error_of_a_run_names_the_task() -> None:
    """The first failure is the run's error."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 2.5), Admitted(_A, 3.0))
    run, commands = _told(run, Ended(_A, 1, Ending(cause=Cause.EXIT_CODE, exit_code=3, error=StepError("exit code 3")), 4.0))
    moved = _of(RunMoved, commands)
    assert [change.error for change in moved if isinstance(change, RunMoved)] == [StepError("a: exit code 3")]
    skipped = [change for change in _of(TaskMoved, commands) if isinstance(change, TaskMoved) and change.after is TaskState.SKIPPED]
    assert [(change.task_id, change.why) for change in skipped] == [("b", "not started: a failed")]


def test_a_task_whose_place_cannot_be_made_after_all_leaves_the_queue() -> None:
    """It was prepared twice, by two engines for instance, and the second time came to nothing."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 2.5))
    run, commands = _told(run, NotPrepared(_A, StepError("no such package"), 3.0))
    assert run.tasks[_A].state is TaskState.FAILED
    assert _of(Release, commands) == [Release(_A)]


def test_what_is_being_built_is_said() -> None:
    """The reason for waiting is recorded while an environment is built, and ignored once that is over."""
    run, _ = _told(_fresh(), RunTaken(1.0))
    run, commands = _told(run, Preparing(_A, "building environment: scikit-learn", 2.0))
    assert [getattr(command, "why", "") for command in commands] == ["building environment: scikit-learn"]
    run, _ = _told(run, Prepared(_A, _PLACE, 3.0), LookedUp(_A, None, 3.5), Admitted(_A, 4.0))
    assert _told(run, Preparing(_A, "late", 5.0)) == (run, [])
    assert _of(Launch, _told(run, Admitted(_A, 6.0))[1]) == []


def test_the_outputs_of_the_pipeline_are_those_of_its_tasks() -> None:
    """`last` is bound to output n of b."""
    run = _fresh(RunOptions(use_cache=False))
    run, _ = _told(run, RunTaken(1.0), Prepared(_A, _PLACE, 2.0), Admitted(_A, 3.0), Ended(_A, 1, Ending(outputs=Outputs({"n": 1})), 4.0))
    b = TaskId("b")
    run, commands = _told(run, Prepared(b, _PLACE, 5.0), Admitted(b, 6.0), Ended(b, 1, Ending(outputs=Outputs({"n": 2})), 7.0))
    assert [change.outputs for change in _of(RunMoved, commands) if isinstance(change, RunMoved)] == [Outputs({"last": 2})]
    assert run.state is RunState.SUCCEEDED


def test_a_step_that_pauses_when_the_run_fails_is_not_called_never_started() -> None:
    """It has run once: that is said, and its own error is told with it."""
    run = recorded(record(pipeline({"a": [], "b": []}, retries=1), RunOptions(use_cache=False)))
    run, _ = _told(run, RunTaken(1.0), Prepared(_A, _PLACE, 2.0), Admitted(_A, 3.0))
    boom = StepError("boom", type="ValueError")
    run, _ = _told(run, Ended(_A, 1, Ending(cause=Cause.USER_ERROR, error=boom), 4.0))
    assert run.tasks[_A].state is TaskState.BACKING_OFF
    run, commands = _told(run, NotPrepared(TaskId("b"), StepError("no such package"), 5.0))
    (skipped,) = [one for one in _of(TaskMoved, commands) if isinstance(one, TaskMoved) and one.after is TaskState.SKIPPED]
    assert (skipped.task_id, skipped.why, skipped.error) == ("a", "not started again: b failed", boom)


def test_an_attempt_tells_since_when_it_was_on_its_way() -> None:
    """When its place began to be made ready, when it was queued, and of which component it is; the next attempt waits in the queue only."""
    run, _ = _told(_fresh(retries=1), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0))
    run, commands = _told(run, Admitted(_A, 5.0))
    (first,) = _of(AttemptOpened, commands)
    assert isinstance(first, AttemptOpened)
    assert (first.component, first.preparing_at, first.queued_at, first.at) == (run.tasks[_A].node.task.component, 1.0, 3.0, 5.0)
    run, _ = _told(run, Ended(_A, 1, Ending(Cause.USER_ERROR, 1, StepError("boom")), 6.0))
    due = run.tasks[_A].retry_at
    assert due is not None
    _, commands = _told(run, Due(_A, due), Admitted(_A, due + 2))
    (second,) = _of(AttemptOpened, commands)
    assert isinstance(second, AttemptOpened)
    assert (second.preparing_at, second.queued_at) == (None, due)


def test_what_is_remarked_of_an_attempt_is_noted_while_it_runs() -> None:
    """That its disk is away, for instance; of an earlier attempt, or of one that is over, nobody wants to know it any more."""
    run, _ = _told(_fresh(), RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 3.0), Admitted(_A, 4.0), Started(_A, 1, 5.0))
    remark = Remarked(_A, 1, "the disk is away", 6.0)
    run, commands = _told(run, remark, replace(remark, attempt=2))
    assert commands == [TaskNoted(_A, TaskState.RUNNING, "the disk is away", 6.0)]
    run, _ = _told(run, Ended(_A, 1, Ending(outputs=Outputs({"n": 1})), 7.0))
    assert _told(run, remark)[1] == []
