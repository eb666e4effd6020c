"""How long a task may wait for a slot, start and run, and a run may go on. Pure.

All that a limit is counted from is recorded, so that an engine that takes over comes to the same time. What is due is looked at
again when its time has come (`Wake`, then `Due`): a timer that comes twice or too late does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bakehouse.ir.durations import shown
from bakehouse.ir.execution import Cause, Ending, StepError
from bakehouse.orchestrator.run import EXPIRED, Run, Task
from bakehouse.orchestrator.states import RunState, TaskState


@dataclass(frozen=True)
class Limit:
    """When a limit is reached (seconds since the epoch), and what is to be said then."""

    at: float
    error: StepError


def of_task(run: Run, task: Task) -> Limit | None:
    """The limit of what a step does now; `None` if there is none."""
    limits = run.facts.policies.of(task.node.executor).limits
    if task.state is TaskState.RUNNING and task.started_at is not None:
        return _limit(task.started_at, limits.running, "the step ran longer than {}", "running")
    if task.state is TaskState.QUEUED:
        return _limit(task.since, limits.queueing, "the step waited for a slot longer than {}", "queueing")
    if task.state is TaskState.PREPARING and task.place is None:  # else it asks the cache, or waits for an equal step
        return _limit(task.since, limits.starting, "the environment of the step was not ready after {}", "starting")
    if task.state is TaskState.RUNNING:
        return _limit(task.since, limits.starting, "the process of the step had not started after {}", "starting")
    return None


def of_run(run: Run) -> Limit | None:
    """The limit of a run that goes on; `None` if there is none. That of the command that started it goes before the pipeline's own."""
    span = run.facts.options.timeout or run.facts.policies.run_timeout
    if run.state is not RunState.RUNNING or run.started_at is None or not span:
        return None
    error = StepError(
        message=f"the run went on longer than its limit of {shown(span)}",
        type=EXPIRED,
        remedy="Give it more time (--timeout, or active_deadline_seconds of its PipelineConfig). When the run is retried, what succeeded is kept.",
    )
    return Limit(run.started_at + span, error)


def judged(run: Run, task: Task, ending: Ending, at: float) -> Ending:
    """How an attempt ended, its limits considered: what was terminated when one was reached, was terminated for that."""
    limit = of_task(run, task)
    if ending.cause is not Cause.TERMINATED or limit is None or at < limit.at or run.is_being_stopped(task):
        return ending
    return replace(ending, cause=Cause.TIMEOUT, error=limit.error)


def _limit(since: float | None, span: float | None, message: str, name: str) -> Limit | None:
    if since is None or span is None:
        return None
    what = message.format(f"its limit of {shown(span)}")
    return Limit(since + span, StepError(message=what, type=EXPIRED, remedy=f'Give it more time: .set_timeout({name}="…").'))
