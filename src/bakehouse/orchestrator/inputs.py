"""The inputs of a task out of the outputs of its upstream tasks and the parameters of the run; the outputs of the pipeline. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.ir import placeholders
from bakehouse.ir.execution import Artifact, Outputs, StepError, TaskId
from bakehouse.ir.spec import (
    ArtifactSource,
    ComponentInputArtifact,
    ComponentInputParameter,
    Constant,
    ParameterSource,
    ParameterType,
    RuntimeParameter,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.plan import Node
from bakehouse.orchestrator.run import Run

#: A value that is not there: the optional input was not given. JSON's null is a value.
_ABSENT = object()


@dataclass(frozen=True)
class Resolved:
    """The inputs of a task. An optional input that nothing feeds is absent, so that the function's own default applies."""

    parameters: JsonObject
    artifacts: Mapping[str, tuple[Artifact, ...]]
    job: placeholders.Job


def resolved(run: Run, node: Node) -> Resolved | StepError:
    """The inputs of a task whose upstream tasks have all succeeded, or what is missing."""
    parameters = {name: _parameter(run, source) for name, source in node.task.inputs.parameters.items()}
    artifacts = {name: _artifacts(run, source) for name, source in node.task.inputs.artifacts.items()}
    job = _job(run, node)
    own = {name: value for name, value in parameters.items() if value is not _ABSENT}
    for name, source in node.task.inputs.parameters.items():
        if isinstance(source, Constant):
            # An f-string of the author's: it names other inputs of this very task.
            declared = node.component.inputs.parameters.get(name)
            scope = placeholders.Scope(parameters=own, artifacts={}, job=job)
            parameters[name] = placeholders.resolved(source.value, scope, declared.type if declared else None)
    missing = _fill(node, parameters, artifacts)
    if missing:
        return StepError(message=f"{node.id} cannot start: {'; '.join(missing)}")
    return Resolved(
        parameters={name: _typed(node, name, value) for name, value in parameters.items() if value is not _ABSENT},
        artifacts={name: group for name, group in artifacts.items() if group},
        job=job,
    )


def _fill(node: Node, parameters: dict[str, Json], artifacts: dict[str, tuple[Artifact, ...]]) -> list[str]:
    """Defaults where nothing was given; what is missing all the same, as sentences."""
    missing = []
    for name, declared in node.component.inputs.parameters.items():
        if parameters.get(name, _ABSENT) is _ABSENT or parameters[name] is None:
            parameters[name] = _ABSENT if declared.default is None else declared.default
            if declared.default is None and not declared.is_optional:
                missing.append(f"its input {name} was not given a value by {_feeder(node.task.inputs.parameters.get(name))}")
    missing += [
        f"its input artifact {name} was not made by {_feeder(node.task.inputs.artifacts.get(name))}"
        for name, one in node.component.inputs.artifacts.items()
        if not artifacts.get(name) and not one.is_optional
    ]
    return missing


def _feeder(source: ParameterSource | ArtifactSource | None) -> str:
    match source:
        case TaskOutputParameter(producer_task=task, output_key=key) | TaskOutputArtifact(producer_task=task, output_key=key):
            return f"{task} (output {key})"
        case ComponentInputParameter(name=name) | ComponentInputArtifact(name=name) | RuntimeParameter(name=name):
            return f"the pipeline's input {name}"
        case _:
            return "the pipeline"


def _parameter(run: Run, source: ParameterSource) -> Json:
    match source:
        case Constant(value=value):
            return value
        case ComponentInputParameter(name=name) | RuntimeParameter(name=name):
            return run.facts.parameters.get(name, _ABSENT)
        case TaskOutputParameter(producer_task=task, output_key=key):
            return _outputs(run, task).parameters.get(key, _ABSENT)
        case _:
            raise TypeError(f"{source} is refused by executors.refusals before a run starts")


def _artifacts(run: Run, source: ArtifactSource) -> tuple[Artifact, ...]:
    if isinstance(source, TaskOutputArtifact):
        return _outputs(run, source.producer_task).artifacts.get(source.output_key, ())
    return ()


def _outputs(run: Run, task: str) -> Outputs:
    return run.tasks[TaskId(task)].outputs or Outputs()


def _typed(node: Node, name: str, value: Json) -> Json:
    """Numbers as the component declares them: JSON and KFP's IR do not keep 3 and 3.0 apart, Python functions do."""
    declared = node.component.inputs.parameters.get(name)
    if declared is None or isinstance(value, bool):
        return value
    if declared.type is ParameterType.NUMBER_INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    if declared.type is ParameterType.NUMBER_DOUBLE and isinstance(value, int):
        return float(value)
    return value


def _job(run: Run, node: Node) -> placeholders.Job:
    created = rfc3339(run.facts.created_at)
    return placeholders.Job(
        name=run.facts.name,
        resource_name=run.facts.id,
        uuid=run.facts.id,
        task_name=node.id,
        task_uuid=f"{run.facts.id}/{node.id}",
        pipeline_root=run.facts.pipeline_root,
        create_time_utc=created,
        schedule_time_utc=created,
    )


def pipeline_outputs(run: Run) -> Outputs:
    """What the pipeline gives: the outputs of its root DAG; one that its task did not give is left out."""
    dag = run.facts.pipeline.root.dag
    if dag is None:
        return Outputs()
    parameters: dict[str, Json] = {}
    artifacts: dict[str, tuple[Artifact, ...]] = {}
    for name, selectors in dag.outputs.parameters.items():
        for selector in selectors:
            given = _outputs(run, selector.producer_subtask).parameters
            if selector.output_key in given:
                parameters[name] = given[selector.output_key]
    for name, selectors in dag.outputs.artifacts.items():
        for selector in selectors:
            group = _outputs(run, selector.producer_subtask).artifacts.get(selector.output_key, ())
            artifacts[name] = (*artifacts.get(name, ()), *group)
    return Outputs(parameters, artifacts)
