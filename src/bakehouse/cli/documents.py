"""Runs as JSON documents, for programs that read `--output json`. Field names are a promise: docs and scripts rely on them."""

from __future__ import annotations

from dataclasses import asdict

from bakehouse.actions.steps import executed
from bakehouse.ir.execution import Artifact, Outputs, StepError
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.suggestions import Suggestion
from bakehouse.records.views import AttemptView, EventView, RunSummary, RunView, TaskView


def run(view: RunView) -> JsonObject:
    """What `bakehouse run` says of a run: how it ended, what it gave, and the same of each task."""
    return {
        "run_id": view.summary.id,
        "name": view.summary.name,
        "state": view.summary.state.value,
        "error": _error(view.error),
        "outputs": _outputs(view.outputs),
        "tasks": [_task(task) for task in view.tasks],
    }


def whole(view: RunView) -> JsonObject:
    """What `bakehouse runs show` says: all of `run`, and everything else that is recorded."""
    return {
        **run(view),
        **summary(view.summary),
        "parameters": dict(view.parameters),
        "options": asdict(view.options),
        "pipeline_root": view.pipeline_root,
        "driven_by": view.driven_by or None,
        "git": asdict(view.git) if view.git is not None else None,
        "tasks": [step(task) for task in view.tasks],
    }


def step(task: TaskView) -> JsonObject:
    """One step whole; what its attempts executed only where it was asked for alone."""
    return {**_task(task), **_more(task)}


def suggestion(one: Suggestion) -> JsonObject:
    """What steps should ask for of their machine; amounts are cores or bytes."""
    return {**asdict(one), "resource": one.resource.value, "call": one.call}


def summary(shown: RunSummary) -> JsonObject:
    """A run in the list of `bakehouse runs list`. Times are RFC 3339 texts, or null."""
    return {
        "run_id": shown.id,
        "name": shown.name,
        "state": shown.state.value,
        "pipeline": shown.pipeline_name,
        "experiment": shown.experiment,
        "namespace": shown.namespace,
        "created_at": _time(shown.created_at),
        "started_at": _time(shown.started_at),
        "finished_at": _time(shown.finished_at),
        "duration_s": _seconds(shown.started_at, shown.finished_at),
        "pinned_at": _time(shown.pinned_at),
        "pin_reason": shown.pin_reason or None,
        "tags": dict(shown.tags),
    }


def event(shown: EventView) -> JsonObject:
    """Something that happened to a run."""
    return {**asdict(shown), "at": _time(shown.at)}


def _task(task: TaskView) -> JsonObject:
    return {
        "name": task.id,
        "kind": task.kind.value,
        "state": task.state.value,
        "attempts": len(task.attempts),
        "cached_from": task.cached_from,
        "note": task.note,
        "duration_s": _seconds(task.started_at, task.finished_at),
        "outputs": _outputs(task.outputs),
        "warnings": list(task.warnings),
        "error": _error(task.error),
    }


def _more(task: TaskView) -> JsonObject:
    return {
        "display_name": task.display_name,
        "why": task.why,
        "depends_on": list(task.depends_on),
        "cached_at": _time(task.cached_at),
        "cached_from_task": task.cached_from_task,
        "started_at": _time(task.started_at),
        "finished_at": _time(task.finished_at),
        "inputs": {
            "parameters": dict(task.inputs),
            "artifacts": {name: [_artifact(one) for one in group] for name, group in task.input_artifacts.items()},
        },
        "attempt_details": [_attempt(attempt) for attempt in task.attempts],
    }


def _attempt(attempt: AttemptView) -> JsonObject:
    return {
        "number": attempt.number,
        "state": attempt.state,
        "cause": attempt.cause or None,
        "exit_code": attempt.exit_code,
        "error": _error(attempt.error),
        "cpu_seconds": attempt.usage.cpu_seconds,
        "peak_memory": attempt.usage.peak_memory,
        "requests": {"cpu": attempt.requests.cpu, "memory": attempt.requests.memory} if attempt.requests is not None else None,
        "times": {moment: _time(at) for moment, at in attempt.times.items()},
        "phases_s": {phase: round(seconds, 3) for phase, seconds in attempt.phases.items()},
        "code_digest": attempt.code or None,
        "environment_digest": attempt.environment_digest or None,
        "environment": attempt.environment_lock.splitlines(),
        "log_note": attempt.log_note,
        **({"executed": asdict(executed(attempt.launch))} if attempt.launch is not None else {}),
    }


def _outputs(outputs: Outputs | None) -> JsonObject:
    """What a pipeline gave, by name: values of parameters, and artifacts (one, or a list)."""
    if outputs is None:
        return {}
    artifacts = {name: [_artifact(one) for one in group] for name, group in outputs.artifacts.items()}
    return {**outputs.parameters, **{name: group[0] if len(group) == 1 else group for name, group in artifacts.items()}}


def _artifact(artifact: Artifact) -> JsonObject:
    return {
        "name": artifact.name,
        "type": artifact.type.schema_title,
        "uri": artifact.uri,
        "metadata": dict(artifact.metadata),
        "digest": artifact.digest or None,
        "size": artifact.size,
    }


def _error(error: StepError | None) -> Json:
    return None if error is None else asdict(error)


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else rfc3339(seconds)


def _seconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(end - start, 3)
