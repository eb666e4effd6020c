"""What Python does with a value that exists only when the pipeline runs is told with its line and what to do, never a bare TypeError."""

from __future__ import annotations

import datetime as dt
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


def _keeping() -> Any:
    """A library that asks for a length, keeps the answer to itself, and raises an error of its own."""
    source = "def quiet(value):\n  try:\n    len(value)\n  except TypeError:\n    pass\n  raise ValueError('what is this?')"
    space: dict[str, Any] = {}
    exec(compile(source, "/lib/site-packages/quiet.py", "exec"), space)  # noqa: S102  # as if it were installed
    return space["quiet"]


_quiet = _keeping()


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
    "sorted": (lambda n: sorted([n, 2]), ["whether a comparison"]),
    "sorted by itself": (lambda n: sorted(n), ["the items of n"]),
    "a sum": (lambda n: sum(n), ["the items of n"]),
    "backwards": (lambda n: list(reversed(n)), ["the length of n"]),
    "rounded": (lambda n: round(n, 2), ["`round` calculates"]),
    "and": (lambda n: step(n=n and 5), ["whether n is true"]),
    "joined comparisons": (lambda n: step(n=n == 1 and n != 2), ["whether a comparison", "(a == 1) & (b == 2)"]),
    "set": (lambda n: setattr(n, "uri", "x"), ["`.uri` of n is set"]),
    "JSON": (lambda n: json.dumps([n]), ["Python says: ", "not JSON serializable", "inside a component"]),
    "a file": (lambda n: open(n), ["as a path"]),  # noqa: PTH123, SIM115  # as users write
    "a file of a text": (lambda n: open(f"/none/{n}.csv"), ["Python says: ", "/none/n.csv"]),  # noqa: PTH123, SIM115  # as users write
    "a number of a text": (lambda n: int(f"{n}"), ["Python says: ", "'n'"]),
    "joined texts": (lambda n: ",".join(["a", n]), ["Python says: ", "expected str instance"]),  # noqa: FLY002  # as users write
    "a date": (lambda n: dt.date(n, 1, 1), ["as a number"]),
    "a delta": (lambda n: dt.timedelta(days=n), ["Python says: ", "timedelta"]),
    "called": (lambda n: n(), ["Python says: ", "not callable"]),
    "looked up": (lambda n: {"a": 1}[n], ["Python says: ", "n>"]),
    "an item set": (lambda n: n.__class__.__setitem__(n, 0, 1), ["Python says: "]),
    "stars": (lambda n: dict(**n), ["`.keys` of n"]),
    "a library that keeps it to itself": (lambda n: _quiet(n), ["the length of n"]),
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


def test_an_error_of_the_authors_own_is_left_as_it_is() -> None:
    """Also where a tool asked for something on another line before, and was told that it is not there."""

    def pipeline(n: int = 1) -> None:
        assert not hasattr(n, "nowhere")
        raise ValueError("no such region")

    with pytest.raises(ValueError, match="no such region") as caught:
        dsl.pipeline(pipeline)
    assert not isinstance(caught.value, BakehouseError)


@pytest.mark.parametrize(
    "raised",
    [
        ValueError("Outputs folder is not configured"),
        TypeError("expected a path, not Outputs"),
        AttributeError("'PipelineTask' object has no attribute 'region'"),
        KeyError("PipelineTask"),
    ],
)
def test_what_the_author_raises_keeps_its_words(raised: Exception) -> None:
    """Whatever they are; names of our classes are ordinary words."""

    def pipeline() -> None:
        step()
        raise raised

    with pytest.raises(type(raised)) as caught:
        dsl.pipeline(pipeline)
    assert caught.value is raised


def test_what_a_setter_says_is_not_of_a_value() -> None:
    """An argument that a task's method does not have is Python's to tell."""

    def pipeline() -> None:
        step().set_retry(times=3)  # type: ignore[call-arg]  # that is the mistake

    with pytest.raises(TypeError, match="unexpected keyword argument 'times'") as caught:
        dsl.pipeline(pipeline)
    assert not isinstance(caught.value, BakehouseError)


