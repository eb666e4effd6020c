"""From waiting to running: a task whose upstream tasks let it run is skipped, opened (groups and loops) or made ready for an attempt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from bakehouse.ir import expressions
from bakehouse.ir.errors import InvalidExpression, NoResult
from bakehouse.ir.execution import Artifact, Outputs, StepError, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import inputs, launches, loops
from bakehouse.orchestrator.commands import Consumed, NewTask, Prepare, Published, new_task
from bakehouse.orchestrator.inputs import NotMade, Resolved
from bakehouse.orchestrator.plan import Node, TaskKind, child_id
from bakehouse.orchestrator.run import Loop, Run, Scope, Task, blamed
from bakehouse.orchestrator.states import TaskMove, TaskState
from bakehouse.orchestrator.turn import Turn
from bakehouse.orchestrator.values import replace

Group = TypeVar("Group", Scope, Loop)


def release(turn: Turn, task: Task) -> None:
    """All upstream tasks let it run: what becomes of it is decided by its inputs and its condition."""
    resolved = inputs.resolved(turn.run, task)
    if isinstance(resolved, NotMade):
        turn.leave_out(task, resolved.why)
        return
    if isinstance(resolved, StepError):
        turn.fail(task, resolved)
        return
    unwanted = _condition(task, resolved.parameters)
    if isinstance(unwanted, StepError):
        turn.fail(task, unwanted)
    elif unwanted:
        turn.leave_out(task, unwanted)
    elif task.kind is TaskKind.LOOP:
        _open_loop(turn, task, resolved)
    elif task.kind is TaskKind.DAG:
        _open_dag(turn, task, resolved)
    else:
        task = turn.move(task, TaskMove.RELEASED, why="making its environment ready")
        prepare(turn, task, resolved)


def _condition(task: Task, parameters: JsonObject) -> str | StepError:
    """Why a task is not wanted: its condition is false. Empty if it is wanted."""
    trigger = task.node.task.trigger
    if trigger is None or not trigger.condition:
        return ""
    try:
        wanted = expressions.condition(expressions.parse(trigger.condition), parameters)
    except (InvalidExpression, NoResult) as error:
        return StepError(message=f"its condition cannot be evaluated: {error.message}", remedy=error.remedy or "")
    return "" if wanted else f"its condition is false: {trigger.condition}"


def prepare(turn: Turn, task: Task, resolved: Resolved | None = None) -> None:
    """Make the place of a step ready: the launch of its next attempt is known but for that."""
    found = inputs.resolved(turn.run, task) if resolved is None else resolved
    if isinstance(found, NotMade):
        found = StepError(message=found.why)
    if isinstance(found, StepError):
        turn.fail(task, found)
        return
    launch = launches.launch(turn.run.facts, task, found, number=task.attempt + 1)
    if isinstance(launch, StepError):
        turn.fail(task, launch)
        return
    used = {name: tuple(artifact.id for artifact in group) for name, group in launch.inputs.items()}
    turn.keep(replace(task, launch=launch))
    turn.tell(Consumed(task.id, launch.parameters, used), Prepare(launch))


# ---------------------------------------------------------------- groups


def _open_dag(turn: Turn, task: Task, resolved: Resolved) -> None:
    turn.tell(Consumed(task.id, resolved.parameters, {}))
    task = turn.move(task, TaskMove.OPENED)
    open_scope(turn, task, resolved.parameters, resolved.artifacts)


def open_scope(turn: Turn, task: Task, parameters: JsonObject, artifacts: Mapping[str, tuple[Artifact, ...]]) -> None:
    """The tasks of a group, or of one round of a loop, come to be, and those that wait for nothing can be released.

    Those that are there already are kept as they are: the run is retried.
    """
    plan = turn.run.facts.plan.inside(task.node)
    privileged = turn.run.is_privileged(task)
    children = [_child(turn, task.id, node) for node in plan.nodes.values()]
    unfinished = sum(not child.is_over for child in children)
    scope = turn.keep_scope(Scope(task.id, plan, parameters, artifacts, unfinished, privileged=privileged))
    turn.leave_out_unchosen(children)
    turn.ready.extend(child.id for child in children if child.state is TaskState.WAITING and child.unmet == 0)
    if unfinished == 0:
        close_scope(turn, scope)


def _child(turn: Turn, scope: TaskId, node: Node) -> Task:
    """A task of a DAG that is opened: new, or as an earlier life of the run has left it."""
    task_id, unmet = child_id(scope, node.name), turn.run.unmet(scope, node)
    known = turn.run.tasks.get(task_id)
    if known is not None:
        return turn.keep(replace(known, unmet=unmet))
    task = Task(task_id, node, TaskState.WAITING, unmet, kind=node.kind, parent=scope)
    turn.add(task, new_task(scope, node))
    return task


def close_scope(turn: Turn, scope: Scope) -> None:
    """All tasks of a group or of a round are over, and so is it."""
    turn.run = replace(turn.run, scopes=turn.run.scopes.delete(scope.id))
    _close(turn, scope, inputs.dag_outputs, canceled=scope.canceled)


def _close(turn: Turn, group: Group, outputs: Callable[[Run, Group], Outputs], *, canceled: bool) -> None:
    """A group ends as what it held did; `outputs` tells what it gives if that went well."""
    task = turn.task(group.id)
    if group.failed is not None:
        turn.fail(task, blamed(turn.task(group.failed)))
    elif canceled:
        turn.move(task, TaskMove.CANCELED, why=turn.why_canceled)
    else:
        gathered = outputs(turn.run, group)
        turn.move(replace(task, outputs=gathered), TaskMove.SUCCEEDED)
        turn.tell(Published(task.id, 0, gathered, turn.at, gathered=True))


# ---------------------------------------------------------------- loops


def _open_loop(turn: Turn, task: Task, resolved: Resolved) -> None:
    items = loops.items(task, resolved)
    if isinstance(items, StepError):
        turn.fail(task, items)
        return
    limit = task.node.task.parallelism_limit or 0
    turn.tell(Consumed(task.id, resolved.parameters, {}))
    rounds = f"{len(items):,} rounds" + (f", {limit:,} at a time" if 0 < limit < len(items) else "")
    turn.move(task, TaskMove.OPENED, detail={"rounds": len(items), "limit": limit}, why=rounds)
    privileged = turn.run.is_privileged(task)
    loop = turn.keep_loop(Loop(task.id, items, resolved.parameters, resolved.artifacts, limit, privileged=privileged))
    go_on(turn, loop)


def go_on(turn: Turn, loop: Loop) -> None:
    """Begin as many rounds as the limit allows; when none is left and none runs, the loop is over."""
    task = turn.task(loop.id)
    stopped = (loop.failed is not None and turn.run.fails_fast) or not turn.run.may_go_on(loop)
    while not stopped and loop.begun < len(loop.items) and not 0 < loop.limit <= loop.running:
        index = loop.begun
        known = turn.run.tasks.get(child_id(loop.id, index))
        goes_on = known is None or not known.is_over
        loop = turn.keep_loop(replace(loop, begun=index + 1, running=loop.running + goes_on))
        if goes_on:
            _open_round(turn, loop, task, known, index)
    if loop.running == 0:
        turn.run = replace(turn.run, loops=turn.run.loops.delete(loop.id))
        _close(turn, loop, inputs.loop_outputs, canceled=loop.canceled or loop.begun < len(loop.items))


def _open_round(turn: Turn, loop: Loop, task: Task, known: Task | None, index: int) -> None:
    if known is None:
        round_id = child_id(loop.id, index)
        known = Task(round_id, task.node, TaskState.RUNNING, unmet=0, kind=TaskKind.ITERATION, parent=loop.id, index=index)
        item = loops.item_of(loop, task, index)
        turn.add(known, NewTask(round_id, str(index), (), TaskKind.ITERATION, TaskState.RUNNING, loop.id, index, item))
    else:
        turn.tell(Consumed(known.id, loops.item_of(loop, task, index), {}))
        known = turn.move(known, TaskMove.OPENED)
    given = loops.inputs_of(loop, task, index)
    open_scope(turn, known, given.parameters, given.artifacts)
