"""Runs as records and engine tell of them, for tests of how they are shown."""

from __future__ import annotations

from dataclasses import replace

from bakehouse.ir.execution import Artifact, Ending, LaunchSpec, Outputs, RunId, StepError, TaskId, Usage
from bakehouse.ir.execution import AttemptId as Attempt
from bakehouse.ir.spec import ArtifactType
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened, TaskMoved
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import TASK_MOVES, RunState, TaskMove, TaskState
from bakehouse.records.views import AttemptView, RunSummary, RunView, TaskView

RUN = RunId("1a2b3c4d-0000-4000-8000-000000000000")


def moved(task: str, before: TaskState, move: TaskMove, at: float = 0.0) -> TaskMoved:
    """A legal move of a task."""
    return TaskMoved(TaskId(task), before, move, TASK_MOVES[before, move], at, attempt=1 if move is TaskMove.LAUNCHED else 0)


def opened(task: str, number: int = 1) -> AttemptOpened:
    """An attempt that is about to be launched."""
    return AttemptOpened(LaunchSpec(Attempt(RUN, TaskId(task), number), "p", "python"), 0.0)


def closed(task: str, number: int = 1) -> AttemptClosed:
    """An attempt that is over."""
    return AttemptClosed(TaskId(task), number, Ending(), 1.0)


def artifact(kind: str, uri: str, **metadata: object) -> Artifact:
    """An artifact of a kind such as `Model`."""
    return Artifact(kind.lower(), ArtifactType(f"system.{kind}", "0.0.1"), uri, metadata)


def attempt(number: int = 1, *, error: StepError | None = None) -> AttemptView:
    """An attempt that is over."""
    state, code = ("FAILED", 1) if error else ("SUCCEEDED", 0)
    return AttemptView(number, state, "user error" if error else "", code, error, Usage(0.4, 81_200_000), {"started": 10.0, "ended": 10.5}, "a==1")


def task(name: str, *, error: StepError | None = None, outputs: Outputs | None = None) -> TaskView:
    """A task that has run."""
    state = TaskState.FAILED if error else TaskState.SUCCEEDED
    return TaskView(TaskId(name), "", state, "", (attempt(error=error),), error, 10.0, 10.5, outputs=outputs)


def reused(name: str) -> TaskView:
    """A task whose result was taken from the cache."""
    return replace(task(name), attempts=(), cached_from=RunId("feedbeef-1"), cached_at=0.0, started_at=None)


def run(*tasks: TaskView, state: RunState = RunState.SUCCEEDED, outputs: Outputs | None = None, error: StepError | None = None) -> RunView:
    """A run of these tasks."""
    summary = RunSummary(RUN, "digits 2026-11-24 10-20-30", "default", "Default", "digits", state, 9.0, 10.0, 22.0)
    return RunView(summary, {"seed": 7}, RunOptions(), "/home/artifacts/digits", error, outputs, tasks, "")
