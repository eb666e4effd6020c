"""A `PipelineSpec` to the JSON that KFP's compiler would have of it: proto JSON, default values left out, integers in values as floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from typing_extensions import assert_never

from bakehouse.ir.spec import (
    Accelerator,
    ArtifactInput,
    ArtifactIterator,
    ArtifactOutput,
    ArtifactSource,
    ArtifactType,
    Component,
    ComponentInputArtifact,
    ComponentInputParameter,
    ComponentInputs,
    ComponentOutputs,
    Constant,
    Container,
    Dag,
    DagOutputs,
    Executor,
    Importer,
    OutputSelector,
    ParameterInput,
    ParameterIterator,
    ParameterOutput,
    ParameterSource,
    PipelineSpec,
    Resources,
    RetryPolicy,
    RuntimeParameter,
    Task,
    TaskFinalStatus,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from bakehouse.ir.values import Json

Message: TypeAlias = dict[str, Any]


def pipeline_spec(spec: PipelineSpec) -> Message:
    """The first document."""
    return _some(
        components={name: component(one) for name, one in spec.components.items()},
        defaultPipelineRoot=spec.default_pipeline_root,
        deploymentSpec=_some(executors={name: _executor(one) for name, one in spec.executors.items()}),
        pipelineInfo=_some(name=spec.info.name, displayName=spec.info.display_name, description=spec.info.description),
        root=component(spec.root),
        schemaVersion=spec.schema_version,
        sdkVersion=spec.sdk_version,
    )


def component(one: Component) -> Message:
    """A `ComponentSpec`."""
    message = _some(
        executorLabel=one.executor_label,
        inputDefinitions=_inputs(one.inputs),
        outputDefinitions=_outputs(one.outputs),
        taskConfigPassthroughs=[_some(field=each.field, applyToTask=each.apply_to_task) for each in one.task_config_passthroughs],
    )
    if one.dag is not None:
        message["dag"] = _dag(one.dag)
    return message


def value(given: Json) -> Json:
    """A value as protobuf keeps it: every number a float, where a float can hold it."""
    if isinstance(given, bool):
        return given
    if isinstance(given, int):
        return _floated(given)
    if isinstance(given, Mapping):
        return {key: value(one) for key, one in given.items()}
    if isinstance(given, list | tuple):
        return [value(one) for one in given]
    return given


def _floated(number: int) -> int | float:
    try:
        as_float = float(number)
    except OverflowError:
        return number
    return as_float if int(as_float) == number else number


def _some(**fields: object) -> Message:
    """The fields that are not the default value of their type."""
    return {name: one for name, one in fields.items() if one not in _DEFAULTS}


_DEFAULTS: tuple[object, ...] = (None, "", False, {}, [])


# ---------------------------------------------------------------- interfaces


def _inputs(inputs: ComponentInputs) -> Message:
    return _some(
        parameters={name: _parameter_input(one) for name, one in inputs.parameters.items()},
        artifacts={name: _artifact(one) for name, one in inputs.artifacts.items()},
    )


def _parameter_input(one: ParameterInput) -> Message:
    message = _some(
        parameterType=one.type.value,
        isOptional=one.is_optional,
        description=one.description,
        literals=[value(literal) for literal in one.literals],
    )
    if one.default is not None:
        message["defaultValue"] = value(one.default)
    return message


def _outputs(outputs: ComponentOutputs) -> Message:
    return _some(
        parameters={name: _parameter_output(one) for name, one in outputs.parameters.items()},
        artifacts={name: _artifact(one) for name, one in outputs.artifacts.items()},
    )


def _parameter_output(one: ParameterOutput) -> Message:
    return _some(parameterType=one.type.value, description=one.description)


def _artifact(one: ArtifactInput | ArtifactOutput) -> Message:
    message = _some(
        isArtifactList=one.is_list,
        isOptional=one.is_optional if isinstance(one, ArtifactInput) else False,
        description=one.description,
        metadata=value(one.metadata) if isinstance(one, ArtifactOutput) else {},
    )
    message["artifactType"] = _artifact_type(one.type)
    return message


def _artifact_type(kind: ArtifactType) -> Message:
    return _some(
        schemaTitle=kind.schema_title,
        schemaVersion=kind.schema_version,
        schemaUri=kind.schema_uri,
        instanceSchema=kind.instance_schema,
    )


# ---------------------------------------------------------------- DAGs


def _dag(dag: Dag) -> Message:
    return _some(tasks={name: _task(task) for name, task in dag.tasks.items()}, outputs=_dag_outputs(dag.outputs))


def _task(task: Task) -> Message:
    message = _some(
        dependentTasks=list(task.dependent_tasks),
        inputs=_task_inputs(task.inputs),
        iteratorPolicy=_some(parallelismLimit=task.parallelism_limit or None),
        taskInfo=_some(name=task.display_name),
    )
    message["componentRef"] = {"name": task.component}
    if task.caching is not None:
        message["cachingOptions"] = _some(enableCache=task.caching.enable_cache, cacheKey=task.caching.cache_key)
    if task.trigger is not None:
        strategy = task.trigger.strategy
        message["triggerPolicy"] = _some(condition=task.trigger.condition, strategy=strategy.value if strategy else None)
    if task.retry is not None:
        message["retryPolicy"] = _retry(task.retry)
    match task.iterator:
        case ParameterIterator(item_input=item, raw=raw, input_parameter=name):
            items = {"raw": raw} if raw is not None else _some(inputParameter=name)
            message["parameterIterator"] = {"itemInput": item, "items": items}
        case ArtifactIterator(item_input=item, input_artifact=name):
            message["artifactIterator"] = {"itemInput": item, "items": {"inputArtifact": name}}
        case None:
            pass
        case _:
            assert_never(task.iterator)
    return message


def _retry(retry: RetryPolicy) -> Message:
    message = _some(maxRetryCount=retry.max_retry_count or None)
    if retry.backoff_duration is not None:
        message["backoffDuration"] = duration(retry.backoff_duration)
    if retry.backoff_factor is not None:
        message["backoffFactor"] = float(retry.backoff_factor)
    if retry.backoff_max_duration is not None:
        message["backoffMaxDuration"] = duration(retry.backoff_max_duration)
    return message


def duration(seconds: float) -> str:
    """Seconds as protobuf's JSON writes durations: no decimals, or 3, 6 or 9 of them."""
    nanoseconds = round(seconds * 1e9)
    for decimals in (0, 3, 6):
        if nanoseconds % 10 ** (9 - decimals) == 0:
            break
    else:
        decimals = 9
    whole, rest = divmod(abs(nanoseconds), 10**9)
    fraction = f".{rest:09d}"[: decimals + 1] if decimals else ""
    return f"{'-' if nanoseconds < 0 else ''}{whole}{fraction}s"


