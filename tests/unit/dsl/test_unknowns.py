"""What Python does with a value that exists only when the pipeline runs is told with its line and what to do, never a bare TypeError."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors
from bakehouse.errors import BakehouseError
from bakehouse.task.artifacts import Dataset


@dsl.component
def step(n: int = 1, text: str = "") -> int:
    return n


@dsl.component
def listed(table: dsl.Output[Dataset]) -> list[int]:
    return [1]


def _helper(value: Any) -> str:
    """A function of the author's that is no component."""
    return str(value.strip())


def _unpacked(value: Any) -> None:
    first, second = value
    step(n=first).after(second)


#: What is done with a value of each kind, and words of the error.
CASES: dict[str, tuple[Callable[[Any], object], list[str]]] = {
    "range": (lambda n: range(n), ["n is used as a number", "Count inside a component"]),
    "int": (lambda n: int(n), ["as a number"]),
    "float": (lambda n: math.sqrt(n), ["as a number"]),
    "an index": (lambda n: ["a", "b"][n], ["as a number"]),
    "plus": (lambda n: step(n=n + 1), ["`+` calculates with n", "Calculate in a component"]),
    "from the right": (lambda n: step(n=10 - n), ["`-` calculates with n"]),
    "a sign": (lambda n: step(n=-n), ["`-` calculates"]),
    "text before": (lambda n: step(text="a" + n), ["`+` calculates", 'f"{…}"']),
    "several at once": (lambda n: step(n=(n + 1) * 2), ["`+` calculates"]),
    "length": (lambda n: len(n), ["the length of n"]),
    "a loop": (lambda n: [step(n=one) for one in n], ["the items of n", "dsl.ParallelFor"]),
    "unpacking": (_unpacked, ["the items of n"]),
    "if": (lambda n: step() if n else None, ["whether n is true", "dsl.If"]),
    "if not": (lambda n: step() if not n else None, ["whether n is true"]),
    "or": (lambda n: step(n=n or 5), ["whether n is true"]),
    "a chain of comparisons": (lambda n: 1 < n < 3, ["whether a comparison"]),
    "among": (lambda n: n in [1, 2], ["whether a comparison"]),
    "in it": (lambda n: "a" in n, ["what is in n"]),
    "the greatest": (lambda n: max(n, 3), ["whether a comparison"]),
    "an item": (lambda n: step(n=n["a"]), ["an item of n"]),
    "an attribute": (lambda n: n.upper(), ["`.upper` of n"]),
    "in a helper": (lambda n: _helper(n), ["`.strip` of n"]),
    "a path": (lambda n: os.path.join("a", n), ["as a path"]),  # noqa: PTH118  # as users write
}
_ELSEWHERE = {"in a helper": _helper, "unpacking": _unpacked}


@pytest.mark.parametrize("name", CASES)
def test_what_python_does_with_a_parameter(name: str) -> None:
    """One error of ours: the line, what is wrong, what to do. It is a TypeError too, as Python's own would be."""
    misuse, words = CASES[name]

    def pipeline(n: int = 1) -> None:
        misuse(n)

    with pytest.raises(errors.NotKnownNow) as caught:
        dsl.pipeline(pipeline)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, AttributeError)
    place = _ELSEWHERE.get(name, misuse).__code__  # type: ignore[attr-defined]  # a function
    assert caught.value.place == f"{__file__}:{place.co_firstlineno + {'in a helper': 2, 'unpacking': 1}.get(name, 0)}"
    assert "only when the pipeline runs" in caught.value.message
    for word in words:
        assert word in f"{caught.value.message} {caught.value.remedy}", str(caught.value)


def test_what_python_does_with_outputs_of_tasks() -> None:
    """All that can be told at once is; an artifact's own fields are there inside a component."""

    def pipeline() -> None:
        made: Any = listed()
        for one in made.outputs["Output"]:
            step(n=one)
        step(n=made.outputs["Output"][0] * 2)
        step(text=made.outputs["table"].uri)

    with pytest.raises(errors.AuthoringProblems) as caught:
        dsl.pipeline(pipeline)
    first = pipeline.__code__.co_firstlineno
    assert [problem.place for problem in caught.value.problems] == [f"{__file__}:{first + line}" for line in (2, 4, 5)]
    assert "Input[…]" in (caught.value.problems[-1].remedy or "")


def test_a_loop_on_something_unknown_ends() -> None:
    """The first error is told, although the condition that follows from it can never be answered."""

    def pipeline(n: dict[str, Any]) -> None:
        rest = n["rest"]
        while rest:
            rest = rest[1]

    with pytest.raises(errors.NotKnownNow, match="an item of n"):
        dsl.pipeline(pipeline)


def test_texts_comparisons_and_questions_of_tools_stay() -> None:
    """`f"{n}"` and `str(n)` put a placeholder in, a comparison is an object, and what tools ask of every object is answered as by any."""

    @dsl.pipeline
    def pipeline(n: int = 1) -> None:
        assert not hasattr(n, "_repr_html_")
        assert not hasattr(n, "nowhere")
        assert isinstance(n == 1, object)
        assert {n: 1}[n] == 1
        step(text=f"a {n}" + str(n) + "{}".format(n) + "%s" % n)  # noqa: UP031, UP032  # every spelling

    (made,) = pipeline.recording.tasks.values()
    assert made.inputs["text"].count("{{channel:") == 4


def test_what_a_library_says_is_left_to_it() -> None:
    """Its own words, and not ours, where it asks for a type."""

    def pipeline(n: int = 1) -> None:
        json.dumps([n])

    with pytest.raises(TypeError, match="PipelineParameterChannel") as caught:
        dsl.pipeline(pipeline)
    assert not isinstance(caught.value, BakehouseError)
