"""The one loop that drives runs: drain the queue, decide, write one transaction per run, then act.

All state lives in the records; what the engine holds in memory is a copy of its runs' rows, made anew when it takes a run over.
"""

from __future__ import annotations

import heapq
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from typing_extensions import assert_never

from bakehouse.clock import Clock
from bakehouse.errors import Conflict, Unavailable
from bakehouse.ir.execution import RunId, TaskId
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import (
    Action,
    Adopt,
    AttemptClosed,
    AttemptOpened,
    AttemptStarted,
    Change,
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
from bakehouse.orchestrator.errors import Displaced
from bakehouse.orchestrator.events import Admitted, CachedResult, Due, Event, LookedUp, RunTaken, TerminateRequested
from bakehouse.orchestrator.ports import Driving, Runner, RunOptions, Store
from bakehouse.orchestrator.run import Run, recorded
from bakehouse.orchestrator.slots import Slots

_CHANGES = (TaskMoved, TaskNoted, AttemptOpened, AttemptStarted, AttemptClosed, Published, Consumed, RunMoved)
_POLL = 0.1  # seconds between looks at what other processes wrote
_BEAT = 2.0  # seconds between heartbeats, and between looks for free runs
_LONGEST_WRITE_PAUSE = 5.0

#: Told after each transaction what was recorded of a run, in the engine's thread.
Observe = Callable[[RunId, Sequence[Change]], None]


@dataclass(frozen=True)
class Ports:
    """What an engine needs from outside. `runner` gives the runner for a run's options."""

    driving: Driving
    runner: Callable[[RunOptions], Runner]
    store: Store
    clock: Clock
    observe: Observe


@dataclass
class _Driven:
    """A run in the engine's hands."""

    run: Run
    epoch: int
    runner: Runner


class Engine:
    """Drives runs until told to stop. `put`, `want` and `wake` may be called from any thread; all else belongs to the thread of the loop."""

    def __init__(self, ports: Ports, *, slots: int) -> None:
        self._ports = ports
        self._slots = Slots(slots)
        self._events: queue.SimpleQueue[tuple[RunId, Event] | None] = queue.SimpleQueue()
        self._wanted: queue.SimpleQueue[RunId] = queue.SimpleQueue()
        self._driven: dict[RunId, _Driven] = {}
        self._timers: list[tuple[float, RunId, TaskId]] = []
        self._lookups = ThreadPoolExecutor(max_workers=2, thread_name_prefix="bakehouse-cache")
        self._next_poll = self._next_beat = 0.0
        #: Runs that this engine had to drop, since what it decided did not fit what is recorded.
        self.faults: dict[RunId, Conflict] = {}

    @property
    def driven(self) -> Mapping[RunId, Run]:
        """The runs in the engine's hands, as it knows them now."""
        return {run_id: driven.run for run_id, driven in self._driven.items()}

    def put(self, run_id: RunId, event: Event) -> None:
        """Tell the engine what happened. Never blocks."""
        self._events.put((run_id, event))

    def want(self, run_id: RunId) -> None:
        """Take this run at the next turn if it is free; if it is driven already, look at once at what users want of it. Never blocks."""
        self._wanted.put(run_id)
        self.wake()

    def wake(self) -> None:
        """Make a turn that waits for events return."""
        self._events.put(None)

    # ------------------------------------------------------------ taking and leaving

    def take(self, run_id: RunId) -> bool:
        """Take a run, if it is free and not over."""
        taken = self._ports.driving.take(run_id)
        if taken is None:
            return False
        record, epoch = taken
        self._driven[run_id] = _Driven(recorded(record), epoch, self._ports.runner(record.options))
        self.put(run_id, RunTaken(self._ports.clock()))
        if record.terminate_requested:
            self._next_poll = 0.0
        return True

    def take_free(self) -> None:
        """Take all runs that nobody drives."""
        for run_id in self._ports.driving.free_runs():
            self.take(run_id)

    def _take_wanted(self) -> None:
        for run_id in {self._wanted.get_nowait() for _ in range(self._wanted.qsize())}:
            self._next_poll = 0.0
            if run_id not in self._driven:
                with suppress(Unavailable):  # the look for free runs finds it when the records can be used again
                    self.take(run_id)

    def close(self) -> None:
        """Let go of all runs: their steps go on, and any engine may take them at once."""
        for run_id, driven in self._driven.items():
            self._ports.driving.release(run_id, driven.epoch)
            driven.runner.close()
        self._driven.clear()
        self._lookups.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------ the loop

    def turn(self, *, adopt: bool = False, wait: float = _POLL) -> None:
        """One turn: wait up to `wait` seconds for something to happen, then decide, record and act. `adopt`: take free runs too."""
        happened = self._drained(wait)
        self._take_wanted()
        commands: dict[RunId, list[Command]] = {}
        for run_id, event in happened:
            driven = self._driven.get(run_id)
            if driven is not None:
                driven.run, more = machine.step(driven.run, event)
                commands.setdefault(run_id, []).extend(more)
        for run_id, decided in commands.items():
            self._carry_out(run_id, decided)
        for run_id, task_id in self._slots.admitted():
            self.put(run_id, Admitted(task_id, self._ports.clock()))
        self._look_around(adopt=adopt)

    def _drained(self, wait: float) -> list[tuple[RunId, Event]]:
        now = self._ports.clock()
        happened: list[tuple[RunId, Event]] = []
        while self._timers and self._timers[0][0] <= now:
            _, run_id, task_id = heapq.heappop(self._timers)
            happened.append((run_id, Due(task_id, now)))
        if self._timers:
            wait = min(wait, max(0.0, self._timers[0][0] - now))
        try:
            first = self._events.get(timeout=wait) if not happened else self._events.get_nowait()
            while True:
                if first is not None:
                    happened.append(first)
                first = self._events.get_nowait()
        except queue.Empty:
            return happened

    def _look_around(self, *, adopt: bool) -> None:
        """Heartbeat, free runs and requests: what other processes have to do with this one."""
        now = time.monotonic()
        if now < self._next_poll:
            return
        self._next_poll = now + _POLL
        with suppress(Unavailable):  # another process holds the records for long: at the next look they may be free
            self._look(beat=now >= self._next_beat, adopt=adopt)

    def _look(self, *, beat: bool, adopt: bool) -> None:
        driving = self._ports.driving
        if beat:
            self._next_beat = time.monotonic() + _BEAT
            driving.beat()
            if adopt:
                self.take_free()
        elif not driving.changed():
            return
        for request in driving.requests(tuple(self._driven)):
            self.put(request.run_id, TerminateRequested(self._ports.clock(), by=request.by))
            driving.handled(request, self._driven[request.run_id].epoch)

    def _carry_out(self, run_id: RunId, decided: Sequence[Command]) -> None:
        """Record first, act after. Whoever has lost the run to another engine records nothing and does nothing."""
        driven = self._driven[run_id]
        changes: list[Change] = [command for command in decided if isinstance(command, _CHANGES)]
        try:
            if changes:
                self._write(run_id, driven.epoch, changes)
        except Displaced:
            self._forget(run_id)
            return
        except Conflict as error:
            # What is decided and what is recorded have parted: this run goes no further here, all others do.
            self.faults[run_id] = error
            self._forget(run_id)
            return
        for command in decided:
            if not isinstance(command, _CHANGES):
                self._act(run_id, driven, command)
        if changes:
            self._ports.observe(run_id, changes)

    def _write(self, run_id: RunId, epoch: int, changes: Sequence[Change]) -> None:
        """Write, and wait for records that cannot be written now: a full disk is no reason to lose a run."""
        pause = 0.1
        while not self._written(run_id, epoch, changes):
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_WRITE_PAUSE)

    def _written(self, run_id: RunId, epoch: int, changes: Sequence[Change]) -> bool:
        try:
            self._ports.driving.write(run_id, epoch, changes)
        except Unavailable:
            return False
        return True

    def _act(self, run_id: RunId, driven: _Driven, action: Action) -> None:
        match action:
            case Prepare(launch):
                driven.runner.prepare(launch)
            case LookUp(task_id, key):
                self._look_up(driven.run, task_id, key)
            case Queue(task_id):
                self._slots.ask(run_id, task_id, driven.run.facts.options.max_parallel)
            case Launch(launch):
                driven.runner.launch(launch)
            case Adopt(launch):
                self._slots.hold(run_id, launch.attempt.task_id)
                driven.runner.adopt(launch)
            case Release(task_id):
                self._slots.release(run_id, task_id)
            case Wake(task_id, at):
                heapq.heappush(self._timers, (at, run_id, task_id))
            case Stop(attempt):
                driven.runner.stop(attempt)
            case Leave():
                self._forget(run_id)
            case _:
                assert_never(action)

    def _forget(self, run_id: RunId) -> None:
        self._driven.pop(run_id, None)
        self._slots.forget(run_id)

    # ------------------------------------------------------------ the cache

    def _look_up(self, run: Run, task_id: TaskId, key: str) -> None:
        """Find a result and see that its artifacts are still what they were: read anew, in a thread of its own if there are any."""
        found = self._ports.driving.cached(run.facts.namespace, key)
        if found is None or not found.outputs.artifacts:
            self.put(run.facts.id, LookedUp(task_id, found, self._ports.clock()))
            return
        self._lookups.submit(self._checked, run.facts.id, task_id, found)

    def _checked(self, run_id: RunId, task_id: TaskId, found: CachedResult) -> None:
        try:
            problem = damage(found, self._ports.store)
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the task must not wait for an answer that never comes
            problem = f"the cached result could not be checked: {error}"
        result = None if problem else found
        self.put(run_id, LookedUp(task_id, result, self._ports.clock(), note=problem))


def damage(found: CachedResult, store: Store) -> str:
    """What has happened to the artifacts of a cached result since it was recorded; empty when they are all unchanged."""
    for name, group in found.outputs.artifacts.items():
        for artifact in group:
            if not artifact.digest:
                continue  # its bytes were never read: the key knows it by its address
            try:
                now = store.digest(artifact.uri)
            except Unavailable as error:
                return f"{name} at {artifact.uri} cannot be read: {error.message}"
            if artifact.size and now is None:
                return f"{name} is gone from {artifact.uri}"
            if now is not None and now[0] != artifact.digest:
                return f"{name} at {artifact.uri} was changed after it was recorded"
    return ""
