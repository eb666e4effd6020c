"""The one loop that drives runs: drain the queue, decide, write one transaction per run, then act.

All state lives in the records; what the engine holds in memory is a copy of its runs' rows, made anew when it takes a run over.
"""

from __future__ import annotations

import heapq
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from typing_extensions import assert_never

from bakehouse.errors import BakehouseError, Unavailable
from bakehouse.ir.execution import RunId, StepError, TaskId
from bakehouse.orchestrator import duplicates
from bakehouse.orchestrator.admitting import Admission
from bakehouse.orchestrator.awaited import Awaited
from bakehouse.orchestrator.commands import (
    Action,
    Adopt,
    Await,
    Change,
    Launch,
    Leave,
    LookUp,
    Prepare,
    Queue,
    Release,
    Stop,
    Wake,
)
from bakehouse.orchestrator.deciding import Decided
from bakehouse.orchestrator.errors import Claimed, Displaced, Unreadable
from bakehouse.orchestrator.events import (
    Claimant,
    ClaimChanged,
    Due,
    Event,
    Looked,
    LookedUp,
    RunTaken,
    TerminateRequested,
)
from bakehouse.orchestrator.lookups import Lookups
from bakehouse.orchestrator.ports import Request, RequestKind, Runner, RunOptions
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.scheduling import Capacity, Limits, Scheduler
from bakehouse.orchestrator.states import RunState
from bakehouse.orchestrator.surroundings import Complaint, Driven, Fault, Ports, abandon, leave

_MOST_ROUNDS, _MOST_COMMANDS = 16, 2_000  # in one turn: what waits for its transaction does not wait for long
_POLL = 0.1  # seconds between looks at what other processes wrote
_BEAT = 2.0  # seconds between heartbeats, and between looks for free runs
_SHORTEST_WRITE_PAUSE, _LONGEST_WRITE_PAUSE = 0.1, 5.0
_SHORTEST_REST, _LONGEST_REST = 5.0, 600.0  # seconds in which an engine leaves a run alone that it had to drop

_log = logging.getLogger("bakehouse.engine")


