"""Command, arguments and variables in component files of KFP 1: texts, and placeholders such as `{inputValue: text}`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bakehouse.dsl.errors import AuthoringError, nearest
from bakehouse.dsl.meanings import Kind, a
from bakehouse.dsl.placeholders import (
    ArtifactPlaceholder,
    CommandElement,
    ConcatPlaceholder,
    IfPresentPlaceholder,
    InputValuePlaceholder,
    OutputParameterPlaceholder,
    text_of,
)
from bakehouse.ir.fields import Found
from bakehouse.ir.spec import ParameterType

Ports = Mapping[str, tuple[str, Kind]]
_WHOLE = "{{$}}"


@dataclass(frozen=True)
class Command:
    """What a command can refer to: names in the file, with what a pipeline calls them and what they are."""

    inputs: Ports
    outputs: Ports

    def element(self, found: Found) -> str:
        """An element as today's IR has it; what is wrong is reported to its reading."""
        return text_of(self._element(found))

    def _element(self, found: Found) -> CommandElement:
        if not isinstance(found.node, yaml.MappingNode):
            if not found.is_given():
                found.report("an element of the command is empty", 'Write a text; an empty one is "".')
            return found.text()
        entries = found.entries()
        if len(entries) != 1:
            found.report("a placeholder has one name", "Write each in braces of its own: {inputValue: …}.")
            return ""
        ((name, given),) = entries.items()
        read = self._readers.get(name)
        if read is None:
            found.report(f"{name} is no placeholder", nearest(name, self._readers))
            return ""
        try:
            return read(given)
        except AuthoringError as error:
            found.report(error.message, error.remedy)
            return ""

    @property
    def _readers(self) -> Mapping[str, Callable[[Found], CommandElement]]:
        return {
            "inputValue": self._input_value,
            "inputPath": lambda found: self._input_artifact(found, lambda one: one.path),
            "inputUri": lambda found: self._input_artifact(found, lambda one: one.uri),
            "outputPath": self._output_path,
            "outputUri": self._output_uri,
            "concat": self._concat,
            "if": self._if,
            "executorInput": lambda found: _WHOLE,  # noqa: ARG005  # it has no value
        }

    def _input_value(self, found: Found) -> CommandElement:
        name, kind = _named(found, self.inputs, "input")
        if not isinstance(kind, ParameterType):
            found.report(
                f"the input {found.text()!r} is {a(kind)}, which has no value",
                "Write inputPath; or give it the type of a parameter: String, Integer …",
            )
        return InputValuePlaceholder(name)

    def _input_artifact(self, found: Found, part: Callable[[ArtifactPlaceholder], CommandElement]) -> CommandElement:
        name, kind = _named(found, self.inputs, "input")
        if isinstance(kind, ParameterType):
            found.report(
                f"the input {found.text()!r} is {a(kind)}, which is handed over as a value, not in a file",
                "Write inputValue; or give it the type of an artifact, such as Dataset, and let an artifact be passed.",
            )
        return part(ArtifactPlaceholder("inputs", name))

    def _output_path(self, found: Found) -> CommandElement:
        name, kind = _named(found, self.outputs, "output")
        return OutputParameterPlaceholder(name) if isinstance(kind, ParameterType) else ArtifactPlaceholder("outputs", name).path

    def _output_uri(self, found: Found) -> CommandElement:
        name, kind = _named(found, self.outputs, "output")
        if isinstance(kind, ParameterType):
            found.report(f"the output {found.text()!r} is {a(kind)}, which has no URI", "Write outputPath.")
        return ArtifactPlaceholder("outputs", name).uri

    def _concat(self, found: Found) -> CommandElement:
        return ConcatPlaceholder([self._element(one) for one in found.items()])

    def _if(self, found: Found) -> CommandElement:
        fields = found.entries()
        condition = fields["cond"].entries() if "cond" in fields and isinstance(fields["cond"].node, yaml.MappingNode) else {}
        if "then" not in fields or condition.keys() != {"isPresent"}:
            found.report("`if` asks whether an input is given, and has a `then`", "Write {if: {cond: {isPresent: NAME}, then: […], else: […]}}.")
            return ""
        name, _ = _named(condition["isPresent"], self.inputs, "input")
        otherwise = fields.get("else")
        return IfPresentPlaceholder(name, self._branch(fields["then"]), self._branch(otherwise) if otherwise is not None else None)

    def _branch(self, found: Found) -> Any:
        return [self._element(one) for one in found.items()] if isinstance(found.node, yaml.SequenceNode) else self._element(found)


def _named(found: Found, ports: Ports, side: str) -> tuple[str, Kind | None]:
    """What a pipeline calls an input or output, and what it is."""
    human = found.text()
    if human in ports:
        return ports[human]
    found.report(f"there is no {side} {human!r}", nearest(human, ports))
    return human, ParameterType.STRING if side == "input" else None
