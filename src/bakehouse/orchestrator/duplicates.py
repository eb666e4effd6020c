"""Equal steps that are on their way at the same time: one runs, the others wait for its result, each with the reason. Pure.

A claim belongs to an attempt and ends with it: whoever holds one runs and waits for nobody, so nobody waits in a circle. When an
attempt fails, all that waited ask again, and one of them claims: a step is held back by no more than what runs now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.commands import Await, LookUp, Release, TaskNoted
from bakehouse.orchestrator.events import Admitted, Claimant, ClaimChanged, Event, Held
from bakehouse.orchestrator.run import Run, Task
from bakehouse.orchestrator.states import TaskMove, TaskState
from bakehouse.orchestrator.turn import Turn

_SHORT = 8  # characters of a run's id, enough to name it


def claim(run: Run, task: Task) -> str:
    """The key under which this task's result will stand, if equal steps are to wait for it; empty if it uses no cache."""
    facts = run.facts
    asks = facts.options.use_cache and not facts.options.selection.source and facts.chosen.may_reuse(task.id)
    return task.entry.key if task.entry is not None and asks else ""


def wait(turn: Turn, task: Task, claimant: Claimant) -> None:
    """An equal step runs: wait for it, without a slot."""
    if task.entry is None:
        return
    turn.tell(TaskNoted(task.id, task.state, _why(turn.run, claimant), turn.at), Await(task.id, task.entry.key, claimant))


def held(turn: Turn, event: Held) -> None:
    """A slot was there, but an equal step has started since the cache was asked: give the slot back, and wait for it."""
    task = turn.task(event.task_id)
    if task.state is not TaskState.QUEUED or task.entry is None:
        turn.tell(Release(task.id))
        return
    task = turn.move(task, TaskMove.HELD, why=_why(turn.run, event.claimant))
    turn.tell(Release(task.id), Await(task.id, task.entry.key if task.entry else "", event.claimant))


def changed(turn: Turn, event: ClaimChanged) -> None:
    """Ask the cache again: there may be a result, nobody, or another equal step."""
    task = turn.task(event.task_id)
    if task.state is TaskState.PREPARING and task.entry is not None and task.place is not None:
        turn.tell(LookUp(task.id, task.entry.key))


def _why(run: Run, claimant: Claimant) -> str:
    if claimant.run_id == run.facts.id:
        return f"the same step runs in this run: {claimant.task_id}"
    name = f" ({claimant.run_name})" if claimant.run_name else ""
    return f"the same step runs in run {claimant.run_id[:_SHORT]}{name}: {claimant.task_id}"


def yielding(events: Sequence[Event], claimants: Mapping[TaskId, Claimant]) -> list[Event]:
    """The same events, but these tasks do not start: an equal step was quicker."""
    return [_yielding(event, claimants) for event in events]


def _yielding(event: Event, claimants: Mapping[TaskId, Claimant]) -> Event:
    if isinstance(event, Admitted) and event.task_id in claimants:
        return Held(event.task_id, claimants[event.task_id], event.at)
    return event
