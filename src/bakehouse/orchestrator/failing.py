"""What follows from an attempt that failed: another one after a pause, or the end of the task."""

from __future__ import annotations

from bakehouse.ir import quantities
from bakehouse.ir.execution import AttemptId, Cause, Ending, StepError
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import memory, retries
from bakehouse.orchestrator.commands import Wake
from bakehouse.orchestrator.run import Task
from bakehouse.orchestrator.states import TaskMove
from bakehouse.orchestrator.turn import Turn
from bakehouse.orchestrator.values import replace

_NOT_ASKED_FOR = StepError(
    message="the step was terminated, and not by Bakehouse",
    remedy="Something on its machine sent SIGTERM to its process: see what does so, a memory guard or a batch system for instance.",
)


def attempt_failed(turn: Turn, task: Task, ending: Ending) -> None:
    """Another attempt, if the policy or the cause allows it; else the task has failed."""
    cause = ending.cause
    error = ending.error or StepError(message=str(cause.value if cause else "failed"))
    if turn.run.is_being_stopped(task):
        turn.move(replace(task, error=error, launch=None), TaskMove.CANCELED, error=error)
        return
    if cause is Cause.TERMINATED:
        error = _NOT_ASKED_FOR
    task = _with_more_memory(turn, _counted(replace(task, error=error), cause), cause)
    refused = retries.refused(turn.run.facts.policies.of(task.node.executor).retry, ending)
    pause = None if refused else _pause(turn, task, cause)
    if pause is None or not turn.run.may_start(task):
        turn.fail(task, error, detail={**_counts(task), **({"note": f"not tried again: {refused}"} if refused else {})})
    else:
        _back_off(turn, task, cause, pause)


def _counts(task: Task) -> JsonObject:
    """How often it has failed, for the record."""
    return {"user_failures": task.user_failures, "infrastructure_failures": task.infrastructure_failures}


def _counted(task: Task, cause: Cause | None) -> Task:
    if cause in retries.TAKEN_AWAY:
        return replace(task, infrastructure_failures=task.infrastructure_failures + 1)
    return replace(task, user_failures=task.user_failures + 1)


def _with_more_memory(turn: Turn, task: Task, cause: Cause | None) -> Task:
    """The next attempt of a step that ran out of memory asks for more, if its author lets it."""
    if cause is not Cause.OUT_OF_MEMORY or task.launch is None:
        return task
    growth = turn.run.facts.policies.of(task.node.executor).memory
    launch = replace(task.launch, requests=memory.raised(task.launch.requests, growth, 1))
    return replace(task, launch=launch, out_of_memory=task.out_of_memory + 1)


def _pause(turn: Turn, task: Task, cause: Cause | None) -> float | None:
    """Seconds until the next attempt; `None`: there is none."""
    if cause in retries.TAKEN_AWAY:
        return retries.infrastructure_pause(task.infrastructure_failures)
    pause = retries.user_pause(task.node.retry, task.user_failures)
    if pause is None:
        return None
    rules = turn.run.facts.policies.of(task.node.executor).retry
    return retries.jittered(pause, rules, task.node.retry, AttemptId(turn.run.facts.id, task.id, task.attempt))


def _back_off(turn: Turn, task: Task, cause: Cause | None, pause: float) -> None:
    retry_at, error = turn.at + pause, task.error or _NOT_ASKED_FOR
    why = f"attempt {task.attempt} failed ({error.message}); the next one starts {_when(pause, retry_at)}"
    detail = {"retry_at": retry_at, **_counts(task)}
    if cause is Cause.OUT_OF_MEMORY and task.launch is not None and task.launch.requests.memory:
        why += f", and asks for {quantities.memory(task.launch.requests.memory)}"
    turn.move(replace(task, retry_at=retry_at), TaskMove.RETRIED, why=why, error=error, detail=detail)
    turn.tell(Wake(task.id, retry_at))


def _when(pause: float, at: float) -> str:
    return f"in {pause:.3g} s, at {rfc3339(at)}" if pause else "at once"
