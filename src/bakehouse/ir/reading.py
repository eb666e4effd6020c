"""The nodes of a pipeline file to a `PipelineSpec`, message by message of the proto. Problems are collected in the `Reading`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bakehouse.ir.fields import Found
from bakehouse.ir.reading_tasks import Interfaces, dag
from bakehouse.ir.spec import (
    SCHEMA_VERSION,
    Accelerator,
    ArtifactInput,
    ArtifactOutput,
    ArtifactType,
    Component,
    ComponentInputs,
    ComponentOutputs,
    Constant,
    Container,
    Executor,
    Importer,
    ParameterInput,
    ParameterOutput,
    ParameterType,
    PipelineInfo,
    PipelineSpec,
    Resources,
    RuntimeParameter,
    TaskConfigPassthrough,
)

_T = TypeVar("_T")

#: Numbers of `ParameterTypeEnum` and of the deprecated `PrimitiveTypeEnum`, which protobuf's JSON takes for their names.
_TYPES = dict(enumerate(ParameterType, start=1))
_OLD_TYPES = {
    "INT": ParameterType.NUMBER_INTEGER,
    "DOUBLE": ParameterType.NUMBER_DOUBLE,
    "STRING": ParameterType.STRING,
    "1": ParameterType.NUMBER_INTEGER,
    "2": ParameterType.NUMBER_DOUBLE,
    "3": ParameterType.STRING,
}

SPEC_FIELDS = ("pipelineInfo", "deploymentSpec", "sdkVersion", "schemaVersion", "components", "root", "defaultPipelineRoot")


def pipeline_spec(found: Found) -> PipelineSpec:
    """The whole first document."""
    fields = found.fields(SPEC_FIELDS)
    _need(found, fields, "pipelineInfo", "It names the pipeline: {name: my-pipeline}.")
    _need(found, fields, "root", "It holds the tasks of the pipeline: {dag: {tasks: …}}.")
    components = fields["components"].entries() if "components" in fields else {}
    inputs = {name: _inputs(one) for name, one in components.items()}
    return PipelineSpec(
        info=_info(fields["pipelineInfo"]) if "pipelineInfo" in fields else PipelineInfo(name=""),
        root=_component(fields["root"], inputs, _inputs(fields["root"])) if "root" in fields else Component(),
        components={name: _component(one, inputs, inputs[name]) for name, one in components.items()},
        executors=_executors(fields["deploymentSpec"]) if "deploymentSpec" in fields else {},
        default_pipeline_root=_text(fields, "defaultPipelineRoot"),
        schema_version=_text(fields, "schemaVersion", SCHEMA_VERSION),
        sdk_version=_text(fields, "sdkVersion"),
    )


def _need(found: Found, fields: Mapping[str, Found], name: str, remedy: str) -> None:
    if name not in fields:
        found.report(f"{name} is missing", remedy)


def _info(found: Found) -> PipelineInfo:
    fields = found.fields(("name", "displayName", "description"))
    return PipelineInfo(_text(fields, "name"), _text(fields, "displayName"), _text(fields, "description"))


# ---------------------------------------------------------------- components

_COMPONENT_FIELDS = ("inputDefinitions", "outputDefinitions", "dag", "executorLabel", "singlePlatformSpecs", "taskConfigPassthroughs")


def _component(found: Found, interfaces: Interfaces, inputs: ComponentInputs) -> Component:
    fields = found.fields(_COMPONENT_FIELDS)
    return Component(
        inputs=inputs,
        outputs=_outputs(fields["outputDefinitions"]) if "outputDefinitions" in fields else ComponentOutputs(),
        dag=dag(fields["dag"], interfaces) if "dag" in fields else None,
        executor_label=_text(fields, "executorLabel") if "executorLabel" in fields else None,
        task_config_passthroughs=tuple(_passthrough(one) for one in fields["taskConfigPassthroughs"].items())
        if "taskConfigPassthroughs" in fields
        else (),
    )


def _passthrough(found: Found) -> TaskConfigPassthrough:
    fields = found.fields(("field", "applyToTask"))
    return TaskConfigPassthrough(_text(fields, "field", "NONE"), _flag(fields, "applyToTask"))


def _inputs(component: Found) -> ComponentInputs:
    # The component's own fields are checked where the rest of it is read.
    found = next((one for key, one in component.entries().items() if key in {"inputDefinitions", "input_definitions"}), None)
    if found is None or not found.is_given():
        return ComponentInputs()
    fields = found.fields(("parameters", "artifacts"))
    return ComponentInputs(
        parameters=_present({name: _parameter_input(one) for name, one in _entries(fields, "parameters")}),
        artifacts={name: _artifact_input(one) for name, one in _entries(fields, "artifacts")},
    )


_PARAMETER_FIELDS = ("type", "parameterType", "defaultValue", "isOptional", "description", "literals")


def _parameter_input(found: Found) -> ParameterInput | None:
    fields = found.fields(_PARAMETER_FIELDS)
    kind = _parameter_type(found, fields)
    if kind is None:
        return None
    return ParameterInput(
        type=kind,
        default=fields["defaultValue"].typed(kind) if "defaultValue" in fields else None,
        is_optional=_flag(fields, "isOptional"),
        description=_text(fields, "description"),
        literals=tuple(one.typed(kind) for one in fields["literals"].items()) if "literals" in fields else (),
    )


def _parameter_type(found: Found, fields: Mapping[str, Found]) -> ParameterType | None:
    if "parameterType" in fields:
        return fields["parameterType"].choice(ParameterType, _TYPES)
    old = _OLD_TYPES.get(_text(fields, "type"))
    if old is None:
        found.report(f"{found.key} has no parameterType", "One of " + ", ".join(kind.value for kind in ParameterType) + ".")
    return old


def _artifact_input(found: Found) -> ArtifactInput:
    fields = found.fields(("artifactType", "isArtifactList", "isOptional", "description"))
    return ArtifactInput(
        type=_artifact_type(fields.get("artifactType")),
        is_list=_flag(fields, "isArtifactList"),
        is_optional=_flag(fields, "isOptional"),
        description=_text(fields, "description"),
    )


def _outputs(found: Found) -> ComponentOutputs:
    fields = found.fields(("parameters", "artifacts"))
    return ComponentOutputs(
        parameters=_present({name: _parameter_output(one) for name, one in _entries(fields, "parameters")}),
        artifacts={name: _artifact_output(one) for name, one in _entries(fields, "artifacts")},
    )


def _parameter_output(found: Found) -> ParameterOutput | None:
    fields = found.fields(("type", "parameterType", "description"))
    kind = _parameter_type(found, fields)
    return None if kind is None else ParameterOutput(kind, _text(fields, "description"))


def _artifact_output(found: Found) -> ArtifactOutput:
    fields = found.fields(("artifactType", "properties", "customProperties", "metadata", "isArtifactList", "description"))
    return ArtifactOutput(
        type=_artifact_type(fields.get("artifactType")),
        is_list=_flag(fields, "isArtifactList"),
        description=_text(fields, "description"),
        metadata=fields["metadata"].object(whole=True) if "metadata" in fields else {},
    )


def _artifact_type(found: Found | None) -> ArtifactType:
    if found is None:
        return ArtifactType()
    fields = found.fields(("schemaTitle", "schemaVersion", "schemaUri", "instanceSchema"))
    return ArtifactType(*(_text(fields, name) for name in ("schemaTitle", "schemaVersion", "schemaUri", "instanceSchema")))


# ---------------------------------------------------------------- executors


def _executors(found: Found) -> Mapping[str, Executor]:
    fields = found.fields(("executors",))
    return _present({name: _executor(one) for name, one in _entries(fields, "executors")})


def _executor(found: Found) -> Executor | None:
    fields = found.fields(("container", "importer", "resolver", "customJob"))
    if "container" in fields:
        return _container(fields["container"])
    if "importer" in fields:
        return _importer(fields["importer"])
    found.report(f"{found.key} is neither a container nor an importer", "Other kinds of executors are not run by KFP either.")
    return None


def _container(found: Found) -> Container:
    fields = found.fields(("image", "command", "args", "lifecycle", "resources", "env"))
    if not _text(fields, "image"):
        found.report("the container has no image", "Name one: {image: python:3.11}.")
    return Container(
        image=_text(fields, "image"),
        command=_texts(fields, "command"),
        args=_texts(fields, "args"),
        env=tuple(_variable(one) for one in fields["env"].items()) if "env" in fields else (),
        resources=_resources(fields["resources"]) if "resources" in fields else None,
    )


def _variable(found: Found) -> tuple[str, str]:
    fields = found.fields(("name", "value"))
    if not _text(fields, "name"):
        found.report("an environment variable has no name")
    return _text(fields, "name"), _text(fields, "value")


_NUMBERS = {"cpuLimit": "cpu_limit", "memoryLimit": "memory_limit", "cpuRequest": "cpu_request", "memoryRequest": "memory_request"}
_QUANTITIES = {
    "resourceCpuLimit": "resource_cpu_limit",
    "resourceMemoryLimit": "resource_memory_limit",
    "resourceCpuRequest": "resource_cpu_request",
    "resourceMemoryRequest": "resource_memory_request",
}


def _resources(found: Found) -> Resources:
    fields = found.fields((*_NUMBERS, *_QUANTITIES, "accelerator"))
    numbers = {name: fields[key].number() for key, name in _NUMBERS.items() if key in fields}
    texts = {name: fields[key].text() for key, name in _QUANTITIES.items() if key in fields}
    accelerator = _accelerator(fields["accelerator"]) if "accelerator" in fields else None
    return Resources(
        cpu_limit=numbers.get("cpu_limit"),
        memory_limit=numbers.get("memory_limit"),
        cpu_request=numbers.get("cpu_request"),
        memory_request=numbers.get("memory_request"),
        accelerator=accelerator,
        **texts,
    )


def _accelerator(found: Found) -> Accelerator:
    fields = found.fields(("type", "count", "resourceType", "resourceCount"))
    return Accelerator(
        resource_type=_text(fields, "resourceType"),
        resource_count=_text(fields, "resourceCount"),
        type=_text(fields, "type"),
        count=fields["count"].integer() if "count" in fields else None,
    )


_IMPORTER_FIELDS = ("artifactUri", "typeSchema", "properties", "customProperties", "reimport", "metadata", "downloadToWorkspace")


def _importer(found: Found) -> Importer:
    fields = found.fields(_IMPORTER_FIELDS)
    if "artifactUri" not in fields:
        found.report("the importer has no artifactUri", "Write {constant: URI} or {runtimeParameter: NAME}.")
    return Importer(
        artifact_uri=_uri(fields["artifactUri"]) if "artifactUri" in fields else Constant(""),
        type=_artifact_type(fields.get("typeSchema")),
        metadata=fields["metadata"].object(whole=True) if "metadata" in fields else {},
        reimport=_flag(fields, "reimport"),
        download_to_workspace=_flag(fields, "downloadToWorkspace"),
    )


def _uri(found: Found) -> Constant | RuntimeParameter:
    fields = found.fields(("constant", "runtimeParameter", "constantValue"))
    if "runtimeParameter" in fields:
        return RuntimeParameter(fields["runtimeParameter"].text())
    if "constantValue" in fields:
        return Constant(_text(fields["constantValue"].fields(("stringValue",)), "stringValue"))
    return Constant(_text(fields, "constant"))


# ---------------------------------------------------------------- small


def _entries(fields: Mapping[str, Found], name: str) -> list[tuple[str, Found]]:
    return list(fields[name].entries().items()) if name in fields else []


def _present(entries: Mapping[str, _T | None]) -> dict[str, _T]:
    return {name: one for name, one in entries.items() if one is not None}


def _text(fields: Mapping[str, Found], name: str, default: str = "") -> str:
    return fields[name].text() if name in fields else default


def _flag(fields: Mapping[str, Found], name: str) -> bool:
    return name in fields and fields[name].boolean()


def _texts(fields: Mapping[str, Found], name: str) -> tuple[str, ...]:
    return tuple(one.text() for one in fields[name].items()) if name in fields else ()
