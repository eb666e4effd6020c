"""A function that asks for Enums, dataclasses and models gets them from a runtime that knows JSON alone, and so does the runtime get JSON back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from bakehouse.dsl.lightweight import PythonComponent
from bakehouse.task import shapes
from tests.unit.dsl import shaped
from tests.unit.task.attempts import Attempt

NETWORK = {"rate": 1, "layers": [{"width": 2.0}], "size": 2, "extra": {"a": {"width": 1, "color": "blue"}}}
BUILT = {"rate": 1.0, "layers": [{"width": 2, "color": "red"}], "tags": ["a"], "size": 2, "extra": {"a": {"width": 1, "color": "blue"}}}


def _run(attempt: Attempt, component: PythonComponent, parameters: Mapping[str, Any]) -> Attempt:
    attempt.changes = {"source": component.executor.command[-1]}
    attempt.function, attempt.parameters = component.python_func.__name__, parameters
    return attempt.run()


def test_values_are_what_the_annotations_say(attempt: Attempt) -> None:
    """In, nested ones and defaults included, and out."""
    _run(attempt, shaped.build, {"network": NETWORK, "mode": "slow", "size": 2.0, "layers": [{"width": 1}], "row": {"name": "a", "count": 1}})
    assert attempt.values == {"network": BUILT, "color": "red", "total": 1}
    assert json.dumps(attempt.values["network"]["layers"]) == '[{"width": 2, "color": "red"}]'


def test_a_class_of_the_authors_may_be_called_as_one_of_the_sdk(attempt: Attempt) -> None:
    """It is made of what is given; and keys are members where an Enum is asked for."""
    _run(attempt, shaped.configure, {"config": {"rate": 2}, "named": {"red": 3, "blue": 0}})
    assert attempt.values == {"Output": {"red": 6.0}}


def test_what_is_not_given_is_the_default(attempt: Attempt) -> None:
    """The function's own."""
    _run(attempt, shaped.build, {"network": NETWORK, "mode": "slow"})
    assert attempt.values["total"] == 0


def test_a_model_travels(attempt: Attempt) -> None:
    """Where the step has pydantic."""
    import pydantic  # noqa: PLC0415  # where it lies is what the step is told

    attempt.environment = {"PYTHONPATH": str(pydantic.__path__[0]).rpartition("/")[0]}
    _run(attempt, shaped.checked, {"rules": {"limit": 4, "color": "blue"}})
    assert attempt.values == {"Output": {"limit": 5, "color": "blue"}}


@pytest.mark.parametrize(
    ("component", "parameters", "message"),
    [
        (shaped.build, {"network": NETWORK, "color": "green"}, "the input color is 'green', and can be 'red' or 'blue'"),
        (shaped.build, {"network": {"rate": "x"}}, "the input network lacks the field 'layers' of Network; the input network.rate is a float"),
        (shaped.configure, {"config": {"rate": 2}, "named": {"green": 1}}, "a key of the input named is 'green', and can be 'red' or 'blue'"),
        (shaped.chosen, {"size": 1}, "the output is 'huge', and can be 'small' or 'large'"),
    ],
)
def test_what_is_not_allowed_fails_the_step(attempt: Attempt, component: PythonComponent, parameters: Mapping[str, Any], message: str) -> None:
    """With the field, and no line of ours in the log."""
    _run(attempt, component, parameters)
    assert attempt.exit["code"] == 1
    assert message in attempt.error["message"]
    assert "shape_" not in attempt.log


def test_an_error_of_the_function_is_told_as_ever(attempt: Attempt) -> None:
    """From the function's own line on."""
    _run(attempt, shaped.build, {"network": NETWORK})
    assert attempt.error["function"] == "build"
    assert attempt.error["source_line"].startswith("assert mode == ")
    assert "shape_" not in attempt.log


class _Scalar:
    """What a number of numpy looks like."""

    shape, dtype = (), "float32"

    def item(self) -> float:
        """The number."""
        return 0.5


def _spread(kind: str) -> shaped.Given:
    """What a function may return for a NamedTuple."""
    network = shaped.Network(1, [])
    network.rate = _Scalar()  # type: ignore[assignment]  # as numpy gives it
    values = {"network": network, "color": shaped.Color.RED, "total": 2}
    made: Any = {"dict": values, "list": list(values.values()), "object": SimpleNamespace(**values), "short": (1, 2), "none": None}[kind]
    return made  # type: ignore[no-any-return]  # and this is the point


@pytest.mark.parametrize("kind", ["dict", "list", "object"])
def test_several_results_in_any_form(kind: str) -> None:
    """As the runtime takes them: by place or by name; numbers of other libraries are numbers."""
    network = {"rate": 0.5, "layers": [], "tags": [], "size": None, "extra": {}}
    assert shapes.shape_step(_spread)(kind=kind) == (network, "red", 2)


def test_what_is_no_such_result_is_left_to_the_runtime() -> None:
    """It has the words for it."""
    assert shapes.shape_step(_spread)(kind="short") == (1, 2)
    assert shapes.shape_step(_spread)(kind="none") is None
