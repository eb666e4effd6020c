"""What holds of every run at every step, checked against the rows: counters are what a recount says, limits are kept, nothing waits silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bakehouse.ir.execution import Requests, RunId, TaskId
from bakehouse.orchestrator.commands import Command, TaskMoved, TasksAdded
from bakehouse.orchestrator.plan import ROOT, TaskKind, child_id
from bakehouse.orchestrator.ports import RunRecord
from bakehouse.orchestrator.run import EXPIRED, Loop, Run, Scope, Task
from bakehouse.orchestrator.scheduling import Capacity, Scheduler, Share
from bakehouse.orchestrator.states import FINAL_TASK_STATES, RunState, TaskMove, TaskState

_BEGINNING = {TaskMove.RELEASED, TaskMove.OPENED, TaskMove.LAUNCHED}
_GOING_ON = _BEGINNING | {TaskMove.RETRIED, TaskMove.DUE}
_DONE_WITH = {TaskState.SUCCEEDED, TaskState.SKIPPED}


def hold(run: Run, record: RunRecord, commands: Sequence[Command], *, taken: bool) -> None:
    """What must hold after a step, of the groups that it touched. `taken`: the engine has begun with the run."""
    touched: set[TaskId] = set()
    failed = {one.task_id for one in commands if isinstance(one, TaskMoved) and one.move is TaskMove.FAILED}  # in this step, and not yet
    for command in commands:
        if isinstance(command, TasksAdded):
            touched |= {new.parent for new in command.tasks}
            for new in command.tasks:
                if new.kind is TaskKind.ITERATION:
                    _was_not_held_back(run, record, new.id, failed)
        elif isinstance(command, TaskMoved):
            touched.add(run.tasks[command.task_id].parent)
            if command.move is TaskMove.FAILED:
                failed.remove(command.task_id)
            if command.move in _BEGINNING:
                _could_begin(run, record, command.task_id)
            if command.move in _GOING_ON:
                _was_not_held_back(run, record, command.task_id, failed)
    _groups(run, record, touched, taken=taken)


def hold_everywhere(run: Run, record: RunRecord) -> None:
    """What must hold of all groups when an engine is about to begin with the run."""
    _groups(run, record, {ROOT, *run.scopes, *run.loops}, taken=False)


def hold_at_the_end(record: RunRecord) -> None:
    """Nothing is left of a run that is over: all tasks are, and those that hold others came to what these came to."""
    going_on = [(task.id, task.state.value) for task in record.tasks.values() if task.state not in FINAL_TASK_STATES]
    assert not going_on, f"the run is {record.state.value}, but not all of its tasks are over: {going_on}"
    assert not record.launches, "attempts are still open"
    expired = record.error is not None and record.error.type == EXPIRED
    for task in record.tasks.values():
        waits = task.why and task.state in {TaskState.SUCCEEDED, TaskState.FAILED} and not task.why.startswith("marked succeeded by ")
        assert not waits, f"{task.id} is over, but waits: {task.why}"
        assert task.why or task.state is not TaskState.SKIPPED, f"{task.id} was skipped, and nobody knows why"
        assert task.state is not TaskState.FAILED or task.error is not None, f"{task.id} failed without an error"
        if task.parent and task.state is TaskState.FAILED and record.tasks[task.parent].state is not TaskState.FAILED:
            raise AssertionError(f"{task.id} failed, but the group that holds it is {record.tasks[task.parent].state.value}")
        canceled = task.state is TaskState.CANCELED
        assert not canceled or record.state is RunState.CANCELED or expired, f"{task.id} was canceled, but the run was not"


def same(run: Run, before: Run) -> None:
    """An engine that takes a run over knows what the one before it knew."""
    assert run.state is before.state
    assert (set(run.scopes), set(run.loops)) == (set(before.scopes), set(before.loops)), "other groups are open"
    for task in run.tasks.values():
        known = before.tasks[task.id]
        assert _about_task(task) == _about_task(known), f"what was decided of {task.id} is not what was recorded"
        assert task.parent not in run.scopes or task.is_over or task.unmet == known.unmet, f"{task.id} waits for something else now"
    for scope in run.scopes.values():
        assert _about_scope(scope) == _about_scope(before.scopes[scope.id]), f"the group {scope.id!r} has changed"
    for loop in run.loops.values():
        assert _about_loop(run, loop) == _about_loop(run, before.loops[loop.id]), f"the loop {loop.id} has changed"


def _about_task(task: Task) -> object:
    error = None if task.state is TaskState.SUCCEEDED else task.error  # that of an earlier attempt matters to nobody
    failures = (task.user_failures, task.infrastructure_failures)
    timed = () if task.is_over else (task.retry_at, task.since, task.started_at, task.out_of_memory)
    return task.state, task.attempt, task.outputs, error, failures, timed


def _about_scope(scope: Scope) -> object:
    # Which was first is not known of two that failed at the same instant.
    return scope.parameters, scope.artifacts, scope.unfinished, scope.canceled, scope.privileged, scope.failed is None


def _about_loop(run: Run, loop: Loop) -> object:
    begun = loop.begun
    while (known := run.tasks.get(child_id(loop.id, begun))) is not None and known.is_over:
        begun += 1  # of an earlier life of the run: they count when their turn comes
    return loop.parameters, loop.artifacts, loop.items, begun, loop.running, loop.failed is None, loop.canceled, loop.privileged


# ---------------------------------------------------------------- groups


def _groups(run: Run, record: RunRecord, groups: Iterable[TaskId], *, taken: bool) -> None:
    for group in groups:
        if group in run.scopes:
            children = _scope(record, run.scopes[group])
        elif group in run.loops:
            children = _loop(record, run.loops[group])
        else:
            continue
        for child in children:
            _waits_for_a_reason(run, record, child, taken=taken)


def _scope(record: RunRecord, scope: Scope) -> Sequence[TaskId]:
    children = [child_id(scope.id, name) for name in scope.plan.nodes]
    unfinished = sum(record.tasks[child].state not in FINAL_TASK_STATES for child in children)
    assert scope.unfinished == unfinished, f"{scope.id!r} counts {scope.unfinished} unfinished tasks, but there are {unfinished}"
    assert unfinished or scope.id == ROOT, f"{scope.id} is open, but all it holds is over"
    return children


def _loop(record: RunRecord, loop: Loop) -> Sequence[TaskId]:
    rounds = [task_id for index in range(len(loop.items)) if (task_id := child_id(loop.id, index)) in record.tasks]
    running = sum(record.tasks[one].state is TaskState.RUNNING for one in rounds)
    assert loop.running == running > 0, f"{loop.id} counts {loop.running} rounds, but {running} run"
    assert loop.limit == 0 or running <= loop.limit, f"{running} rounds of {loop.id} run, and {loop.limit} may"
    return rounds


def _waits_for_a_reason(run: Run, record: RunRecord, task_id: TaskId, *, taken: bool) -> None:
    row, task = record.tasks[task_id], run.tasks[task_id]
    assert (row.state, row.attempt) == (task.state, task.attempt), f"{task_id} is not what is recorded"
    if row.state in FINAL_TASK_STATES or row.state is TaskState.RUNNING or (task.unmet == 0 and not taken):
        return
    assert row.why, f"{task_id} is {row.state.value}, and nobody knows why"
    if row.state is TaskState.WAITING and task.kind is not TaskKind.ITERATION:
        assert task.unmet > 0, f"{task_id} waits for nothing"


def _could_begin(run: Run, record: RunRecord, task_id: TaskId) -> None:
    """Nothing begins before what it waits for is over, and let it."""
    task = run.tasks[task_id]
    if task.kind is TaskKind.ITERATION:
        return
    for name in task.node.upstream:
        state = record.tasks[child_id(task.parent, name)].state
        assert state in (FINAL_TASK_STATES if task.node.always else _DONE_WITH), f"{task_id} has begun, but {name} is {state.value}"


def _was_not_held_back(run: Run, record: RunRecord, task_id: TaskId, not_yet: set[TaskId]) -> None:
    """Nothing begins, or is tried again, beside something that has failed, but for what always runs."""
    task = run.tasks[task_id]
    always = task.node.always and task.kind is not TaskKind.ITERATION
    if run.facts.options.keep_going or task.is_over or always:
        return
    beside = {other.id for other in record.tasks.values() if other.parent == task.parent and other.state is TaskState.FAILED}
    assert beside <= not_yet, f"{task_id} has begun, but {beside} had failed"


def all_is_free(scheduler: Scheduler, capacity: Capacity) -> bool:
    """Whether another run could use all that there is."""
    for number in range(int(capacity.slots)):
        scheduler.ask(Share(RunId("another")), TaskId(str(number)), Requests())
    scheduler.ask(Share(RunId("another")), TaskId("large"), Requests(capacity.cpu, int(capacity.memory)))
    return len(scheduler.admitted()) == capacity.slots + 1