def test_the_authors_own_check_of_a_value_is_told_of() -> None:
    """It shows the value, so it can only have failed because that is not there yet."""

    def pipeline(region: str = "eu") -> None:
        raise LookupError(f"there is no region {region}")

    with pytest.raises(errors.NotKnownNow, match="there is no region region") as caught:
        dsl.pipeline(pipeline)
    assert caught.value.place == f"{__file__}:{pipeline.__code__.co_firstlineno + 1}"


def _loops(task: Any) -> None:
    for _ in task:
        step()


#: What is done with a task or a component as if it were a value, and words of the error.
TASKS: dict[str, tuple[Callable[[Any], object], list[str]]] = {
    "calculated with": (lambda task: task + 1, ["a task is used here as if it were what it gives", "`.output`"]),
    "gone through": (_loops, ["not iterable"]),
    "an item": (lambda task: task["a"], ["not subscriptable"]),
    "a length": (lambda task: len(task), ["has no len()"]),
    "unpacked": (lambda task: dict(**task), ["must be a mapping, not PipelineTask"]),
    "a number": (lambda task: math.sqrt(task), ["must be real number, not PipelineTask"]),
    "joined": (lambda task: "a" + task, ['not "PipelineTask"']),
    "JSON": (lambda task: json.dumps({"a": task}), ["Object of type PipelineTask"]),
    "looked up": (lambda task: {}[task], ["<PipelineTask step>"]),
    "an attribute": (lambda task: task.result, ["no attribute 'result'"]),
    "an output as an attribute": (lambda task: task.outputs.Output, ["the outputs of a task are used here", "`.outputs['…']`"]),
    "a component": (lambda task: step.output, ["a component is used here as if it were a task", "Call it"]),  # type: ignore[attr-defined]  # that is the mistake
}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_not_what_it_gives(name: str) -> None:
    """Python's own error has a place and a remedy."""
    misuse, words = TASKS[name]

    def pipeline() -> None:
        misuse(step())

    with pytest.raises(errors.NotKnownNow) as caught:
        dsl.pipeline(pipeline)
    assert caught.value.place == f"{__file__}:{misuse.__code__.co_firstlineno + (misuse is _loops)}"  # type: ignore[attr-defined]  # a function
    for word in words:
        assert word in f"{caught.value.message} {caught.value.remedy}", str(caught.value)


def test_fields_of_artifacts_are_not_there_while_the_pipeline_is_built() -> None:
    """Neither to be read nor to be set: that is for a component."""

    def pipeline() -> None:
        table: Any = listed().outputs["table"]
        table.uri = "gs://bucket/table"
        table.metadata["rows"] = 3

    with pytest.raises(errors.AuthoringProblems) as caught:
        dsl.pipeline(pipeline)
    first = pipeline.__code__.co_firstlineno
    assert [(problem.place, "Input[…]" in (problem.remedy or "")) for problem in caught.value.problems] == [
        (f"{__file__}:{first + 2}", True),
        (f"{__file__}:{first + 3}", True),
    ]


def test_identity_is_found_in_the_source() -> None:
    """Python asks nobody, so it is read; what is a name of the function's own, or stands in another function, is left alone."""

    def pipeline(n: int | None = None, m: int | None = None, other: int = 1) -> None:
        @dsl.component
        def inner(n: int | None = None) -> int:
            return 0 if n is None else n

        previous = None
        m = None
        if previous is None and m is None:
            step(n=1)
        inner(n=n)
        if n is None:
            step(n=2)

    with pytest.raises(errors.AuthoringError) as caught:
        dsl.pipeline(pipeline)
    first = pipeline.__code__.co_firstlineno
    assert f"{__file__}:{first + 10}: `n is None` is answered now" in str(caught.value)
    assert str(caught.value).count("is answered now") == 1
