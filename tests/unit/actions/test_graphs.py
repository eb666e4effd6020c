"""Graphs stay small enough to be drawn, whatever the pipeline: nested ones closed, alike ones stacked, the rest counted."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.actions import graphs
from bakehouse.actions.graphs import MOST_NODES, Edge, Graph, Kind, Node
from bakehouse.ir import text
from bakehouse.ir.execution import TaskId
from bakehouse.ir.spec import (
    Component,
    Constant,
    Container,
    Dag,
    PipelineInfo,
    PipelineSpec,
    Task,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.states import TaskState
from bakehouse.records.views import TaskMark

ROOT = Path(__file__).parents[3]
SHARED = sorted((ROOT.parent / "shared" / "conformance" / "pipelines").rglob("*.yaml"))
#: Compiled by kfp 2.17: an exit handler around a condition with two branches and two loops, one of them with a condition in it; a pipeline in it.
FLOW = text.read((ROOT / "tests" / "fixtures" / "control_flow.yaml").read_bytes()).spec


def pipeline(tasks: Mapping[str, Sequence[str]], *, each_its_own: bool = False) -> PipelineSpec:
    """Tasks by name with what they wait for. What stands before the first dash of a name says what it runs, or the whole name does."""
    names = {name: name if each_its_own else name.partition("-")[0] for name in tasks}
    return PipelineSpec(
        info=PipelineInfo(name="sample"),
        root=Component(dag=Dag({name: Task(f"comp-{name}", name, dependent_tasks=tuple(upstream)) for name, upstream in tasks.items()})),
        components={f"comp-{name}": Component(executor_label=f"exec-{name}") for name in tasks},
        executors={f"exec-{name}": Container("python", ("run", what)) for name, what in names.items()},
    )


def mark(task: str, state: TaskState, *, kind: TaskKind = TaskKind.STEP, begun: bool = False, reused: bool = False) -> TaskMark:
    """A task of a run."""
    return TaskMark(TaskId(task), kind, state, begun, reused)


def drawn(spec: PipelineSpec, opened: Collection[str] = ()) -> Graph:
    """The graph of a pipeline."""
    return graphs.drawing(spec, opened).graph


def of_run(tasks: Sequence[TaskMark], spec: PipelineSpec, opened: Collection[str] = ()) -> Graph:
    """The graph of a run of a pipeline."""
    return graphs.of_run(graphs.drawing(spec, opened), tasks)


def ids(graph: Graph) -> list[str]:
    return [node.id for node in graph.nodes]


def node(graph: Graph, name: str) -> Node:
    (found,) = [one for one in graph.nodes if one.id == name]
    return found


def arrows(graph: Graph) -> set[tuple[str, str, int]]:
    return {(edge.source, edge.target, edge.count) for edge in graph.edges}


def is_sound(graph: Graph) -> bool:
    """Small enough, no id twice, every parent and both ends of every arrow drawn, nothing waits for itself; all steps counted."""
    known = set(ids(graph))
    assert len(graph.nodes) <= MOST_NODES
    assert len(known) == len(graph.nodes)
    assert {one.parent for one in graph.nodes} - {""} == {one.id for one in graph.nodes if one.open}
    assert all({edge.source, edge.target} <= known and edge.source != edge.target for edge in graph.edges)
    assert len({(edge.source, edge.target) for edge in graph.edges}) == len(graph.edges)
    assert sum(one.steps for one in graph.nodes if not one.open) == graph.steps
    return True


def test_a_stack_and_what_is_open_in_it_are_counted_both() -> None:
    """The stack as a whole, and each step of it; what does not fit in it, together."""
    marks = [mark(f"train-{number}", TaskState.SUCCEEDED if number % 2 else TaskState.FAILED) for number in range(400)]
    graph = of_run(marks, pipeline(fan(400)), ("stack:train-0",))
    assert node(graph, "stack:train-0").states == {TaskState.SUCCEEDED: 200, TaskState.FAILED: 200}
    inside = [one for one in graph.nodes if one.parent == "stack:train-0"]
    assert sum(one.states.get(TaskState.FAILED, 0) for one in inside) == 200
    assert (node(graph, "train-1").states, node(graph, "train-1").task_id) == ({TaskState.SUCCEEDED: 1}, "train-1")
    assert inside[-1].kind is Kind.MORE
    assert sum(inside[-1].states.values()) == inside[-1].steps


def test_rounds_of_a_loop_are_counted_where_the_loop_is_drawn() -> None:
    """Steps with steps, iterations with iterations, and the loop itself apart: groups are no steps."""
    loop = "exit-handler-1/for-loop-5"
    waiting = of_run([mark(loop, TaskState.WAITING, kind=TaskKind.LOOP)], FLOW, ("exit-handler-1",))
    assert (node(waiting, loop).states, node(waiting, loop).groups) == ({}, {TaskState.WAITING: 1})
    begun = [
        mark(loop, TaskState.RUNNING, kind=TaskKind.LOOP, begun=True),
        *(mark(f"{loop}/{number}", TaskState.RUNNING, kind=TaskKind.ITERATION, begun=True) for number in range(3)),
        *(mark(f"{loop}/{number}/say-4", TaskState.SUCCEEDED, begun=True) for number in range(3)),
    ]
    assert node(of_run(begun, FLOW, ("exit-handler-1",)), loop).states == {TaskState.SUCCEEDED: 3}
    assert node(of_run(begun, FLOW), "exit-handler-1").states == {TaskState.SUCCEEDED: 3}
    assert node(of_run(begun, FLOW, ("exit-handler-1",)), loop).iterations == {TaskState.RUNNING: 3}
    assert node(of_run(begun, FLOW), "exit-handler-1").iterations == {}


def test_iterations_that_failed_are_named() -> None:
    """The first five, by their numbers."""
    loop = "exit-handler-1/for-loop-5"
    failed = [mark(f"{loop}/{number}", TaskState.FAILED, kind=TaskKind.ITERATION, begun=True) for number in range(11, 1, -1)]
    found = node(of_run(failed, FLOW, ("exit-handler-1",)), loop)
    assert found.failed_iterations == tuple(f"{loop}/{number}" for number in range(2, 7))
    assert found.iterations == {TaskState.FAILED: 10}


def test_a_condition_in_a_loop_is_counted_once_for_each_iteration() -> None:
    """Where it held and where it did not, apart from the steps in it; those of an iteration in which it did not hold are none."""
    loop, rounds = "exit-handler-1/for-loop-5", range(3)
    marks = [
        *(mark(f"{loop}/{number}", TaskState.SUCCEEDED, kind=TaskKind.ITERATION, begun=True) for number in rounds),
        mark(f"{loop}/0/condition-6", TaskState.SUCCEEDED, kind=TaskKind.DAG, begun=True),
        mark(f"{loop}/0/condition-6/say-4", TaskState.SUCCEEDED, begun=True),
        *(mark(f"{loop}/{number}/condition-6", TaskState.SKIPPED, kind=TaskKind.DAG) for number in rounds[1:]),
    ]
    found = node(of_run(marks, FLOW, ("exit-handler-1", loop)), f"{loop}/condition-6")
    assert (found.groups, found.states) == ({TaskState.SUCCEEDED: 1, TaskState.SKIPPED: 2}, {TaskState.SUCCEEDED: 1})


# ---------------------------------------------------------------- small ones


def test_a_node_for_each_step_and_an_arrow_for_each_dependency() -> None:
    """A small pipeline is drawn as it is, what comes first first."""
    graph = drawn(pipeline({"train": ["load"], "load": [], "report": ["load", "train"]}))
    assert ids(graph) == ["load", "train", "report"]
    assert arrows(graph) == {("load", "train", 1), ("load", "report", 1), ("train", "report", 1)}
    assert node(graph, "train") == Node("train", "train", Kind.TASK, component="comp-train")
    assert graph.steps == 3


def test_a_pipeline_without_tasks_has_an_empty_graph() -> None:
    """Nothing to draw is no error."""
    assert drawn(pipeline({})) == Graph([], [], 0)


def test_an_arrow_names_what_is_passed_if_it_is_one_thing() -> None:
    """The output's name; where a function named none, the input's; nothing where there are two, or only an order."""
    spec = pipeline({"make": [], "one": [], "unnamed": [], "two": [], "after": ["make"]})
    assert spec.root.dag is not None
    fed = {
        "one": TaskInputs(artifacts={"data": TaskOutputArtifact("make", "dataset")}, parameters={"size": Constant(3)}),
        "unnamed": TaskInputs(parameters={"rate": TaskOutputParameter("make", "Output")}),
        "two": TaskInputs(parameters={"a": TaskOutputParameter("make", "x"), "b": TaskOutputParameter("make", "y")}),
    }
    tasks = {name: replace(task, inputs=fed.get(name, TaskInputs())) for name, task in spec.root.dag.tasks.items()}
    graph = drawn(replace(spec, root=Component(dag=Dag(tasks))))
    assert {edge.target: edge.label for edge in graph.edges} == {"one": "dataset", "unnamed": "rate", "two": "", "after": ""}


def test_a_run_adds_states_and_steps() -> None:
    """Each node knows its step's state and opens its panel."""
    spec = pipeline({"load": [], "train": ["load"]})
    graph = of_run([mark("load", TaskState.SUCCEEDED, reused=True), mark("train", TaskState.RUNNING)], spec)
    assert node(graph, "load") == Node("load", "load", Kind.TASK, component="comp-load", task_id="load", states={TaskState.SUCCEEDED: 1}, cached=1)
    assert node(graph, "train").states == {TaskState.RUNNING: 1}


