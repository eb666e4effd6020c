"""What a run does next: `step(run, event) → (run, commands)`. Pure; everything that affects transitions is here and in `states`.

An event touches one task and its direct dependents, so its cost does not grow with the run; only taking a run over, the first
failure, a termination and the end look at all tasks, once each. Events that no longer matter (duplicates, earlier attempts, a
task that is over) change nothing, so the engine may deliver them as often as it likes, in any order.
"""

from __future__ import annotations

from typing_extensions import assert_never

from bakehouse.ir.execution import LaunchSpec, StepError
from bakehouse.orchestrator import duplicates, failing, fingerprints, launches, limits, memory, releasing, unwritten
from bakehouse.orchestrator.commands import (
    Adopt,
    AttemptClosed,
    AttemptOpened,
    AttemptStarted,
    CacheEntry,
    Command,
    Launch,
    LookUp,
    Published,
    Queue,
    Release,
    Stop,
    TaskNoted,
    Wake,
)
from bakehouse.orchestrator.events import (
    Admitted,
    ClaimChanged,
    Delayed,
    Due,
    Ended,
    Event,
    Held,
    LookedUp,
    NotPrepared,
    Prepared,
    Preparing,
    Remarked,
    RunTaken,
    Started,
    TerminateRequested,
)
from bakehouse.orchestrator.plan import ROOT, TaskKind, child_id
from bakehouse.orchestrator.run import Run, Task
from bakehouse.orchestrator.scheduling import WAITING
from bakehouse.orchestrator.settling import settle
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState
from bakehouse.orchestrator.turn import NOT_STARTED, Turn
from bakehouse.orchestrator.values import replace

Step = tuple[Run, list[Command]]


def step(run: Run, event: Event) -> Step:
    """What the run becomes, and what must be done about it. Touches nothing."""
    turn = Turn(run, event.at)
    _heed(turn, event)
    settle(turn)
    return turn.run, turn.decided


def _heed(turn: Turn, event: Event) -> None:  # noqa: C901, PLR0912  # one arm for each kind of event; the table of contents of this module
    match event:
        case RunTaken():
            _taken(turn)
        case Preparing():
            _preparing(turn, event)
        case Prepared():
            _prepared(turn, event)
        case NotPrepared():
            _not_prepared(turn, event)
        case LookedUp():
            _looked_up(turn, event)
        case Held():
            duplicates.held(turn, event)
        case ClaimChanged():
            duplicates.changed(turn, event)
        case Delayed():
            _delayed(turn, event)
        case Admitted():
            _admitted(turn, event)
        case Started():
            _started(turn, event)
        case Remarked():
            _remarked(turn, event)
        case Ended():
            _ended(turn, event)
        case Due():
            _due(turn, event)
        case TerminateRequested():
            _terminated(turn, event)
        case _:
            assert_never(event)


# ---------------------------------------------------------------- taking a run


def _taken(turn: Turn) -> None:
    """Every task goes on from where its row says it is."""
    if turn.run.state is RunState.PENDING:
        turn.run = replace(turn.run, started_at=turn.at)
        turn.move_run(RunMove.STARTED)
    limit = limits.of_run(turn.run)
    if limit is not None:
        turn.tell(Wake(ROOT, limit.at))
    turn.leave_out_unchosen(live(turn.run))
    for task in live(turn.run):
        _resumed(turn, task)
    for loop in turn.run.loops.values():
        releasing.go_on(turn, loop)
    for scope in turn.run.scopes.values():
        if scope.unfinished == 0 and scope.id:
            releasing.close_scope(turn, scope)


def live(run: Run) -> list[Task]:
    """The tasks that are not over, of all DAGs that are open, in the order of their ids. Rounds are the business of their loops."""
    found = [task for task in run.tasks.values() if not task.is_over and task.kind is not TaskKind.ITERATION and task.parent in run.scopes]
    return sorted(found, key=lambda task: task.id)


def _resumed(turn: Turn, task: Task) -> None:
    if task.state is TaskState.RUNNING and task.launch is not None:
        turn.keep(replace(task, entry=_entry(task, task.launch)))
        turn.tell(Adopt(task.launch))
        turn.watch(task)
        if turn.run.is_being_stopped(task):
            turn.tell(Stop(task.launch.attempt))
        return
    if task.state not in NOT_STARTED:
        return
    if not turn.run.may_start(task):
        turn.leave_out(task, f"not started: {turn.run.scopes[task.parent].failed} failed")
        return
    match task.state:
        case TaskState.BACKING_OFF:
            turn.tell(Wake(task.id, task.retry_at or turn.at))
        case TaskState.WAITING:
            if task.unmet == 0:
                turn.ready.append(task.id)
        case _:  # PREPARING, QUEUED: what was known about its place is gone with the engine
            releasing.prepare(turn, task)
            turn.watch(turn.task(task.id))


