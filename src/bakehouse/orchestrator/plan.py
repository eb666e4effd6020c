"""The spec of a pipeline as the machine walks it: each DAG with its tasks, what they need and who needs them. Pure, made once per run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from graphlib import TopologicalSorter
from urllib.parse import quote, unquote

from bakehouse.ir import executors, placeholders
from bakehouse.ir.execution import Program, TaskId
from bakehouse.ir.spec import (
    ArtifactSource,
    Component,
    Constant,
    Container,
    Dag,
    Importer,
    ParameterSource,
    PipelineSpec,
    RetryPolicy,
    Task,
    TaskFinalStatus,
    TaskOutputArtifact,
    TaskOutputParameter,
    TriggerStrategy,
)

_NO_RETRY = RetryPolicy()
#: How KFP's compiler names the group that an exit task waits for; the IR has no other mark of an exit task.
_EXIT_HANDLER = "exit-handler-"
#: What stands for the path of the workspace.
_WORKSPACE = "{{$.workspace_path}}"
#: The id of the root DAG, which is no task of any other.
ROOT = TaskId("")


class TaskKind(str, Enum):
    """What a task is: one that runs something, or one that holds other tasks."""

    STEP = "step"
    IMPORTER = "importer"
    DAG = "dag"  # a nested pipeline, a condition, branches, an exit handler
    LOOP = "loop"
    ITERATION = "iteration"  # one round of a loop: it holds the tasks


#: The kinds whose tasks hold other tasks.
GROUPS = frozenset({TaskKind.DAG, TaskKind.LOOP, TaskKind.ITERATION})


@dataclass(frozen=True)
class Node:
    """One task of a DAG of the spec. `upstream` are the siblings it waits for, `downstream` those that wait for it.

    `tolerant` are those of its upstream tasks that may be skipped: all it takes of them are optional inputs.
    `always`: it runs whatever became of its upstream tasks. `is_exit`: also after the run was terminated. `uses_workspace`: it is told where
    the folder lies that all steps of the run share.
    """

    name: str
    task: Task
    component: Component
    kind: TaskKind
    upstream: tuple[str, ...]
    downstream: tuple[str, ...]
    tolerant: frozenset[str]
    always: bool
    is_exit: bool
    executor: str = ""
    container: Container | None = None
    importer: Importer | None = None
    program: Program | None = None
    uses_workspace: bool = False

    @property
    def display_name(self) -> str:
        """What people read."""
        return self.task.display_name or self.name

    @property
    def retry(self) -> RetryPolicy:
        """The retry policy; none counts as no retry."""
        return self.task.retry or _NO_RETRY

    @property
    def cacheable(self) -> bool:
        """Whether the author allows results of this task to be reused; an importer says so by itself."""
        if self.importer is not None:
            return not self.importer.reimport
        return self.task.caching is not None and self.task.caching.enable_cache


@dataclass(frozen=True)
class DagPlan:
    """The tasks of one DAG, upstream before downstream, names in order where there is a choice."""

    component: Component
    dag: Dag
    nodes: Mapping[str, Node]


@dataclass(frozen=True)
class Plan:
    """All DAGs of a pipeline that its root reaches, by the names of their components."""

    root: DagPlan
    dags: Mapping[str, DagPlan]

    def inside(self, node: Node) -> DagPlan:
        """The DAG that a group holds."""
        return self.dags[node.task.component]


def plan(spec: PipelineSpec) -> Plan:
    """The plan of a pipeline that `ir.validation` and `ir.executors.refusals` have found nothing against."""
    root = _dag_plan(spec, spec.root)
    dags: dict[str, DagPlan] = {}
    waiting = list(_groups(root))
    while waiting:
        name = waiting.pop()
        if name not in dags:
            dags[name] = _dag_plan(spec, spec.components[name])
            waiting += _groups(dags[name])
    return Plan(root, dags)


def child_id(scope: TaskId, name: str | int) -> TaskId:
    """The id of a task in a DAG, or of a round of a loop: `outer/inner`, `loop/3/inner`. A slash in a name is written `%2F`."""
    own = name if isinstance(name, str) else str(name)
    if "/" in own or "%" in own:
        own = quote(own, safe=" ")
    return TaskId(f"{scope}/{own}" if scope else own)


@dataclass(frozen=True)
class Located:
    """A task of the spec, and the DAG that it belongs to."""

    name: str
    task: Task
    dag: Dag


def located(spec: PipelineSpec, task_id: TaskId) -> Located | None:
    """Where the task of this id stands in the spec; a round of a loop stands for the loop. `None` for what is not there."""
    found, dag = None, spec.root.dag
    for part in task_id.split("/"):
        name = unquote(part)
        if dag is not None and name in dag.tasks:  # else the number of a round
            found = Located(name, dag.tasks[name], dag)
            component = spec.components.get(found.task.component)
            dag = component.dag if component is not None else None
    return found


def node_of(spec: PipelineSpec, task_id: TaskId) -> Node | None:
    """The node of the task of this id, without its neighbours; `None` for what is not there."""
    found = located(spec, task_id)
    return _node(spec, found.dag, found.name, (), ()) if found is not None else None


def needs(task: Task) -> frozenset[str]:
    """The names of the sibling tasks that a task waits for: explicit dependencies and producers of its inputs."""
    return frozenset({*task.dependent_tasks, *(producer for _, producer in _fed(task))})


# ---------------------------------------------------------------- making it


def _groups(dag: DagPlan) -> Iterator[str]:
    return (node.task.component for node in dag.nodes.values() if node.kind in GROUPS)


def _dag_plan(spec: PipelineSpec, component: Component) -> DagPlan:
    dag = component.dag or Dag()
    upstream = {name: needs(task) for name, task in dag.tasks.items()}
    downstream: dict[str, list[str]] = {name: [] for name in dag.tasks}
    for name, producers in sorted(upstream.items()):
        for producer in producers:
            downstream[producer].append(name)
    order = TopologicalSorter({name: sorted(upstream[name]) for name in sorted(dag.tasks)}).static_order()
    nodes = {name: _node(spec, dag, name, tuple(sorted(upstream[name])), tuple(downstream[name])) for name in order}
    return DagPlan(component, dag, nodes)


def _node(spec: PipelineSpec, dag: Dag, name: str, upstream: tuple[str, ...], downstream: tuple[str, ...]) -> Node:
    task = dag.tasks[name]
    component = spec.components[task.component]
    label = component.executor_label or ""
    executor = spec.executors.get(label)
    if executor is None and component.dag is None:
        raise TypeError(f"{name} has neither a DAG nor an executor: validation lets no such pipeline through")
    container = executor if isinstance(executor, Container) else None
    always = task.trigger is not None and task.trigger.strategy is TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED
    return Node(
        name=name,
        task=task,
        component=component,
        kind=_kind(task, component, executor),
        upstream=upstream,
        downstream=downstream,
        tolerant=_tolerant(task, component, upstream),
        always=always,
        is_exit=always and bool(upstream) and all(one.startswith(_EXIT_HANDLER) and _holds(spec, dag, one) for one in upstream),
        executor=label,
        container=container,
        importer=executor if isinstance(executor, Importer) else None,
        program=executors.program(container, component) if container is not None else None,
        uses_workspace=_uses_workspace(task, executor),
    )


def _uses_workspace(task: Task, executor: Container | Importer | None) -> bool:
    """Whether a task puts something there, or is told the path by one of its inputs or in its command."""
    if isinstance(executor, Importer):
        return executor.download_to_workspace
    if executor is None:
        return False
    constants = (source.value for source in task.inputs.parameters.values() if isinstance(source, Constant))
    words = (*executor.command, *executor.args, *(value for _, value in executor.env))
    return any(_WORKSPACE in text for text in (*map(placeholders.written, constants), *words))


def _kind(task: Task, component: Component, executor: Container | Importer | None) -> TaskKind:
    if task.iterator is not None:
        return TaskKind.LOOP
    if component.dag is not None:
        return TaskKind.DAG
    return TaskKind.IMPORTER if isinstance(executor, Importer) else TaskKind.STEP


def _holds(spec: PipelineSpec, dag: Dag, name: str) -> bool:
    return spec.components[dag.tasks[name].component].dag is not None


def _fed(task: Task) -> Iterator[tuple[str, str]]:
    """The inputs of a task that siblings feed, each with the name of that sibling."""
    sources: list[tuple[str, ParameterSource | ArtifactSource]] = [*task.inputs.parameters.items(), *task.inputs.artifacts.items()]
    for name, source in sources:
        if isinstance(source, TaskOutputParameter | TaskOutputArtifact | TaskFinalStatus):
            yield name, source.producer_task


def _tolerant(task: Task, component: Component, upstream: tuple[str, ...]) -> frozenset[str]:
    """The upstream tasks of which only optional inputs are taken, and at least one."""
    taken: dict[str, list[bool]] = {}
    for name, producer in _fed(task):
        parameter, artifact = component.inputs.parameters.get(name), component.inputs.artifacts.get(name)
        optional = parameter is not None and (parameter.is_optional or parameter.default is not None)
        taken.setdefault(producer, []).append(optional or (artifact is not None and artifact.is_optional))
    return frozenset(one for one in upstream if one in taken and all(taken[one]))
