"""What the machine tells the engine to do: first what to record (`Change`), in one transaction; then what to do (`Action`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bakehouse.ir.execution import AttemptId, Ending, LaunchSpec, Outputs, StepError, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.events import CachedResult, Claimant
from bakehouse.orchestrator.plan import ROOT, Node, TaskKind, child_id
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState

# ---------------------------------------------------------------- what to record


@dataclass(frozen=True)
class NewTask:
    """A task as it begins: WAITING for its `upstream`, or, a round of a loop, RUNNING.

    `index` is the number of the round, from 0, `inputs` its item by the name of its input; of an artifact there is none.
    """

    id: TaskId
    display_name: str
    upstream: tuple[TaskId, ...] = ()
    kind: TaskKind = TaskKind.STEP
    state: TaskState = TaskState.WAITING
    parent: TaskId = ROOT
    index: int | None = None
    inputs: JsonObject = field(default_factory=dict)


def new_task(scope: TaskId, node: Node) -> NewTask:
    """A task of a DAG as it begins, by its node in the plan."""
    upstream = tuple(child_id(scope, name) for name in node.upstream)
    return NewTask(child_id(scope, node.name), node.display_name, upstream, node.kind, parent=scope)


@dataclass(frozen=True)
class TasksAdded:
    """Groups have been opened, so there are tasks that were not there before: one row each, one event row for all."""

    tasks: Sequence[NewTask]
    at: float


@dataclass(frozen=True)
class TaskMoved:
    """A task goes from one state to another: one guarded statement (`WHERE state = before`) and one event row.

    `why` says why it is not running (empty when it is, or is over). `attempt` is the number of its latest attempt (0: none yet).
    `detail` goes into the event row as it is.
    """

    task_id: TaskId
    before: TaskState
    move: TaskMove
    after: TaskState
    at: float
    why: str = ""
    attempt: int = 0
    error: StepError | None = None
    detail: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class TaskNoted:
    """A task stays in its state, but the reason for its waiting changed (`building environment: scikit-learn`)."""

    task_id: TaskId
    state: TaskState
    why: str
    at: float


@dataclass(frozen=True)
class AttemptOpened:
    """An attempt is about to be launched: its row is there before its process is.

    `claim` is the cache key under which its result will stand, empty if it uses no cache: it starts only if no equal step runs.
    `component` is the name that its component has in the pipeline. `preparing_at` is when its place began to be made ready, `queued_at` since
    when it has waited for its turn (`None`: another attempt had come before it, or an engine that has gone knew).
    """

    launch: LaunchSpec
    at: float
    claim: str = ""
    component: str = ""
    preparing_at: float | None = None
    queued_at: float | None = None


@dataclass(frozen=True)
class AttemptStarted:
    """The process of an attempt runs."""

    task_id: TaskId
    attempt: int
    at: float


@dataclass(frozen=True)
class AttemptClosed:
    """An attempt is over, and with it its `claim`."""

    task_id: TaskId
    attempt: int
    ending: Ending
    at: float
    claim: str = ""


@dataclass(frozen=True)
class CacheEntry:
    """A result that later tasks may reuse. `parts` are what the key was made of, so that a miss can be explained.

    `component` is the name that the component has in its pipeline: entries of the same are compared.
    """

    key: str
    parts: JsonObject
    component: str = ""


@dataclass(frozen=True)
class Published:
    """What a task gave: its artifacts are recorded, with lineage to its inputs, together with its cache entry.

    `reused` is set when the outputs are an earlier task's, `gathered` when they are those of tasks that it holds: no new artifacts
    are recorded then.
    """

    task_id: TaskId
    attempt: int
    outputs: Outputs
    at: float
    entry: CacheEntry | None = None
    reused: CachedResult | None = None
    gathered: bool = False


@dataclass(frozen=True)
class Consumed:
    """The inputs of a task, recorded when it is released to run or reused: parameters, and artifact ids by input name (lineage)."""

    task_id: TaskId
    parameters: JsonObject
    artifacts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class RunMoved:
    """The run goes from one state to another."""

    before: RunState
    move: RunMove
    after: RunState
    at: float
    error: StepError | None = None
    outputs: Outputs | None = None


Change = TasksAdded | TaskMoved | TaskNoted | AttemptOpened | AttemptStarted | AttemptClosed | Published | Consumed | RunMoved

# ---------------------------------------------------------------- what to do


@dataclass(frozen=True)
class Prepare:
    """Make the place of a task ready; `Prepared` or `NotPrepared` follows. `launch` is the attempt as far as it is known."""

    launch: LaunchSpec


@dataclass(frozen=True)
class LookUp:
    """Ask the cache for a result under this key; `LookedUp` follows."""

    task_id: TaskId
    key: str


@dataclass(frozen=True)
class Await:
    """Watch the claim on this key, which an equal step has; `ClaimChanged` follows."""

    task_id: TaskId
    key: str
    claimant: Claimant


@dataclass(frozen=True)
class Queue:
    """Ask for a slot; `Admitted` follows."""

    task_id: TaskId


@dataclass(frozen=True)
class Launch:
    """Start the attempt; `Started` and `Ended` follow."""

    launch: LaunchSpec


@dataclass(frozen=True)
class Adopt:
    """Find out how an attempt is doing that an earlier engine launched; `Started` or `Ended` follow."""

    launch: LaunchSpec


@dataclass(frozen=True)
class Release:
    """The task no longer needs its slot, or its place in the queue."""

    task_id: TaskId


@dataclass(frozen=True)
class Wake:
    """Send `Due` at this time (seconds since the epoch)."""

    task_id: TaskId
    at: float


@dataclass(frozen=True)
class Stop:
    """End the attempt: TERM, then KILL; `Ended` follows."""

    attempt: AttemptId


@dataclass(frozen=True)
class Leave:
    """The run is over: the engine forgets it."""


Action = Prepare | LookUp | Await | Queue | Launch | Adopt | Release | Wake | Stop | Leave
Command = Change | Action