def _task_inputs(inputs: TaskInputs) -> Message:
    return _some(
        parameters={name: parameter_source(one) for name, one in inputs.parameters.items()},
        artifacts={name: _artifact_source(one) for name, one in inputs.artifacts.items()},
    )


def parameter_source(source: ParameterSource) -> Message:
    """An `InputParameterSpec`."""
    message = _some(parameterExpressionSelector=source.selector)
    match source:
        case Constant(value=constant):
            message["runtimeValue"] = {"constant": value(constant)}
        case RuntimeParameter(name=name):
            message["runtimeValue"] = {"runtimeParameter": name}
        case ComponentInputParameter(name=name):
            message["componentInputParameter"] = name
        case TaskOutputParameter(producer_task=task, output_key=key):
            message["taskOutputParameter"] = {"producerTask": task, "outputParameterKey": key}
        case TaskFinalStatus(producer_task=task):
            message["taskFinalStatus"] = {"producerTask": task}
        case _:
            assert_never(source)
    return message


def _artifact_source(source: ArtifactSource) -> Message:
    match source:
        case ComponentInputArtifact(name=name):
            return {"componentInputArtifact": name}
        case TaskOutputArtifact(producer_task=task, output_key=key):
            return {"taskOutputArtifact": {"producerTask": task, "outputArtifactKey": key}}
        case _:
            assert_never(source)


def _dag_outputs(outputs: DagOutputs) -> Message:
    return _some(
        parameters={name: _dag_parameter(selectors, oneof=name in outputs.oneof) for name, selectors in outputs.parameters.items()},
        artifacts={name: _some(artifactSelectors=[_selector(one, "outputArtifactKey") for one in each]) for name, each in outputs.artifacts.items()},
    )


def _dag_parameter(selectors: tuple[OutputSelector, ...], *, oneof: bool) -> Message:
    written = [_selector(one, "outputParameterKey") for one in selectors]
    if oneof or len(written) != 1:
        return {"valueFromOneof": _some(parameterSelectors=written)}
    return {"valueFromParameter": written[0]}


def _selector(selector: OutputSelector, key: str) -> Message:
    return {"producerSubtask": selector.producer_subtask, key: selector.output_key}


# ---------------------------------------------------------------- executors


def _executor(executor: Executor) -> Message:
    match executor:
        case Container():
            return {"container": _container(executor)}
        case Importer():
            return {"importer": _importer(executor)}
        case _:
            assert_never(executor)


def _container(container: Container) -> Message:
    message = _some(
        image=container.image,
        command=list(container.command),
        args=list(container.args),
        env=[_some(name=name, value=text) for name, text in container.env],
    )
    if container.resources is not None:
        message["resources"] = _resources(container.resources)
    return message


def _resources(resources: Resources) -> Message:
    message = _some(
        # Zero is what absent means in the proto.
        cpuLimit=float(resources.cpu_limit or 0) or None,
        memoryLimit=float(resources.memory_limit or 0) or None,
        cpuRequest=float(resources.cpu_request or 0) or None,
        memoryRequest=float(resources.memory_request or 0) or None,
        resourceCpuLimit=resources.resource_cpu_limit,
        resourceMemoryLimit=resources.resource_memory_limit,
        resourceCpuRequest=resources.resource_cpu_request,
        resourceMemoryRequest=resources.resource_memory_request,
    )
    if resources.accelerator is not None:
        message["accelerator"] = _accelerator(resources.accelerator)
    return message


def _accelerator(accelerator: Accelerator) -> Message:
    return _some(
        # 64-bit integers are texts in protobuf's JSON.
        count=str(accelerator.count) if accelerator.count else None,
        type=accelerator.type,
        resourceCount=accelerator.resource_count,
        resourceType=accelerator.resource_type,
    )


def _importer(importer: Importer) -> Message:
    uri = importer.artifact_uri
    message = _some(
        artifactUri={"constant": uri.value} if isinstance(uri, Constant) else {"runtimeParameter": uri.name},
        metadata=value(importer.metadata),
        reimport=importer.reimport,
        downloadToWorkspace=importer.download_to_workspace,
    )
    message["typeSchema"] = _artifact_type(importer.type)
    return message
