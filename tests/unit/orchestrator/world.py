"""A world for the machine: records, a runner, a cache and time, all simulated, with faults drawn from a seed.

What is checked at every step is what the real records check: a change is written only from the state it names; and what
`invariants` holds of every run. Engines come and go: everything in memory is lost, events under way are lost or arrive late,
what was recorded may not have been done yet, and the run is rebuilt from its rows.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bakehouse.ir.execution import Cause, Ending, LaunchSpec, Outputs, Place, RunId, StepError, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import duplicates, machine
from bakehouse.orchestrator.commands import (
    Adopt,
    AttemptClosed,
    AttemptOpened,
    AttemptStarted,
    Await,
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
    TasksAdded,
    Wake,
)
from bakehouse.orchestrator.events import (
    Admitted,
    CachedResult,
    ClaimChanged,
    Delayed,
    Due,
    Ended,
    Event,
    LookedUp,
    NotPrepared,
    Prepared,
    Preparing,
    Remarked,
    RunTaken,
    Started,
    TerminateRequested,
)
from bakehouse.orchestrator.plan import child_id, plan
from bakehouse.orchestrator.ports import RunRecord, TaskRecord
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.scheduling import Capacity, Scheduler, Share
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES, RUN_MOVES, RunMove, RunState, TaskState
from tests.unit.orchestrator import invariants, outcomes, rows
from tests.unit.orchestrator.claims import Claims
from tests.unit.orchestrator.outcomes import UNPREPARED, Death, Dice, Faults, Outcomes

_PLACE = Place(interpreter="/usr/bin/python3", python="cpython-3.11", platform="linux-x86_64")
_NEVER_STARTED = Ending(cause=Cause.LOST, error=StepError("never started"))
_MACHINE = Capacity(slots=2, cpu=2, memory=1000)
_LATEST = 60.0  # seconds by which an event can be late

Key = tuple[TaskId, int]  # an attempt


@dataclass
class World:
    """Everything outside the machine. `deaths` says at which of its steps the engine dies, `restless` that it dies after every move.

    `starts` counts how often the process of each attempt was started; `unlucky` are tasks of which an attempt was recorded, but
    never started.
    """

    record: RunRecord
    rng: random.Random
    faults: Faults = field(default_factory=Faults)
    outcomes: Outcomes | None = None
    capacity: Capacity = _MACHINE
    deaths: Mapping[int, Death] = field(default_factory=dict)
    restless: bool = False
    now: float = 1000.0
    steps: int = 0
    restarts: int = 0
    widest: int = 0
    starts: Counter[Key] = field(default_factory=Counter)
    moves: list[TaskMoved] = field(default_factory=list)
    run_moves: list[tuple[RunState, RunMove]] = field(default_factory=list)
    resets: set[TaskState] = field(default_factory=set)
    marks: set[TaskState] = field(default_factory=set)
    marked: set[TaskId] = field(default_factory=set)  # since the run ended
    inputs: dict[TaskId, tuple[JsonObject, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)
    outputs: Outputs | None = None
    life_began: int = 0  # moves: where this life of the run begins
    terminated_after: int | None = None  # moves: where the record of the termination stands
    at_once_after: int | None = None  # moves: since when exit tasks are to end too
    unlucky: set[TaskId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tasks: dict[TaskId, TaskRecord] = dict(self.record.tasks)
        self.launches: dict[TaskId, LaunchSpec] = dict(self.record.launches)
        self.record = replace(self.record, tasks=self.tasks, launches=self.launches)
        root = plan(self.record.pipeline.spec).root.nodes
        self.upstream = {child_id(TaskId(""), name): tuple(TaskId(one) for one in node.upstream) for name, node in root.items()}
        for task_id, names in self.upstream.items():
            self.tasks[task_id] = replace(self.tasks[task_id], why=rows.waiting_for(names))
        self.running: dict[Key, tuple[LaunchSpec, int]] = {}
        self.told: set[Key] = set()  # to stop
        self.ended: dict[Key, Ending] = {}
        self.claims = Claims(self.record.id, self.rng, self.faults.rivalled)
        self.launched: dict[TaskId, LaunchSpec] = {}  # latest
        self.wishes: list[TerminateRequested] = []
        self._begin_life(self.outcomes or Dice(self.rng, self.faults))

    def _begin_life(self, fate: Outcomes) -> None:
        self.fate = fate
        self.ran: Counter[TaskId] = Counter()
        self._begin()

    def _begin(self) -> None:
        """An engine takes the run."""
        wanted = self.wishes[0].by if self.wishes else None
        at_once = any(one.now for one in self.wishes)
        self.run: Run = recorded(replace(self.record, terminated_by=wanted, at_once=at_once))
        invariants.hold_everywhere(self.run, self.record)
        self.pending: list[tuple[float, Event]] = []
        self.timers: list[Due] = []
        self.claims.awaited.clear()
        self.scheduler = Scheduler(self.capacity)
        self.left = self.taken = False
        self.put(RunTaken(self.now))
        if wanted is not None and self.record.state is not RunState.CANCELING:
            self.put(TerminateRequested(self.now, by=wanted, now=at_once))

    def restart(self) -> None:
        """The engine dies, and another one takes the run: it knows what the first one had recorded."""
        self.restarts += 1
        before = self.run
        self._begin()
        invariants.same(self.run, before)

    # ------------------------------------------------------------ time goes on

    def finish(self, limit: int = 50_000) -> RunRecord:
        """Let the world go on until the run is over; fails if it never is."""
        for _ in range(limit):
            if self.record.state in FINAL_RUN_STATES:
                invariants.hold_at_the_end(self.record)
                assert not self.running, "something still runs"
                assert self.left, "the engine keeps the run"
                assert invariants.all_is_free(self.scheduler, self.capacity), "the run is over, but keeps slots"
                return self.record
            self.tick()
        waiting = [(task.id, task.state.value, task.why) for task in self.tasks.values() if task.state not in FINAL_TASK_STATES]
        raise AssertionError(f"the run is stuck: {self.record.state}, {waiting}")

    def tick(self) -> None:
        """One thing happens, whichever the seed says: an event arrives, a step ends, a timer fires, the engine dies."""
        self.now += self.rng.random()
        if self.record.state in FINAL_RUN_STATES:
            return  # nobody drives it any more
        if self.rng.random() < self.faults.engine_dies:
            self.restart()
        times = [at for at, _ in self.pending] + [due.at for due in self.timers]
        if times and not self._may_end():
            self.now = max(self.now, min(times))
        choices = self.claims.choices(lambda task_id: self.put(ClaimChanged(task_id, self.now)))
        choices += [self._deliver] if any(at <= self.now for at, _ in self.pending) else []
        choices += [self._end_one] if self._may_end() else []
        if any(due.at <= self.now for due in self.timers):
            choices.append(self._ring)
        if choices:
            self.rng.choice(choices)()

    def put(self, event: Event) -> None:
        """An event is under way, and may be late."""
        late = self.rng.random() < self.faults.event_late
        self.pending.append((self.now + self.rng.random() * _LATEST if late else self.now, event))

    def terminate(self, *, now: bool = False) -> None:
        """A user terminates the run; `now`: without its exit tasks."""
        self.wishes.append(TerminateRequested(self.now, by="ann", now=now))
        self.put(self.wishes[-1])

    def retry(self, fate: Outcomes) -> None:
        """A user has what did not succeed run again."""
        assert (self.record.state, RunMove.RETRIED) in RUN_MOVES
        self.run_moves.append((self.record.state, RunMove.RETRIED))
        for row in rows.reset(self.tasks, self.upstream, self.marked):
            self.resets.add(self.tasks[row.id].state)
            self.inputs.pop(row.id, None)
            self.tasks[row.id] = row
        self.record = replace(self.record, state=RunState.PENDING, error=None, started_at=None)
        self.outputs, self.terminated_after, self.at_once_after, self.wishes = None, None, None, []
        self.unlucky, self.marked, self.life_began = set(), set(), len(self.moves)
        self._begin_life(fate)

    # ------------------------------------------------------------ what happens

    def _deliver(self) -> None:
        arrived = [index for index, (at, _) in enumerate(self.pending) if at <= self.now]
        _, event = self.pending.pop(self.rng.choice(arrived))
        if self.rng.random() < self.faults.event_twice:
            self.put(event)
        self._step(event)

    def _may_end(self) -> list[Key]:
        """The attempts that may end by themselves. Of a run that is terminated all but exit tasks go on until they are told to stop."""
        if self.record.state is not RunState.CANCELING:
            return sorted(self.running)
        return sorted(one for one in self.running if one in self.told or not self.run.is_being_stopped(self.run.tasks[one[0]]))

    def _end_one(self) -> None:
        key = self.rng.choice(self._may_end())
        launch, earlier = self.running[key]
        self._end(key, outcomes.ending(launch, self.fate.failure(key[0], earlier)))

    def _stop(self, key: Key) -> None:
        self.told.add(key)
        if key in self.running and self.rng.random() < 0.7:  # the others end by themselves before they hear of it
            self._end(key, Ending(cause=Cause.TERMINATED, error=StepError("terminated")))

    def _end(self, key: Key, ending: Ending) -> None:
        self.running.pop(key)
        if self.rng.random() < self.faults.event_late:
            self.put(Remarked(*key, "the disk is away", self.now))  # it may arrive before the end, after it, or when another attempt runs
        self.ended[key] = ending
        self.put(Ended(*key, ending, self.now))

    def _ring(self) -> None:
        for one in [one for one in self.timers if one.at <= self.now]:
            if one in self.timers:  # else the engine has died meanwhile
                self.timers.remove(one)
                self._step(replace(one, at=self.now))

    @property
    def _share(self) -> Share:
        return Share(self.record.id, limit=self.record.options.max_parallel)

    # ------------------------------------------------------------ records first, acts after

    def _step(self, event: Event) -> None:
        death = self.deaths.get(self.steps)
        self.steps += 1
        run, commands = machine.step(self.run, event)
        refused = self.claims.refused(commands)
        if refused:
            run, commands = machine.step(self.run, *duplicates.yielding([event], refused))
        if death is Death.BEFORE_WRITING:
            self.restart()
            return
        self.run = run
        for command in commands:
            self._write(command)
        if run.at_once and run.state in {RunState.CANCELING, RunState.CANCELED} and self.at_once_after is None:
            self.at_once_after = len(self.moves)
        self.taken = self.taken or isinstance(event, RunTaken)
        invariants.hold(self.run, self.record, commands, taken=self.taken)
        self._act_on(commands, self.rng.randrange(len(commands) + 1) if death is Death.WHILE_ACTING else len(commands))
        if self.record.state not in FINAL_RUN_STATES and (
            death or (self.restless and any(isinstance(one, TaskMoved | RunMoved) for one in commands))
        ):
            self.restart()

    def _act_on(self, commands: Sequence[Command], number: int) -> None:
        """Do what was decided, so many commands of it: then the engine dies, if there are more."""
        for command in commands[:number]:
            self._act(command)
        for command in commands[number:]:
            if isinstance(command, Launch):
                self.unlucky.add(command.launch.attempt.task_id)
            elif isinstance(command, Leave):  # nobody needs another engine
                self.left, self.scheduler = True, Scheduler(self.capacity)
        for _, task_id in self.scheduler.admitted():
            self.put(Admitted(task_id, self.now))
        for _, task_id, why in self.scheduler.delayed():
            self.put(Delayed(task_id, why, self.now))

    def _write(self, command: Command) -> None:  # noqa: C901  # one arm for each kind of change
        match command:
            case TasksAdded():
                for new in command.tasks:
                    assert new.id not in self.tasks, "added twice"
                    assert new.parent in self.tasks, "added to nothing"
                    self.tasks[new.id] = TaskRecord(new.id, new.state, parent=new.parent, kind=new.kind, why=rows.waiting_for(new.upstream))
                    self.upstream[new.id] = new.upstream
            case TaskMoved():
                row = self.tasks[command.task_id]
                self.moves.append(command)
                self.tasks[row.id] = rows.moved(row, command)
            case TaskNoted():
                assert self.tasks[command.task_id].state is command.state
                self.tasks[command.task_id] = replace(self.tasks[command.task_id], why=command.why)
            case AttemptOpened(launch):
                assert launch.attempt.task_id not in self.launches, "two attempts of one task at a time"
                self.launches[launch.attempt.task_id] = launch
                self.claims.opened(command)
            case AttemptStarted() | AttemptClosed():
                assert self.launches[command.task_id].attempt.number == command.attempt
                if isinstance(command, AttemptClosed):
                    self.launches.pop(command.task_id)
                    self.claims.closed(command.task_id)
                    self.tasks[command.task_id] = rows.closed(self.tasks[command.task_id], command)
                elif self.tasks[command.task_id].process_since is None:
                    self.tasks[command.task_id] = replace(self.tasks[command.task_id], process_since=command.at)
            case Published():
                row = self.tasks[command.task_id]
                assert row.state is TaskState.SUCCEEDED
                assert row.outputs is None, "published twice"
                self.tasks[row.id] = replace(row, outputs=command.outputs)
            case Consumed():
                assert self.tasks[command.task_id].state not in FINAL_TASK_STATES
                self.inputs[command.task_id] = (command.parameters, command.artifacts)
            case RunMoved():
                self._run_moved(command)
            case _:
                pass

    def _run_moved(self, change: RunMoved) -> None:
        assert self.record.state is change.before
        self.run_moves.append((change.before, change.move))
        began = change.at if change.move is RunMove.STARTED else self.record.started_at
        self.record = replace(self.record, state=change.after, error=change.error, started_at=began)
        self.outputs = change.outputs
        if change.move in {RunMove.TERMINATED, RunMove.EXPIRED}:
            self.terminated_after = len(self.moves)

    def _act(self, command: Command) -> None:  # noqa: C901  # one arm for each kind of action
        match command:
            case Prepare(launch):
                self._prepare(launch)
            case LookUp(task_id, key):
                self._look_up(task_id, key)
            case Await():
                self.claims.awaited[command.task_id] = command
            case Queue(task_id):
                queued = self.run.tasks[task_id].launch
                assert queued is not None, "queued, but nothing to launch"
                self.scheduler.ask(self._share, task_id, queued.requests)
            case Launch(launch):
                self._launch(launch)
            case Adopt(launch):
                self._adopt(launch)
            case Release(task_id):
                self.scheduler.release(self.record.id, task_id)
            case Wake(task_id, at):
                self.timers.append(Due(task_id, at))
                if self.rng.random() < self.faults.event_twice:
                    self.put(Due(task_id, self.now))  # too early
            case Stop(attempt):
                self._stop((attempt.task_id, attempt.number))
            case Leave():
                assert not self.left, "left twice"
                self.left = True
            case _:
                pass

    def _prepare(self, launch: LaunchSpec) -> None:
        task_id = launch.attempt.task_id
        if self.rng.random() < self.faults.event_late:
            self.put(Preparing(task_id, "building environment", self.now))
        prepared = self.fate.is_prepared(task_id)
        self.put(Prepared(task_id, _PLACE, self.now) if prepared else NotPrepared(task_id, UNPREPARED, self.now))

    def _look_up(self, task_id: TaskId, key: str) -> None:
        launch = self.run.tasks[task_id].launch
        assert launch is not None
        found = CachedResult(key, RunId("earlier"), "an earlier run", task_id, 1, 0.0, outcomes.outputs(launch))
        reused = self.fate.is_reused(task_id)
        self.put(LookedUp(task_id, found, self.now) if reused else LookedUp(task_id, None, self.now, claimant=self.claims.on(key)))

    def _launch(self, launch: LaunchSpec) -> None:
        key = (launch.attempt.task_id, launch.attempt.number)
        self.starts[key] += 1
        assert self.starts[key] == 1, f"attempt {key} was started twice"
        self.launched[key[0]] = launch
        self.running[key] = (launch, self.ran[key[0]])
        self.ran[key[0]] += 1
        self.widest = max(self.widest, len(self.running))
        self.put(Started(*key, self.now))

    def _adopt(self, launch: LaunchSpec) -> None:
        key = (launch.attempt.task_id, launch.attempt.number)
        self.scheduler.hold(self._share, launch.attempt.task_id, launch.requests)
        if key in self.running:
            self.put(Started(*key, self.now))
        else:
            self.put(Ended(*key, self.ended.get(key, _NEVER_STARTED), self.now))
