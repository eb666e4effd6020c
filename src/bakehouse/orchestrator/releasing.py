"""From waiting to running: a task whose upstream tasks let it run is skipped, opened (groups and loops) or made ready for an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bakehouse.ir import expressions
from bakehouse.ir.errors import InvalidExpression, NoResult
from bakehouse.ir.execution import Artifact, StepError, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import inputs, launches, loops
from bakehouse.orchestrator.commands import Consumed, NewTask, Prepare, Published
from bakehouse.orchestrator.inputs import NotMade, Resolved
from bakehouse.orchestrator.plan import DagPlan, TaskKind, child_id
from bakehouse.orchestrator.run import Loop, Scope, Task, blamed
from bakehouse.orchestrator.states import TaskMove, TaskState
from bakehouse.orchestrator.turn import Turn


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
        return StepError(message=f"the condition of {task.id} cannot be evaluated: {error.message}", remedy=error.remedy or "")
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
    scope = Scope(task.id, plan, parameters, artifacts, unfinished=0, privileged=privileged)
    _add_tasks(turn, task.id, plan)
    scope = turn.keep_scope(replace(scope, unfinished=sum(not turn.task(child_id(task.id, name)).is_over for name in plan.nodes)))
    for name in plan.nodes:
        child = turn.task(child_id(task.id, name))
        if child.state is TaskState.WAITING and child.unmet == 0:
            turn.ready.append(child.id)
    if scope.unfinished == 0:
        close_scope(turn, scope)


def _add_tasks(turn: Turn, scope: TaskId, plan: DagPlan) -> None:
    for name, node in plan.nodes.items():
        task_id = child_id(scope, name)
        known = turn.run.tasks.get(task_id)
        unmet = turn.run.unmet(scope, node)
        if known is None:
            upstream = tuple(child_id(scope, one) for one in node.upstream)
            task = Task(task_id, node, TaskState.WAITING, unmet, kind=node.kind, parent=scope)
            turn.add(task, NewTask(task_id, scope, node.display_name, node.kind, TaskState.WAITING, upstream))
        else:
            turn.keep(replace(known, unmet=unmet))


def close_scope(turn: Turn, scope: Scope) -> None:
    """All tasks of a group or of a round are over, and so is it."""
    task = turn.task(scope.id)
    turn.run = replace(turn.run, scopes=turn.run.scopes.delete(scope.id))
    if scope.failed is not None:
        turn.fail(task, blamed(turn.task(scope.failed)))
    elif scope.canceled:
        turn.move(task, TaskMove.CANCELED, why="the run was terminated")
    else:
        gathered = inputs.dag_outputs(turn.run, scope)
        task = turn.move(replace(task, outputs=gathered), TaskMove.SUCCEEDED)
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
    stopped = (loop.failed is not None and not turn.run.facts.options.keep_going) or not turn.run.may_go_on(loop)
    while not stopped and loop.begun < len(loop.items) and not 0 < loop.limit <= loop.running:
        index = loop.begun
        known = turn.run.tasks.get(child_id(loop.id, index))
        goes_on = known is None or not known.is_over
        loop = turn.keep_loop(replace(loop, begun=index + 1, running=loop.running + goes_on))
        if goes_on:
            _open_round(turn, loop, task, known, index)
    if loop.running == 0:
        _close_loop(turn, loop, task)


def _open_round(turn: Turn, loop: Loop, task: Task, known: Task | None, index: int) -> None:
    if known is None:
        round_id = child_id(loop.id, index)
        known = Task(round_id, task.node, TaskState.RUNNING, unmet=0, kind=TaskKind.ITERATION, parent=loop.id, index=index)
        item = loops.item_of(loop, task, index)
        turn.add(known, NewTask(round_id, loop.id, str(index), TaskKind.ITERATION, TaskState.RUNNING, index=index, inputs=item))
    else:
        turn.tell(Consumed(known.id, loops.item_of(loop, task, index), {}))
        known = turn.move(known, TaskMove.OPENED)
    given = loops.inputs_of(loop, task, index)
    open_scope(turn, known, given.parameters, given.artifacts)


def _close_loop(turn: Turn, loop: Loop, task: Task) -> None:
    turn.run = replace(turn.run, loops=turn.run.loops.delete(loop.id))
    if loop.failed is not None:
        turn.fail(task, blamed(turn.task(loop.failed)))
    elif loop.canceled or loop.begun < len(loop.items):
        turn.move(task, TaskMove.CANCELED, why="the run was terminated")
    else:
        gathered = inputs.loop_outputs(turn.run, loop)
        turn.move(replace(task, outputs=gathered), TaskMove.SUCCEEDED)
        turn.tell(Published(task.id, 0, gathered, turn.at, gathered=True))
