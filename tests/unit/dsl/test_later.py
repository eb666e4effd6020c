"""Constructs of KFP that are not supported yet are refused where they are used, and the rest of the pipeline is checked all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors
from bakehouse.task.artifacts import Dataset


@dsl.component
def step(n: int = 1, table: dsl.Input[Dataset] = None) -> int:  # type: ignore[assignment]  # as users write
    return n


@dsl.pipeline
def inner() -> int:
    return step().output


@dsl.notebook_component(notebook_path="some.ipynb")
def notebook(n: int = 1) -> None:
    pass


def _if(n: Any) -> None:
    with dsl.If(n == 1, name="x"):
        step(n=n)


def _branches(n: Any) -> None:
    with dsl.If(n == 1):
        one = step(n=n)
    with dsl.Elif(n == 2):
        two = step(n=n)
    with dsl.Else():
        three = step(n=n)
    step(n=dsl.OneOf(one.output, two.output, three.output))


def _condition(n: Any) -> None:
    with dsl.Condition(n == 1):
        step(n=n)


def _loop(n: Any) -> None:
    with dsl.ParallelFor([{"a": 1}], parallelism=2) as item:
        made = step(n=item.a)
    step(n=dsl.Collected(made.output))


def _exit(n: Any) -> None:
    with dsl.ExitHandler(step(n=n)) as handler:
        step(n=n).after(handler)


def _importer(n: Any) -> None:
    imported = dsl.importer(artifact_uri=f"gs://{n}", artifact_class=Dataset, reimport=False)
    step(table=imported.output)
    step(table=imported.outputs["artifact"]).after(imported)


def _pipeline(n: Any) -> None:
    step(n=inner().output)


def _notebook(n: Any) -> None:
    notebook(n=n).set_display_name("x")


@pytest.mark.parametrize(
    ("use", "lines", "words"),
    [
        (_if, [1], ["dsl.If"]),
        (_branches, [1, 3, 5, 7], ["dsl.If", "dsl.Elif", "dsl.Else", "dsl.OneOf"]),
        (_condition, [1], ["dsl.Condition"]),
        (_loop, [1, 3], ["dsl.ParallelFor", "dsl.Collected"]),
        (_exit, [1], ["dsl.ExitHandler"]),
        (_importer, [1], ["dsl.importer"]),
        (_pipeline, [1], ["the pipeline inner is used inside a pipeline"]),
    ],
)
def test_each_use_is_refused_at_its_line(use: Callable[[Any], None], lines: list[int], words: list[str]) -> None:
    """Nothing follows from it, and other mistakes are told along with it."""

    def pipeline(n: int = 1) -> None:
        use(n)

    def with_mistake(n: int = 1) -> None:
        use(n)
        step(m=1)

    with pytest.raises((errors.NotYet, errors.AuthoringProblems)) as caught:
        dsl.pipeline(pipeline)
    first = use.__code__.co_firstlineno
    assert [problem.place for problem in caught.value.problems] == [f"{__file__}:{first + line}" for line in lines]
    for problem, word in zip(caught.value.problems, words, strict=True):
        assert word in problem.message
        assert "not supported yet" in problem.message
        assert problem.remedy
    with pytest.raises(errors.AuthoringProblems) as both:
        dsl.pipeline(with_mistake)
    assert len(both.value.problems) == len(lines) + 1


def test_outside_a_pipeline_they_raise_at_once() -> None:
    """There is nobody to tell later."""
    with pytest.raises(errors.NotYet, match=r"dsl\.If") as caught:
        dsl.If(True)
    assert isinstance(caught.value, NotImplementedError)


def test_a_notebook_component_can_be_defined_but_not_used() -> None:
    """Other pipelines of the file work."""

    def pipeline(n: int = 1) -> None:
        _notebook(n)

    with pytest.raises(errors.NotYet, match="notebook_component") as caught:
        dsl.pipeline(pipeline)
    assert (caught.value.place or "").startswith(f"{__file__}:")
