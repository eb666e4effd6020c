"""The graph of a pipeline, or of a run of it: a drawing of at most 300 nodes, however many steps there are. Pure.

What is nested is one node until it is opened. Steps of one component that stand at the same place are one node where they are many, or
where there is too little room; what does not fit all the same is counted in a last node. The cost is linear in the tasks of what is drawn.

A drawing depends on the pipeline and what is open in it, and not on the run: what a run adds is counted into one that was drawn before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from bakehouse.actions.conditions import Scope, in_words
from bakehouse.actions.places import Level, Place, Stacking, level, natural, passed, places, single
from bakehouse.ir.spec import Dag, PipelineSpec, Task
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.states import TaskState
from bakehouse.records.views import TaskMark

MOST_NODES = 300
#: Nodes that are open at the same time; others stay closed.
MOST_OPEN = 100
#: Iterations that failed, which a node names; more of them are counted only.
MOST_NAMED = 5


class Kind(str, Enum):
    """What a node stands for."""

    TASK = "task"
    DAG = "dag"
    STACK = "stack"
    MORE = "more"


@dataclass(frozen=True)
class Node:
    """A node; `parent` is the id of the open node it is drawn in. `task_id` names the step of a run.

    `states` counts the steps of a run, never groups. Those that the node stands for are counted in `groups`: in a loop there is one
    for each iteration. `iterations` counts those of a loop; the first that failed are named in `failed_iterations` by their task ids.
    """

    id: str
    label: str
    kind: Kind
    parent: str = ""
    component: str = ""
    task_id: str = ""
    condition: str = ""
    open: bool = False
    can_open: bool = False
    steps: int = 1
    states: Mapping[TaskState, int] = field(default_factory=dict)
    cached: int = 0
    groups: Mapping[TaskState, int] = field(default_factory=dict)
    iterations: Mapping[TaskState, int] = field(default_factory=dict)
    failed_iterations: Sequence[str] = ()


@dataclass(frozen=True)
class Edge:
    """An arrow between two nodes of one parent; `count` dependencies, which pass `label` if it is one thing."""

    source: str
    target: str
    count: int = 1
    label: str = ""


@dataclass(frozen=True)
class Graph:
    """What is drawn; `steps` counts all steps of the pipeline, drawn or not."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    steps: int


@dataclass(frozen=True)
class Drawing:
    """The graph of a pipeline; by the path of each task that is in it, the numbers of the nodes that stand for it."""

    graph: Graph
    owners: Mapping[str, Sequence[int]]

    @property
    def weight(self) -> int:
        """How many things it holds."""
        return len(self.owners) + len(self.graph.nodes) + len(self.graph.edges)


def drawing(spec: PipelineSpec, open_ids: Collection[str] = ()) -> Drawing:
    """A pipeline as it is drawn. Ids in `open_ids` that name nothing are ignored."""
    return _Drawer(spec, frozenset(open_ids)).drawing()


# ---------------------------------------------------------------- what a run adds


def of_run(of: Drawing, tasks: Iterable[TaskMark]) -> Graph:
    """The graph of a run as it is now."""
    marks = list(tasks)
    rounds = {task.id for task in marks if task.kind is TaskKind.ITERATION}
    counted = [_Counted() for _ in of.graph.nodes]
    steps: set[str] = set()
    for task in marks:
        place = ""
        for place in _paths(task.id, rounds):
            for number in of.owners.get(place, ()) if not task.is_group else ():
                counted[number].states[task.state] += 1
                counted[number].reused += task.reused
        if not task.is_group:
            steps.add(task.id)
        for number in of.owners.get(place, ()) if task.is_group else ():
            counted[number].group(task)
    nodes = [found.put_into(node, steps) for node, found in zip(of.graph.nodes, counted, strict=True)]
    return replace(of.graph, nodes=nodes)


