"""What the engine needs from outside: a runner, records, and a way to see whether results are still there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from bakehouse.ir.execution import AttemptId, LaunchSpec, Origin, Outputs, RunId, StepError, TaskId
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.events import Claimant, Event, Looked
from bakehouse.orchestrator.plan import ROOT, TaskKind
from bakehouse.orchestrator.selecting import EVERYTHING, Selection
from bakehouse.orchestrator.sharing import EngineReport
from bakehouse.orchestrator.states import RunState, TaskState

#: Runners hand their events to the engine with this; it never blocks and may be called from any thread.
Put = Callable[[RunId, Event], None]


class Runner(Protocol):
    """Starts attempts somewhere. Every method returns at once; what comes of it arrives as an event."""

    def prepare(self, launch: LaunchSpec) -> None:
        """Make the place of the attempt ready: `Preparing` while that takes time, then `Prepared` or `NotPrepared`."""

    def launch(self, launch: LaunchSpec) -> None:
        """Start the attempt, at most once in all the time of this home: `Started`, then `Ended`.

        `Remarked` while its end cannot be told, with the reason.
        """

    def adopt(self, launch: LaunchSpec) -> None:
        """Find an attempt that an earlier engine launched: `Started` if it runs; `Ended` when it has ended, also if it was lost.

        `Remarked` while neither can be told, with the reason.
        """

    def stop(self, attempt: AttemptId) -> None:
        """End the attempt: TERM to its process group, KILL after 10 s; `Ended` with cause TERMINATED follows."""

    def leave(self, attempt: AttemptId) -> None:
        """Let the attempt go on without this runner, for another engine follows it: nothing of it is started, ended or removed from here.

        What is told of it afterwards is for nobody. It may be adopted again.
        """

    def workspace(self, run_id: RunId) -> str:
        """The path, as steps see it, of the folder that all steps of a run share. It is made when a step that uses it starts."""

    def close(self) -> None:
        """Let go: threads end, processes of steps go on."""


class Store(Protocol):
    """Bytes of artifacts by URI."""

    def digest(self, uri: str) -> tuple[str, int] | None:
        """Digest and size (bytes) of what lies there now, read anew; `None` when nothing lies there."""

    def remove(self, uri: str, *, below: str) -> None:
        """Delete what lies there, if it lies below that folder; never through a symbolic link. Nothing there is fine."""


class Machine(Protocol):
    """What the engines of one home know of each other, since they share a machine."""

    def exchange(self, report: Callable[[Sequence[EngineReport]], EngineReport]) -> bool:
        """Call `report` with the others' reports, and publish what it returns. No other engine takes anything meanwhile.

        `False`, and nothing is called, while another engine does the same.
        """


class RunnerKind(str, Enum):
    """Where the steps of a run are started."""

    AUTO = "auto"  # Python components as processes, all others in containers
    LOCAL = "local"  # as processes of the engine's machine
    CONTAINER = "container"  # in containers of that machine
    KUBERNETES = "kubernetes"  # as pods of a cluster


class Environment(str, Enum):
    """What Python steps see: the packages that each of them asks for, or also those that the engine sees."""

    ISOLATED = ""
    CURRENT = "current"


@dataclass(frozen=True)
class RunOptions:
    """How a run is to be run. `max_parallel` 0: no limit but the slots. `strict_resources`: a step that asks for more than its machine has fails.

    `timeout`: how many seconds it may go on, 0: as its pipeline says.
    `container`: further arguments of the Docker SDK's `containers.create`, for all containers of the run.
    `nested_lists`: what loops in loops give (`dsl.Collected`) is a list of lists, as with KFP's local runner, not one list, as on its back end.
    """

    runner: RunnerKind = RunnerKind.AUTO
    use_cache: bool = True
    keep_going: bool = False
    max_parallel: int = 0
    environment: Environment = Environment.ISOLATED
    nested_lists: bool = False
    strict_resources: bool = False
    timeout: float = 0.0
    selection: Selection = EVERYTHING
    container: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class TaskRecord:
    """A task as recorded; `outputs` once it succeeded, `retry_at` while it backs off, `finished_at` once it is over (seconds since the epoch).

    `user_failures` and `infrastructure_failures` count its failed attempts by who is to blame. `since` is when it came into its state
    (`None` where an older Bakehouse wrote it), `process_since` when the process of its open attempt started.
    `out_of_memory` counts its attempts that ran out of memory, also those before a retry of the run.
    """

    id: TaskId
    state: TaskState
    parent: TaskId = ROOT
    kind: TaskKind = TaskKind.STEP
    attempt: int = 0
    outputs: Outputs | None = None
    retry_at: float | None = None
    user_failures: int = 0
    infrastructure_failures: int = 0
    why: str = ""
    error: StepError | None = None
    finished_at: float | None = None
    since: float | None = None
    process_since: float | None = None
    out_of_memory: int = 0


@dataclass(frozen=True)
class RunRecord:
    """A run as recorded, enough to drive it on. `parameters` are what the user gave, without defaults.

    `error` is what has been recorded against it as a whole, `terminated_by` who wants it to end (`None`: nobody does),
    `at_once` whether without its exit tasks, `started_at` when an engine first took it in this life of its.
    `workspace` is where its steps find the folder that they share, `service_account` whose rights they have in a cluster.
    `launches` holds the launch specs of attempts that were opened and not closed, by task.
    `origins` maps executor labels to where their source stands in the author's file.
    """

    id: RunId
    name: str
    namespace: str
    pipeline: PipelineFile
    parameters: JsonObject
    pipeline_root: str
    options: RunOptions
    state: RunState
    created_at: float
    tasks: Mapping[TaskId, TaskRecord]
    launches: Mapping[TaskId, LaunchSpec] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    error: StepError | None = None
    terminated_by: str | None = None
    at_once: bool = False
    workspace: str = ""
    started_at: float | None = None
    service_account: str = ""


class RequestKind(str, Enum):
    """What a user can wish of whoever drives a run."""

    TERMINATE = "terminate"
    TERMINATE_NOW = "terminate now"  # exit tasks too


@dataclass(frozen=True)
class Request:
    """A user's wish about a run, left as a row for whoever drives it."""

    id: int
    run_id: RunId
    kind: RequestKind
    by: str
    at: float