class Engine:
    """Drives runs until told to stop. `put`, `want` and `wake` may be called from any thread; all else belongs to the thread of the loop.

    `stop`: once it is set, a turn does not wait for records that cannot be written, but returns.
    """

    def __init__(self, ports: Ports, capacity: Capacity, limits: Limits | None = None, *, stop: threading.Event | None = None) -> None:
        self._ports = ports
        self._stop = stop or threading.Event()
        self._admission = Admission(Scheduler(capacity, limits), ports.machine, self.put, ports.clock)
        self._events: queue.SimpleQueue[tuple[RunId, Event] | None] = queue.SimpleQueue()
        self._wanted: queue.SimpleQueue[RunId] = queue.SimpleQueue()
        self._driven: dict[RunId, Driven] = {}
        self._runners: dict[int, Runner] = {}  # all that it has used, each once
        self._timers: list[tuple[float, RunId, TaskId]] = []
        self._keys: set[str] = set()  # of results that this turn has still to record: whoever asks for them waits for that
        self._lookups = Lookups(ports.driving, ports.store)
        self._awaited = Awaited(ports.driving)
        self._unseen = Complaint("free runs, and what users want, cannot be seen until the records can be used")
        self._next_poll = self._next_beat = 0.0
        self._owed: deque[tuple[RunId, int]] = deque()  # runs that are still to be released, with their epochs
        #: Runs that this engine had to drop: what is decided and what is recorded have parted, or it cannot be driven at all.
        self.faults: dict[RunId, Fault] = {}

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
        """Take a run, if it is free and not over. One that cannot be driven is in `faults` then; one that cannot be read is put aside."""
        epoch = None
        try:
            taken = self._ports.driving.take(run_id)
            if taken is None:
                return False
            record, epoch = taken
            runner = self._ports.runner(record.options)
            self._runners[id(runner)] = runner
            record = replace(record, workspace=runner.workspace(run_id))
            self._driven[run_id] = Driven(recorded(record), epoch, runner, self._ports.shares(record.options))
        except Unreadable as error:
            self._put_aside(run_id, epoch, error)
            return False
        except Exception as error:
            if epoch is None and isinstance(error, Unavailable):
                raise
            self._drop(run_id, epoch, error)
            return False
        self.put(run_id, RunTaken(self._ports.clock()))
        if record.terminated_by is not None and record.state is not RunState.CANCELING:
            self.put(run_id, TerminateRequested(self._ports.clock(), by=record.terminated_by, now=record.at_once))
        return True

    def take_free(self) -> None:
        """Take all runs that nobody drives, but those that this engine had to drop a while ago."""
        for run_id in self._ports.driving.free_runs():
            fault = self.faults.get(run_id)
            if fault is None or fault.until <= time.monotonic():
                self.take(run_id)

    def _take_wanted(self) -> None:
        for run_id in {self._wanted.get_nowait() for _ in range(self._wanted.qsize())}:
            self._next_poll = 0.0
            if run_id not in self._driven:
                try:
                    self.take(run_id)
                except Unavailable as error:  # the look for free runs finds it when the records can be used again
                    self._unseen.make(error)

    def close(self) -> None:
        """Let go of all runs: their steps go on, and any engine may take them at once. Twice is once."""
        self._owed.extend((run_id, driven.epoch) for run_id, driven in self._driven.items())
        self._driven.clear()
        with ExitStack() as ending:  # each of these whatever becomes of the others
            ending.callback(self._ports.driving.close)
            ending.callback(self._lookups.close)
            for runner in self._runners.values():
                ending.callback(runner.close)
            ending.callback(self._release_at_the_end)

    def _release_at_the_end(self) -> None:
        try:
            self._release_owed()
        except Unavailable as error:
            # The lock of the engine ends with it, and frees its runs.
            _log.warning("what this engine drove is free once its process has ended: %s", error)
            self._owed.clear()

    def _release_owed(self) -> None:
        while self._owed:
            self._ports.driving.release(*self._owed[0])
            self._owed.popleft()

    def _drop(self, run_id: RunId, epoch: int | None, error: Exception) -> None:
        """Give up a run that cannot go on here; all others do. It is released: another engine, or this one later, may begin from its rows."""
        before = self.faults.get(run_id)
        count = before.count + 1 if before else 1
        rest = min(_SHORTEST_REST * 2.0 ** (count - 1), _LONGEST_REST)
        self.faults[run_id] = Fault(error, count, time.monotonic() + rest)
        foreseen = isinstance(error, BakehouseError)
        _log.error("run %s cannot be driven on: %s", run_id, error if foreseen else repr(error), exc_info=None if foreseen else error)
        self._forget(run_id)
        if epoch is not None:
            self._owed.append((run_id, epoch))
        self._next_poll = 0.0

    def _put_aside(self, run_id: RunId, epoch: int | None, error: Unreadable) -> None:
        """Record why no engine can drive a run, and stop what is left of it; where that cannot be done now, it is tried again later."""
        try:
            left = self._ports.driving.put_aside(run_id, StepError(message=error.message, remedy=error.remedy or ""))
        except Exception as trouble:  # noqa: BLE001  # whatever it is, it is about this run
            _log.warning("run %s cannot be put aside now: %s", run_id, trouble)
            self._drop(run_id, epoch, error)
            return
        self.faults.pop(run_id, None)
        _log.error("run %s is put aside: %s", run_id, error)
        for attempt in left:
            abandon(self._ports.runner(RunOptions()), attempt)

    # ------------------------------------------------------------ the loop

    def turn(self, *, adopt: bool = False, wait: float = _POLL) -> None:
        """One turn: wait up to `wait` seconds for something to happen, then decide, record and act. `adopt`: take free runs too."""
        decided: dict[RunId, Decided] = {}
        for number in range(_MOST_ROUNDS):
            happened = self._drained(0.0 if number else wait)
            self._take_wanted()
            for run_id, event in happened:
                self._decide(run_id, event, decided)
            self._admission.admit()
            if not happened or sum(len(one.later) for one in decided.values()) > _MOST_COMMANDS:
                break
        self._keys.clear()
        for run_id, turn in decided.items():
            self._carry_out(run_id, self._driven[run_id], turn)
        self._look_around(adopt=adopt)

    def _decide(self, run_id: RunId, event: Event, decided: dict[RunId, Decided]) -> None:
        """What must be recorded, or done only when that is recorded, is left for `later`; the rest is done here."""
        driven = self._driven.get(run_id)
        if driven is None:
            return
        try:
            self._heed(run_id, driven, event, decided.setdefault(run_id, Decided(driven.run)))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is about this run
            decided.pop(run_id, None)
            self._drop(run_id, driven.epoch, error)

    def _heed(self, run_id: RunId, driven: Driven, event: Event, turn: Decided) -> None:
        for action in turn.heed(driven, event, self._keys):
            self._act(run_id, driven, action)

    def _decide_anew(self, run_id: RunId, driven: Driven, turn: Decided, claimants: Mapping[TaskId, Claimant]) -> None:
        """Nothing of this turn was recorded: equal steps run already. Those that were to start wait for them; the rest is as it was."""
        again, driven.run = Decided(turn.before, earlier=turn.done), turn.before
        try:
            for event in duplicates.yielding(turn.events, claimants):
                self._heed(run_id, driven, event, again)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is about this run
            self._drop(run_id, driven.epoch, error)
        else:
            self._carry_out(run_id, driven, again)

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
        try:
            self._look(beat=now >= self._next_beat, adopt=adopt)
            for run_id, task_id in self._awaited.changed():
                self.put(run_id, ClaimChanged(task_id, self._ports.clock()))
        except Unavailable as error:  # away, or another process holds them for long: at the next look they may be free
            self._unseen.make(error)
        else:
            self._unseen.settle("the records can be used again")

    def _look(self, *, beat: bool, adopt: bool) -> None:
        driving = self._ports.driving
        self._release_owed()
        if beat:
            self._next_beat = time.monotonic() + _BEAT
            driving.beat()
        overdue = driving.overdue()
        if adopt and (beat or overdue):
            self.take_free()
        if not driving.changed() and not beat:
            return
        for request in driving.requests(tuple(self._driven)):
            self._heed_request(request)
            driving.handled(request, self._driven[request.run_id].epoch)

    def _heed_request(self, request: Request) -> None:
        match request.kind:
            case RequestKind.TERMINATE | RequestKind.TERMINATE_NOW:
                now = request.kind is RequestKind.TERMINATE_NOW
                self.put(request.run_id, TerminateRequested(self._ports.clock(), by=request.by, now=now))
            case _:
                assert_never(request.kind)

    def _carry_out(self, run_id: RunId, driven: Driven, turn: Decided) -> None:
        """Record first, act after. Whoever has lost the run to another engine records nothing and does nothing."""
        changes: list[Change] = [command for command in turn.later if isinstance(command, Change)]
        try:
            if changes and not self._written(run_id, driven.epoch, changes):
                # What is in memory is ahead of the records: whoever drives the run next begins from its rows.
                self._forget(run_id)
                self._owed.append((run_id, driven.epoch))
                return
            for command in turn.later:
                if not isinstance(command, Change):
                    self._act(run_id, driven, command)
            if changes:
                self._ports.observe(run_id, changes)
        except Displaced as error:
            self._forget(run_id)
            if error.elsewhere:
                for attempt in driven.run.open_attempts:
                    (leave if driven.shared else abandon)(driven.runner, attempt)
        except Claimed as refused:
            self._decide_anew(run_id, driven, turn, refused.claimants)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is about this run
            self._drop(run_id, driven.epoch, error)

    def _written(self, run_id: RunId, epoch: int, changes: Sequence[Change]) -> bool:
        """Write, and wait for records that cannot be written now: a full disk is no reason to lose a run. `False` if told to stop meanwhile."""
        pause, complaint = _SHORTEST_WRITE_PAUSE, Complaint(f"run {run_id} waits until it can be recorded")
        while True:
            try:
                self._ports.driving.write(run_id, epoch, changes)
            except Unavailable as error:
                complaint.make(error)
            else:
                complaint.settle(f"run {run_id} is recorded again")
                return True
            if self._stops_within(pause):
                return False
            pause = min(pause * 2, _LONGEST_WRITE_PAUSE)

    def _stops_within(self, seconds: float) -> bool:
        # Looked at, not waited for: a handler of signals that sets an event for which its own thread waits can wait forever.
        give_up = time.monotonic() + seconds
        while not self._stop.is_set() and time.monotonic() < give_up:
            time.sleep(_SHORTEST_WRITE_PAUSE)
        return self._stop.is_set()

    def _act(self, run_id: RunId, driven: Driven, action: Action) -> None:  # noqa: C901  # one arm for each kind of action
        match action:
            case Prepare(launch):
                driven.runner.prepare(launch)
            case LookUp(task_id, key):
                self._lookups.ask(driven.run, driven.run.tasks[task_id], key, self._answer(run_id, task_id))
            case Await():
                self._awaited.add(driven.run, action)
            case Queue(task_id):
                self._admission.enqueue(driven.run, driven.run.tasks[task_id])
            case Launch(launch):
                driven.runner.launch(launch)
            case Adopt(launch):
                self._admission.hold(driven.run, launch)
                driven.runner.adopt(launch)
            case Release(task_id):
                self._admission.release(run_id, task_id)
            case Wake(task_id, at):
                heapq.heappush(self._timers, (at, run_id, task_id))
            case Stop(attempt):
                driven.runner.stop(attempt)
            case Leave():
                self._forget(run_id)
                self.faults.pop(run_id, None)
            case _:
                assert_never(action)

    def _answer(self, run_id: RunId, task_id: TaskId) -> Callable[[Looked], None]:
        return lambda found: self.put(run_id, LookedUp(task_id, found.result, self._ports.clock(), found.note, found.because, found.claimant))

    def _forget(self, run_id: RunId) -> None:
        self._driven.pop(run_id, None)
        self._admission.forget(run_id)
        self._awaited.forget(run_id)
