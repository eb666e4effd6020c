"""A component that was loaded from a file: its interface and its container, or the pipeline that a task of it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import AuthoringError
from bakehouse.dsl.meanings import ArtifactKind, Kind
from bakehouse.dsl.signatures import Interface
from bakehouse.ir.spec import ComponentInputs, ComponentOutputs, Container, PipelineFile

#: Of values that are found while the program runs.
_LITERAL: Any = Literal


@dataclass(frozen=True)
class Loaded:
    """What a file says. `place` is `FILE:LINE`; `file` is what it holds if it is a compiled pipeline or component, `None` in the form of KFP 1.

    `container` is `None` for a pipeline of several tasks; `errors` is what is wrong with it, in the order of the file, and
    `warnings` what it says in vain.
    """

    name: str
    place: str
    interface: Interface
    container: Container | None = None
    file: PipelineFile | None = None
    description: str = ""
    errors: Sequence[AuthoringError] = ()
    warnings: Sequence[str] = ()


class YamlComponent(BaseComponent):
    """A component made of a file; `component_yaml` is its text."""

    def __init__(self, loaded: Loaded, component_yaml: str) -> None:
        super().__init__(loaded.name, loaded.interface, place=loaded.place)
        self.component_yaml = component_yaml
        self.compiled_file = loaded.file
        self.is_step = loaded.container is not None
        self._container, self._description = loaded.container, loaded.description
        self.errors += loaded.errors

    @property
    def executor(self) -> Container:
        """The container of its tasks. Raises `NotImplementedError` for a pipeline, which has none."""
        if self._container is None:
            raise NotImplementedError(self.name)
        return self._container

    @property
    def description(self) -> str | None:
        """What the file says of the whole."""
        return self._description or None


def interface(inputs: ComponentInputs, outputs: ComponentOutputs) -> Interface:
    """What can be given to a task of such a component, and what it gives. What has a default is optional, also where older SDKs did not say so."""
    parameters = {name: replace(one, is_optional=one.is_optional or one.default is not None) for name, one in inputs.parameters.items()}
    kinds: dict[str, Kind] = {name: one.type for name, one in parameters.items()}
    kinds.update({name: ArtifactKind(one.type, is_list=one.is_list) for name, one in inputs.artifacts.items()})
    output_kinds: dict[str, Kind] = {name: one.type for name, one in outputs.parameters.items()}
    output_kinds.update({name: ArtifactKind(one.type, is_list=one.is_list) for name, one in outputs.artifacts.items()})
    choices = {name: _LITERAL[tuple(one.literals)] for name, one in parameters.items() if one.literals}
    return Interface(ComponentInputs(parameters, inputs.artifacts), outputs, kinds, output_kinds, shapes=choices)


#: What stands for the interface of a file that cannot be read.
NOTHING = interface(ComponentInputs(), ComponentOutputs())
