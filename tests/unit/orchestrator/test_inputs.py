"""Values on their way to a step: of the type that its component declares."""

from __future__ import annotations

import pytest

from bakehouse.ir.spec import Component, ComponentInputs, ParameterInput, ParameterType
from bakehouse.ir.values import Json
from bakehouse.orchestrator.inputs import typed


@pytest.mark.parametrize(
    ("kind", "given", "wanted"),
    [
        (ParameterType.STRING, 3, "3"),
        (ParameterType.STRING, {"a": 1}, '{"a":1}'),
        (ParameterType.NUMBER_INTEGER, 3.0, 3),
        (ParameterType.NUMBER_DOUBLE, 3, 3.0),
        (ParameterType.LIST, [1, 2.0], [1, 2.0]),
    ],
)
def test_a_value_becomes_what_is_declared(kind: ParameterType, given: Json, wanted: Json) -> None:
    """Also its Python type."""
    component = Component(inputs=ComponentInputs({"value": ParameterInput(kind)}))
    found = typed(component, "value", given)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize("value", [3, {"a": 1}, True])
def test_what_only_carries_a_value_leaves_it_as_it_is(value: Json) -> None:
    """Compilers declare an item of a list as a text where they know nothing of it."""
    name = "pipelinechannel--rows-loop-item"
    component = Component(inputs=ComponentInputs({name: ParameterInput(ParameterType.STRING)}))
    assert typed(component, name, value) is value