class Driving(Protocol):
    """The records as one engine uses them. All methods are called from the engine's thread."""

    def beat(self) -> None:
        """Renew the engine's heartbeat row."""

    def take(self, run_id: RunId) -> tuple[RunRecord, int] | None:
        """Take a free, unfinished run by one guarded UPDATE that raises its epoch: the run and the new epoch; `None` if it is not to be had.

        Raises `Unreadable` when what is recorded of it cannot be read: it is free then as it was before.
        """

    def put_aside(self, run_id: RunId, reason: StepError) -> Sequence[AttemptId]:
        """Fail an unfinished run that no engine can read, unless another engine drives it: the attempts of which nothing is heard any more."""

    def free_runs(self) -> Sequence[RunId]:
        """Unfinished runs that no live engine drives, oldest first, at most 100."""

    def write(self, run_id: RunId, epoch: int, changes: Sequence[Change]) -> None:
        """Record the changes in one transaction, each guarded by its `before` state and the epoch.

        Raises `Displaced` when another engine has taken the run, `Claimed` when attempts would start of steps that run already:
        nothing is written then.
        """

    def requests(self, run_ids: Sequence[RunId]) -> Sequence[Request]:
        """Requests about these runs that nobody has handled."""

    def handled(self, request: Request, epoch: int) -> None:
        """Mark a request as handled."""

    def look_up(self, namespace: str, key: str, ttl: float = math.inf) -> Looked:
        """The newest result under this key, at most `ttl` seconds old, that was not invalidated and whose artifacts are all still recorded.

        If there is none, why, and who is about to make one, if somebody is.
        """

    def claimants(self, namespace: str, keys: Sequence[str]) -> Mapping[str, Claimant]:
        """The attempts that run now whose results will stand under these keys, by key; those of engines that have gone do not count."""

    def cached_in(self, source: RunId, namespace: str, key: str) -> Looked:
        """The same of what the run `source` made or reused, however old it is."""

    def parts_in(self, source: RunId, namespace: str, task_id: TaskId) -> JsonObject | None:
        """What the key of a task of the run `source` was made of; `None` where it recorded no result under a key."""

    def changed(self) -> bool:
        """Whether another connection may have written since the last call (cheap)."""

    def overdue(self) -> bool:
        """Whether an engine that drove a run at the last look for free ones may have fallen silent for too long since (cheap)."""

    def release(self, run_id: RunId, epoch: int) -> None:
        """Give a run up so that another engine may take it at once."""

    def close(self) -> None:
        """Let go of the records. Twice is once."""
