"""What docstrings say of a component: of the whole, of its inputs (any common style), of its outputs (Google's), as KFP reads it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import docstring_parser
from docstring_parser import google

from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.graph import GraphComponent
from bakehouse.ir.spec import ComponentInputs, ComponentOutputs

#: Takes each line under `Returns:` for an output of its own.
_RETURNS = google.GoogleParser([google.Section("Returns", "returns", google.SectionType.MULTIPLE)])


@dataclass(frozen=True)
class Descriptions:
    """`whole`, and by name what is said of inputs and outputs."""

    whole: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def of(component: BaseComponent) -> Descriptions:
    """What a component's docstring says; what `@dsl.pipeline(description=…)` says comes first."""
    try:
        parsed = docstring_parser.parse(component.docstring)
    except docstring_parser.ParseError:
        return Descriptions(component.docstring.strip(), {}, {})
    said = "\n".join(text for text in (parsed.short_description, parsed.long_description) if text)
    if isinstance(component, GraphComponent) and component.settings.description:
        said = component.settings.description
    inputs = {one.arg_name: one.description for one in parsed.params if one.description}
    return Descriptions(said, inputs, _outputs(component.docstring))


def _outputs(docstring: str) -> Mapping[str, str]:
    """What is said under `Returns:` in lines `name: text`. A line without a name says nothing of any output, as on KFP."""
    if "Returns:" not in docstring:
        return {}
    try:
        parsed = _RETURNS.parse(docstring)
    except docstring_parser.ParseError:
        return {}
    return {one.args[1]: one.description or "" for one in parsed.meta if len(one.args) > 1}


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
