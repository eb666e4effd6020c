"""What readers of the records get: one frozen value per thing, made anew at every call. Times in seconds since the epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bakehouse.ir.execution import Artifact, Outputs, RunId, StepError, TaskId, Usage
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RunState, TaskState


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


@dataclass(frozen=True)
class AttemptView:
    """One attempt. `times` maps phases to times; `cause` is the text of an `ir.execution.Cause`, empty if it succeeded or runs."""

    number: int
    state: str  # OPENED, RUNNING, SUCCEEDED, FAILED
    cause: str
    exit_code: int | None
    error: StepError | None
    usage: Usage
    times: Mapping[str, float]
    environment_lock: str
    log_note: str = ""


@dataclass(frozen=True)
class TaskView:
    """One task. `cached_from` names the run whose result it reuses (`cached_at`: when that result was made)."""

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


@dataclass(frozen=True)
class RunView:
    """A run whole."""

    summary: RunSummary
    parameters: JsonObject
    options: RunOptions
    pipeline_root: str
    error: StepError | None
    outputs: Outputs | None
    tasks: Sequence[TaskView]  # upstream before downstream, else by name
    driven_by: str  # id of the engine that drives it, empty when nobody does


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
class Producer:
    """A task that gave an artifact as its output: the one that made it, or one that reused it from the cache."""

    run_id: RunId
    task_id: TaskId
    attempt: int
    output: str
    reused: bool


@dataclass(frozen=True)
class Consumer:
    """A task that took an artifact as its input."""

    run_id: RunId
    task_id: TaskId
    input: str