# ---------------------------------------------------------------- from its place to a slot


def _preparing(turn: Turn, event: Preparing) -> None:
    task = turn.task(event.task_id)
    if task.state is TaskState.PREPARING and task.place is None:
        turn.tell(TaskNoted(task.id, task.state, event.what, event.at))


def _prepared(turn: Turn, event: Prepared) -> None:
    """The place is known, so the key is: ask the cache, or go to the queue."""
    task = turn.task(event.task_id)
    if task.launch is None or task.place is not None or task.state not in {TaskState.PREPARING, TaskState.QUEUED}:
        return
    launch = replace(task.launch, place=event.place)
    entry = _entry(task, launch)
    task = turn.keep(replace(task, place=event.place, entry=entry, launch=launch))
    if task.state is TaskState.QUEUED:
        turn.tell(Queue(task.id))
    elif not turn.run.facts.chosen.may_reuse(task.id):
        _missed(turn, task, "it is to be run anew")
    elif entry is not None and turn.run.facts.options.use_cache:
        turn.tell(LookUp(task.id, entry.key))
    else:
        _missed(turn, task)


def _entry(task: Task, launch: LaunchSpec) -> CacheEntry | None:
    """Under what key the result of this attempt may be offered later, if at all."""
    if not task.node.cacheable or launch.place is None:
        return None
    made_of = fingerprints.parts(task.node, launch, launch.place)
    return CacheEntry(fingerprints.key(made_of), made_of, task.node.task.component)


def _not_prepared(turn: Turn, event: NotPrepared) -> None:
    task = turn.task(event.task_id)
    if task.state in {TaskState.PREPARING, TaskState.QUEUED}:
        turn.fail(task, event.error)
        turn.tell(Release(task.id))  # it may stand in the queue, if it was prepared twice


def _looked_up(turn: Turn, event: LookedUp) -> None:
    task = turn.task(event.task_id)
    if task.state is not TaskState.PREPARING or task.entry is None:
        return
    result = event.result
    if result is None and event.claimant is not None:
        duplicates.wait(turn, task, event.claimant)
        return
    if result is None or result.key != task.entry.key:
        because = {"because": event.because.value} if event.because is not None else {}
        _missed(turn, task, event.note, key=task.entry.key, **because)
        return
    detail = {"cached_from": result.run_id, "cached_task": result.task_id, "cached_at": result.created_at}
    turn.move(replace(task, outputs=result.outputs, launch=None), TaskMove.REUSED, detail=detail)
    turn.tell(Published(task.id, 0, result.outputs, event.at, reused=result))


def _missed(turn: Turn, task: Task, note: str = "", **said: str) -> None:
    """No earlier result is used: the step runs, if it may; `note` says why where there is more to say, `said` what the cache said."""
    chosen = turn.run.facts.chosen
    if task.kind is TaskKind.STEP and chosen.must_reuse(task.id):
        turn.fail(task, chosen.missing(note))
    else:
        began = task.since if task.preparing_at is None else task.preparing_at  # it may have been held back meanwhile
        detail = {**said, **({"note": note} if note else {})}
        turn.move(replace(task, preparing_at=began), TaskMove.MISSED, why=WAITING, detail=detail)
        turn.tell(Queue(task.id))


def _delayed(turn: Turn, event: Delayed) -> None:
    task = turn.task(event.task_id)
    if task.state is TaskState.QUEUED:
        turn.tell(TaskNoted(task.id, task.state, event.why, event.at))


# ---------------------------------------------------------------- attempts


def _admitted(turn: Turn, event: Admitted) -> None:
    task = turn.task(event.task_id)
    if task.state is TaskState.RUNNING:
        return  # said twice: the slot is in use
    if task.state is not TaskState.QUEUED or task.launch is None or not turn.run.may_start(task):
        turn.tell(Release(event.task_id))
        return
    number = task.attempt + 1
    launch = launches.renumbered(task.launch, turn.run.facts.pipeline_root, number)
    turn.move(replace(task, attempt=number, launch=launch, preparing_at=None), TaskMove.LAUNCHED)
    opened = AttemptOpened(
        launch,
        event.at,
        claim=duplicates.claim(turn.run, task),
        component=task.node.task.component,
        preparing_at=task.preparing_at,
        queued_at=task.since,
    )
    turn.tell(opened, Launch(launch))


