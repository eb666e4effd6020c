"""What a run does next: `step(run, event) → (run, commands)`. Pure; everything that affects transitions is here and in `states`.

An event touches one task and its direct dependents, so its cost does not grow with the run; only taking a run over, the first
failure, a termination and the end look at all tasks, once each. Events that no longer matter (duplicates, earlier attempts, a
task that is over) change nothing, so the engine may deliver them as often as it likes, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from typing_extensions import assert_never

from bakehouse.ir.execution import INFRASTRUCTURE, Cause, Ending, LaunchSpec, StepError, TaskId
from bakehouse.orchestrator import fingerprints, inputs, launches
from bakehouse.orchestrator.commands import (
    Adopt,
    AttemptClosed,
    AttemptOpened,
    AttemptStarted,
    CacheEntry,
    Command,
    Consumed,
    Launch,
    Leave,
    LookUp,
    Prepare,
    Published,
    Queue,
    Release,
    RunMoved,
    Stop,
    TaskMoved,
    TaskNoted,
    Wake,
)
from bakehouse.orchestrator.events import (
    Admitted,
    Due,
    Ended,
    Event,
    LookedUp,
    NotPrepared,
    Prepared,
    Preparing,
    RunTaken,
    Started,
    TerminateRequested,
)
from bakehouse.orchestrator.retries import infrastructure_pause, user_pause
from bakehouse.orchestrator.run import Run, Task, blamed
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState

Step = tuple[Run, list[Command]]

#: States from which nothing has to be stopped when the task is not to run any more.
_NOT_STARTED = frozenset({TaskState.WAITING, TaskState.PREPARING, TaskState.QUEUED, TaskState.BACKING_OFF})

#: What ended an attempt from outside; a termination that no user of Bakehouse asked for is one of them.
_TAKEN_AWAY = INFRASTRUCTURE | {Cause.TERMINATED}
_NOT_ASKED_FOR = StepError(
    message="the step was terminated, and not by Bakehouse",
    remedy="Something on its machine sent SIGTERM to its process: see what does so, a memory guard or a batch system for instance.",
)


def step(run: Run, event: Event) -> Step:  # noqa: C901, PLR0911  # one arm for each kind of event; the table of contents of this module
    """What the run becomes, and what must be done about it. Touches nothing."""
    match event:
        case RunTaken():
            return _taken(run, event)
        case Preparing():
            return _preparing(run, event)
        case Prepared():
            return _prepared(run, event)
        case NotPrepared():
            return _not_prepared(run, event)
        case LookedUp():
            return _looked_up(run, event)
        case Admitted():
            return _admitted(run, event)
        case Started():
            return _started(run, event)
        case Ended():
            return _ended(run, event)
        case Due():
            return _due(run, event)
        case TerminateRequested():
            return _terminated(run, event)
        case _:
            assert_never(event)


# ---------------------------------------------------------------- taking a run


def _taken(run: Run, event: RunTaken) -> Step:
    """Every task goes on from where its row says it is."""
    commands: list[Command] = []
    if run.state is RunState.PENDING:
        run, commands = _move_run(run, RunMove.STARTED, at=event.at)
    for task_id in run.facts.plan.nodes:
        run, more = _resumed(run, run.tasks[task_id], event.at)
        commands += more
    return _concluded(run, commands, event.at)


def _resumed(run: Run, task: Task, at: float) -> Step:
    if task.state is TaskState.RUNNING and task.launch is not None:
        run = run.with_task(replace(task, entry=_entry(run, task.launch)))
        commands: list[Command] = [Adopt(task.launch)]
        return run, [*commands, Stop(task.launch.attempt)] if run.state is RunState.CANCELING else commands
    if task.state not in _NOT_STARTED:
        return run, []
    if not run.may_start:
        return _never_started(run, task, at)
    match task.state:
        case TaskState.BACKING_OFF:
            return run, [Wake(task.id, task.retry_at or at)]
        case TaskState.WAITING:
            return _released(run, task, at) if task.unmet == 0 else (run, [])
        case _:  # PREPARING, QUEUED: what was known about its place is gone with the engine
            return _with_launch(run, task, at)


# ---------------------------------------------------------------- from waiting to a slot


def _released(run: Run, task: Task, at: float) -> Step:
    """The last upstream task succeeded: its inputs are known, its place can be made ready."""
    run, commands = _move(run, task, TaskMove.RELEASED, at=at, why="making its environment ready")
    run, more = _with_launch(run, run.tasks[task.id], at)
    return run, commands + more


def _with_launch(run: Run, task: Task, at: float) -> Step:
    node = run.facts.plan.nodes[task.id]
    resolved = inputs.resolved(run, node)
    if isinstance(resolved, StepError):
        return _failed(run, task, resolved, at)
    launch = launches.launch(run.facts, node, resolved, number=task.attempt + 1)
    used = {name: tuple(artifact.id for artifact in group) for name, group in launch.inputs.items()}
    return run.with_task(replace(task, launch=launch)), [Consumed(task.id, launch.parameters, used), Prepare(launch)]


def _preparing(run: Run, event: Preparing) -> Step:
    task = run.tasks[event.task_id]
    if task.state is not TaskState.PREPARING:
        return run, []
    return run, [TaskNoted(task.id, task.state, event.what, event.at)]


def _prepared(run: Run, event: Prepared) -> Step:
    """The place is known, so the key is: ask the cache, or go to the queue."""
    task = run.tasks[event.task_id]
    if task.launch is None or task.place is not None or task.state not in {TaskState.PREPARING, TaskState.QUEUED}:
        return run, []
    launch = replace(task.launch, place=event.place)
    entry = _entry(run, launch)
    task = replace(task, place=event.place, entry=entry, launch=launch)
    run = run.with_task(task)
    if task.state is TaskState.QUEUED:
        return run, [Queue(task.id)]
    if entry is not None and run.facts.options.use_cache:
        return run, [LookUp(task.id, entry.key)]
    return _queued(run, task, event.at)


def _entry(run: Run, launch: LaunchSpec) -> CacheEntry | None:
    """Under what key the result of this attempt may be offered later, if at all."""
    node = run.facts.plan.nodes[launch.attempt.task_id]
    if not node.cacheable or launch.place is None:
        return None
    made_of = fingerprints.parts(node, launch, launch.place)
    return CacheEntry(fingerprints.key(made_of), made_of)


def _not_prepared(run: Run, event: NotPrepared) -> Step:
    task = run.tasks[event.task_id]
    if task.state not in {TaskState.PREPARING, TaskState.QUEUED}:
        return run, []
    run, commands = _failed(run, task, event.error, event.at)
    return _concluded(run, commands, event.at)


def _looked_up(run: Run, event: LookedUp) -> Step:
    task = run.tasks[event.task_id]
    if task.state is not TaskState.PREPARING or task.entry is None:
        return run, []
    result = event.result
    if result is None or result.key != task.entry.key:
        return _queued(run, task, event.at, note=event.note)
    task = replace(task, outputs=result.outputs)
    detail = {"cached_from": result.run_id, "cached_task": result.task_id, "cached_at": result.created_at}
    run, commands = _move(run, task, TaskMove.REUSED, at=event.at, detail=detail)
    commands.append(Published(task.id, 0, result.outputs, event.at, reused=result))
    return _dependents_released(run, task.id, commands, event.at)


def _queued(run: Run, task: Task, at: float, note: str = "") -> Step:
    run, commands = _move(run, task, TaskMove.MISSED, at=at, why="waiting for a slot", detail={"note": note} if note else {})
    return run, [*commands, Queue(task.id)]


# ---------------------------------------------------------------- attempts


def _admitted(run: Run, event: Admitted) -> Step:
    task = run.tasks[event.task_id]
    if task.state is TaskState.RUNNING:
        return run, []  # said twice: the slot is in use
    if task.state is not TaskState.QUEUED or task.launch is None or not run.may_start:
        return run, [Release(event.task_id)]
    number = task.attempt + 1
    launch = launches.renumbered(task.launch, run.facts.pipeline_root, number)
    task = replace(task, attempt=number, launch=launch)
    run, commands = _move(run, task, TaskMove.LAUNCHED, at=event.at)
    return run, [*commands, AttemptOpened(launch, event.at), Launch(launch)]


def _started(run: Run, event: Started) -> Step:
    task = run.tasks[event.task_id]
    if task.state is not TaskState.RUNNING or task.attempt != event.attempt:
        return run, []
    return run, [AttemptStarted(task.id, event.attempt, event.at)]


def _ended(run: Run, event: Ended) -> Step:
    task = run.tasks[event.task_id]
    if task.state is not TaskState.RUNNING or task.attempt != event.attempt:
        return run, []
    commands: list[Command] = [AttemptClosed(task.id, event.attempt, event.ending, event.at), Release(task.id)]
    if event.ending.cause is None:
        run, more = _succeeded(run, task, event.ending, event.at)
    else:
        run, more = _attempt_failed(run, task, event.ending, event.at)
    return _concluded(run, commands + more, event.at)


def _succeeded(run: Run, task: Task, ending: Ending, at: float) -> Step:
    task = replace(task, outputs=ending.outputs, launch=None)
    run, commands = _move(run, task, TaskMove.SUCCEEDED, at=at)
    entry = task.entry if ending.inputs_unchanged else None
    commands.append(Published(task.id, task.attempt, ending.outputs, at, entry=entry))
    return _dependents_released(run, task.id, commands, at)


def _attempt_failed(run: Run, task: Task, ending: Ending, at: float) -> Step:
    """Another attempt, if the policy or the cause allows it; else the task has failed."""
    cause = ending.cause
    error = ending.error or StepError(message=str(cause.value if cause else "failed"))
    if run.state is RunState.CANCELING:
        return _move(run, replace(task, error=error), TaskMove.CANCELED, at=at, error=error)
    if cause is Cause.TERMINATED:
        error = _NOT_ASKED_FOR
    task = replace(task, error=error)
    if cause in _TAKEN_AWAY:
        task = replace(task, infrastructure_failures=task.infrastructure_failures + 1)
        pause = infrastructure_pause(task.infrastructure_failures)
    else:
        task = replace(task, user_failures=task.user_failures + 1)
        pause = user_pause(run.facts.plan.nodes[task.id].retry, task.user_failures)
    if pause is None or not run.may_start:
        return _failed(run, task, error, at)
    task = replace(task, retry_at=at + pause)
    why = f"attempt {task.attempt} failed ({error.message}); the next one starts in {pause:g} s"
    detail = {
        "retry_at": task.retry_at,
        "user_failures": task.user_failures,
        "infrastructure_failures": task.infrastructure_failures,
    }
    run, commands = _move(run, task, TaskMove.RETRIED, at=at, why=why, error=error, detail=detail)
    return run, [*commands, Wake(task.id, at + pause)]


def _due(run: Run, event: Due) -> Step:
    task = run.tasks[event.task_id]
    if task.state is not TaskState.BACKING_OFF or task.retry_at is None or event.at < task.retry_at:
        return run, []
    run, commands = _move(run, replace(task, retry_at=None), TaskMove.DUE, at=event.at, why="waiting for a slot")
    task = run.tasks[task.id]
    if task.place is not None:
        return run, [*commands, Queue(task.id)]
    run, more = _with_launch(run, task, event.at)
    return _concluded(run, commands + more, event.at)


# ---------------------------------------------------------------- what follows from the end of a task


def _dependents_released(run: Run, task_id: TaskId, commands: list[Command], at: float) -> Step:
    for consumer in run.facts.plan.nodes[task_id].downstream:
        task = replace(run.tasks[consumer], unmet=run.tasks[consumer].unmet - 1)
        run = run.with_task(task)
        if task.unmet == 0 and task.state is TaskState.WAITING and run.may_start:
            run, more = _released(run, task, at)
            commands += more
    return _concluded(run, commands, at)


def _failed(run: Run, task: Task, error: StepError, at: float) -> Step:
    """The task has failed for good: nothing new starts, or (`keep_going`) nothing that depends on it."""
    run, commands = _move(run, replace(task, error=error, launch=None), TaskMove.FAILED, at=at, error=error)
    if run.error is None:
        run = replace(run, error=blamed(task.id, error))
    if run.facts.options.keep_going:
        held_back: Iterable[TaskId] = _downstream(run, task.id)
    elif run.blocked_by is None:
        run = replace(run, blocked_by=task.id)
        held_back = list(run.facts.plan.nodes)
    else:
        held_back = ()
    for other in held_back:
        if run.tasks[other].state in _NOT_STARTED:
            run, more = _never_started(run, run.tasks[other], at, because=task.id)
            commands += more
    return run, commands


def _downstream(run: Run, task_id: TaskId) -> list[TaskId]:
    """All tasks that depend on this one, directly or not."""
    found: dict[TaskId, None] = {}
    waiting = [task_id]
    while waiting:
        for consumer in run.facts.plan.nodes[waiting.pop()].downstream:
            if consumer not in found:
                found[consumer] = None
                waiting.append(consumer)
    return list(found)


def _never_started(run: Run, task: Task, at: float, because: TaskId | None = None) -> Step:
    """A task that will not run: canceled with the run, or skipped since something failed."""
    if run.state is RunState.CANCELING:
        run, commands = _move(run, task, TaskMove.CANCELED, at=at, why="the run was terminated")
    else:
        why = f"not started{' again' if task.attempt else ''}: {because or run.blocked_by} failed"
        run, commands = _move(run, task, TaskMove.SKIPPED, at=at, why=why, error=task.error)
    return run, [*commands, Release(task.id)] if task.state is TaskState.QUEUED else commands


def _terminated(run: Run, event: TerminateRequested) -> Step:
    if run.state not in {RunState.PENDING, RunState.RUNNING}:
        return run, []
    by = f"terminated by {event.by}" if event.by else "terminated"
    run, commands = _move_run(replace(run, error=StepError(message=by)), RunMove.TERMINATED, at=event.at)
    for task_id in run.facts.plan.nodes:
        task = run.tasks[task_id]
        if task.state in _NOT_STARTED:
            run, more = _never_started(run, task, event.at)
            commands += more
        elif task.state is TaskState.RUNNING and task.launch is not None:
            commands.append(Stop(task.launch.attempt))
    return _concluded(run, commands, event.at)


def _concluded(run: Run, commands: list[Command], at: float) -> Step:
    """The run is over when its last task is."""
    if run.unfinished or run.state not in {RunState.RUNNING, RunState.CANCELING}:
        return run, commands
    if run.state is RunState.CANCELING:
        run, more = _move_run(run, RunMove.CANCELED, at=at)
    elif any(task.state is not TaskState.SUCCEEDED for task in run.tasks.values()):
        run, more = _move_run(run, RunMove.FAILED, at=at)
    else:
        run, more = _move_run(run, RunMove.SUCCEEDED, at=at)
    return run, [*commands, *more, Leave()]


# ---------------------------------------------------------------- a move and its record


def _move(run: Run, task: Task, move: TaskMove, *, at: float, **said: object) -> Step:
    """The task moves; `said` goes into the record (`why`, `error`, `detail`)."""
    moved = task.moved(move)
    change = TaskMoved(task.id, task.state, move, moved.state, at, attempt=moved.attempt)
    return run.with_task(moved), [replace(change, **said)]  # type: ignore[arg-type]  # keywords of TaskMoved, checked by its tests


def _move_run(run: Run, move: RunMove, *, at: float) -> Step:
    moved = run.moved(move)
    outputs = inputs.pipeline_outputs(moved) if move is RunMove.SUCCEEDED else None
    error = moved.error if move in {RunMove.FAILED, RunMove.CANCELED, RunMove.TERMINATED} else None
    return moved, [RunMoved(run.state, move, moved.state, at, error=error, outputs=outputs)]
