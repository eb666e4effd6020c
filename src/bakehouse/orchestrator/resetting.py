"""Which tasks begin again when a run that did not succeed is retried. Pure; the records ask this within their transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.plan import ROOT
from bakehouse.orchestrator.states import TaskState

_UNSUCCESSFUL = frozenset({TaskState.FAILED, TaskState.CANCELED})


@dataclass(frozen=True)
class Row:
    """A task as recorded, as far as it matters here. `marked`: a user marked it as succeeded since the run ended."""

    id: TaskId
    state: TaskState
    upstream: Sequence[TaskId]
    parent: TaskId = ROOT
    marked: bool = False


def begun_again(tasks: Mapping[TaskId, Row]) -> Mapping[TaskId, str]:
    """The tasks that begin again, each with the reason why it waits: what did not succeed, and what followed something that did not.

    A group that did not succeed keeps what succeeded in it, unless it followed something that did not (exit tasks): then what it
    was given may change. Groups that succeeded stay as they are, with all they hold: a condition in them that was false is no failure.
    """
    children: dict[TaskId, list[Row]] = {}
    for task in tasks.values():
        children.setdefault(task.parent, []).append(task)
    found: set[TaskId] = set()
    waiting = [(ROOT, False)]
    while waiting:
        group, wholly = waiting.pop()
        for task, also_wholly in _found(children.get(group, []), wholly=wholly):
            found.add(task.id)
            waiting.append((task.id, also_wholly))
    return {name: _why(tasks, tasks[name], found) for name in sorted(found)}


def _found(group: Sequence[Row], *, wholly: bool) -> Iterator[tuple[Row, bool]]:
    """Of the tasks of one group those that begin again, and whether they do so with all they hold."""
    if wholly:
        yield from ((task, True) for task in group)
        return
    states = {task.id: task.state for task in group}
    marked = {task.id for task in group if task.marked}
    broken = bool(marked) or not _UNSUCCESSFUL.isdisjoint(states.values())
    users: dict[TaskId, list[TaskId]] = {}
    for task in group:
        for name in task.upstream:
            users.setdefault(name, []).append(task.id)
    # What was skipped in a group without a failure was not wanted: who did without it did so rightly.
    # What followed a step that is marked by now (an exit task), or was skipped for it, has seen it fail.
    spreading = [name for name, state in states.items() if state in _UNSUCCESSFUL or (broken and state is TaskState.SKIPPED) or name in marked]
    reached: set[TaskId] = set()
    while spreading:
        for user in users.get(spreading.pop(), ()):
            if user not in reached:
                reached.add(user)
                spreading.append(user)
    for task in group:
        if task.id in reached or task.state is not TaskState.SUCCEEDED:
            yield task, task.id in reached


def _why(tasks: Mapping[TaskId, Row], task: Row, found: set[TaskId]) -> str:
    unmet = [one for one in task.upstream if one in found or tasks[one].state is not TaskState.SUCCEEDED]
    return waiting_for(unmet) or (f"waiting for {task.parent} to come to it" if task.parent else "")


def waiting_for(upstream: Sequence[TaskId]) -> str:
    """Why a task waits that has these to wait for; empty where there are none."""
    return f"waiting for {', '.join(upstream)}" if upstream else ""
