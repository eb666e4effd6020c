"""A run and its tasks as values: what the machine knows. Frozen; every change makes a new one and has a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import immutables

from bakehouse.ir.execution import Artifact, AttemptId, LaunchSpec, Origin, Outputs, Place, RunId, StepError, TaskId
from bakehouse.ir.policies import Policies
from bakehouse.ir.spec import PipelineSpec
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator import selecting
from bakehouse.orchestrator.commands import CacheEntry
from bakehouse.orchestrator.errors import IllegalMove
from bakehouse.orchestrator.plan import GROUPS, ROOT, DagPlan, Node, Plan, TaskKind, child_id
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.selecting import Chosen
from bakehouse.orchestrator.states import FINAL_TASK_STATES, RUN_MOVES, TASK_MOVES, RunMove, RunState, TaskMove, TaskState
from bakehouse.orchestrator.values import replace

#: The type of the errors of what took too long; a run that is being ended and whose error has it, is ended by its limit.
EXPIRED = "Timeout"


@dataclass(frozen=True)
class Task:
    """One task of a run. `unmet` counts the upstream tasks that keep it from starting.

    `parent` is the group it belongs to, empty at the top; `index` is set for a round of a loop, whose `node` is that of the loop.
    `since` is when it came into its state, `started_at` when the process of its running attempt started (seconds since the epoch).
    `preparing_at` is when its place began to be made ready, while no attempt has come of that.
    `launch`, `place` and `entry` are set while it is on its way to an attempt; an engine that takes over makes them anew.
    """

    id: TaskId
    node: Node
    state: TaskState
    unmet: int
    kind: TaskKind = TaskKind.STEP
    parent: TaskId = ROOT
    index: int | None = None
    attempt: int = 0
    user_failures: int = 0
    infrastructure_failures: int = 0
    out_of_memory: int = 0
    outputs: Outputs | None = None
    error: StepError | None = None
    retry_at: float | None = None
    since: float | None = None
    started_at: float | None = None
    preparing_at: float | None = None
    launch: LaunchSpec | None = None
    place: Place | None = None
    entry: CacheEntry | None = None

    @property
    def is_over(self) -> bool:
        """Whether it stays in its state."""
        return self.state in FINAL_TASK_STATES

    def moved(self, move: TaskMove, *, at: float | None = None) -> Task:
        """The task after this move, at this time. Raises `IllegalMove` where the table has none."""
        after = TASK_MOVES.get((self.state, move))
        if after is None:
            raise IllegalMove(subject=f"task {self.id}", state=self.state.value, move=move.value)
        return replace(self, state=after, since=at, started_at=None)


@dataclass(frozen=True)
class Scope:
    """A DAG that is being run: the root, a group, or one round of a loop. `id` is that task's, empty for the root.

    `unfinished` counts its tasks that are not over, `failed` names the first that failed. `privileged`: it belongs to an exit task, and
    goes on when the run is terminated.
    """

    id: TaskId
    plan: DagPlan
    parameters: JsonObject
    artifacts: Mapping[str, tuple[Artifact, ...]]
    unfinished: int
    failed: TaskId | None = None
    canceled: bool = False
    privileged: bool = False


@dataclass(frozen=True)
class Loop:
    """A loop that is being run: `items` one for each round, `begun` of them have begun, `running` are not over. `limit` 0: no limit."""

    id: TaskId
    items: Sequence[Json | Artifact]
    parameters: JsonObject
    artifacts: Mapping[str, tuple[Artifact, ...]]
    limit: int
    begun: int = 0
    running: int = 0
    failed: TaskId | None = None
    canceled: bool = False
    privileged: bool = False


@dataclass(frozen=True)
class Facts:
    """What does not change while a run goes on. `parameters` are complete: what the user gave, and defaults.

    `pods`: what steps ask of Kubernetes, by executor. `service_account`: whose rights they have there.
    """

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
    workspace: str = ""
    policies: Policies = field(default_factory=Policies)
    pods: Mapping[str, JsonObject] = field(default_factory=dict)
    service_account: str = ""

    @cached_property
    def chosen(self) -> Chosen:
        """Which steps are run at all, and which may not take an earlier result."""
        return selecting.chosen(self.plan, self.options.selection)


@dataclass(frozen=True)
class Run:
    """A run: its facts, its state, all its tasks, and those of its DAGs and loops that are being run.

    `at_once`: it is being terminated, and exit tasks are not to run either. `started_at`: since when it goes on.
    """

    facts: Facts
    state: RunState
    tasks: immutables.Map[TaskId, Task]
    scopes: immutables.Map[TaskId, Scope]
    loops: immutables.Map[TaskId, Loop]
    error: StepError | None = None
    at_once: bool = False
    started_at: float | None = None

    @property
    def unfinished(self) -> int:
        """How many tasks at the top are not over."""
        return self.scopes[ROOT].unfinished

    @property
    def open_attempts(self) -> Sequence[AttemptId]:
        """The attempts that were started and are not over; it looks at every task."""
        begun = (task for task in self.tasks.values() if task.state is TaskState.RUNNING and task.kind not in GROUPS and task.attempt)
        return tuple(AttemptId(self.facts.id, task.id, task.attempt) for task in begun)

    @property
    def fails_fast(self) -> bool:
        """Whether a failure keeps what has not started in its DAG or loop from starting."""
        return not self.facts.options.keep_going

    @property
    def has_expired(self) -> bool:
        """Whether it is being ended since it went on longer than it may."""
        return self.state is RunState.CANCELING and self.error is not None and self.error.type == EXPIRED

    def with_task(self, task: Task) -> Run:
        """The run with this task in place of its former self."""
        return replace(self, tasks=self.tasks.set(task.id, task))

    def moved(self, move: RunMove) -> Run:
        """The run after this move. Raises `IllegalMove` where the table has none."""
        after = RUN_MOVES.get((self.state, move))
        if after is None:
            raise IllegalMove(subject=f"run {self.facts.id}", state=self.state.value, move=move.value)
        return replace(self, state=after)

    def may_start(self, task: Task) -> bool:
        """Whether this task may start once its upstream tasks let it."""
        if task.kind is TaskKind.ITERATION:
            return self.may_go_on(self.loops[task.parent])
        scope = self.scopes[task.parent]
        if scope.failed is not None and self.fails_fast and not self.goes_on(task):
            return False
        return self.state is RunState.RUNNING or (self.state is RunState.CANCELING and not self.is_being_stopped(task))

    def goes_on(self, task: Task) -> bool:
        """Whether a failure in its DAG does not keep a task from starting: it runs whatever happened, or starts nothing but only looks."""
        return task.node.always or self.facts.chosen.must_reuse(task.id)

    def is_being_stopped(self, task: Task) -> bool:
        """Whether this task is to end since the run was terminated."""
        return self.state is RunState.CANCELING and (self.at_once or not self.is_privileged(task))

    def may_go_on(self, loop: Loop) -> bool:
        """Whether a loop may begin more rounds."""
        return self.state is RunState.RUNNING or (self.state is RunState.CANCELING and loop.privileged and not self.at_once)

    def unmet(self, scope: TaskId, node: Node) -> int:
        """How many upstream tasks keep a task of this DAG from starting."""
        return sum(not is_met(node, self.tasks.get(child_id(scope, name))) for name in node.upstream)

    def is_privileged(self, task: Task) -> bool:
        """Whether this task goes on, or still starts, when the run is terminated: an exit task, and all that it holds."""
        if task.kind is TaskKind.ITERATION:
            return self.loops[task.parent].privileged
        return task.node.is_exit or self.scopes[task.parent].privileged


def is_met(node: Node, upstream: Task | None) -> bool:
    """Whether an upstream task does not keep this one from starting any more."""
    if upstream is None or not upstream.is_over:
        return False
    if node.always or upstream.state is TaskState.SUCCEEDED:
        return True
    return upstream.state is TaskState.SKIPPED and upstream.node.name in node.tolerant


def blamed(task: Task) -> StepError:
    """The error of a group or a run that failed through this task's: the message names the step that failed."""
    error = task.error or StepError(message="failed")
    if task.kind not in GROUPS or not error.message.startswith(f"{task.id}/"):
        return replace(error, message=f"{task.id}: {error.message}")
    return error


def complete(spec: PipelineSpec, given: JsonObject) -> JsonObject:
    """The parameters of a run: what the user gave, and the defaults of the rest. An optional one without default stays out."""
    declared = spec.root.inputs.parameters
    defaults = {name: one.default for name, one in declared.items() if one.default is not None}
    return {**defaults, **given}
