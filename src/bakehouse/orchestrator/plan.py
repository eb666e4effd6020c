"""The spec of a pipeline as the machine walks it: each task with what it needs and who needs it. Pure, made once per run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from bakehouse.ir import executors
from bakehouse.ir.execution import Program, TaskId
from bakehouse.ir.spec import Component, Container, PipelineSpec, RetryPolicy, Task, TaskOutputArtifact, TaskOutputParameter

_NO_RETRY = RetryPolicy()


@dataclass(frozen=True)
class Node:
    """One task of the plan. `upstream` are the tasks it waits for, `downstream` those that wait for it."""

    id: TaskId
    task: Task
    component: Component
    executor: str
    container: Container
    program: Program | None
    upstream: tuple[TaskId, ...]
    downstream: tuple[TaskId, ...]

    @property
    def display_name(self) -> str:
        """What people read."""
        return self.task.display_name or self.id

    @property
    def retry(self) -> RetryPolicy:
        """The retry policy; none counts as no retry."""
        return self.task.retry or _NO_RETRY

    @property
    def cacheable(self) -> bool:
        """Whether the author allows results of this task to be reused."""
        return self.task.caching is not None and self.task.caching.enable_cache


@dataclass(frozen=True)
class Plan:
    """All tasks of a run, upstream before downstream, names in order where there is a choice."""

    nodes: Mapping[TaskId, Node]


def plan(spec: PipelineSpec) -> Plan:
    """The plan of a pipeline whose root is a plain DAG (`ir.executors.refusals` has found nothing to refuse)."""
    tasks = spec.root.dag.tasks if spec.root.dag else {}
    upstream = {name: needs(task) for name, task in tasks.items()}
    downstream: dict[str, list[str]] = {name: [] for name in tasks}
    for name, producers in sorted(upstream.items()):
        for producer in producers:
            downstream[producer].append(name)
    nodes = {}
    for name in TopologicalSorter({name: sorted(upstream[name]) for name in sorted(tasks)}).static_order():
        component = spec.components[tasks[name].component]
        label = component.executor_label or ""
        container = spec.executors[label]
        if not isinstance(container, Container):
            raise TypeError(f"{label} is not a container: executors.refusals lets no such pipeline through")
        nodes[TaskId(name)] = Node(
            id=TaskId(name),
            task=tasks[name],
            component=component,
            executor=label,
            container=container,
            program=executors.program(container, component),
            upstream=tuple(TaskId(producer) for producer in sorted(upstream[name])),
            downstream=tuple(TaskId(consumer) for consumer in downstream[name]),
        )
    return Plan(nodes)


def needs(task: Task) -> frozenset[str]:
    """The names of the sibling tasks that a task waits for: explicit dependencies and producers of its inputs."""
    sources = (*task.inputs.parameters.values(), *task.inputs.artifacts.values())
    producers = {source.producer_task for source in sources if isinstance(source, TaskOutputParameter | TaskOutputArtifact)}
    return frozenset({*task.dependent_tasks, *producers})
