"""`kfp.local` in an author's file that is only loaded: calls run nothing and are remembered; what would need a result is told that there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bakehouse import dsl, local
from bakehouse.client import noting
from bakehouse.client.calls import Call
from bakehouse.dsl import errors, hooks


@dsl.component
def add(a: int, b: int = 1) -> int:
    msg = "it must not run"
    raise AssertionError(msg)


@dsl.pipeline
def sums(a: int = 1) -> int:
    return add(a=a).output


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    noting.calls.clear()
    noting.install()
    yield
    noting.calls.clear()
    hooks.connect_calls(None)


def test_calls_run_nothing_and_are_remembered() -> None:
    """A component's and a pipeline's, with their lines; the results can be passed on and shown."""
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root="x")
    task: Any = add(a=1)
    assert f"{sums(a=2).outputs['Output']} {task.output}" == "<sums.outputs['Output']: not run> <add.output: not run>"
    line = test_calls_run_nothing_and_are_remembered.__code__.co_firstlineno
    assert noting.calls == [
        Call("init", f"{__file__}:{line + 2}"),
        Call("add", f"{__file__}:{line + 3}", is_component=True, given={"a": 1}),
        Call("sums", f"{__file__}:{line + 4}", is_component=True, given={"a": 2}),
    ]


def test_whatever_the_file_says_of_running_is_only_remembered() -> None:
    """Runners that there are not, too, and the list of runs; wrong arguments are told as ever."""
    local.init(local.DockerRunner())
    assert local.runs() == []
    assert [call.method for call in noting.calls] == ["init", "runs"]
    with pytest.raises(errors.MissingInput):
        add()


@pytest.mark.parametrize(
    "use",
    [
        lambda out: out == 3,
        lambda out: out + 1,
        lambda out: [*out],
        lambda out: "yes" if out else "no",
        lambda out: [1][out],
        lambda out: 1 in out,
        lambda out: os.fspath(out.path),
    ],
)
def test_there_is_no_result_to_use(use: Callable[[Any], object]) -> None:
    """The line that wants it, and where to put it."""
    with pytest.raises(errors.OutsidePipeline, match="there is none") as caught:
        use(add(a=1).output)
    assert caught.value.place == f"{__file__}:{use.__code__.co_firstlineno}"
    assert "__main__" in (caught.value.remedy or "")
