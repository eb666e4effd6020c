"""The inputs of a task out of the outputs of its siblings and the inputs of its DAG; the outputs of DAGs and loops. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import assert_never

from bakehouse.ir import expressions, placeholders, wiring
from bakehouse.ir.errors import InvalidExpression, NoResult
from bakehouse.ir.execution import Artifact, Job, Outputs, StepError
from bakehouse.ir.spec import (
    ArtifactSource,
    Component,
    ComponentInputArtifact,
    ComponentInputParameter,
    Constant,
    OutputSelector,
    ParameterSource,
    ParameterType,
    RuntimeParameter,
    TaskFinalStatus,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator import pod_settings
from bakehouse.orchestrator.plan import DagPlan, Node, Plan, TaskKind, child_id
from bakehouse.orchestrator.run import Loop, Run, Scope, Task
from bakehouse.orchestrator.states import TaskState

#: A value that is not there: the optional input was not given. JSON's null is a value.
_ABSENT = object()
#: The words of `dsl.PipelineTaskFinalStatus` for states of ours that it calls otherwise.
_STATUS = {TaskState.CANCELED: "CANCELLED"}
_SHORT = 8  # characters of the run's id in its resource name, which on KFP is that of a workflow: PIPELINE-SUFFIX
_FAILED_CODE = 2  # gRPC's UNKNOWN, as KFP has it


@dataclass(frozen=True)
class Resolved:
    """The inputs of a task. An optional input that nothing feeds is absent, so that the function's own default applies.

    `pod` is what it asks of Kubernetes, with the values of the run in it.
    """

    parameters: JsonObject
    artifacts: Mapping[str, tuple[Artifact, ...]]
    job: Job
    pod: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class NotMade:
    """A task cannot run since what makes one of its inputs, inside a group that succeeded, was skipped."""

    why: str


def resolved(run: Run, task: Task) -> Resolved | NotMade | StepError:
    """The inputs of a task whose upstream tasks let it run, or what is missing. `task` is no round of a loop: see `loops.inputs_of`."""
    node, scope = task.node, run.scopes[task.parent]
    job = _job(run, task)
    try:
        parameters = {name: _parameter(run, scope, source, job) for name, source in node.task.inputs.parameters.items()}
        pod = _pod(run, scope, node, job)
    except (InvalidExpression, NoResult) as error:
        return StepError(message=f"cannot start: {error.message}", remedy=error.remedy or "")
    artifacts = {name: _artifacts(run, scope, source) for name, source in node.task.inputs.artifacts.items()}
    own = {name: value for name, value in parameters.items() if value is not _ABSENT}
    for name, source in node.task.inputs.parameters.items():
        if isinstance(source, Constant):
            # An f-string of the author's: it names other inputs of this very task.
            declared = node.component.inputs.parameters.get(name)
            given = placeholders.Scope(parameters=own, artifacts={}, job=job)
            parameters[name] = placeholders.resolved(source.value, given, declared.type if declared else None)
    missing = _fill(node, parameters, artifacts)
    for name, why in missing.items():
        if _was_left_out(run, scope, node.task.inputs.parameters.get(name) or node.task.inputs.artifacts.get(name)):
            return NotMade(f"not started: {why}, for it was skipped there")
    if missing:
        return StepError(message=f"cannot start: {'; '.join(missing.values())}")
    return Resolved(
        parameters={name: typed(node.component, name, value) for name, value in parameters.items() if value is not _ABSENT},
        artifacts={name: group for name, group in artifacts.items() if group or _takes_list(node, name)},
        job=job,
        pod=pod,
    )


def _pod(run: Run, scope: Scope, node: Node, job: Job) -> JsonObject:
    """What a step asks of Kubernetes. Settings know the inputs of the group around it, and what its siblings gave."""
    settings = run.facts.pods.get(node.executor)
    if not settings:
        return {}
    given = placeholders.Scope(parameters=scope.parameters, artifacts={}, job=job)

    def value(source: ParameterSource) -> Json:
        found = _parameter(run, scope, source, job)
        return None if found is _ABSENT else placeholders.resolved(found, given) if isinstance(source, Constant) else found

    return pod_settings.settled(settings, value)


def _fill(node: Node, parameters: dict[str, Json], artifacts: dict[str, tuple[Artifact, ...]]) -> dict[str, str]:
    """Defaults where nothing was given; what is missing all the same, as sentences by input."""
    missing = {}
    item = node.task.iterator.item_input if node.task.iterator is not None else None
    for name, declared in node.component.inputs.parameters.items():
        if name != item and (parameters.get(name, _ABSENT) is _ABSENT or parameters[name] is None):
            parameters[name] = _ABSENT if declared.default is None else declared.default
            if declared.default is None and not declared.is_optional:
                missing[name] = f"its input {name} was not given a value by {_feeder(node.task.inputs.parameters.get(name))}"
    for name, one in node.component.inputs.artifacts.items():
        if name != item and not artifacts.get(name) and not one.is_optional and not (one.is_list and name in artifacts):
            missing[name] = f"its input artifact {name} was not made by {_feeder(node.task.inputs.artifacts.get(name))}"
    return missing


def _takes_list(node: Node, name: str) -> bool:
    declared = node.component.inputs.artifacts.get(name)
    return declared is not None and declared.is_list


def _feeder(source: ParameterSource | ArtifactSource | None) -> str:
    match source:
        case TaskOutputParameter(producer_task=task, output_key=key) | TaskOutputArtifact(producer_task=task, output_key=key):
            return f"{task} (output {key})"
        case ComponentInputParameter(name=name) | ComponentInputArtifact(name=name) | RuntimeParameter(name=name):
            return f"the pipeline's input {name}"
        case _:
            return "the pipeline"


def _parameter(run: Run, scope: Scope, source: ParameterSource, job: Job) -> Json:
    match source:
        case Constant(value=value):
            found: Json = value
        case ComponentInputParameter(name=name) | RuntimeParameter(name=name):
            found = scope.parameters.get(name, _ABSENT)
        case TaskOutputParameter(producer_task=task, output_key=key):
            found = _sibling(run, scope, task).parameters.get(key, _ABSENT)
        case TaskFinalStatus(producer_task=task):
            found = _status(run.tasks[child_id(scope.id, task)], job)
        case _:
            assert_never(source)
    if source.selector and found is not _ABSENT:
        return expressions.selected(source.selector, found)
    return found


def _artifacts(run: Run, scope: Scope, source: ArtifactSource) -> tuple[Artifact, ...]:
    if isinstance(source, TaskOutputArtifact):
        return _sibling(run, scope, source.producer_task).artifacts.get(source.output_key, ())
    return scope.artifacts.get(source.name, ())


def _sibling(run: Run, scope: Scope, name: str) -> Outputs:
    return run.tasks[child_id(scope.id, name)].outputs or Outputs()


def _status(task: Task, job: Job) -> JsonObject:
    """What became of a task, as `dsl.PipelineTaskFinalStatus` takes it."""
    failed = task.state in {TaskState.FAILED, TaskState.CANCELED}
    message = task.error.message if task.error is not None and failed else ""
    return {
        "state": _STATUS.get(task.state, task.state.value),
        "pipelineJobResourceName": job.resource_name,
        "pipelineTaskName": task.node.name,
        "error": {"code": _FAILED_CODE if failed else 0, "message": message},
    }


def _was_left_out(run: Run, scope: Scope, source: ParameterSource | ArtifactSource | None) -> bool:
    """Whether an output of a group is missing since the task that makes it was skipped, however deep."""
    if not isinstance(source, TaskOutputParameter | TaskOutputArtifact):
        return False
    kind = "parameters" if isinstance(source, TaskOutputParameter) else "artifacts"
    waiting = [(child_id(scope.id, source.producer_task), source.output_key)]
    while waiting:
        task_id, key = waiting.pop()
        task = run.tasks.get(task_id)
        if task is None:
            continue
        if task.state is TaskState.SKIPPED:
            return True
        if task.kind is not TaskKind.DAG or _has_made(task, key, kind):
            continue
        outputs = run.facts.plan.inside(task.node).dag.outputs
        selectors: Mapping[str, tuple[OutputSelector, ...]] = outputs.parameters if kind == "parameters" else outputs.artifacts
        waiting += [(child_id(task_id, one.producer_subtask), one.output_key) for one in selectors.get(key, ())]
    return False


def _has_made(task: Task, key: str, kind: str) -> bool:
    """Whether a task has given this output; of several that could have made it, those that were skipped do not matter then."""
    if task.outputs is None:
        return False
    return key in task.outputs.parameters if kind == "parameters" else bool(task.outputs.artifacts.get(key))


def typed(component: Component, name: str, value: Json) -> Json:
    """Values as the component declares them: JSON and KFP's IR do not keep 3 and 3.0 apart, Python functions do. A text takes anything.

    What only carries a value to where it is used does not make it a text: compilers declare it as one where they do not know better.
    """
    declared = component.inputs.parameters.get(name)
    if declared is None or value is None:
        return value
    if declared.type is ParameterType.STRING and not isinstance(value, str):
        return value if name.startswith(wiring.CHANNEL) else placeholders.written(value)
    if isinstance(value, bool):
        return value
    if declared.type is ParameterType.NUMBER_INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    if declared.type is ParameterType.NUMBER_DOUBLE and isinstance(value, int):
        return float(value)
    return value


def _job(run: Run, task: Task) -> Job:
    created = rfc3339(run.facts.created_at)
    return Job(
        name=run.facts.name,
        resource_name=f"{run.facts.pipeline.info.name}-{run.facts.id[:_SHORT]}",
        uuid=run.facts.id,
        task_name=task.node.name,
        task_uuid=f"{run.facts.id}/{task.id}",
        pipeline_root=run.facts.pipeline_root,
        create_time_utc=created,
        schedule_time_utc=created,
        workspace_path=run.facts.workspace or None,
    )


# ---------------------------------------------------------------- what a DAG or a loop gives


def dag_outputs(run: Run, scope: Scope) -> Outputs:
    """The outputs of a DAG. Of several candidates (`dsl.OneOf`) the first that was made counts; what was not made is left out."""
    dag, declared = scope.plan.dag, scope.plan.component.outputs
    parameters: dict[str, Json] = {}
    artifacts: dict[str, tuple[Artifact, ...]] = {}
    for name, selectors in dag.outputs.parameters.items():
        for selector in selectors:
            given = _sibling(run, scope, selector.producer_subtask).parameters
            if selector.output_key in given and name not in parameters:
                parameters[name] = given[selector.output_key]
    for name, selectors in dag.outputs.artifacts.items():
        groups = [_sibling(run, scope, one.producer_subtask).artifacts.get(one.output_key) for one in selectors]
        made = [group for group in groups if group is not None]
        if made:
            is_list = name in declared.artifacts and declared.artifacts[name].is_list
            artifacts[name] = tuple(one for group in made for one in group) if is_list else made[0]
    return Outputs(parameters, artifacts)


def loop_outputs(run: Run, loop: Loop) -> Outputs:
    """The outputs of a loop: lists in the order of its rounds (`dsl.Collected`). Lists of loops inside are joined to one, as on KFP's back end."""
    dag = run.facts.plan.inside(run.tasks[loop.id].node)
    rounds = [run.tasks[child_id(loop.id, index)].outputs or Outputs() for index in range(loop.begun)]
    nested = {name: any(_is_gathered(run.facts.plan, dag, one) for one in selectors) for name, selectors in dag.dag.outputs.parameters.items()}
    parameters = {}
    for name, is_list in nested.items():
        values = [given.parameters[name] for given in rounds if name in given.parameters]
        joined = is_list and not run.facts.options.nested_lists
        parameters[name] = [one for value in values for one in value] if joined else values
    artifacts = {name: tuple(one for given in rounds for one in given.artifacts.get(name, ())) for name in dag.dag.outputs.artifacts}
    return Outputs(parameters, artifacts)


def _is_gathered(plan: Plan, dag: DagPlan, selector: OutputSelector) -> bool:
    """Whether an output is the list of a loop, or of one inside the group that gives it."""
    node = dag.nodes[selector.producer_subtask]
    if node.kind is not TaskKind.DAG:
        return node.kind is TaskKind.LOOP
    inside = plan.inside(node)
    return any(_is_gathered(plan, inside, one) for one in inside.dag.outputs.parameters.get(selector.output_key, ()))
