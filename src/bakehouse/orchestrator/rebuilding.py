"""A run out of its rows: what an engine that takes it over knows. Pure.

Nothing but rows is read: inputs of groups and items of loops are worked out anew, from the outputs that they were worked out from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import immutables

from bakehouse.ir import platforms, policies
from bakehouse.ir.execution import Artifact, StepError, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import inputs, loops
from bakehouse.orchestrator.errors import Unreadable
from bakehouse.orchestrator.inputs import Resolved
from bakehouse.orchestrator.plan import GROUPS, ROOT, DagPlan, Node, Plan, TaskKind, child_id, plan
from bakehouse.orchestrator.ports import RunRecord, TaskRecord
from bakehouse.orchestrator.run import Facts, Loop, Run, Scope, Task, blamed, complete
from bakehouse.orchestrator.states import TaskState
from bakehouse.orchestrator.values import replace

_MOST_NAMED = 5  # tasks that a message lists


def recorded(record: RunRecord) -> Run:
    """The run as an engine takes it over from the records: new, or left by an engine that has gone. Raises `Unreadable`."""
    facts = _facts(record)
    tasks = {task.id: task for task in _tasks(record, facts)}
    run = Run(
        facts=facts,
        state=record.state,
        tasks=immutables.Map(tasks),
        scopes=immutables.Map(),
        loops=immutables.Map(),
        error=record.error or _first_error(record, tasks),
        at_once=record.at_once,
        started_at=record.started_at,
    )
    return _Opening(run, record, _children(tasks)).opened()


def _facts(record: RunRecord) -> Facts:
    spec = record.pipeline.spec
    return Facts(
        id=record.id,
        name=record.name,
        namespace=record.namespace,
        pipeline=spec,
        plan=_planned(record),
        parameters=complete(spec, record.parameters),
        pipeline_root=record.pipeline_root,
        options=record.options,
        created_at=record.created_at,
        origins=record.origins,
        workspace=record.workspace,
        policies=policies.policies(record.pipeline),
        pods=platforms.of_pods(record.pipeline),
        service_account=record.service_account,
    )


def _planned(record: RunRecord) -> Plan:
    """The plan of the run, whose tasks at the top are all recorded. Raises `Unreadable`."""
    try:
        made = plan(record.pipeline.spec)
    except (KeyError, TypeError, ValueError) as error:  # it was checked when it was recorded, but maybe by another Bakehouse
        raise Unreadable(run=record.id, what="its pipeline", why=f"it is none that can be driven: {error}") from error
    missing = [name for name in made.root.nodes if child_id(ROOT, name) not in record.tasks]
    if missing:
        raise Unreadable(run=record.id, what="its tasks", why=f"there is no row of {', '.join(missing[:_MOST_NAMED])}")
    return made


# ---------------------------------------------------------------- tasks


def _tasks(record: RunRecord, facts: Facts) -> Iterator[Task]:
    """All tasks that have a row, each with its place in the plan."""
    rounds: dict[TaskId, list[TaskRecord]] = {}
    for each in record.tasks.values():
        if each.kind is TaskKind.ITERATION:
            rounds.setdefault(each.parent, []).append(each)
    waiting: list[tuple[TaskId, DagPlan]] = [(ROOT, facts.plan.root)]
    while waiting:
        scope, dag = waiting.pop()
        for name, node in dag.nodes.items():
            row = record.tasks.get(child_id(scope, name))
            if row is None:
                continue
            yield _task(record, row, node, node.kind)
            if node.kind is TaskKind.DAG:
                waiting.append((row.id, facts.plan.inside(node)))
            for each in rounds.get(row.id, ()):
                yield _task(record, each, node, TaskKind.ITERATION)
                waiting.append((each.id, facts.plan.inside(node)))


def _task(record: RunRecord, row: TaskRecord, node: Node, kind: TaskKind) -> Task:
    return Task(
        id=row.id,
        node=node,
        state=row.state,
        unmet=0,  # counted when its DAG is opened
        kind=kind,
        parent=row.parent,
        index=int(row.id.rpartition("/")[2]) if kind is TaskKind.ITERATION else None,
        attempt=row.attempt,
        user_failures=row.user_failures,
        infrastructure_failures=row.infrastructure_failures,
        outputs=row.outputs,
        error=row.error,
        retry_at=row.retry_at,
        out_of_memory=row.out_of_memory,
        since=row.since,
        started_at=row.process_since,
        launch=record.launches.get(row.id),
    )


def _children(tasks: Mapping[TaskId, Task]) -> Mapping[TaskId, list[Task]]:
    children: dict[TaskId, list[Task]] = {}
    for task in tasks.values():
        children.setdefault(task.parent, []).append(task)
    return children


def _first_error(record: RunRecord, tasks: Mapping[TaskId, Task]) -> StepError | None:
    """The error of the task that failed before all others; a step, since groups fail after what they hold."""
    failed = [task for task in tasks.values() if task.state is TaskState.FAILED]
    first = min(failed, key=lambda task: _when(record, task), default=None)
    return blamed(first) if first else None


def _when(record: RunRecord, task: Task) -> tuple[float, bool, int, TaskId]:
    """When a task failed. What fails at the same time: what it holds before a group, the inmost first."""
    return (record.tasks[task.id].finished_at or 0.0, task.kind is not TaskKind.STEP, -task.id.count("/"), task.id)


# ---------------------------------------------------------------- groups that are open


@dataclass
class _Opening:
    """Opens what was open: a group before what it holds, since that takes its inputs."""

    run: Run
    record: RunRecord
    children: Mapping[TaskId, list[Task]]
    waiting: list[Task] = field(default_factory=list)

    def opened(self) -> Run:
        """The run with its DAGs and loops."""
        facts = self.run.facts
        self._open_scope(ROOT, facts.plan.root, facts.parameters, {}, privileged=False)
        while self.waiting:
            task = self.waiting.pop()
            if task.kind is TaskKind.LOOP:
                self._open_loop(task)
            elif task.kind is TaskKind.ITERATION:
                loop = self.run.loops[task.parent]
                given = loops.inputs_of(loop, self.run.tasks[loop.id], task.index or 0)
                self._open_scope(task.id, facts.plan.inside(task.node), given.parameters, given.artifacts, privileged=loop.privileged)
            else:
                resolved = self._resolved(task)
                inside = facts.plan.inside(task.node)
                self._open_scope(task.id, inside, resolved.parameters, resolved.artifacts, privileged=self.run.is_privileged(task))
        return self.run

    def _open_scope(
        self, scope_id: TaskId, dag: DagPlan, parameters: JsonObject, artifacts: Mapping[str, tuple[Artifact, ...]], *, privileged: bool
    ) -> None:
        children = self.children.get(scope_id, [])
        failed = self._first_failed(children)
        scope = Scope(
            id=scope_id,
            plan=dag,
            parameters=parameters,
            artifacts=artifacts,
            unfinished=sum(not child.is_over for child in children),
            failed=failed,
            canceled=any(child.state is TaskState.CANCELED for child in children),
            privileged=privileged,
        )
        self.run = replace(self.run, scopes=self.run.scopes.set(scope_id, scope))
        for child in children:
            self.run = self.run.with_task(replace(child, unmet=self.run.unmet(scope_id, child.node)))
        self._go_into(children)

    def _open_loop(self, task: Task) -> None:
        resolved = self._resolved(task)
        items = loops.items(task, resolved)
        if isinstance(items, StepError):
            raise Unreadable(run=self.run.facts.id, what=f"task {task.id}", why=f"it has begun, but {items.message}")
        rounds = self.children.get(task.id, [])
        loop = Loop(
            id=task.id,
            items=items,
            parameters=resolved.parameters,
            artifacts=resolved.artifacts,
            limit=task.node.task.parallelism_limit or 0,
            begun=self._begun(rounds),
            running=sum(child.state is TaskState.RUNNING for child in rounds),
            failed=self._first_failed(rounds),
            canceled=any(child.state is TaskState.CANCELED for child in rounds),
            privileged=self.run.is_privileged(task),
        )
        self.run = replace(self.run, loops=self.run.loops.set(task.id, loop))
        self._go_into(rounds)

    @staticmethod
    def _begun(rounds: list[Task]) -> int:
        """How many rounds have begun: those of a run that is retried and whose turn has not come again are WAITING."""
        indexes = {child.index for child in rounds if child.state is not TaskState.WAITING}
        return next(index for index in range(len(rounds) + 1) if index not in indexes)

    def _go_into(self, children: list[Task]) -> None:
        self.waiting += [child for child in children if child.state is TaskState.RUNNING and child.kind in GROUPS]

    def _resolved(self, task: Task) -> Resolved:
        found = inputs.resolved(self.run, task)
        if isinstance(found, Resolved):
            return found
        why = found.message if isinstance(found, StepError) else found.why
        raise Unreadable(run=self.run.facts.id, what=f"task {task.id}", why=f"it has begun, but {why}")

    def _first_failed(self, children: list[Task]) -> TaskId | None:
        failed = [child for child in children if child.state is TaskState.FAILED]
        first = min(failed, key=lambda task: _when(self.record, task), default=None)
        return first.id if first else None
