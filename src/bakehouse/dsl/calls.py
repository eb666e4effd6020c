"""A call outside a pipeline, as a pipeline of its own: importers bring in the artifacts that it is given, and one task is what was called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bakehouse.dsl import arguments, values
from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import AuthoringError, MissingInput, WrongType, WrongValue, combined
from bakehouse.dsl.graph import GraphComponent, Settings
from bakehouse.dsl.importing import importer
from bakehouse.dsl.meanings import ArtifactKind, a, of_value
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir import scalars
from bakehouse.ir.spec import ComponentInputs, ParameterType
from bakehouse.task import kinds as annotated
from bakehouse.task.names import PipelineTaskFinalStatus

_NOT_GIVEN = object()


def pipeline_of(component: BaseComponent, artifacts: Mapping[str, Any]) -> GraphComponent:
    """The pipeline of a call with artifacts that are there: parameters of what is called are its inputs, the artifacts are brought in."""
    declared = component.interface
    parameters = {name: kind for name, kind in declared.kinds.items() if name in declared.inputs.parameters}
    interface = replace(declared, inputs=ComponentInputs(declared.inputs.parameters), kinds=parameters)
    recording = Recording(component.name, interface)
    with recording.active():
        brought = {name: _brought(name, artifact) for name, artifact in artifacts.items()}
        task = PipelineTask(component, {**recording.inputs, **brought}, recording)
    recording.outputs.update(task.outputs)
    settings = component.settings if isinstance(component, GraphComponent) else Settings()
    made: GraphComponent = GraphComponent(recording, settings, place=component.place, docstring=component.docstring)
    made.take_up()
    return made


def _brought(name: str, artifact: Any) -> PipelineChannel:
    task = importer(artifact_uri=artifact.uri, artifact_class=type(artifact), metadata=scalars.json_value(artifact.metadata))
    brought: PipelineChannel = task.set_display_name(f"import {name}").output
    return brought


def split(component: BaseComponent, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The inputs of a call outside a pipeline: parameters as JSON has them, and artifacts, of whatever class says a schema.

    Raises all that is wrong with them at once.
    """
    kinds, place = component.interface.kinds, here()
    given = arguments.written(component, given)
    raised = combined(error.at(place) for name in kinds for error in _flaws(component, name, given.get(name, _NOT_GIVEN)))
    if raised is not None:
        raise raised
    artifacts = {name: value for name, value in given.items() if isinstance(kinds[name], ArtifactKind)}
    return {name: _json(value) for name, value in given.items() if name not in artifacts}, artifacts


def _flaws(component: BaseComponent, name: str, value: Any) -> Iterator[AuthoringError]:
    what, kind = f"the input {name} of {component.name}", component.interface.kinds[name]
    if kind is ParameterType.TASK_FINAL_STATUS:
        if not isinstance(value, PipelineTaskFinalStatus):
            remedy = "Give it one: `dsl.PipelineTaskFinalStatus(state=…, …)`; in a pipeline it is filled in."
            yield MissingInput(f"{what} is the status of a task that has ended, and outside a pipeline there is none", remedy=remedy)
    elif value is _NOT_GIVEN:
        return
    elif isinstance(kind, ArtifactKind) and annotated.is_artifact(type(value)):
        yield from _flaws_of_artifact(what, kind, value)
    elif isinstance(kind, ArtifactKind) and kind.is_list and isinstance(value, list):
        remedy = "Call what makes them and what takes them in one pipeline: there `dsl.Collected(…)` hands them on."
        yield WrongType(f"{what} is a list of artifacts, and outside a pipeline only single ones can be given", remedy=remedy)
    else:
        yield from arguments.constant(component, name, value)


def _flaws_of_artifact(what: str, kind: ArtifactKind, artifact: Any) -> Iterator[AuthoringError]:
    given = of_value(type(artifact))
    if not arguments.fits(given, kind):
        yield WrongType(f"{what} is {a(kind)}, but is given {a(given)}: {values.spelled(artifact)}", remedy=f"Pass {a(kind)}.")
    elif not artifact.uri:
        remedy = f'Say where it lies: `{type(artifact).__name__}(uri="…")`.'
        yield WrongValue(f"{what} is given an artifact that lies nowhere: its uri is empty", remedy=remedy)


def _json(value: Any) -> Any:
    """A value as the engine takes it: the status of a task as KFP's documents spell it."""
    if not isinstance(value, PipelineTaskFinalStatus):
        return value
    error = {"code": value.error_code, "message": value.error_message}
    return {
        "state": str(value.state),
        "pipelineJobResourceName": value.pipeline_job_resource_name,
        "pipelineTaskName": value.pipeline_task_name,
        "error": {name: one for name, one in error.items() if one is not None},
    }
