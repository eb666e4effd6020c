"""What readers of the records get: one frozen value per thing, made anew at every call. Times in seconds since the epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from bakehouse.ir.execution import Artifact, LaunchSpec, Outputs, Requests, RunId, StepError, TaskId, Usage
from bakehouse.ir.git import GitState
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.plan import GROUPS, ROOT, TaskKind
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RunState, TaskState

#: The phase of an attempt that begins at each moment that is recorded of it; where none stands here, it has the moment's name.
_PHASES = {"opened": "starting", "launched": "starting", "started": "starting", "staged": "starting", "ended": "collecting"}


class StorageState(str, Enum):
    """Whether a run or an experiment is in the archive."""

    AVAILABLE = "AVAILABLE"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True)
class RunSummary:
    """A run as a list shows it."""

    id: RunId
    name: str
    namespace: str
    experiment: str
    pipeline_name: str
    state: RunState
    created_at: float
    started_at: float | None
    finished_at: float | None
    description: str = ""
    storage_state: StorageState = StorageState.AVAILABLE
    experiment_id: str = ""
    pipeline_id: str = ""  # empty: started from a file
    version_id: str = ""
    version_name: str = ""  # empty, too, when the version was deleted since
    error: str = ""  # the message of what it failed of
    spec: str = ""  # digest of its pipeline file
    pinned_at: float | None = None
    pin_reason: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AttemptView:
    """One attempt. `times` maps phases to times; `cause` is the text of an `ir.execution.Cause`, empty if it succeeded or runs.

    `environment_digest` and `code` are digests, of the list of installed distributions and of what is executed; empty where there is none.
    `requests` is what it asked for of its machine, without accelerators; `None` where an older Bakehouse opened it.
    """

    number: int
    state: str  # OPENED, RUNNING, SUCCEEDED, FAILED
    cause: str
    exit_code: int | None
    error: StepError | None
    usage: Usage
    times: Mapping[str, float]
    environment_lock: str
    environment_digest: str = ""
    code: str = ""
    requests: Requests | None = None
    log_note: str = ""
    launch: LaunchSpec | None = None  # where one task was asked for

    @property
    def phases(self) -> Mapping[str, float]:
        """How many seconds each phase took, in order: `preparing`, `queued`, `starting`, `staging`, `running`, `collecting`; what is over of them.

        `staging` is the copying of inputs, `starting` all else before the step's own code begins.
        """
        spans: dict[str, float] = {}
        moments = sorted(self.times.items(), key=lambda each: each[1])
        for (name, began), (_, ended) in pairwise(moments):
            phase = "staging" if name == "started" and "staged" in self.times else _PHASES.get(name, name)
            spans[phase] = spans.get(phase, 0.0) + ended - began
        return spans


@dataclass(frozen=True)
class TaskView:
    """One task. `cached_from` names the run whose result it reuses (`cached_at`: when that result was made).

    `parent` is the group it belongs to, empty at the top; `index` the number of a round of a loop, from 0.
    `attempt` is the number of its latest attempt. A list of tasks leaves out attempts, inputs and outputs. `note` says why it did not
    take an earlier result, where its run was started with a selection and is read whole.
    """

    id: TaskId
    display_name: str
    state: TaskState
    why: str
    attempts: Sequence[AttemptView]
    error: StepError | None
    started_at: float | None
    finished_at: float | None
    depends_on: Sequence[TaskId] = ()
    cached_from: RunId | None = None
    cached_from_task: TaskId | None = None
    cached_from_attempt: int | None = None
    cached_at: float | None = None
    inputs: JsonObject = field(default_factory=dict)
    input_artifacts: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    outputs: Outputs | None = None
    attempt: int = 0
    retry_at: float | None = None
    parent: TaskId = ROOT
    kind: TaskKind = TaskKind.STEP
    index: int | None = None
    note: str = ""

    @property
    def is_group(self) -> bool:
        """Whether it holds other tasks, and runs nothing itself."""
        return self.kind in GROUPS

    @property
    def warnings(self) -> Sequence[str]:
        """What its author should know of a step that succeeded: outputs that it never wrote."""
        return [f"{name} {note}" for name, note in self.outputs.unwritten.items()] if self.outputs is not None else []


class TaskMark(NamedTuple):
    """What a drawing shows of a task: cheap to have for very many. `begun`: it was started, reused, or opened if it is a group."""

    id: TaskId
    kind: TaskKind
    state: TaskState
    begun: bool
    reused: bool

    @property
    def is_group(self) -> bool:
        """Whether it holds other tasks, and runs nothing itself."""
        return self.kind in GROUPS


@dataclass(frozen=True)
class RunView:
    """A run whole."""

    summary: RunSummary
    parameters: JsonObject
    options: RunOptions
    pipeline_root: str
    error: StepError | None
    outputs: Outputs | None
    tasks: Sequence[TaskView]  # a group before what it holds, upstream before downstream, else by name
    driven_by: str  # id of the engine that drives it, empty when nobody does
    seq: int = 0  # of the latest event that this view includes
    service_account: str = ""
    git: GitState | None = None  # of the author's file; `None`: it was not started from one, or by an older Bakehouse

    @property
    def steps(self) -> Sequence[TaskView]:
        """The tasks that run something."""
        return tuple(task for task in self.tasks if not task.is_group)

    @property
    def failed(self) -> Sequence[TaskView]:
        """What failed by itself: steps, and groups that could not be opened."""
        to_blame = {task.parent for task in self.tasks if task.state is TaskState.FAILED}
        return tuple(task for task in self.tasks if task.state is TaskState.FAILED and task.id not in to_blame)


@dataclass(frozen=True)
class EventView:
    """One thing that happened to a run; `seq` counts from 1 in each run without gaps."""

    seq: int
    at: float
    kind: str
    task_id: TaskId | None
    attempt: int | None
    detail: Json


@dataclass(frozen=True)
class RunChange:
    """What became of a run since some event: as it is now, the events since, and the tasks that these are about."""

    summary: RunSummary
    seq: int
    events: Sequence[EventView]
    tasks: Sequence[TaskView]  # as a list shows them


@dataclass(frozen=True)
class ExperimentView:
    """An experiment."""

    id: str
    name: str
    namespace: str
    description: str
    created_at: float
    storage_state: StorageState
    last_run_at: float | None


@dataclass(frozen=True)
class VersionView:
    """A version of a pipeline."""

    id: str
    pipeline_id: str
    pipeline_name: str
    namespace: str
    name: str
    display_name: str
    description: str
    tags: Mapping[str, str]
    created_at: float
    package_url: str
    code_source_url: str
    spec: str = ""  # digest of its pipeline file


@dataclass(frozen=True)
class PipelineView:
    """A pipeline, with the number of its versions and the newest of them."""

    id: str
    namespace: str
    name: str
    display_name: str
    description: str
    tags: Mapping[str, str]
    created_at: float
    versions: int = 0
    latest: VersionView | None = None
