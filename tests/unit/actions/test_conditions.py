"""Conditions and loops are said as their author would say them, not in the names that compilers make up."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.actions import graphs
from bakehouse.actions.conditions import Scope, in_words
from bakehouse.ir import text
from bakehouse.ir.spec import (
    Component,
    ComponentInputParameter,
    Constant,
    Dag,
    DagOutputs,
    OutputSelector,
    ParameterIterator,
    ParameterSource,
    PipelineInfo,
    PipelineSpec,
    Task,
    TaskInputs,
    TaskOutputParameter,
    TriggerPolicy,
)

FLOW = text.read((Path(__file__).parents[2] / "fixtures" / "control_flow.yaml").read_bytes()).spec
VALUE = "inputs.parameter_values['pipelinechannel--x']"


def scope(tasks: dict[str, Task], components: dict[str, Component] | None = None) -> Scope:
    """The root of a pipeline of these tasks."""
    dag = Dag(tasks)
    spec = PipelineSpec(PipelineInfo(name="sample"), Component(dag=dag), {"step": Component(executor_label="e"), **(components or {})}, {})
    return Scope(spec, dag)


def when(condition: str, source: ParameterSource | None = None) -> Task:
    """A task that runs under a condition about one value."""
    given = {} if source is None else {"pipelinechannel--x": source}
    return Task("step", inputs=TaskInputs(given), trigger=TriggerPolicy(condition))


def said(task: Task, *, inside: Scope | None = None) -> str:
    """The condition of a task, after a task `flip` where nothing else is said."""
    return in_words(inside or scope({"flip": Task("step", "flip a coin"), "task": task}), task)


@pytest.mark.parametrize(
    ("condition", "source", "expected"),
    [
        (f"{VALUE} == 'heads'", TaskOutputParameter("flip", "Output"), "flip a coin.Output == 'heads'"),
        (f"int({VALUE}) > 3", ComponentInputParameter("rate"), "rate > 3"),
        (f"{VALUE} == double(-3.5)", ComponentInputParameter("rate"), "rate == -3.5"),
        (f'{VALUE} == "!(a && b)"', ComponentInputParameter("rate"), 'rate == "!(a && b)"'),
        (f"!({VALUE} == 1) || {VALUE} == 2", ComponentInputParameter("rate"), "not (rate == 1) or rate == 2"),
        (f"{VALUE} == 1", TaskOutputParameter("flip", "Output", 'parseJson(string_value)["side"][0]'), 'flip a coin.Output["side"][0] == 1'),
        (f"{VALUE} == 1", TaskOutputParameter("gone", "Output", "strange"), "strange of gone.Output == 1"),
        (f"{VALUE} == 1", Constant("a"), "'a' == 1"),
        (f"{VALUE} == 1", None, "pipelinechannel--x == 1"),
    ],
)
def test_values_are_named_by_their_origin(condition: str, source: ParameterSource | None, expected: str) -> None:
    """The step and its output, or the parameter of the pipeline; text in quotes stays as it is."""
    assert said(when(condition, source)) == expected


def test_items_are_those_of_their_loop() -> None:
    """Within the loop `item`; what an outer loop goes over is told apart."""
    outer = scope({"loop": Task("body", "rows", iterator=ParameterIterator("pipelinechannel--item", raw="[1]"))})
    body = Dag({"task": when(f"{VALUE} == 1", ComponentInputParameter("pipelinechannel--item"))})
    inside = Scope(outer.spec, body, "loop", outer.dag.tasks["loop"], outer)
    assert said(body.tasks["task"], inside=inside) == "item == 1"
    given = TaskInputs({"pipelinechannel--item": ComponentInputParameter("pipelinechannel--item")})
    inner = Task("body", inputs=given, iterator=ParameterIterator("pipelinechannel--other", raw="[2]"))
    deeper = Scope(outer.spec, body, "inner", inner, inside)
    assert said(body.tasks["task"], inside=deeper) == "item of rows == 1"


def test_outputs_of_groups_are_those_of_their_steps() -> None:
    """What a group hands on, one of several where branches do; a group that holds itself is not followed for ever."""
    given = DagOutputs({"out": (OutputSelector("a", "Output"), OutputSelector("b", "Output"))})
    branches = Component(dag=Dag({"a": Task("step"), "b": Task("step")}, given))
    itself = Component(dag=Dag({"again": Task("itself")}, DagOutputs({"out": (OutputSelector("again", "out"),)})))
    tasks = {"group": Task("branches"), "endless": Task("itself")}
    for producer, expected in (("group", "a.Output or b.Output == 1"), ("endless", "again.out == 1")):
        task = when(f"{VALUE} == 1", TaskOutputParameter(producer, "out"))
        assert said(task, inside=scope({**tasks, "task": task}, {"branches": branches, "itself": itself})) == expected


def test_what_kfp_compiled_is_said_plainly() -> None:
    """An if and its else, loops over a list and over an output, an exit task."""
    opened = ("exit-handler-1", "exit-handler-1/condition-branches-2", "exit-handler-1/for-loop-5")
    nodes = {node.id.rpartition("/")[2]: node.condition for node in graphs.drawing(FLOW, opened).graph.nodes if node.condition}
    assert nodes == {
        "condition-3": "flip.Output == 'heads'",
        "condition-4": "else",
        "for-loop-8": "for each of [1, 2, 3]",
        "for-loop-5": "for each of items.Output",
        "condition-6": "say-3.Output == 'a'",
        "cleanup": "whether or not its upstream steps succeed",
    }


def test_an_elif_leaves_out_what_the_branches_before_it_say() -> None:
    """As the author wrote it; a condition that only looks like one is given whole."""
    heads, tails = f"{VALUE} == 'heads'", f"{VALUE} == 'tails'"
    source = ComponentInputParameter("side")
    branches = {
        "if": when(heads, source),
        "elif": when(f"!({heads}) && {tails}", source),
        "else": when(f"!({heads}) && !({tails})", source),
    }
    assert [in_words(scope(branches), task) for task in branches.values()] == ["side == 'heads'", "elif side == 'tails'", "else"]
    assert said(when(f"!({heads}) && {tails}", source)) == "not (side == 'heads') and side == 'tails'"


def test_long_lists_are_cut() -> None:
    """300 characters say enough."""
    loop = Task("step", iterator=ParameterIterator("item", raw=str(list(range(1000)))))
    assert (len(said(loop)), said(loop)[-1]) == (301, "…")