@dataclass
class _Counted:
    """What of a run belongs to one node, while it is counted."""

    states: Counter[TaskState] = field(default_factory=Counter)
    groups: Counter[TaskState] = field(default_factory=Counter)
    iterations: Counter[TaskState] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    reused: int = 0

    def group(self, task: TaskMark) -> None:
        """One more group that stands at the node's place."""
        if task.kind is not TaskKind.ITERATION:
            self.groups[task.state] += 1
            return
        self.iterations[task.state] += 1
        if task.state is TaskState.FAILED:
            self.failed.append(task.id)

    def put_into(self, node: Node, steps: Collection[str]) -> Node:
        """The node with what was counted. `steps`: the ids of the run's steps."""
        return replace(
            node,
            task_id=node.id if node.kind is Kind.TASK and node.id in steps else "",
            states=_in_order(self.states),
            cached=self.reused,
            groups=_in_order(self.groups),
            iterations=_in_order(self.iterations),
            failed_iterations=tuple(sorted(self.failed, key=natural)[:MOST_NAMED]),
        )


def _in_order(counted: Counter[TaskState]) -> Mapping[TaskState, int]:
    return {state: counted[state] for state in TaskState if counted[state]}


def _paths(task_id: str, rounds: Collection[str]) -> Iterator[str]:
    """The place of a task in the drawing, and those of the groups around it: the rounds of a loop share one."""
    place, at = "", 0
    for part in task_id.split("/"):
        at += len(part) + (at > 0)
        if task_id[:at] not in rounds:
            place = f"{place}/{part}" if place else part
            yield place


# ---------------------------------------------------------------- drawing


@dataclass(frozen=True)
class _Box:
    """The inside of an open node, or the whole drawing (`parent` empty). In an open stack no step waits for another: `joined` is false."""

    parent: str
    level: Level
    places: Sequence[Place]
    scope: Scope
    joined: bool = True


