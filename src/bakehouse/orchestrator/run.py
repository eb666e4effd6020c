"""A run and its tasks as values: what the machine knows. Frozen; every change makes a new one and has a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import immutables

from bakehouse.ir.execution import LaunchSpec, Origin, Outputs, Place, RunId, StepError, TaskId
from bakehouse.ir.spec import PipelineSpec
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.commands import CacheEntry
from bakehouse.orchestrator.errors import IllegalMove, Unreadable
from bakehouse.orchestrator.plan import Plan, plan
from bakehouse.orchestrator.ports import RunOptions, RunRecord, TaskRecord
from bakehouse.orchestrator.states import FINAL_TASK_STATES, RUN_MOVES, TASK_MOVES, RunMove, RunState, TaskMove, TaskState

_MOST_NAMED = 5  # tasks that a message lists


@dataclass(frozen=True)
class Task:
    """One task of a run. `unmet` counts the upstream tasks that have not succeeded yet.

    `launch`, `place` and `entry` are set while it is on its way to an attempt; an engine that takes over makes them anew.
    """

    id: TaskId
    state: TaskState
    unmet: int
    attempt: int = 0
    user_failures: int = 0
    infrastructure_failures: int = 0
    outputs: Outputs | None = None
    error: StepError | None = None
    retry_at: float | None = None
    launch: LaunchSpec | None = None
    place: Place | None = None
    entry: CacheEntry | None = None

    @property
    def is_over(self) -> bool:
        """Whether it stays in its state."""
        return self.state in FINAL_TASK_STATES

    def moved(self, move: TaskMove) -> Task:
        """The task after this move. Raises `IllegalMove` where the table has none."""
        after = TASK_MOVES.get((self.state, move))
        if after is None:
            raise IllegalMove(subject=f"task {self.id}", state=self.state.value, move=move.value)
        return replace(self, state=after)


@dataclass(frozen=True)
class Facts:
    """What does not change while a run goes on. `parameters` are complete: what the user gave, and defaults."""

    id: RunId
    name: str
    namespace: str
    pipeline: PipelineSpec
    plan: Plan
    parameters: JsonObject
    pipeline_root: str
    options: RunOptions
    created_at: float
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A run: its facts, its state, its tasks, and the count of those that are not over.

    `blocked_by` names the task whose failure keeps everything else from starting.
    """

    facts: Facts
    state: RunState
    tasks: immutables.Map[TaskId, Task]
    unfinished: int
    blocked_by: TaskId | None = None
    error: StepError | None = None

    def with_task(self, task: Task) -> Run:
        """The run with this task in place of its former self."""
        ended = task.is_over and not self.tasks[task.id].is_over
        return replace(self, tasks=self.tasks.set(task.id, task), unfinished=self.unfinished - ended)

    def moved(self, move: RunMove) -> Run:
        """The run after this move. Raises `IllegalMove` where the table has none."""
        after = RUN_MOVES.get((self.state, move))
        if after is None:
            raise IllegalMove(subject=f"run {self.facts.id}", state=self.state.value, move=move.value)
        return replace(self, state=after)

    @property
    def may_start(self) -> bool:
        """Whether new attempts may start at all."""
        return self.state is RunState.RUNNING and self.blocked_by is None


def recorded(record: RunRecord) -> Run:
    """The run as an engine takes it over from the records: new, or left by an engine that has gone. Raises `Unreadable`."""
    spec = record.pipeline.spec
    the_plan = _planned(record)
    tasks: dict[TaskId, Task] = {}
    for node in the_plan.nodes.values():
        row = record.tasks[node.id]
        met = sum(record.tasks[producer].state is TaskState.SUCCEEDED for producer in node.upstream)
        tasks[node.id] = Task(
            id=node.id,
            state=row.state,
            unmet=len(node.upstream) - met,
            attempt=row.attempt,
            user_failures=row.user_failures,
            infrastructure_failures=row.infrastructure_failures,
            outputs=row.outputs,
            error=row.error,
            retry_at=row.retry_at,
            launch=record.launches.get(node.id),
        )
    first = _first_failure(record)
    return Run(
        facts=Facts(
            id=record.id,
            name=record.name,
            namespace=record.namespace,
            pipeline=spec,
            plan=the_plan,
            parameters=complete(spec, record.parameters),
            pipeline_root=record.pipeline_root,
            options=record.options,
            created_at=record.created_at,
            origins=record.origins,
        ),
        state=record.state,
        tasks=immutables.Map(tasks),
        unfinished=sum(not task.is_over for task in tasks.values()),
        blocked_by=first.id if first and not record.options.keep_going else None,
        error=record.error or (blamed(first.id, first.error) if first and first.error else None),
    )


def _planned(record: RunRecord) -> Plan:
    """The plan of the run, whose tasks are all recorded. Raises `Unreadable`."""
    try:
        made = plan(record.pipeline.spec)
    except (KeyError, TypeError, ValueError) as error:  # it was checked when it was recorded, but maybe by another Bakehouse
        raise Unreadable(run=record.id, what="its pipeline", why=f"it is none that can be driven: {error}") from error
    missing = [name for name in made.nodes if name not in record.tasks]
    if missing:
        raise Unreadable(run=record.id, what="its tasks", why=f"there is no row of {', '.join(missing[:_MOST_NAMED])}")
    return made


def _first_failure(record: RunRecord) -> TaskRecord | None:
    """The task that failed before all others."""
    failed = [task for task in record.tasks.values() if task.state is TaskState.FAILED]
    return min(failed, key=lambda task: (task.finished_at or 0.0, task.id), default=None)


def blamed(task_id: TaskId, error: StepError) -> StepError:
    """The error of a run that failed through this task's."""
    return replace(error, message=f"{task_id}: {error.message}")


def complete(spec: PipelineSpec, given: JsonObject) -> JsonObject:
    """The parameters of a run: what the user gave, and the defaults of the rest. An optional one without default stays out."""
    declared = spec.root.inputs.parameters
    defaults = {name: one.default for name, one in declared.items() if one.default is not None}
    return {**defaults, **given}
