"""What type checkers see of decorated functions. `make lint` checks this file: a comment that ignores an error which is not there is one itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from typing_extensions import assert_type

from bakehouse import dsl
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.graph import GraphComponent
from bakehouse.dsl.lightweight import PythonComponent
from bakehouse.dsl.task import PipelineTask
from bakehouse.errors import BakehouseError


@dsl.component
def train(a: int, m: dsl.Output[dsl.Model], rate: float = 0.1) -> int:
    """Has an output among its parameters, which a call does not give."""
    return a


@dsl.component(packages_to_install=["pandas"])
def fill(table: dsl.Output[dsl.Dataset]) -> None:
    """Returns nothing, and gives a table."""


@dsl.component
def double(n: int) -> int:
    """Takes and gives a value."""
    return 2 * n


@dsl.component
def use(table: dsl.Input[dsl.Dataset], mode: Literal["fast", "slow"] = "fast") -> str:
    """Takes it."""
    return mode


@dsl.container_component
def echo(text: str) -> dsl.ContainerSpec:
    """A container."""
    return dsl.ContainerSpec(image="alpine", command=["echo", text])


@dsl.pipeline(name="inner")
def inner(n: int, rate: float = 0.5) -> int:
    """All parameters of a pipeline are inputs."""
    trained = train(a=n, rate=rate)
    use(table=fill().output)
    use(fill().output, mode="slow")
    echo(text=f"{n}").after(trained).set_display_name("echo")
    return double(trained.outputs["Output"]).output


@dsl.pipeline
def outer(n: int = 1) -> int:
    """A pipeline is called as a component is."""
    with dsl.If(n == 1):
        inner(n)
    return inner(n=double(n).output, rate=0.1).output


def test_decorated_functions_keep_their_signatures() -> None:
    """Parameters and results are those of the function; outputs need no argument, and what a task gives fits where its type is declared."""
    function: Callable[..., int] = train.python_func
    assert function(a=1, m=None, rate=0.1) == 1
    assert use.execute(dsl.Dataset(), mode="slow") == "slow"
    found: list[BaseComponent] = [train, fill, use, echo, inner, outer]
    assert [isinstance(one, GraphComponent) for one in found] == [False, False, False, False, True, True]
    assert isinstance(train, PythonComponent)
    assert list(outer.recording.tasks) == ["inner", "double", "inner-2"]


def test_results_are_typed() -> None:
    """Of a task, by what the function returns; anything where that is nothing, since then an artifact is meant."""

    def pipeline(n: int = 1) -> None:
        assert_type(train(n), PipelineTask[int])
        assert_type(double(n).output, int)
        assert_type(fill().output, Any)
        assert_type(inner(n), PipelineTask[int])
        assert_type(use.execute(dsl.Dataset()), str)

    dsl.pipeline(pipeline)


def test_what_does_not_fit_a_pipeline_is_an_error_to_checkers() -> None:
    """And so it is of a function that is called itself."""

    def pipeline(n: int = 1) -> None:
        inner(m=n)  # type: ignore[call-arg]  # that is the mistake
        inner("a")  # type: ignore[arg-type]  # that is the mistake

    with pytest.raises(BakehouseError):
        dsl.pipeline(pipeline)
    with pytest.raises(TypeError):
        use.execute(mode="slow")  # type: ignore[call-arg]  # that is the mistake
    with pytest.raises(BakehouseError):
        dsl.component(lambda: 1)
