"""Runs, events and steps as our own API shows them: views to messages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bakehouse.api import runs as messages
from bakehouse.api.attempts import Failure
from bakehouse.api.base import Moment, moment
from bakehouse.api.git import GitState
from bakehouse.ir.execution import Artifact, Outputs, StepError
from bakehouse.ir.spec import PipelineFile, PipelineSpec
from bakehouse.ir.values import Json, JsonObject, canonical
from bakehouse.orchestrator.plan import located
from bakehouse.orchestrator.selecting import Selection
from bakehouse.orchestrator.states import RUN_MOVES, RunMove, TaskState
from bakehouse.records.views import EventView, RunSummary, RunView, TaskView

_LONGEST_LINE = 500  # characters
_LARGEST_VALUE = 16 << 10  # characters of the JSON of one entry of an artifact's metadata, where many artifacts are shown
_RETRYABLE = frozenset(before for before, move in RUN_MOVES if move is RunMove.RETRIED)


def optional_moment(seconds: float | None) -> Moment | None:
    """A time that may not have come."""
    return None if seconds is None else moment(seconds)


def first_line(text: str) -> str:
    """The first line of a text, or the beginning of it."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"


# ---------------------------------------------------------------- runs


def run_summary(view: RunSummary) -> messages.RunSummary:
    """A run as a list shows it."""
    return messages.RunSummary(**_summary(view))


def _summary(view: RunSummary) -> dict[str, Json]:
    return {
        "run_id": view.id,
        "name": view.name,
        "description": view.description,
        "state": messages.RunState(view.state.value),
        "storage_state": messages.StorageState(view.storage_state.value),
        "experiment": messages.ExperimentRef(experiment_id=view.experiment_id, name=view.experiment),
        "pipeline": messages.PipelineRef(
            name=view.pipeline_name, pipeline_id=view.pipeline_id, version_id=view.version_id, version_name=view.version_name
        ),
        "created_at": moment(view.created_at),
        "started_at": optional_moment(view.started_at),
        "finished_at": optional_moment(view.finished_at),
        "error": first_line(view.error),
        "pinned_at": optional_moment(view.pinned_at),
        "pin_reason": view.pin_reason,
        "tags": dict(view.tags),
    }


def run_detail(view: RunView, file: PipelineFile | None, counts: Mapping[TaskState, int]) -> messages.RunDetail:
    """A run, but for its steps; without defaults where its pipeline cannot be read."""
    options, given = view.options, view.parameters
    declared = file.spec.root.inputs.parameters if file is not None else {}
    return messages.RunDetail(
        **_summary(view.summary),
        seq=view.seq,
        parameters=dict(given),
        defaults={name: one.default for name, one in declared.items() if name not in given and one.default is not None},
        outputs=outputs(view.outputs),
        failure=failure(view.error),
        pipeline_root=view.pipeline_root,
        service_account=view.service_account,
        runner=options.runner.value,
        environment=options.environment.value,
        use_cache=options.use_cache,
        keep_going=options.keep_going,
        max_parallel=options.max_parallel,
        nested_lists=options.nested_lists,
        selection=_selection(options.selection),
        strict_resources=options.strict_resources,
        timeout=options.timeout,
        driven_by=view.driven_by,
        task_counts={messages.TaskState(state.value): count for state, count in counts.items()},
        retryable=view.summary.state in _RETRYABLE,
        git=GitState(**asdict(view.git)) if view.git is not None else None,
    )


def _selection(selection: Selection) -> messages.RunSelection:
    return messages.RunSelection(from_run=selection.source, refresh=list(selection.refresh), only=selection.only, until=selection.until)


def event(view: EventView) -> messages.Event:
    """One thing that happened."""
    return messages.Event(
        seq=view.seq, at=moment(view.at), kind=view.kind, task_id=view.task_id or "", attempt=view.attempt, detail=dict(view.detail or {})
    )


def failure(error: StepError | None) -> Failure | None:
    """What went wrong."""
    if error is None:
        return None
    return Failure(
        message=error.message,
        type=error.type,
        file=error.file,
        line=error.line or 0,
        function=error.function,
        source_line=error.source_line,
        traceback=error.traceback,
        remedy=error.remedy,
    )


# ---------------------------------------------------------------- steps


def task_summary(view: TaskView, spec: PipelineSpec | None = None) -> messages.TaskSummary:
    """A step as a list shows it; without the spec its component stays unnamed."""
    return messages.TaskSummary(**task_fields(view, spec))


def task_fields(view: TaskView, spec: PipelineSpec | None) -> dict[str, Json]:
    """What a list shows of a step, by the names of `TaskSummary`."""
    return {
        "task_id": view.id,
        "kind": messages.TaskKind(view.kind.value),
        "parent": view.parent,
        "index": view.index,
        "display_name": view.display_name,
        "component": _component(view, spec),
        "state": messages.TaskState(view.state.value),
        "why": view.why,
        "depends_on": list(view.depends_on),
        "started_at": optional_moment(view.started_at),
        "finished_at": optional_moment(view.finished_at),
        "attempts": view.attempt or (view.attempts[-1].number if view.attempts else 0),
        "cached": view.cached_from is not None,
        "error": first_line(view.error.message) if view.error else "",
    }


def _component(view: TaskView, spec: PipelineSpec | None) -> str:
    found = located(spec, view.id) if spec is not None else None
    return found.task.component if found is not None else ""


# ---------------------------------------------------------------- values


def outputs(given: Outputs | None) -> messages.Values:
    """What a run or a step gave; nothing while it has not."""
    return messages.Values() if given is None else values(given.parameters, given.artifacts)


def values(parameters: JsonObject, artifacts: Mapping[str, Sequence[Artifact]]) -> messages.Values:
    """Parameters and artifacts by name."""
    return messages.Values(parameters=dict(parameters), artifacts={name: [artifact_ref(one) for one in group] for name, group in artifacts.items()})


def artifact_ref(artifact: Artifact) -> messages.ArtifactRef:
    """An artifact among others: a long entry of its metadata is left out, and says so."""
    return messages.ArtifactRef(**{**artifact_fields(artifact), "metadata": {name: _short(value) for name, value in artifact.metadata.items()}})


def artifact_fields(artifact: Artifact) -> dict[str, Json]:
    """What is known of an artifact, by the names of `ArtifactRef`."""
    return {
        "artifact_id": artifact.id,
        "name": artifact.name,
        "type": artifact.type.schema_title or artifact.type.schema_uri,
        "uri": artifact.uri,
        "size": artifact.size,
        "digest": artifact.digest,
        "metadata": dict(artifact.metadata),
    }


def _short(value: Json) -> Json:
    length = len(value) if isinstance(value, str) else len(canonical(value)) if isinstance(value, (dict, list)) else 0
    return value if length <= _LARGEST_VALUE else f"… ({length:,} characters; the artifact's own page shows them)"