# ---------------------------------------------------------------- nested


def test_what_is_nested_is_closed_until_it_is_opened() -> None:
    """At first one node for the exit handler and one for the pipeline in it, with all steps counted."""
    graph = drawn(FLOW)
    assert ids(graph) == ["exit-handler-1", "inner", "cleanup", "say-5"]
    handler = node(graph, "exit-handler-1")
    assert (handler.kind, handler.label, handler.can_open, handler.open, handler.steps) == (Kind.DAG, "guarded", True, False, 7)
    assert node(graph, "cleanup").condition == "whether or not its upstream steps succeed"
    assert arrows(graph) == {("exit-handler-1", "cleanup", 1), ("inner", "say-5", 1)}
    assert graph.steps == 11


def test_opened_nodes_hold_what_is_in_them_at_any_depth() -> None:
    """Conditions and loops say what they are about; arrows stay within one parent."""
    opened = ("exit-handler-1", "exit-handler-1/condition-branches-2", "exit-handler-1/for-loop-5", "exit-handler-1/for-loop-5/condition-6")
    graph = drawn(FLOW, opened)
    assert is_sound(graph)
    assert {one.id for one in graph.nodes if one.open} == set(opened)
    assert node(graph, "exit-handler-1/condition-branches-2/condition-3").condition == "flip.Output == 'heads'"
    assert node(graph, "exit-handler-1/for-loop-8").condition == "for each of [1, 2, 3]"
    assert node(graph, "exit-handler-1/for-loop-5").condition == "for each of items.Output"
    assert node(graph, "exit-handler-1/for-loop-5/condition-6/say-4").parent == "exit-handler-1/for-loop-5/condition-6"
    assert ("exit-handler-1/flip", "exit-handler-1/condition-branches-2", 1) in arrows(graph)