class _Drawer:
    """One drawing in the making. Everything is derived from the two values it is made of."""

    def __init__(self, spec: PipelineSpec, open_ids: frozenset[str]) -> None:
        self._spec, self._open = spec, open_ids
        self._levels: dict[str, Level] = {}
        self._sizes: dict[str, int] = {}
        self._nodes: list[Node] = []
        self._owners: dict[str, list[int]] = {}

    def drawing(self) -> Drawing:
        """Boxes, their nodes as far as they fit, and the edges within each box."""
        boxes = self._boxes(self._stacking(), self._open)
        opened = {box.parent for box in boxes}
        edges: list[Edge] = []
        drawn = {""}
        for box, room in zip(boxes, _rooms([len(box.places) for box in boxes]), strict=True):
            if box.parent not in drawn:
                continue
            kept = _kept(box.places, room, opened)
            rest = tuple(task for place in box.places if place.id not in kept for task in place.tasks)
            for place in box.places:
                if place.id in kept:
                    self._add(box, place.tasks, replace(self._node(box, place), open=place.id in opened))
            drawn |= kept
            if rest:
                self._add(box, rest, Node(f"more:{box.parent}", f"{len(rest):,} more", Kind.MORE, box.parent))
            if box.joined:
                edges += _edges(box, kept)
        return Drawing(Graph(self._nodes, edges, self._size(self._spec.root.dag)), self._owners)

    # ------------------------------------------------------------ boxes

    def _stacking(self) -> Stacking:
        """The first way of stacking with which everything fits, open stacks left aside: their ids depend on the answer."""
        without_stacks = frozenset(one for one in self._open if not one.startswith("stack:"))
        for stacking in (Stacking.CROWDS, Stacking.SAME):
            if sum(len(box.places) for box in self._boxes(stacking, without_stacks)) <= MOST_NODES:
                return stacking
        return Stacking.ALIKE

    def _boxes(self, stacking: Stacking, open_ids: frozenset[str]) -> list[_Box]:
        """The drawing itself and all open nodes, outer ones first."""
        root = self._level(self._spec.root.dag or Dag(), "")
        boxes = [_Box("", root, places(root, stacking), Scope(self._spec, root.dag))]
        for box in boxes:  # grows meanwhile
            for place in box.places if open_ids else ():
                if place.id not in open_ids or len(boxes) > MOST_OPEN:
                    continue
                if place.stacked:
                    boxes.append(_Box(place.id, box.level, [single(box.level, task) for task in place.tasks], box.scope, joined=False))
                elif (dag := self._dag(task := box.level.dag.tasks[place.tasks[0]])) is not None and dag.tasks:
                    inner = self._level(dag, place.id)
                    boxes.append(_Box(place.id, inner, places(inner, stacking), Scope(self._spec, dag, place.tasks[0], task, box.scope)))
        return boxes

    def _level(self, dag: Dag, path: str) -> Level:
        if path not in self._levels:
            self._levels[path] = level(self._spec, dag, path)
        return self._levels[path]

    def _dag(self, task: Task) -> Dag | None:
        return self._spec.components[task.component].dag

    def _size(self, dag: Dag | None) -> int:
        return sum(self._steps(task) for task in dag.tasks.values()) if dag is not None else 0

    def _steps(self, task: Task) -> int:
        """How many steps a task stands for. A DAG that holds itself, which no compiler writes, counts once."""
        dag = self._dag(task)
        if dag is None:
            return 1
        if task.component not in self._sizes:
            self._sizes[task.component] = 0
            self._sizes[task.component] = self._size(dag)
        return self._sizes[task.component]

    # ------------------------------------------------------------ nodes

    def _add(self, box: _Box, tasks: Sequence[str], node: Node) -> None:
        """A node that stands for these tasks."""
        for task in tasks:
            self._owners.setdefault(box.level.id_of(task), []).append(len(self._nodes))
        self._nodes.append(replace(node, steps=sum(self._steps(box.level.dag.tasks[task]) for task in tasks)))

    def _node(self, box: _Box, place: Place) -> Node:
        tasks = box.level.dag.tasks
        first = tasks[place.tasks[0]]
        if place.stacked:
            return Node(place.id, _component(first), Kind.STACK, box.parent, first.component, can_open=True)
        dag = self._dag(first)
        return Node(
            id=place.id,
            label=first.display_name or place.tasks[0],
            kind=Kind.TASK if dag is None else Kind.DAG,
            parent=box.parent,
            component=first.component,
            condition=in_words(box.scope, first),
            can_open=dag is not None and bool(dag.tasks),
        )


def _component(task: Task) -> str:
    return task.component.removeprefix("comp-")


# ---------------------------------------------------------------- room


def _rooms(sizes: Sequence[int]) -> list[int]:
    """How many nodes each box may have: a fair share at least, and what the others leave."""
    share = MOST_NODES // len(sizes)
    left = MOST_NODES - sum(min(size, share) for size in sizes)
    rooms = []
    for size in sizes:
        room = min(size, share + left) if size > share else size
        left -= max(0, room - share)
        rooms.append(room)
    return rooms


def _kept(inside: Sequence[Place], room: int, opened: Collection[str]) -> set[str]:
    """The places that are drawn: all, or the first ones that leave room for one more node, open ones before others."""
    if len(inside) <= room:
        return {place.id for place in inside}
    return {place.id for place in sorted(inside, key=lambda place: place.id not in opened)[: room - 1]}


def _edges(box: _Box, kept: Collection[str]) -> Iterator[Edge]:
    """The dependencies of a box, one arrow for all between the same two nodes."""
    node = {task: place.id if place.id in kept else f"more:{box.parent}" for place in box.places for task in place.tasks}
    counts: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], set[str]] = {}
    for task in box.level.order:
        handed = passed(box.level.dag.tasks[task])
        for producer in box.level.upstream[task]:
            pair = (node[producer], node[task])
            counts[pair] += 1
            names.setdefault(pair, set()).update(handed.get(producer, ()))
    for (source, target), count in counts.items():
        if source != target:
            known = names[source, target]
            yield Edge(source, target, count, next(iter(known)) if len(known) == 1 else "")
