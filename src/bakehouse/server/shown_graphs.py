"""Graphs as our own API shows them: views to messages. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.actions.graphs import Edge, Graph, Node
from bakehouse.api import graphs as messages
from bakehouse.api.runs import TaskState
from bakehouse.orchestrator import states


def graph(drawn: Graph, *, seq: int = 0) -> messages.Graph:
    """A graph; `seq` is the number of the run's latest event that it includes."""
    return messages.Graph(nodes=[_node(one) for one in drawn.nodes], edges=[_edge(one) for one in drawn.edges], steps=drawn.steps, seq=seq)


def _node(node: Node) -> messages.Node:
    return messages.Node(
        id=node.id,
        label=node.label,
        kind=messages.NodeKind(node.kind.value),
        parent=node.parent,
        component=node.component,
        task_id=node.task_id,
        condition=node.condition,
        open=node.open,
        can_open=node.can_open,
        steps=node.steps,
        states=_counts(node.states),
        cached=node.cached,
        groups=_counts(node.groups),
        iterations=_counts(node.iterations),
        failed_iterations=list(node.failed_iterations),
    )


def _counts(counted: Mapping[states.TaskState, int]) -> dict[TaskState, int]:
    return {TaskState(state.value): count for state, count in counted.items()}


def _edge(edge: Edge) -> messages.Edge:
    return messages.Edge(source=edge.source, target=edge.target, count=edge.count, label=edge.label)