def test_a_node_whose_parent_is_closed_stays_out_of_sight() -> None:
    """Opening what is not there, or not to be seen, does nothing."""
    assert drawn(FLOW, ("exit-handler-1/for-loop-5", "say-5", "nothing", "stack:say", "")) == drawn(FLOW)


def test_a_closed_node_counts_the_steps_of_a_run_in_it() -> None:
    """By state, whatever lies how deep."""
    steps = {"inner/say": TaskState.SUCCEEDED, "inner/say-2": TaskState.RUNNING, "say-5": TaskState.WAITING}
    graph = of_run([mark(task, state) for task, state in steps.items()], FLOW)
    assert node(graph, "inner").states == {TaskState.RUNNING: 1, TaskState.SUCCEEDED: 1}
    assert node(graph, "inner").task_id == ""


def test_a_pipeline_that_holds_itself_is_drawn_all_the_same() -> None:
    """No compiler writes one, but a file may say so."""
    spec = pipeline({"a": []})
    dag = Dag({"again": Task("comp-loop"), "step": Task("comp-a")})
    spec = replace(spec, root=Component(dag=dag), components={**spec.components, "comp-loop": Component(dag=dag)})
    graph = drawn(spec, ("again", "again/again"))
    assert ids(graph) == ["again", "step", "again/again", "again/step", "again/again/again", "again/again/step"]


