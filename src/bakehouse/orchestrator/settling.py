"""What follows from the end of a task: its dependents are released or skipped, its group may be over, and at last the run."""

from __future__ import annotations

from bakehouse.orchestrator import inputs, releasing
from bakehouse.orchestrator.commands import Leave
from bakehouse.orchestrator.plan import ROOT, TaskKind, child_id
from bakehouse.orchestrator.run import Loop, Scope, Task, blamed, is_met
from bakehouse.orchestrator.states import RunMove, RunState, TaskState
from bakehouse.orchestrator.turn import NOT_STARTED, Turn
from bakehouse.orchestrator.values import replace


def settle(turn: Turn) -> None:
    """Work off what has ended and what can be released, until nothing follows from anything any more."""
    while turn.over or turn.ready:
        if turn.over:
            _ended(turn, turn.task(turn.over.popleft()))
        else:
            task = turn.task(turn.ready.popleft())
            if task.state is TaskState.WAITING and task.unmet == 0 and turn.run.may_start(task):
                releasing.release(turn, task)
    _conclude(turn)


def _ended(turn: Turn, task: Task) -> None:
    if task.state is TaskState.FAILED and turn.run.error is None:
        turn.run = replace(turn.run, error=blamed(task))
    if task.kind is TaskKind.ITERATION:
        _round_ended(turn, turn.run.loops[task.parent], task)
    else:
        _task_ended(turn, turn.run.scopes[task.parent], task)


def _round_ended(turn: Turn, loop: Loop, task: Task) -> None:
    failed = task.id if task.state is TaskState.FAILED else None
    canceled = loop.canceled or task.state is TaskState.CANCELED
    releasing.go_on(turn, turn.keep_loop(replace(loop, running=loop.running - 1, failed=loop.failed or failed, canceled=canceled)))


def _task_ended(turn: Turn, scope: Scope, task: Task) -> None:
    failed = task.id if task.state is TaskState.FAILED else None
    canceled = scope.canceled or task.state is TaskState.CANCELED
    is_first = failed is not None and scope.failed is None
    scope = turn.keep_scope(replace(scope, unfinished=scope.unfinished - 1, failed=scope.failed or failed, canceled=canceled))
    if is_first and turn.run.fails_fast:
        _hold_back(turn, scope)
    for name in task.node.downstream:
        _upstream_ended(turn, turn.task(child_id(scope.id, name)), task)
    if scope.unfinished == 0 and scope.id != ROOT:
        releasing.close_scope(turn, scope)


def _hold_back(turn: Turn, scope: Scope) -> None:
    """Nothing new starts in a DAG after a failure, but for what runs whatever happened."""
    for name in scope.plan.nodes:
        task = turn.task(child_id(scope.id, name))
        if task.state in NOT_STARTED and not turn.run.goes_on(task):
            turn.leave_out(task, f"not started: {scope.failed} failed")


def _upstream_ended(turn: Turn, task: Task, upstream: Task) -> None:
    if task.state is not TaskState.WAITING:
        return
    if is_met(task.node, upstream):
        task = turn.keep(replace(task, unmet=task.unmet - 1))
        if task.unmet == 0:
            turn.ready.append(task.id)
    else:
        turn.leave_out(task, f"not started: {upstream.id} {_WORDS[upstream.state]}")


_WORDS = {TaskState.FAILED: "failed", TaskState.SKIPPED: "was skipped", TaskState.CANCELED: "was canceled"}


def _conclude(turn: Turn) -> None:
    """The run is over when its last task is."""
    root = turn.run.scopes[ROOT]
    if root.unfinished or turn.run.state not in {RunState.RUNNING, RunState.CANCELING}:
        return
    if turn.run.has_expired:
        turn.move_run(RunMove.FAILED, error=turn.run.error)
    elif turn.run.state is RunState.CANCELING:
        turn.move_run(RunMove.CANCELED, error=turn.run.error)
    elif root.failed is not None:
        turn.move_run(RunMove.FAILED, error=turn.run.error)
    else:
        turn.move_run(RunMove.SUCCEEDED, outputs=inputs.dag_outputs(turn.run, root))
    turn.tell(Leave())
