"""Values reach where they are used through every group on the way, by inputs and outputs that are named as KFP names them."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.compiler import compile_pipeline
from bakehouse.dsl.errors import AuthoringProblems, InvalidPipeline
from bakehouse.dsl.graph import GraphComponent
from bakehouse.ir import validation
from bakehouse.ir.spec import (
    ComponentInputParameter,
    Constant,
    OutputSelector,
    ParameterIterator,
    ParameterType,
    PipelineSpec,
    Task,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from bakehouse.task.artifacts import Dataset


@dsl.component
def step(n: int = 1, text: str = "", items: list = []) -> str:  # type: ignore[type-arg]  # noqa: B006  # as users write
    return text


@dsl.component
def table() -> Dataset:
    return Dataset(uri="")


@dsl.component
def use(rows: dsl.Input[list[Dataset]]) -> int:
    return len(rows)


def _compiled(pipeline: GraphComponent) -> PipelineSpec:
    file = compile_pipeline(pipeline).file
    assert validation.problems(file) == []
    return file.spec


def _tasks(spec: PipelineSpec, component: str) -> dict[str, Task]:
    dag = (spec.root if component == "root" else spec.components[component]).dag
    assert dag is not None
    return dict(dag.tasks)


def test_a_value_goes_down_by_an_input_of_each_group() -> None:
    """A parameter, an output and an item, to a task three groups deeper."""

    @dsl.pipeline
    def down(n: int = 1) -> None:
        made = step()
        with dsl.ParallelFor(["a"]) as item, dsl.If(n == 1), dsl.ParallelFor([1]):
            step(text=f"{item}{made.output}", n=n)

    spec = _compiled(down)
    carried = {"pipelinechannel--n", "pipelinechannel--step-Output"}
    for group in ("comp-for-loop-2", "comp-condition-3", "comp-for-loop-5"):
        assert carried <= spec.components[group].inputs.parameters.keys()
    inner = _tasks(spec, "comp-for-loop-5")["step-2"].inputs.parameters
    assert inner["n"] == ComponentInputParameter("pipelinechannel--n")
    assert inner["text"] == Constant(
        "{{$.inputs.parameters['pipelinechannel--loop-item-param-1']}}{{$.inputs.parameters['pipelinechannel--step-Output']}}"
    )
    outermost = _tasks(spec, "root")["for-loop-2"]
    assert outermost.inputs.parameters["pipelinechannel--step-Output"] == TaskOutputParameter("step", "Output")
    assert outermost.dependent_tasks == ("step",)


def test_a_value_goes_up_by_an_output_of_each_group() -> None:
    """Of loops in loops, as lists; used in a branch it is called after the loop that gives it."""

    @dsl.pipeline
    def up(n: int = 1) -> None:
        with dsl.ParallelFor([1]), dsl.ParallelFor([2]):
            made, rows = step(), table()
        use(rows=dsl.Collected(rows.output))
        with dsl.If(n == 1):
            step(items=dsl.Collected(made.output))

    spec = _compiled(up)
    outer, inner = spec.components["comp-for-loop-2"], spec.components["comp-for-loop-4"]
    assert outer.dag is not None
    assert inner.dag is not None
    assert inner.dag.outputs.parameters == {"pipelinechannel--step-Output": (OutputSelector("step", "Output"),)}
    assert outer.dag.outputs.parameters == {"pipelinechannel--step-Output": (OutputSelector("for-loop-4", "pipelinechannel--step-Output"),)}
    assert outer.outputs.parameters["pipelinechannel--step-Output"].type is ParameterType.LIST
    assert outer.outputs.artifacts["pipelinechannel--table-Output"].is_list
    assert _tasks(spec, "root")["use"].inputs.artifacts["rows"] == TaskOutputArtifact("for-loop-2", "pipelinechannel--table-Output")
    name = "pipelinechannel--for-loop-2-pipelinechannel--step-Output"
    assert _tasks(spec, "comp-condition-5")["step-2"].inputs.parameters["items"] == ComponentInputParameter(name)


@pytest.mark.parametrize("items", [[{"name": "x", "b": 1}], "rows"], ids=["written out", "given"])
def test_a_value_of_an_item_is_selected_where_it_is_used(items: Any) -> None:
    """The item is carried as a whole; its value may be called as anything, `name` among them."""

    @dsl.pipeline
    def mappings(rows: list[dict[str, int]] = []) -> None:  # noqa: B006  # as users write
        with dsl.ParallelFor(rows if items == "rows" else items) as item, dsl.ParallelFor([1]):
            step(n=item.b)
            step(text=f"{item.name}{item['name']}")

    spec = _compiled(mappings)
    carrier = "pipelinechannel--rows-loop-item" if items == "rows" else "pipelinechannel--loop-item-param-1"
    first, second = _tasks(spec, f"comp-for-loop-{3 if items == 'rows' else 4}").values()
    assert first.inputs.parameters["n"] == ComponentInputParameter(carrier, selector='parseJson(string_value)["b"]')
    assert second.inputs.parameters[f"{carrier}-subvar-name"] == ComponentInputParameter(carrier, selector='parseJson(string_value)["name"]')


def test_loops_over_one_list_have_items_of_their_own() -> None:
    """One loop in the other: neither item hides the other."""

    @dsl.pipeline
    def twice(names: list[str] = []) -> None:  # noqa: B006  # as users write
        with dsl.ParallelFor(names) as one, dsl.ParallelFor(names) as other:
            step(text=f"{one}{other}")
        with dsl.ParallelFor(names) as one:
            step(text=f"{one}")

    spec = _compiled(twice)
    iterators = [task.iterator for component in ("root", "comp-for-loop-1") for task in _tasks(spec, component).values()]
    items = [one.item_input for one in iterators if isinstance(one, ParameterIterator)]
    assert items == ["pipelinechannel--names-loop-item", "pipelinechannel--names-loop-item", "pipelinechannel--names-loop-item-2"]


def test_numbers_of_groups_are_kfps() -> None:
    """A conditional takes the number of its first branch, which gets the next one; a list that is written out takes one before its loop."""

    @dsl.pipeline
    def numbered(n: int = 1) -> None:
        with dsl.If(n == 1), dsl.ParallelFor([1]):
            step()
        with dsl.Else():
            step()
        with dsl.ExitHandler(step()):
            step()

    names = {name for name in _compiled(numbered).components if "step" not in name}
    assert names == {"comp-condition-branches-1", "comp-condition-4", "comp-for-loop-3", "comp-condition-5", "comp-exit-handler-6"}


def test_deep_nesting_is_compiled() -> None:
    """Fifty groups, one in the other."""

    @dsl.pipeline
    def deep(n: int = 1, items: list[int] = []) -> None:  # noqa: B006  # as users write
        def dig(level: int) -> None:
            if level == 50:  # as promised
                step(n=n)
                return
            with dsl.If(n == level) if level % 2 else dsl.ParallelFor(items):
                dig(level + 1)

        dig(0)

    assert len(_compiled(deep).components) == 51  # and the step


def test_tasks_that_wait_for_each_other_are_refused() -> None:
    """At the `.after()` that closes the cycle, in each group, also where a block is part of it; all of them at once."""

    @dsl.component
    def one(n: int = 1) -> int:
        return n

    def pipeline() -> None:
        first = one()
        second = one(n=first.output)
        first.after(second)
        with dsl.ParallelFor([1, 2]):
            third = one()
            one(n=third.output)
            one(n=second.output)
            third.after(one(n=third.output))

    def blocks() -> None:
        first = one()
        with dsl.If(first.output == 1):
            one()
        with dsl.ParallelFor([1, 2]):
            second = one(n=first.output)
        first.after(second)

    line = pipeline.__code__.co_firstlineno
    with pytest.raises(AuthoringProblems) as caught:
        compile_pipeline(dsl.pipeline(pipeline))
    assert [(error.place, error.message) for error in caught.value.errors] == [
        (f"{__file__}:{line + 3}", "the tasks wait for each other in a cycle: one-2 → one → one-2"),
        (f"{__file__}:{line + 8}", "the tasks wait for each other in a cycle: one-3 → one-6 → one-3"),
    ]
    with pytest.raises(InvalidPipeline, match="one → for-loop-3 → one"):
        compile_pipeline(dsl.pipeline(blocks))