@pytest.mark.parametrize("path", SHARED, ids=[path.stem for path in SHARED])
def test_every_pipeline_of_kfp_can_be_looked_at_to_its_depth(path: Path) -> None:
    """Everything that can be opened is opened, level by level."""
    spec = text.read(path.read_bytes()).spec
    opened: set[str] = set()
    while True:
        graph = drawn(spec, opened)
        assert is_sound(graph)
        assert {one.id for one in graph.nodes if one.open} == opened
        more = {one.id for one in graph.nodes if one.can_open} - opened
        if not more:
            break
        opened |= more


# ---------------------------------------------------------------- large ones


def fan(width: int) -> dict[str, list[str]]:
    """One step, many of one kind after it, one after them all."""
    return {"load": [], **{f"train-{number}": ["load"] for number in range(width)}, "best": [f"train-{number}" for number in range(width)]}


def test_forty_of_a_kind_are_drawn_one_by_one() -> None:
    """There is room."""
    assert len(drawn(pipeline(fan(40))).nodes) == 42


def test_more_of_a_kind_at_one_place_are_a_stack() -> None:
    """One node that counts them, one arrow that counts the dependencies; it can be opened."""
    graph = drawn(pipeline(fan(41)))
    assert ids(graph) == ["load", "stack:train-0", "best"]
    assert arrows(graph) == {("load", "stack:train-0", 41), ("stack:train-0", "best", 41)}
    stack = node(graph, "stack:train-0")
    assert (stack.kind, stack.label, stack.steps, stack.can_open, stack.open) == (Kind.STACK, "train-0", 41, True, False)
    opened = drawn(pipeline(fan(41)), ("stack:train-0",))
    assert is_sound(opened)
    assert ids(opened)[:5] == ["load", "stack:train-0", "best", "train-0", "train-1"]
    assert {one.parent for one in opened.nodes if one.id.startswith("train-")} == {"stack:train-0"}
    assert arrows(opened) == arrows(graph)


def test_many_that_run_different_things_are_not_stacked() -> None:
    """Only what is of one component is."""
    spec = pipeline({f"step-{number}": [] for number in range(100)}, each_its_own=True)
    assert len(drawn(spec).nodes) == 100


def test_a_stack_of_a_run_counts_states() -> None:
    """And how many came from the cache."""
    names = [f"train-{number}" for number in range(50)]
    marks = [mark(name, TaskState.FAILED if index < 3 else TaskState.SUCCEEDED, reused=index > 40) for index, name in enumerate(names)]
    stack = node(of_run(marks, pipeline(fan(50))), "stack:train-0")
    assert (stack.states, stack.cached, stack.task_id) == ({TaskState.SUCCEEDED: 47, TaskState.FAILED: 3}, 9, "")


def test_small_groups_are_stacked_where_there_is_too_little_room() -> None:
    """A hundred groups of four: drawn by groups, so that all can be seen."""
    tasks: dict[str, list[str]] = {}
    for group in range(100):
        tasks[f"start{group}"] = []
        tasks |= {f"work{group}-{number}": [f"start{group}"] for number in range(4)}
    graph = drawn(pipeline(tasks))
    assert is_sound(graph)
    assert len(graph.nodes) == 200
    assert node(graph, "stack:work7-0").steps == 4


