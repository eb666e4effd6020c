"""The graph of a run or of a pipeline version: at most 300 nodes, grouped and counted by the server."""

from __future__ import annotations

from enum import Enum

from bakehouse.api.base import Message
from bakehouse.api.runs import TaskState


class NodeKind(str, Enum):
    """What a node stands for."""

    TASK = "task"  # one step
    DAG = "dag"  # a nested pipeline, or the body of a condition, loop or exit handler
    STACK = "stack"  # several steps of one component that stand at the same place
    MORE = "more"  # what did not fit


class Node(Message):
    """A node; `parent` is the open node it is drawn in, empty at the top."""

    id: str
    """Stable over time. For a step: its task id, below nested DAGs `outer/inner`."""
    label: str
    kind: NodeKind
    parent: str = ""
    component: str = ""
    task_id: str = ""
    """The step whose panel it opens; empty for anything but a step of a run."""
    condition: str = ""
    """The condition under which it runs, or what it loops over, in the author's terms: `flip.Output == 'heads'`."""
    open: bool = False
    can_open: bool = False
    """Whether naming it in `open` shows what is in it."""
    steps: int = 1
    """How many steps it stands for."""
    states: dict[TaskState, int] = {}
    """How many of its steps are in which state, groups not counted; empty for the graph of a pipeline."""
    cached: int = 0
    groups: dict[TaskState, int] = {}
    """How many groups stand at this place, by state; more than one in a loop, which has one in each iteration."""
    iterations: dict[TaskState, int] = {}
    """How many iterations a loop has, by state."""
    failed_iterations: list[str] = []
    """The task ids of iterations that failed: the first five."""


class Edge(Message):
    """An arrow from a node to one that depends on it. `count`: how many dependencies it stands for."""

    source: str
    target: str
    count: int = 1
    label: str = ""
    """The artifact or parameter that is passed, if it is one."""


class Graph(Message):
    """At most 300 nodes; `steps` counts all steps of the pipeline, shown or not. `seq` is 0 for a pipeline."""

    nodes: list[Node]
    edges: list[Edge]
    steps: int
    seq: int = 0
