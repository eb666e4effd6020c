"""What docstrings say of a component: of the whole, of its inputs, of its outputs. Google style, as KFP reads it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import docstring_parser

from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.graph import GraphComponent
from bakehouse.ir.spec import ComponentInputs, ComponentOutputs


@dataclass(frozen=True)
class Descriptions:
    """`whole`, and by name what is said of inputs and outputs."""

    whole: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def of(component: BaseComponent) -> Descriptions:
    """What a component's docstring says; what `@dsl.pipeline(description=…)` says comes first."""
    parsed = docstring_parser.parse(component.docstring)
    said = "\n".join(text for text in (parsed.short_description, parsed.long_description) if text)
    if isinstance(component, GraphComponent) and component.settings.description:
        said = component.settings.description
    inputs = {one.arg_name: one.description for one in parsed.params if one.description}
    return Descriptions(said, inputs, _outputs(component, parsed))


def _outputs(component: BaseComponent, parsed: docstring_parser.Docstring) -> dict[str, str]:
    """What is said under `Returns:` in lines `name: text`, for a NamedTuple; a single output is not described, as on KFP."""
    found: dict[str, str] = {}
    name = ""
    if not component.interface.is_tuple:
        return found
    for one in parsed.many_returns or ():
        head = one.return_name or one.type_name
        for line in f"{head}: {one.description}".splitlines() if head else (one.description or "").splitlines():
            before, colon, after = line.strip().partition(":")
            if colon and before in component.interface.results:
                name = before
                found[name] = after.strip()
            elif name:
                found[name] += f"\n{line.strip()}"
    return found


def inputs(component: BaseComponent, said: Descriptions) -> ComponentInputs:
    """The inputs with what is said of them."""
    declared = component.interface.inputs
    return ComponentInputs(_described(declared.parameters, said.inputs), _described(declared.artifacts, said.inputs))


def outputs(component: BaseComponent, said: Descriptions) -> ComponentOutputs:
    """The outputs with what is said of them."""
    declared = component.interface.outputs
    return ComponentOutputs(_described(declared.parameters, said.outputs), _described(declared.artifacts, said.outputs))


def _described(declared: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:  # inputs and outputs of every kind
    return {name: replace(one, description=said[name]) if said.get(name) else one for name, one in declared.items()}
