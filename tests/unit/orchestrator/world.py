"""A world for the machine: records, a runner and time, all simulated, with faults drawn from a seed.

What is checked at every step is what the real records check: a change is written only from the state it names. Engines come and
go (`restart`): everything in memory is lost, events under way are lost or arrive late, and the run is rebuilt from its rows.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from bakehouse.ir.execution import Cause, Ending, LaunchSpec, Outputs, Place, StepError, TaskId
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import (
    Adopt,
    AttemptClosed,
    AttemptOpened,
    Command,
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
    TasksAdded,
    Wake,
)
from bakehouse.orchestrator.events import Admitted, Due, Ended, Event, LookedUp, NotPrepared, Prepared, RunTaken, Started, TerminateRequested
from bakehouse.orchestrator.ports import RunRecord, TaskRecord
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Loop, Run, Scope
from bakehouse.orchestrator.slots import Slots
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES, RunMove, TaskMove

_PLACE = Place(interpreter="/usr/bin/python3", python="cpython-3.11", platform="linux-x86_64")


@dataclass
class Faults:
    """How often something goes wrong, each from 0 to 1."""

    step_fails: float = 0.0
    attempt_lost: float = 0.0
    attempt_terminated: float = 0.0  # by somebody who is not Bakehouse
    not_prepared: float = 0.0
    event_twice: float = 0.0
    engine_dies: float = 0.0


@dataclass
class World:
    """Everything outside the machine. `starts` counts how often the process of each attempt was started."""

    record: RunRecord
    rng: random.Random
    faults: Faults = field(default_factory=Faults)
    slots_total: int = 2
    now: float = 1000.0
    starts: Counter[tuple[TaskId, int]] = field(default_factory=Counter)
    running: dict[tuple[TaskId, int], LaunchSpec] = field(default_factory=dict)
    ended: dict[tuple[TaskId, int], Ending] = field(default_factory=dict)
    moves: list[TaskMoved] = field(default_factory=list)
    terminated_after: int | None = None  # moves: where the record of the termination stands
    restarts: int = 0
    widest: int = 0

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        """An engine takes the run."""
        self.run: Run = recorded(self.record)
        self.pending: list[Event] = [RunTaken(self.now)]
        self.timers: list[Due] = []
        self.slots = Slots(self.slots_total)
        self.left = False

    # ------------------------------------------------------------ time goes on

    def finish(self, limit: int = 20_000) -> RunRecord:
        """Let the world go on until the run is over; fails if it never is."""
        for _ in range(limit):
            if self.record.state in FINAL_RUN_STATES:
                return self.record
            self.tick()
        raise AssertionError(f"the run is stuck: {self.record.state}, {[(t.id, t.state) for t in self.record.tasks.values()]}")

    def tick(self) -> None:
        """One thing happens, whichever the seed says: an event arrives, a step ends, a timer fires, the engine dies."""
        self.now += self.rng.random()
        if self.rng.random() < self.faults.engine_dies:
            self.restarts += 1
            before = self.run
            self._begin()
            assert _known(self.run) == _known(before), "what was decided is not what was recorded"
        choices = []
        if self.pending:
            choices.append(self._deliver)
        if self.running:
            choices.append(self._end_one)
        if not choices and self.timers:
            self.now = max(self.now, min(due.at for due in self.timers))
        if self.timers:
            choices.append(self._ring)
        if choices:
            self.rng.choice(choices)()

    def terminate(self) -> None:
        """A user terminates the run."""
        self.pending.append(TerminateRequested(self.now, by="ann"))

    def _deliver(self) -> None:
        event = self.pending.pop(self.rng.randrange(len(self.pending)))
        if self.rng.random() < self.faults.event_twice:
            self.pending.append(event)
        self._step(event)

    def _end_one(self) -> None:
        key = self.rng.choice(sorted(self.running, key=str))
        self._end(key, self._ending())

    def _ending(self) -> Ending:
        if self.rng.random() < self.faults.attempt_lost:
            return Ending(cause=Cause.LOST, error=StepError("the process is gone"))
        if self.rng.random() < self.faults.attempt_terminated:
            return Ending(cause=Cause.TERMINATED, error=StepError("terminated"))
        if self.rng.random() < self.faults.step_fails:
            return Ending(cause=Cause.EXIT_CODE, exit_code=1, error=StepError("exit code 1"))
        return Ending(exit_code=0, outputs=Outputs({"n": 1}))

    def _end(self, key: tuple[TaskId, int], ending: Ending) -> None:
        self.running.pop(key)
        self.ended[key] = ending
        self.pending.append(Ended(key[0], key[1], ending, self.now))

    def _ring(self) -> None:
        due = [one for one in self.timers if one.at <= self.now]
        for one in due:
            self.timers.remove(one)
            self._step(replace(one, at=self.now))

    # ------------------------------------------------------------ records first, acts after

    def _step(self, event: Event) -> None:
        self.run, commands = machine.step(self.run, event)
        for command in commands:
            self._write(command)
        for command in commands:
            self._act(command)
        for _, task_id in self.slots.admitted():
            self.pending.append(Admitted(task_id, self.now))
        for scope in self.run.scopes.values():
            assert scope.unfinished == sum(not task.is_over for task in self.run.tasks.values() if task.parent == scope.id)

    def _write(self, command: Command) -> None:
        tasks = dict(self.record.tasks)
        launches = dict(self.record.launches)
        match command:
            case TasksAdded():
                assert not any(new.id in tasks for new in command.tasks), "added twice"
                tasks |= {new.id: TaskRecord(new.id, new.state, parent=new.parent, kind=new.kind) for new in command.tasks}
            case TaskMoved():
                row = tasks[command.task_id]
                assert row.state is command.before, f"{command.task_id} is {row.state}, not {command.before}: {command.move}"
                self.moves.append(command)
                tasks[row.id] = _moved(row, command)
            case AttemptOpened(launch):
                assert launch.attempt.task_id not in launches, "two attempts of one task at a time"
                launches[launch.attempt.task_id] = launch
            case AttemptClosed():
                launches.pop(command.task_id)
            case Published():
                tasks[command.task_id] = replace(tasks[command.task_id], outputs=command.outputs)
            case RunMoved():
                assert self.record.state is command.before
                self.record = replace(self.record, state=command.after, error=command.error)
                if command.move is RunMove.TERMINATED:
                    self.terminated_after = len(self.moves)
            case _:
                pass
        self.record = replace(self.record, tasks=tasks, launches=launches)

    def _act(self, command: Command) -> None:  # noqa: C901, PLR0912  # one arm for each kind of action
        match command:
            case Prepare(launch):
                task_id = launch.attempt.task_id
                if self.rng.random() < self.faults.not_prepared:
                    self.pending.append(NotPrepared(task_id, StepError("no such package"), self.now))
                else:
                    self.pending.append(Prepared(task_id, _PLACE, self.now))
            case LookUp(task_id):
                self.pending.append(LookedUp(task_id, None, self.now))
            case Queue(task_id):
                self.slots.ask(self.record.id, task_id, self.record.options.max_parallel)
            case Launch(launch):
                key = (launch.attempt.task_id, launch.attempt.number)
                self.starts[key] += 1
                self.running[key] = launch
                self.widest = max(self.widest, len(self.running))
                self.pending.append(Started(*key, self.now))
            case Adopt(launch):
                self._adopt(launch)
            case Release(task_id):
                self.slots.release(self.record.id, task_id)
            case Wake(task_id, at):
                self.timers.append(Due(task_id, at))
            case Stop(attempt):
                key = (attempt.task_id, attempt.number)
                if key in self.running:
                    self._end(key, Ending(cause=Cause.TERMINATED, error=StepError("terminated")))
            case Leave():
                assert not self.left, "left twice"
                self.left = True
            case _:
                pass

    def _adopt(self, launch: LaunchSpec) -> None:
        key = (launch.attempt.task_id, launch.attempt.number)
        self.slots.hold(self.record.id, launch.attempt.task_id)
        if key in self.running:
            self.pending.append(Started(*key, self.now))
        else:
            ending = self.ended.get(key, Ending(cause=Cause.LOST, error=StepError("never started")))
            self.pending.append(Ended(*key, ending, self.now))


def _known(run: Run) -> object:
    """What an engine knows of a run, but for what it makes anew."""
    return run.state, run.error, {one.id: _about(one) for one in [*run.scopes.values(), *run.loops.values()]}


def _about(group: Scope | Loop) -> object:
    common = (group.parameters, group.artifacts, group.failed, group.canceled, group.privileged)
    if isinstance(group, Scope):
        return *common, group.unfinished, group.blocked_by
    return *common, group.items, group.begun, group.running


def _moved(row: TaskRecord, change: TaskMoved) -> TaskRecord:
    row = replace(
        row,
        state=change.after,
        attempt=change.attempt,
        error=change.error or row.error,
        finished_at=change.at if change.after in FINAL_TASK_STATES else None,
    )
    if change.move is TaskMove.RETRIED:
        return replace(
            row,
            retry_at=change.detail["retry_at"],
            user_failures=change.detail["user_failures"],
            infrastructure_failures=change.detail["infrastructure_failures"],
        )
    return row
