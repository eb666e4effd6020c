"""What a user gives to a pipeline is taken in its type, or refused with all that is wrong at once."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bakehouse.errors import BadInput, Problems
from bakehouse.ir.spec import ArtifactInput, ArtifactType, ComponentInputs, ParameterInput, ParameterType
from bakehouse.ir.validation import check_parameters, parse_parameter

T = ParameterType
INPUTS = ComponentInputs(
    {
        "count": ParameterInput(T.NUMBER_INTEGER),
        "factor": ParameterInput(T.NUMBER_DOUBLE, 0.5),
        "label": ParameterInput(T.STRING, "", literals=("", "a", "b")),
        "step": ParameterInput(T.NUMBER_DOUBLE, 1.0, literals=(1.0, 2.5)),
        "flag": ParameterInput(T.BOOLEAN, is_optional=True),
        "items": ParameterInput(T.LIST, [], is_optional=True),
        "options": ParameterInput(T.STRUCT, {}, is_optional=True),
    }
)


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({"count": 1}, {"count": 1}),
        ({"count": 1.0}, {"count": 1}),
        ({"count": 1, "step": 1}, {"count": 1, "step": 1.0}),
        ({"count": 1, "factor": 2}, {"count": 1, "factor": 2.0}),
        ({"count": 1, "flag": None}, {"count": 1}),
        (
            {"count": 1, "flag": False, "items": [1], "options": {"a": 1}, "label": "b"},
            {"count": 1, "flag": False, "items": [1], "options": {"a": 1}, "label": "b"},
        ),
    ],
)
def test_good_parameters_come_in_their_types(given: dict[str, Any], accepted: dict[str, Any]) -> None:
    """Numbers are converted, nulls left out, defaults not filled in."""
    result = check_parameters(INPUTS, given)
    assert result == accepted
    assert [type(one) for one in result.values()] == [type(one) for one in accepted.values()]


@pytest.mark.parametrize(
    ("given", "said", "remedy"),
    [
        ({}, "count is missing", "For example: 3"),
        ({"count": 1, "lable": "a"}, "no such parameter: lable", "label"),
        ({"count": True}, "an integer, not true", "For example: 3"),
        ({"count": 1.5}, "an integer, not 1.5", ""),
        ({"count": math.inf}, "an integer", ""),
        ({"count": "1"}, 'an integer, not "1"', ""),
        ({"count": None}, "an integer, not null", ""),
        ({"count": 1, "factor": True}, "a number, not true", ""),
        ({"count": 1, "flag": 1}, "true or false, not 1", ""),
        ({"count": 1, "items": {}}, "a list", "For example: [1, 2]"),
        ({"count": 1, "options": []}, "a mapping", ""),
        ({"count": 1, "items": [1, {"a": math.nan}]}, "items holds nan", "give it as a text"),
        ({"count": 1, "options": {"a": [-math.inf]}}, "options holds -inf", "A `float` itself may be NaN"),
        ({"count": 1, "label": "c"}, 'cannot be "c"', '"a", "b"'),
    ],
)
def test_bad_parameters_are_explained(given: dict[str, Any], said: str, remedy: str) -> None:
    """What is wrong, and what would be right."""
    with pytest.raises(Problems) as refused:
        check_parameters(INPUTS, given)
    [problem] = refused.value.problems
    assert said in problem.message
    assert remedy in (problem.remedy or "")


def test_all_that_is_wrong_comes_at_once() -> None:
    """Unknown, wrong and missing ones; and artifacts, which cannot be given at all."""
    inputs = ComponentInputs(INPUTS.parameters, {"data": ArtifactInput(ArtifactType("system.Dataset"))})
    with pytest.raises(Problems) as refused:
        check_parameters(inputs, {"other": 1, "factor": "x"})
    assert len(refused.value.problems) == 4


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (T.STRING, " 1 ", " 1 "),
        (T.STRING, "", ""),
        (T.NUMBER_INTEGER, "3", 3),
        (T.NUMBER_INTEGER, "-3", -3),
        (T.NUMBER_INTEGER, "3.0", 3),
        (T.NUMBER_INTEGER, "1e3", 1000),
        (T.NUMBER_INTEGER, str(2**63), 2**63),
        (T.NUMBER_DOUBLE, "3", 3.0),
        (T.NUMBER_DOUBLE, "1e-3", 0.001),
        (T.NUMBER_DOUBLE, "inf", math.inf),
        (T.NUMBER_DOUBLE, "-Infinity", -math.inf),
        (T.BOOLEAN, "true", True),
        (T.BOOLEAN, "False", False),
        (T.BOOLEAN, "1", True),
        (T.BOOLEAN, "0", False),
        (T.LIST, "[1, 2.5]", [1, 2.5]),
        (T.STRUCT, '{"a": null}', {"a": None}),
    ],
)
def test_texts_of_a_command_line_become_values(kind: ParameterType, typed: str, value: object) -> None:
    """By the declared type, never by what the text looks like."""
    assert parse_parameter(kind, typed) == value
    assert type(parse_parameter(kind, typed)) is type(value)


def test_nan_is_a_number() -> None:
    """As Python says it."""
    assert math.isnan(parse_parameter(T.NUMBER_DOUBLE, "nan"))


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        (T.NUMBER_INTEGER, "one", "'one' is not an integer"),
        (T.NUMBER_INTEGER, "1.5", "integer"),
        (T.NUMBER_INTEGER, "", "integer"),
        (T.NUMBER_INTEGER, "9" * 5000, "integer"),
        (T.NUMBER_DOUBLE, "1_0", "number"),
        (T.NUMBER_DOUBLE, "1e400", "number"),
        (T.NUMBER_INTEGER, "nan", "integer"),
        (T.NUMBER_INTEGER, "inf", "integer"),
        (T.BOOLEAN, "maybe", "true or false"),
        (T.LIST, "[1", "not JSON"),
        (T.LIST, "{}", "a list"),
        (T.STRUCT, "[" * 100_000, "not JSON"),
    ],
)
def test_texts_that_are_no_such_value_are_refused(kind: ParameterType, typed: str, said: str) -> None:
    """With an example of one that is."""
    with pytest.raises(BadInput, match=said) as refused:
        parse_parameter(kind, typed)
    assert refused.value.remedy