def test_lanes_side_by_side_are_stacked_step_by_step() -> None:
    """A hundred chains of four steps: one chain of four stacks."""
    tasks = {
        f"{name}-{lane}": [f"{before}-{lane}"] if before else [] for lane in range(100) for before, name in zip(["", *"abc"], "abcd", strict=True)
    }
    graph = drawn(pipeline(tasks))
    assert ids(graph) == ["stack:a-0", "stack:b-0", "stack:c-0", "stack:d-0"]
    assert arrows(graph) == {("stack:a-0", "stack:b-0", 100), ("stack:b-0", "stack:c-0", 100), ("stack:c-0", "stack:d-0", 100)}
    assert is_sound(drawn(pipeline(tasks), ("stack:b-0", "stack:d-0")))


def test_what_does_not_fit_is_counted_in_one_last_node() -> None:
    """A long chain of different steps: the first 299, and how many more."""
    chain = {f"step-{number}": [f"step-{number - 1}"] if number else [] for number in range(1000)}
    states = [mark(name, TaskState.WAITING) for name in chain]
    graph = of_run(states, pipeline(chain, each_its_own=True))
    assert is_sound(graph)
    assert len(graph.nodes) == MOST_NODES
    more = graph.nodes[-1]
    assert (more.id, more.label, more.kind, more.steps, more.can_open) == ("more:", "701 more", Kind.MORE, 701, False)
    assert more.states == {TaskState.WAITING: 701}
    assert Edge("step-298", "more:") in graph.edges


def test_an_open_stack_that_is_too_large_shows_what_fits() -> None:
    """And the rest of the graph keeps its place."""
    graph = drawn(pipeline(fan(5000)), ("stack:train-0",))
    assert is_sound(graph)
    assert ids(graph)[:3] == ["load", "stack:train-0", "best"]
    assert node(graph, "more:stack:train-0").steps == 5000 - (MOST_NODES - 4)
    assert node(graph, "more:stack:train-0").parent == "stack:train-0"


def test_what_is_open_is_drawn_before_what_is_not() -> None:
    """In a graph that does not fit, the node that somebody opened is not the one that is left out."""
    chain = {f"step-{number}": [f"step-{number - 1}"] if number else [] for number in range(1000)}
    spec = pipeline({**chain, "last": ["step-999"]}, each_its_own=True)
    assert spec.root.dag is not None
    tasks = {**spec.root.dag.tasks, "last": replace(spec.root.dag.tasks["last"], component="comp-nested")}
    nested = Component(dag=Dag({"one": Task("comp-step-1"), "two": Task("comp-step-2", dependent_tasks=("one",))}))
    spec = replace(spec, root=Component(dag=Dag(tasks)), components={**spec.components, "comp-nested": nested})
    graph = drawn(spec, ("last",))
    assert is_sound(graph)
    assert {"last", "last/one", "last/two"} <= set(ids(graph))
    assert ("more:", "last", 1) in arrows(graph)


def test_opening_one_stack_does_not_dissolve_another() -> None:
    """What is stacked depends on the pipeline and on the nested pipelines that are open, not on open stacks."""
    spec = pipeline({f"{kind}{group}-{number}": [] for kind in ("a", "b") for group in range(2) for number in range(90)})
    closed = drawn(spec)
    opened = drawn(spec, ("stack:a0-0", "stack:b1-0"))
    assert is_sound(opened)
    assert set(ids(closed)) <= set(ids(opened))


@pytest.mark.parametrize("shape", ["fan", "lanes", "layers"])
def test_the_work_grows_with_the_tasks_and_no_faster(shape: str) -> None:
    """Four times as many tasks take nowhere near sixteen times as many calls."""

    def made(size: int) -> PipelineSpec:
        match shape:
            case "fan":
                return pipeline(fan(size))
            case "lanes":
                return pipeline({f"s{step}-{lane}": [f"s{step - 1}-{lane}"] if step else [] for lane in range(size // 10) for step in range(10)})
            case _:
                return pipeline({f"s{number}": [f"s{other}" for other in range(max(0, number - 3), number)] for number in range(size)})

    def calls(spec: PipelineSpec) -> int:
        counted = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal counted
            counted += event in {"call", "c_call"}

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            drawn(spec)
        finally:
            sys.setprofile(before)
        return counted

    assert calls(made(4_000)) < 6 * calls(made(1_000))
