"""The task that a call outside a pipeline gives: over, with its outputs as Python has them."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, NoReturn

from bakehouse.app.display.texts import short
from bakehouse.dsl import shaping
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import NoSuchOutput, nearest
from bakehouse.dsl.meanings import NAMED_ARTIFACTS, ArtifactKind
from bakehouse.dsl.places import here
from bakehouse.dsl.signatures import Interface
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.execution import Artifact, StepError
from bakehouse.local.errors import TooLate
from bakehouse.orchestrator.states import RunState
from bakehouse.records.views import RunView
from bakehouse.task import artifacts

_CLASSES: Mapping[str, type] = {str(getattr(cls, "schema_title", "")): cls for cls in NAMED_ARTIFACTS.values()}
_LONGEST = 200  # characters of a value that are shown
#: What a task has once it is made.
_FIELDS = frozenset({"name", "run_id", "state", "error", "inputs", "outputs"})


class Outputs(dict[str, Any]):
    """What a task gave, by name: values, and artifact objects whose `path` can be opened."""

    def __init__(self, task: str, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self._task = task

    def __missing__(self, name: str) -> Any:
        raise NoSuchOutput(f"{self._task} has given no output {name!r}", place=here(), remedy=nearest(name, self))


class FinishedTask:
    """A component or pipeline that has run.

    `run_id` names its run, `state` is SUCCEEDED, FAILED or CANCELED, `error` what it failed of, `outputs` what it gave by name, `inputs` the
    parameters that it was given.
    """

    def __init__(self, component: BaseComponent, view: RunView) -> None:
        self.name = component.name
        self.run_id: str = view.summary.id
        self.state: RunState = view.summary.state
        self.error: StepError | None = view.error
        self.inputs: Mapping[str, Any] = dict(view.parameters)
        self.outputs = Outputs(component.name, _outputs(component.interface, view) if self.state is RunState.SUCCEEDED else {})

    @property
    def output(self) -> Any:
        """The only thing that it gave. Raises `NoSuchOutput` where there is not one."""
        if len(self.outputs) != 1:
            raise self._not_one()
        return next(iter(self.outputs.values()))

    def _not_one(self) -> NoSuchOutput:
        what = f"gives {', '.join(self.outputs)}: `.output` is ambiguous" if self.outputs else "has given nothing"
        remedy = "Write `.outputs['…']`." if self.outputs else f"`bakehouse runs show {short(self.run_id)}` shows what it did."
        return NoSuchOutput(f"{self.name} {what}", place=here(), remedy=remedy)

    @property
    def dependent_tasks(self) -> list[str]:
        """The tasks before it: none, since a call outside a pipeline waits for what it is given."""
        return []

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") or name in _FIELDS:  # copies are asked before they have anything
            raise AttributeError(name)
        if name == "output":  # Python asks here too, since what the property raises is an AttributeError
            raise self._not_one()
        if hasattr(PipelineTask, name):
            raise TooLate(task=self.name, method=name, place=here())
        raise AttributeError(f"the finished task of {self.name} has no attribute {name!r}")

    def __repr__(self) -> str:
        given = "".join(f", {name}={_shown(value)}" for name, value in self.outputs.items())
        return f"<{self.name}: {self.state.value}, run {short(self.run_id)}{given}>"

    def _repr_html_(self) -> str:
        """The same as a table, for notebooks."""
        title = f"<b>{html.escape(self.name)}</b> {self.state.value} · run <code>{short(self.run_id)}</code>"
        cells = "".join(
            f"<tr><td>{html.escape(name)}</td><td style='text-align:left'><code>{html.escape(_shown(value))}</code></td></tr>"
            for name, value in self.outputs.items()
        )
        return f"<div>{title}<table>{cells}</table></div>" if cells else f"<div>{title}</div>"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _outputs(interface: Interface, view: RunView) -> dict[str, Any]:
    """In the order in which the component declares them; what an optional branch did not give is left out."""
    if view.outputs is None:
        return {}
    parameters, given = view.outputs.parameters, view.outputs.artifacts
    found: dict[str, Any] = {}
    for name, kind in interface.output_kinds.items():
        if name in parameters:
            shape = interface.output_shapes.get(name)
            found[name] = parameters[name] if shape is None else shaping.read(shape, parameters[name])
        elif given.get(name) and isinstance(kind, ArtifactKind):
            made = [_artifact(kind, one) for one in given[name]]
            found[name] = made if kind.is_list else made[0]
    return found


def _artifact(kind: ArtifactKind, artifact: Artifact) -> Any:
    """The artifact as an object of the class that the author wrote, or, where they asked for any, of what it is."""
    cls = kind.cls if kind.cls is not None else artifacts.Artifact
    if getattr(cls, "schema_title", "") != artifact.type.schema_title:
        cls = _CLASSES.get(artifact.type.schema_title, cls)
    return cls(name=artifact.name, uri=artifact.uri, metadata=dict(artifact.metadata))