def _started(turn: Turn, event: Started) -> None:
    task = turn.task(event.task_id)
    if task.state is TaskState.RUNNING and task.attempt == event.attempt:
        turn.tell(AttemptStarted(task.id, event.attempt, event.at))
        if task.started_at is None:  # else an engine that has taken over finds it running
            turn.watch(turn.keep(replace(task, started_at=event.at)))


def _remarked(turn: Turn, event: Remarked) -> None:
    task = turn.task(event.task_id)
    if task.state is TaskState.RUNNING and task.attempt == event.attempt:
        turn.tell(TaskNoted(task.id, task.state, event.what, event.at))


def _ended(turn: Turn, event: Ended) -> None:
    task = turn.task(event.task_id)
    if task.state is not TaskState.RUNNING or task.attempt != event.attempt:
        return
    ending = memory.told(limits.judged(turn.run, task, event.ending, event.at), task.launch)
    ending = unwritten.told(turn.run, ending, task.launch)
    closed = AttemptClosed(task.id, event.attempt, ending, event.at, claim=duplicates.claim(turn.run, task))
    turn.tell(closed, Release(task.id))
    if ending.cause is None:
        task = turn.move(replace(task, outputs=ending.outputs, launch=None), TaskMove.SUCCEEDED)
        entry = task.entry if ending.inputs_unchanged else None
        turn.tell(Published(task.id, task.attempt, ending.outputs, event.at, entry=entry))
    else:
        failing.attempt_failed(turn, task, ending)


def _due(turn: Turn, event: Due) -> None:
    """A pause is over, or a limit may be reached: that of the run, where no task is named."""
    if event.task_id == ROOT:
        limit = limits.of_run(turn.run)
        if limit is not None and event.at >= limit.at:
            _end_all(turn, RunMove.EXPIRED, limit.error)
        return
    task = turn.task(event.task_id)
    if task.state is not TaskState.BACKING_OFF:
        _expired(turn, task)
    elif task.retry_at is not None and event.at >= task.retry_at:
        _go_on(turn, task)


def _expired(turn: Turn, task: Task) -> None:
    """A limit of a step is reached: its attempt is stopped, or it fails without one."""
    limit = limits.of_task(turn.run, task)
    if limit is None or turn.at < limit.at or turn.run.is_being_stopped(task):
        return
    if task.state is not TaskState.RUNNING:
        turn.fail(task, limit.error)
        turn.tell(Release(task.id))
    elif task.launch is not None:
        turn.tell(Stop(task.launch.attempt))


def _go_on(turn: Turn, task: Task) -> None:
    task = turn.move(replace(task, retry_at=None), TaskMove.DUE, why=WAITING)
    if task.place is not None:
        turn.tell(Queue(task.id))
    else:
        releasing.prepare(turn, task)


# ---------------------------------------------------------------- termination


def _terminated(turn: Turn, event: TerminateRequested) -> None:
    """What runs is stopped, what waits is canceled. Exit tasks still run if what they follow has begun, unless they are to end too (`now`)."""
    if turn.run.state in {RunState.PENDING, RunState.RUNNING}:
        by = f"terminated by {event.by}" if event.by else "terminated"
        _end_all(turn, RunMove.TERMINATED, StepError(message=by), now=event.now)
    elif turn.run.state is RunState.CANCELING and event.now and not turn.run.at_once:
        before, turn.run = turn.run, replace(turn.run, at_once=True)
        _stop_all(turn, before)


def _end_all(turn: Turn, move: RunMove, error: StepError, *, now: bool = False) -> None:
    """The run is to end, for this reason."""
    before = turn.run
    turn.run = replace(turn.run, error=error)
    turn.move_run(move, error=error)
    turn.run = replace(turn.run, at_once=now)
    _stop_all(turn, before)


def _stop_all(turn: Turn, before: Run) -> None:
    for task in live(before):
        if turn.run.is_privileged(task) and not turn.run.at_once and _has_begun(before, task):
            continue
        if task.state in NOT_STARTED:
            turn.cancel(task)
        elif task.launch is not None:
            turn.tell(Stop(task.launch.attempt))


def _has_begun(run: Run, task: Task) -> bool:
    """Whether what an exit task follows has begun; what an exit task holds, has."""
    scope = run.scopes.get(task.parent)
    if not task.node.is_exit or scope is None or scope.privileged:
        return True
    return any(run.tasks[child_id(task.parent, name)].state is not TaskState.WAITING for name in task.node.upstream)
