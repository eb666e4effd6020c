"""Which failures are tried again, and after what pause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir.execution import AttemptId, Cause, Ending, Place, RunId, StepError, TaskId
from bakehouse.ir.policies import RetryRules
from bakehouse.ir.spec import PipelineFile, RetryPolicy
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import Command, TaskMoved, Wake
from bakehouse.orchestrator.events import Admitted, Ended, Event, LookedUp, Prepared, RunTaken
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.retries import fraction, infrastructure_pause, jittered, refused, user_pause
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.states import TaskState
from tests.unit.orchestrator import policies
from tests.unit.orchestrator.pipelines import pipeline, record

_A = TaskId("a")
_PLACE = Place(interpreter="/usr/bin/python3", python="cpython-3.11", platform="linux-x86_64")
_BOOM = Ending(cause=Cause.USER_ERROR, exit_code=1, error=StepError("boom"))


def _attempt(number: int, task: str = "a") -> AttemptId:
    return AttemptId(RunId("run"), TaskId(task), number)


def _running(policy: RetryPolicy, rules: JsonObject) -> Run:
    """A run whose one step runs for the first time."""
    file = pipeline({"a": []})
    dag = file.spec.root.dag
    assert dag is not None
    retried = replace(dag, tasks={"a": replace(dag.tasks["a"], retry=policy)})
    file = PipelineFile(replace(file.spec, root=replace(file.spec.root, dag=retried)), policies.platforms({"exec-a": {"retryPolicy": rules}}))
    run = recorded(record(file, RunOptions()))
    for event in (RunTaken(1.0), Prepared(_A, _PLACE, 2.0), LookedUp(_A, None, 2.5), Admitted(_A, 3.0)):
        run, _ = machine.step(run, event)
    return run


def _told(run: Run, event: Event) -> tuple[Run, list[Command]]:
    return machine.step(run, event)


# ---------------------------------------------------------------- pauses


def test_retries_follow_the_policy() -> None:
    """Count, duration, factor and cap are KFP's, with its defaults where the file says nothing."""
    policy = RetryPolicy(max_retry_count=3, backoff_duration=10, backoff_factor=3, backoff_max_duration=60)
    assert [user_pause(policy, failures) for failures in (1, 2, 3, 4)] == [10, 30, 60, None]
    assert [user_pause(RetryPolicy(max_retry_count=2), failures) for failures in (1, 2, 3)] == [0, 0, None]
    assert user_pause(RetryPolicy(max_retry_count=5000, backoff_duration=1.0), 5000) == 3600
    assert infrastructure_pause(6) is None


def test_a_pause_is_never_shorter_than_asked_for_and_never_beyond_the_longest() -> None:
    """Unless the author says otherwise it is up to a tenth longer."""
    policy = RetryPolicy(max_retry_count=9, backoff_duration=10, backoff_max_duration=60)
    pauses = [jittered(10, RetryRules(), policy, _attempt(number)) for number in range(200)]
    assert 10 <= min(pauses) < 10.1
    assert 10.9 < max(pauses) <= 11
    assert {jittered(60, RetryRules(), policy, _attempt(number)) for number in range(20)} == {60}
    assert {jittered(0, RetryRules(), policy, _attempt(number)) for number in range(20)} == {0}
    assert {jittered(10, RetryRules(jitter=0.0), policy, _attempt(number)) for number in range(20)} == {10}


def test_full_jitter_is_anything_up_to_the_pause() -> None:
    """What fails together does not come again together."""
    pauses = [jittered(10, RetryRules(full_jitter=True), RetryPolicy(), _attempt(1, f"loop/{index}/a")) for index in range(1000)]
    assert min(pauses) < 0.1
    assert max(pauses) > 9.9
    assert 4.5 < sum(pauses) / len(pauses) < 5.5


def test_chance_is_the_same_for_the_same_attempt() -> None:
    """An engine that takes over comes to the time that the one before it recorded."""
    assert fraction(_attempt(1)) == fraction(_attempt(1))
    assert len({fraction(_attempt(number, task)) for number in range(5) for task in "ab"}) == 10


def test_the_reason_of_a_pause_says_until_when() -> None:
    """In seconds, and as a time."""
    run, commands = _told(_running(RetryPolicy(1, backoff_duration=30), {"jitter": 0}), Ended(_A, 1, _BOOM, 10.0))
    (wake,) = [one for one in commands if isinstance(one, Wake)]
    (moved,) = [one for one in commands if isinstance(one, TaskMoved)]
    assert (wake.at, run.tasks[_A].retry_at) == (40.0, 40.0)
    assert moved.why == "attempt 1 failed (boom); the next one starts in 30 s, at 1970-01-01T00:00:40.000Z"


# ---------------------------------------------------------------- causes

_EXIT_75 = Ending(cause=Cause.EXIT_CODE, exit_code=75)
_KILLED = Ending(cause=Cause.EXIT_CODE)
_LOST = Ending(cause=Cause.LOST)
_CODES = RetryRules(exit_codes=frozenset({75}))


@pytest.mark.parametrize(
    ("rules", "ending", "why"),
    [
        (RetryRules(), _BOOM, ""),
        (RetryRules(), replace(_BOOM, retryable=False), "of no use"),
        (RetryRules(on=frozenset({Cause.EXIT_CODE})), _EXIT_75, ""),
        (RetryRules(on=frozenset({Cause.EXIT_CODE})), _BOOM, "'user error'"),
        (RetryRules(on=frozenset({Cause.EXIT_CODE})), _LOST, ""),
        (RetryRules(never=frozenset({Cause.LOST})), _LOST, "'lost'"),
        (RetryRules(on=frozenset({Cause.USER_ERROR}), never=frozenset({Cause.USER_ERROR})), _BOOM, "'user error'"),
        (_CODES, _EXIT_75, ""),
        (_CODES, replace(_EXIT_75, exit_code=1), "exit code 1"),
        (_CODES, _KILLED, "it had none"),
        (_CODES, _BOOM, ""),
        (RetryRules(never_exit_codes=frozenset({75})), _EXIT_75, "exit code 75"),
        (RetryRules(never_exit_codes=frozenset({75})), _KILLED, ""),
    ],
)
def test_rules_leave_out_causes(rules: RetryRules, ending: Ending, why: str) -> None:
    """Exit codes are asked of attempts that end with one; faults of the infrastructure are left out by their own name only."""
    assert why in refused(rules, ending)
    assert bool(why) is bool(refused(rules, ending))


@pytest.mark.parametrize("ending", [replace(_BOOM, retryable=False), _EXIT_75])
def test_what_is_left_out_fails_at_once(ending: Ending) -> None:
    """Whatever the retries; the record says why there is no other attempt."""
    ending = replace(ending, error=StepError("boom"))
    run, commands = _told(_running(RetryPolicy(5), {"never": ["exit code"]}), Ended(_A, 1, ending, 10.0))
    assert run.tasks[_A].state is TaskState.FAILED
    (moved,) = [one for one in commands if isinstance(one, TaskMoved)]
    assert moved.detail["note"].startswith("not tried again: ")
    assert moved.error == StepError("boom")


def test_what_is_not_left_out_uses_the_retries() -> None:
    """One more attempt, and no second one."""
    run, _ = _told(_running(RetryPolicy(1), {"on": ["user error"]}), Ended(_A, 1, _BOOM, 10.0))
    assert run.tasks[_A].state is TaskState.BACKING_OFF
