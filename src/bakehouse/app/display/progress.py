"""A run as its display knows it: folded out of what the engine recorded, or out of the records themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bakehouse.ir.execution import StepError, TaskId
from bakehouse.orchestrator.commands import Change, Published, RunMoved, TaskMoved, TaskNoted, TasksAdded
from bakehouse.orchestrator.plan import GROUPS, ROOT, DagPlan, child_id
from bakehouse.orchestrator.states import FINAL_TASK_STATES, RunState, TaskMove, TaskState
from bakehouse.records.views import RunView, TaskView


@dataclass(frozen=True)
class Reused:
    """Whose result a step has taken: a run (name empty if unknown), and when that result was made."""

    run_id: str
    run_name: str
    made_at: float


@dataclass(frozen=True)
class Step:
    """One task. `since` is when its state or its reason last changed; times in seconds since the epoch.

    `noted`: its reason was given while it stayed in its state (an environment is being built), not when it came there. `again`: why there is
    another attempt after the last one that failed.
    """

    id: TaskId
    name: str
    state: TaskState = TaskState.WAITING
    why: str = ""
    noted: bool = False
    again: str = ""
    since: float = 0.0
    attempt: int = 0
    started_at: float | None = None
    finished_at: float | None = None
    reused: Reused | None = None
    error: StepError | None = None

    @property
    def over(self) -> bool:
        """Whether it stays as it is."""
        return self.state in FINAL_TASK_STATES

    def lasted(self, now: float) -> float | None:
        """Seconds for which it has run, or ran; `None` if it never started."""
        if self.started_at is None:
            return None
        return (self.finished_at or now) - self.started_at


@dataclass(frozen=True)
class Progress:
    """The whole run: steps upstream first. A group is among them once it was skipped, or failed by itself: else what it holds is."""

    steps: Mapping[TaskId, Step] = field(default_factory=dict)
    state: RunState = RunState.PENDING
    error: StepError | None = None
    groups: frozenset[TaskId] = frozenset()


def begun(steps: Iterable[tuple[TaskId, str]], groups: Iterable[TaskId] = ()) -> Progress:
    """A run that was just recorded: ids and names of the steps at its top, upstream first, and the ids of the groups."""
    return Progress({task_id: Step(task_id, name) for task_id, name in steps}, groups=frozenset(groups))


def begun_by(top: DagPlan) -> Progress:
    """A run that nobody has driven yet, as it is shown."""
    tasks = [(child_id(ROOT, node.name), node) for node in top.nodes.values()]
    steps = [(task_id, node.display_name) for task_id, node in tasks if node.kind not in GROUPS]
    return begun(steps, [task_id for task_id, node in tasks if node.kind in GROUPS])


def after(progress: Progress, changes: Iterable[Change]) -> Progress:
    """What the run looks like once these changes were recorded."""
    steps, groups = dict(progress.steps), progress.groups
    for change in changes:
        match change:
            case RunMoved():
                progress = replace(progress, state=change.after, error=change.error)
            case TaskMoved() if change.task_id in groups and not _speaks(change):
                pass  # what it holds speaks for it
            case TaskMoved():
                steps[change.task_id] = _moved(_step(steps, change.task_id), change)
            case TasksAdded():
                groups |= {task.id for task in change.tasks if task.kind in GROUPS}
                steps |= {task.id: Step(task.id, task.id, task.state, since=change.at) for task in change.tasks if task.kind not in GROUPS}
            case TaskNoted():
                steps[change.task_id] = replace(_step(steps, change.task_id), why=change.why, noted=True, since=change.at)
            case Published(reused=result) if result is not None:
                reused = Reused(result.run_id, result.run_name, result.created_at)
                steps[change.task_id] = replace(_step(steps, change.task_id), reused=reused)
            case _:
                pass  # attempts and inputs are not part of the picture
    return replace(progress, steps=steps, groups=groups)


def _speaks(change: TaskMoved) -> bool:
    """Whether what became of a group is news: it was skipped, or failed before it held anything."""
    return change.after is TaskState.SKIPPED or (change.after is TaskState.FAILED and change.before is TaskState.WAITING)


def _step(steps: Mapping[TaskId, Step], task_id: TaskId) -> Step:
    return steps.get(task_id) or Step(task_id, task_id)


def _moved(step: Step, change: TaskMoved) -> Step:
    started = step.started_at
    if change.move in {TaskMove.LAUNCHED, TaskMove.OPENED} and started is None:
        started = change.at
    return replace(
        step,
        state=change.after,
        why=change.why,
        noted=False,
        again=change.why if change.move is TaskMove.RETRIED else step.again,
        since=change.at,
        attempt=change.attempt,
        error=change.error,
        started_at=started,
        finished_at=change.at if change.after in FINAL_TASK_STATES else None,
    )


def seen(progress: Progress, view: RunView) -> Progress:
    """What the run looks like by its records, when another engine drives it."""
    failed = {task.id for task in view.failed}
    shown = [task for task in view.tasks if not task.is_group or task.state is TaskState.SKIPPED or task.id in failed]
    steps = {task.id: as_recorded(task, progress.steps.get(task.id)) for task in shown}
    groups = frozenset(task.id for task in view.tasks if task.is_group)
    return Progress(steps, view.summary.state, view.error, groups)


def as_recorded(task: TaskView, step: Step | None = None) -> Step:
    """A task as its records tell it; `step` is what was known of it before."""
    since = step.since if step is not None and (step.state, step.why) == (task.state, task.why) else (task.finished_at or task.started_at or 0.0)
    reused = None
    if task.cached_from is not None:
        reused = Reused(task.cached_from, "", task.cached_at or 0.0)
    return Step(
        id=task.id,
        name=task.id if task.parent else task.display_name or task.id,
        state=task.state,
        why=task.why,
        since=since,
        attempt=task.attempts[-1].number if task.attempts else 0,
        started_at=task.started_at,
        finished_at=task.finished_at,
        reused=reused,
        error=task.error,
    )
