"""Views as messages of v2beta1. Pure.

A run that was terminated is FAILED there, with the error "cancelled": KFP ends it so, and its client waits for one of
succeeded, failed, skipped and error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from bakehouse.api import kfp
from bakehouse.ir import writing
from bakehouse.ir.execution import Artifact
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records.views import ExperimentView, PipelineView, RunSummary, RunView, TaskView, VersionView

_CANCELLED, _UNKNOWN = 1, 2  # google.rpc.Code
_TASK_STATES: Mapping[TaskState, str] = {
    TaskState.WAITING: "PENDING",
    TaskState.PREPARING: "PENDING",
    TaskState.QUEUED: "PENDING",
    TaskState.RUNNING: "RUNNING",
    TaskState.BACKING_OFF: "RUNNING",
    TaskState.SUCCEEDED: "SUCCEEDED",
    TaskState.FAILED: "FAILED",
    TaskState.SKIPPED: "SKIPPED",
    TaskState.CANCELED: "CANCELED",
}


def time(seconds: float | None) -> str:
    """A time in whole seconds; the epoch stands for one that is not there yet."""
    return datetime.fromtimestamp(int(seconds or 0), tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def run_state(state: RunState) -> str:
    """A run's state as KFP's clients know it."""
    return "FAILED" if state is RunState.CANCELED else state.value


# ---------------------------------------------------------------- pipelines and experiments


def pipeline(view: PipelineView) -> kfp.Pipeline:
    """A pipeline."""
    return kfp.Pipeline(
        pipeline_id=view.id,
        name=view.name,
        display_name=view.display_name,
        description=view.description,
        created_at=time(view.created_at),
        tags=dict(view.tags),
    )


def version(view: VersionView, file: PipelineFile | None = None) -> kfp.PipelineVersion:
    """A version, with its spec where it was read."""
    return kfp.PipelineVersion(
        pipeline_id=view.pipeline_id,
        pipeline_version_id=view.id,
        name=view.name,
        display_name=view.display_name,
        description=view.description,
        created_at=time(view.created_at),
        package_url=kfp.PackageUrl(pipeline_url=view.package_url) if view.package_url else None,
        code_source_url=view.code_source_url,
        pipeline_spec=None if file is None else spec(file),
        tags=dict(view.tags),
    )


def spec(file: PipelineFile) -> kfp.Struct:
    """A pipeline file as KFP has it in JSON: bare, or beside the settings of platforms."""
    bare = writing.pipeline_spec(file.spec)
    return {"pipeline_spec": bare, "platform_spec": {"platforms": dict(file.platforms)}} if file.platforms else bare


def experiment(view: ExperimentView) -> kfp.Experiment:
    """An experiment."""
    return kfp.Experiment(
        experiment_id=view.id,
        display_name=view.name,
        description=view.description,
        created_at=time(view.created_at),
        storage_state=view.storage_state.value,
        last_run_created_at=time(view.last_run_at),
    )


# ---------------------------------------------------------------- runs


def run(view: RunSummary) -> kfp.Run:
    """A run as a list shows it: without its spec, parameters and tasks. A version that was deleted since is not referred to."""
    reference = kfp.VersionReference(pipeline_id=view.pipeline_id, pipeline_version_id=view.version_id) if view.version_name else None
    return kfp.Run(
        experiment_id=view.experiment_id,
        run_id=view.id,
        display_name=view.name,
        storage_state=view.storage_state.value,
        description=view.description,
        pipeline_version_reference=reference,
        created_at=time(view.created_at),
        scheduled_at=time(view.created_at),
        finished_at=time(view.finished_at),
        state=run_state(view.state),
        error=_error(view),
        state_history=_history(view),
    )


def run_whole(view: RunView, file: PipelineFile | None) -> kfp.Run:
    """A run with all that is known of it; its spec is shown where it has no version to refer to."""
    return run(view.summary).model_copy(
        update={
            "pipeline_spec": None if file is None or view.summary.version_name else spec(file),
            "runtime_config": kfp.RuntimeConfig(parameters=dict(view.parameters), pipeline_root=view.pipeline_root),
            "service_account": view.service_account,
            "run_details": kfp.RunDetails(task_details=[_task(view.summary, one) for one in view.tasks]),
        }
    )


def _error(view: RunSummary) -> kfp.Status | None:
    if view.state is RunState.CANCELED:
        return kfp.Status(code=_CANCELLED, message="cancelled")
    return kfp.Status(code=_UNKNOWN, message=view.error) if view.error else None


def _history(view: RunSummary) -> list[kfp.RuntimeStatus]:
    history = [kfp.RuntimeStatus(update_time=time(view.created_at), state="PENDING")]
    if view.started_at is not None and view.state is not RunState.PENDING:
        history.append(kfp.RuntimeStatus(update_time=time(view.started_at), state="RUNNING"))
    if view.finished_at is not None:
        history.append(kfp.RuntimeStatus(update_time=time(view.finished_at), state=run_state(view.state), error=_error(view)))
    return history


def _task(of_run: RunSummary, view: TaskView) -> kfp.PipelineTaskDetail:
    return kfp.PipelineTaskDetail(
        run_id=of_run.id,
        task_id=view.id,
        display_name=view.display_name,
        create_time=time(of_run.created_at),
        start_time="" if view.started_at is None else time(view.started_at),
        end_time="" if view.finished_at is None else time(view.finished_at),
        state=_TASK_STATES[view.state],
        error=None if view.error is None else kfp.Status(code=_UNKNOWN, message=view.error.message),
        inputs=_artifacts(view.input_artifacts),
        outputs=_artifacts(view.outputs.artifacts if view.outputs else {}),
    )


def _artifacts(groups: Mapping[str, Sequence[Artifact]]) -> dict[str, kfp.ArtifactList]:
    return {name: kfp.ArtifactList(artifact_ids=[one.id for one in group]) for name, group in groups.items()}
