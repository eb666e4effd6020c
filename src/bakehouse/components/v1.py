"""The component files of KFP 1 (`implementation: {container: …}`) as KFP 2 reads them: to today's interface and container. Pure.

https://www.kubeflow.org/docs/components/pipelines/legacy-v1/reference/component-spec/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import yaml

from bakehouse.components import v1_defaults
from bakehouse.components.errors import InvalidComponent
from bakehouse.components.loaded import Loaded, interface
from bakehouse.components.v1_command import Command
from bakehouse.dsl.errors import nearest
from bakehouse.dsl.graph import pipeline_name
from bakehouse.dsl.meanings import ANY_ARTIFACT, FED, NAMED_ARTIFACTS, NAMED_PARAMETERS, ArtifactKind, Kind
from bakehouse.ir import nodes
from bakehouse.ir.fields import Found, Reading
from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactOutput,
    ArtifactType,
    ComponentInputs,
    ComponentOutputs,
    Container,
    ParameterInput,
    ParameterOutput,
    ParameterType,
)

_VERSION = "0.0.1"
_COMPONENT = ("name", "description", "metadata", "inputs", "outputs", "implementation")
_PORT = ("name", "type", "description", "default", "optional", "annotations")
_CONTAINER = ("image", "command", "args", "env", "fileOutputs")
_GOOGLE = re.compile(r"google\.[A-Za-z]+")
_STATUS = "PipelineTaskFinalStatus"


@dataclass(frozen=True)
class Port:
    """An input or output: as the file names it, what it is, where it stands; `name` is what a pipeline calls it."""

    human: str
    name: str
    kind: Kind
    found: Found


def loaded(root: nodes.Node, origin: str) -> Loaded:
    """The component of a file; all that is wrong with it is in its `errors`."""
    reading = Reading(origin, pyyaml=True)
    fields = known_fields(Found(root, "", None, reading, root), _COMPONENT)
    inputs, outputs = _ports(fields.get("inputs")), _ports(fields.get("outputs"))
    given = ComponentInputs(
        {one.name: _parameter(one) for one in inputs if isinstance(one.kind, ParameterType)},
        {one.name: ArtifactInput(one.kind.type, is_optional=_is_optional(one)) for one in inputs if isinstance(one.kind, ArtifactKind)},
    )
    gives = ComponentOutputs(
        {one.name: ParameterOutput(one.kind) for one in outputs if isinstance(one.kind, ParameterType)},
        {one.name: ArtifactOutput(one.kind.type) for one in outputs if isinstance(one.kind, ArtifactKind)},
    )
    container, warnings = _implementation(fields["implementation"], _by_name(inputs), _by_name(outputs))
    name = fields["name"].text() if "name" in fields else ""
    description = fields["description"].text() if "description" in fields else ""
    errors = [InvalidComponent(one.message, place=one.place, remedy=one.remedy) for one in reading.problems]
    return Loaded(
        name=pipeline_name(name) or "name",
        place=f"{origin}:1",
        interface=interface(given, gives),
        container=container,
        description=description,
        errors=errors,
        warnings=warnings,
    )


def known_fields(found: Found, known: Collection[str]) -> Mapping[str, Found]:
    """The fields of a mapping; others are told of: KFP refuses them too."""
    fields = found.entries()
    for name, one in fields.items():
        if name not in known:
            one.report(f"{name} is not a field here", nearest(name, known))
    return {name: one for name, one in fields.items() if one.is_given()}


# ---------------------------------------------------------------- inputs and outputs


def sanitized(name: str) -> str:
    """A name as pipelines have it: small letters, digits and underscores."""
    return re.sub(r"[^_0-9a-z]+", "_", name.lower()).strip("_")


def _ports(found: Found | None) -> list[Port]:
    ports = [_port(one) for one in found.items()] if found is not None else []
    first: dict[str, Port] = {}
    for one in ports:
        if one.name in first:
            one.found.report(
                f"{one.human!r} is called {one.name} in a pipeline, and so is {first[one.name].human!r}", "Give one of them another name."
            )
        first.setdefault(one.name, one)
    return ports


def _port(found: Found) -> Port:
    fields = known_fields(found, _PORT)
    human = fields["name"].text() if "name" in fields else ""
    if not sanitized(human):
        found.report("an input or output has no name", "Write `name: …`, with letters or digits.")
    return Port(human, sanitized(human), _kind(fields.get("type")), found)


def _kind(found: Found | None) -> Kind:
    """What a type means; one that nobody knows, or that has properties (`{GCSPath: {…}}`), is any artifact."""
    if found is None or isinstance(found.node, yaml.MappingNode):
        return _artifact(ANY_ARTIFACT)
    text = found.text()
    plain = text.removeprefix("typing.")
    if plain.lower().startswith(("list", "dict")):
        plain = plain.partition("[")[0]
    if plain == _STATUS:
        return ParameterType.TASK_FINAL_STATUS
    if plain.lower() in NAMED_PARAMETERS:
        return NAMED_PARAMETERS[plain.lower()]
    if _GOOGLE.fullmatch(plain):
        return _artifact(plain)
    classes = {name.lower(): name for name in NAMED_ARTIFACTS}
    return _artifact(f"system.{classes[plain.lower()]}" if plain.lower() in classes else ANY_ARTIFACT)


def _artifact(title: str) -> ArtifactKind:
    return ArtifactKind(ArtifactType(schema_title=title, schema_version=_VERSION))


def _is_optional(port: Port) -> bool:
    fields = {name: one for name, one in port.found.entries().items() if one.is_given()}
    return "default" in fields or ("optional" in fields and fields["optional"].boolean())


def _parameter(port: Port) -> ParameterInput:
    if port.kind in FED:
        return ParameterInput(ParameterType.TASK_FINAL_STATUS, is_optional=True)
    default = next((one for name, one in port.found.entries().items() if name == "default" and one.is_given()), None)
    kind = port.kind if isinstance(port.kind, ParameterType) else ParameterType.STRING
    return ParameterInput(kind, default=v1_defaults.value(default, kind) if default is not None else None, is_optional=_is_optional(port))


def _by_name(ports: Collection[Port]) -> Mapping[str, Port]:
    return {one.human: one for one in ports}


# ---------------------------------------------------------------- what runs


def _implementation(found: Found, inputs: Mapping[str, Port], outputs: Mapping[str, Port]) -> tuple[Container, tuple[str, ...]]:
    """The container, and what there is to warn of."""
    entries = found.entries()
    if "container" not in entries:
        remedy = "Write the tasks of a graph into a pipeline: @dsl.pipeline." if "graph" in entries else "Write `container: {image: …}`."
        found.report("the implementation is no container, and KFP 2 knows no other", remedy)
        return Container(""), ()
    fields = known_fields(entries["container"], _CONTAINER)
    if "image" not in fields:
        entries["container"].report("image is missing", "Name the image: `image: python:3.12`.")
    command = Command({name: (one.name, one.kind) for name, one in inputs.items()}, {name: (one.name, one.kind) for name, one in outputs.items()})
    warnings = tuple(_file_outputs(fields["fileOutputs"], outputs)) if "fileOutputs" in fields else ()
    container = Container(
        fields["image"].text() if "image" in fields else "",
        command=tuple(command.element(one) for one in fields["command"].items()) if "command" in fields else (),
        args=tuple(command.element(one) for one in fields["args"].items()) if "args" in fields else (),
        env=tuple((name, command.element(one)) for name, one in fields["env"].entries().items()) if "env" in fields else (),
    )
    return container, warnings


def _file_outputs(found: Found, outputs: Mapping[str, Port]) -> Iterator[str]:
    """What there is to warn of in `fileOutputs`; a name that is no output is reported."""
    for name, one in found.entries().items():
        if name not in outputs:
            one.report(f"there is no output {name!r}", nearest(name, outputs))
        else:
            yield f"{found.reading.origin}:{nodes.line(one.mark)}: KFP 2 ignores fileOutputs: give the program the path, {{outputPath: {name}}}"
