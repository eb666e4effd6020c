"""A pipeline, or one component alone, to a pipeline file: the order of the stages is written here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bakehouse.compiler import descriptions, old_style, parts
from bakehouse.compiler.parts import Parts
from bakehouse.dsl import shaping
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import InvalidPipeline, WrongType, WrongValue, combined, nearest
from bakehouse.dsl.graph import GraphComponent
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.dsl.values import fits, flaws, halved, typed
from bakehouse.ir.execution import Origin
from bakehouse.ir.fields import dotted
from bakehouse.ir.spec import (
    Component,
    ComponentInputs,
    PipelineFile,
    PipelineInfo,
    PipelineSpec,
)
from bakehouse.version import __version__

_SDK = f"bakehouse-{__version__}"


@dataclass(frozen=True)
class Compiled:
    """A pipeline file, and by executor label where the sources of components stand in the author's files and what folders of modules they need.

    These modules are not in the file: `carrying.embedded` puts them there. `notices` are what the author should know. `lines`: the `FILE:LINE`
    of what the author wrote, by the dotted path of what became of it in the spec.
    """

    file: PipelineFile
    origins: Mapping[str, Origin]
    code: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Overrides:
    """What the caller of the compiler wants otherwise than the author wrote it."""

    name: str = ""
    display_name: str = ""
    parameters: Mapping[str, Any] | None = None


def compile_pipeline(component: object, overrides: Overrides | None = None) -> Compiled:
    """Compile a pipeline or a component. Raises an `AuthoringError`, or all that is wrong with it as `AuthoringProblems`."""
    if not isinstance(component, BaseComponent):
        raise WrongType(
            f"{component!r} is no pipeline and no component", place=here(), remedy="Decorate the function with @dsl.pipeline or @dsl.component."
        )
    wanted = overrides or Overrides()
    names = {"pipeline_name": wanted.name, "pipeline_display_name": wanted.display_name}
    error = combined([*component.all_errors(), *(error for what, name in names.items() for error in halved(what, name, here()))])
    if error is not None:
        raise error
    if component.compiled_file is not None:
        return Compiled(_again(component.compiled_file, wanted), {})
    graph = component if isinstance(component, GraphComponent) else None
    root, made_of = parts.taken_apart(component, graph.recording if graph else _alone(component))
    spec = PipelineSpec(
        info=_info(component, graph, wanted),
        root=_with_defaults(root, wanted.parameters or {}),
        components=made_of.components,
        executors=made_of.executors,
        default_pipeline_root=(graph.settings.root or "") if graph else "",
        sdk_version=_SDK,
    )
    file = PipelineFile(spec, _platforms(made_of, graph))
    return Compiled(file, made_of.origins, made_of.code, old_style.notices(component), _lines(component, made_of))


def _again(file: PipelineFile, wanted: Overrides) -> PipelineFile:
    """What was compiled before, with what is wanted otherwise."""
    info = replace(file.spec.info, name=wanted.name or file.spec.info.name, display_name=wanted.display_name or file.spec.info.display_name)
    root = _with_defaults(file.spec.root, wanted.parameters or {})
    return PipelineFile(replace(file.spec, info=info, root=root, sdk_version=_SDK), file.platforms)


def _alone(component: BaseComponent) -> Recording:
    """A pipeline of one task, whose inputs and outputs are the component's."""
    recording = Recording(component.name, component.interface)
    made = PipelineTask(component, recording.inputs, recording)
    recording.outputs.update(made.outputs)
    return recording


def _info(component: BaseComponent, graph: GraphComponent | None, wanted: Overrides) -> PipelineInfo:
    return PipelineInfo(
        name=wanted.name or component.name,
        display_name=wanted.display_name or (graph.settings.display_name or "" if graph else ""),
        description=descriptions.of(component).whole if graph else "",
    )


def _with_defaults(root: Component, given: Mapping[str, Any]) -> Component:
    """The pipeline with other defaults. Raises `InvalidPipeline` for an input it does not have, `WrongType` for another type."""
    declared = root.inputs.parameters
    given = {name: shaping.written(value) for name, value in given.items()}
    for name, value in given.items():
        if name not in declared:
            raise InvalidPipeline(f"the pipeline has no input {name!r}", place=here(), remedy=nearest(name, declared))
        flaw = next(flaws(value), "")
        if flaw:
            remedy = "Give it texts, numbers, truth values, and lists and mappings of them."
            raise WrongValue(f"the input {name} {flaw}", place=here(), remedy=remedy)
        if value is not None and declared[name].literals and value not in declared[name].literals:
            allowed = ", ".join(map(repr, declared[name].literals))
            raise WrongValue(f"the input {name} cannot be {value!r}", place=here(), remedy=f"It is one of {allowed}.")
        if value is not None and not fits(value, declared[name].type):
            message = f"the input {name} is {declared[name].type.value}, but is given {typed(value)}"
            raise WrongType(message, place=here(), remedy="Give it a value of its type.")
    changed = {name: replace(one, default=given[name]) if name in given else one for name, one in declared.items()}
    return replace(root, inputs=ComponentInputs(changed, root.inputs.artifacts))


def _lines(component: BaseComponent, made_of: Parts) -> Mapping[str, str]:
    """Where the pipeline stands, its tasks and groups, and the components of executors without an origin; nothing that is not the author's."""
    dags = {dag: f"{dotted(('components', dag)) if dag else 'root'}.dag.tasks" for dag, _ in made_of.lines}
    found = {"root": component.place}
    found.update({f"{dags[dag]}.{dotted((name,))}": line for (dag, name), line in made_of.lines.items()})
    found.update({f"deploymentSpec.executors.{dotted((label,))}": line for label, line in made_of.defined.items() if label not in made_of.origins})
    return {path: line for path, line in found.items() if line}


def _platforms(made_of: Parts, graph: GraphComponent | None) -> Mapping[str, Any]:
    """The second document: settings of tasks for platforms, and of the pipeline."""
    platforms: dict[str, Any] = {name: {"deploymentSpec": {"executors": labels}} for name, labels in made_of.platforms.items()}
    config = graph.settings.config.compiled() if graph and graph.settings.config else {}
    if config:
        platforms.setdefault("kubernetes", {})["pipelineConfig"] = dict(config)
    return platforms
