"""Who may start next on this machine. Pure, and fair: namespaces take turns, within each its runs, and within each its kinds of steps.

A step that says how many CPUs it needs takes those, any other takes a slot; memory and accelerators are taken by whoever asks for them. A step
that asks for more than there is gets all there is. One that is passed by too often, since what is free never suffices, is kept a place for.
What other engines take of the same machine counts too (`sharing`).
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bakehouse.ir import quantities
from bakehouse.ir.execution import Requests, RunId, TaskId
from bakehouse.orchestrator.sharing import NOBODY, EngineReport, Others

#: What is said of whoever stands in the queue.
WAITING = "waiting for a slot"
_SLOT, _CPU, _MEMORY = "slots", "CPUs", "memory"
#: So many others may start before one that what is free does not suffice for.
_PATIENCE = 20
_ROUNDING = 1e-9  # of fractions of a CPU that are added and taken away

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Capacity:
    """What a machine has: steps at a time that ask for no CPUs, cores, bytes, pieces by kind of accelerator."""

    slots: float = math.inf
    cpu: float = math.inf
    memory: float = math.inf
    accelerators: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """At most so many steps at a time of all runs of one pipeline, or of one namespace; 0: no limit."""

    pipeline: int = 0
    namespace: int = 0


@dataclass(frozen=True)
class Share:
    """A run, as far as it matters who it is. `limit`: at most so many of its steps at a time; 0: no limit of its own.

    `elsewhere`: its steps take nothing of this machine.
    """

    run_id: RunId
    namespace: str = ""
    pipeline: str = ""
    limit: int = 0
    elsewhere: bool = False


@dataclass
class _Lane:
    """Steps of a run that ask for the same, in the order in which they came. `passed`: others that took of it while the first waited."""

    share: Share
    need: Mapping[str, float]
    waiting: deque[TaskId] = field(default_factory=deque)
    passed: int = 0


_Lanes = dict[Requests, _Lane]


class Scheduler:
    """Steps wait in it for their turn and hold what they take until they are released. Not shared between threads."""

    def __init__(self, capacity: Capacity, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._total = {_SLOT: float(capacity.slots), _CPU: capacity.cpu, _MEMORY: capacity.memory, **capacity.accelerators}
        self._taken: defaultdict[str, float] = defaultdict(float)
        #: Whether what it holds is other than when it was last said.
        self.has_changed = False
        self._others = NOBODY
        self._now = 0.0
        self._unserved_since: float | None = None  # while it wants what others may take
        self._queues: dict[str, dict[RunId, _Lanes]] = {}  # by namespace; of each the one whose turn it is comes first
        self._held: dict[RunId, dict[TaskId, Mapping[str, float]]] = {}
        self._shares: dict[RunId, Share] = {}
        self._running: defaultdict[str, int] = defaultdict(int)  # steps that hold something, by what is limited and its name
        self._special: list[_Lane] = []  # those that need more than a slot
        self._told: dict[tuple[RunId, TaskId], str] = {}

    # ------------------------------------------------------------ who waits, and who holds

    def ask(self, share: Share, task_id: TaskId, requests: Requests) -> None:
        """Put a step into the queue."""
        lanes = self._queues.setdefault(share.namespace, {}).setdefault(share.run_id, {})
        lane = lanes.get(requests)
        if lane is None:
            lane = lanes[requests] = _Lane(share, self._need(share, requests))
            if set(lane.need) != {_SLOT}:
                self._special.append(lane)
        lane.waiting.append(task_id)

    def hold(self, share: Share, task_id: TaskId, requests: Requests) -> None:
        """Count an attempt that runs already, started by an earlier engine; this may exceed what there is until it ends. It waits no more."""
        self._leave_queue(share.run_id, task_id)
        if task_id not in self._held.get(share.run_id, {}):
            self._take(share, task_id, self._need(share, requests))

    def release(self, run_id: RunId, task_id: TaskId) -> None:
        """The step needs nothing any more: it has ended, or left the queue. Harmless if it had nothing."""
        if task_id in self._held.get(run_id, {}):
            self._give_back(run_id, task_id)
            return
        self._leave_queue(run_id, task_id)

    def _leave_queue(self, run_id: RunId, task_id: TaskId) -> None:
        for runs in self._queues.values():
            for lane in runs.get(run_id, {}).values():
                if task_id in lane.waiting:
                    lane.waiting.remove(task_id)
        self._told.pop((run_id, task_id), None)

    def forget(self, run_id: RunId) -> None:
        """The run is over, or somebody else's."""
        for runs in self._queues.values():
            runs.pop(run_id, None)
        self._special = [lane for lane in self._special if lane.share.run_id != run_id]
        for task_id in list(self._held.get(run_id, ())):
            self._give_back(run_id, task_id)
        self._shares.pop(run_id, None)
        self._told = {key: why for key, why in self._told.items() if key[0] != run_id}

    def excess(self, requests: Requests) -> str:
        """What of these requests this machine does not have, for the reader; empty if it has all of it."""
        asked = self._asked(requests)
        return "; ".join(
            f"asks for {_amount(kind, asked[kind])}, and this machine has {_number(kind, self._total.get(kind, 0.0))}"
            for kind in asked
            if asked[kind] > self._total.get(kind, 0)
        )

    # ------------------------------------------------------------ beside other engines

    def observe(self, others: Sequence[EngineReport], now: float) -> None:
        """What the other engines of this machine say of themselves at the time `now` (seconds of the machine's own clock)."""
        self._others, self._now = Others(others), now

    def report(self) -> EngineReport:
        """What the others have to know of this engine."""
        wants = self._wants() if self._others else {}
        if not wants:
            self._unserved_since = None
        elif self._unserved_since is None:
            self._unserved_since = self._now
        self.has_changed = False
        held = {kind: amount for kind, amount in self._taken.items() if amount > _ROUNDING}
        return EngineReport(held, {name: count for name, count in self._running.items() if count}, wants, self._unserved_since or 0.0)

    def _wants(self) -> dict[str, float]:
        """What those who could start but for it want, by kind."""
        wants: dict[str, float] = {}
        for lane in self._all_lanes():
            if lane.waiting and not self._limit(lane):
                for kind in {*self._wanting(lane), *self._yielding(lane)}:
                    wants[kind] = max(wants.get(kind, 0.0), lane.need[kind])
        return wants

    def _yielding(self, lane: _Lane) -> list[str]:
        """What others come first for, though it is there."""
        if not self._others:
            return []
        since = math.inf if self._unserved_since is None else self._unserved_since
        return [
            kind
            for kind, amount in lane.need.items()
            if self._others.come_first(kind, amount, mine=self._taken[kind], total=self._total[kind], since=since)
        ]

    # ------------------------------------------------------------ whose turn it is

    @property
    def is_waited_in(self) -> bool:
        """Whether any step waits for its turn."""
        return bool(self._queues)

    def admitted(self) -> list[tuple[RunId, TaskId]]:
        """The steps that may start now. They hold what they need from here on."""
        admitted: list[tuple[RunId, TaskId]] = []
        while (lane := self._next()) is not None:
            task_id = lane.waiting.popleft()
            run_id = lane.share.run_id
            self._take(lane.share, task_id, lane.need)
            self._pass_by(lane)
            self._unserved_since = self._now if self._others else None
            self._told.pop((run_id, task_id), None)
            self._clear(lane)
            admitted.append((run_id, task_id))
        return admitted

    def delayed(self) -> list[tuple[RunId, TaskId, str]]:
        """The first of those that wait for something else than a slot, and for what, if that has changed since it was told."""
        delayed = []
        for lane in self._all_lanes() if self._others or self._told or self._limits != Limits() else self._special:
            if not lane.waiting:
                continue
            key = lane.share.run_id, lane.waiting[0]
            told = self._told.get(key, WAITING)
            why = self._why(lane)
            if why != told:
                self._told[key] = why
                delayed.append((*key, why))
        return delayed

    def _next(self) -> _Lane | None:
        """The lane whose turn it is; it, its run and its namespace go to the end of their lines."""
        if self._free(_SLOT) < 1 and not self._special:
            return None
        kept, scarce = self._kept()
        for namespace, runs in self._queues.items():
            for run_id, lanes in runs.items():
                for requests, lane in lanes.items():
                    if lane.waiting and self._may(lane) and (lane is kept or not scarce & set(lane.need)):
                        _last(lanes, requests)
                        _last(runs, run_id)
                        _last(self._queues, namespace)
                        return lane
        return None

    def _kept(self) -> tuple[_Lane | None, set[str]]:
        """The lane for whose first step what becomes free is kept, since it has been passed by for long; and what that is."""
        patient = [lane for lane in self._special if lane.waiting and lane.passed >= _PATIENCE and not self._limit(lane)]
        if not patient:
            return None, set()
        kept = max(patient, key=lambda lane: lane.passed)
        return kept, set(self._wanting(kept))

    def _may(self, lane: _Lane) -> bool:
        return not self._wanting(lane) and not self._limit(lane) and not self._yielding(lane)

    def _free(self, kind: str) -> float:
        return self._total[kind] - self._taken[kind] - self._others.held[kind]

    def _wanting(self, lane: _Lane) -> list[str]:
        """What is not there for its first step."""
        return [kind for kind, amount in lane.need.items() if amount > self._free(kind) + _ROUNDING]

    def _limit(self, lane: _Lane) -> str:
        """Which limit keeps the steps of a lane waiting."""
        share = lane.share
        if 0 < share.limit <= len(self._held.get(share.run_id, ())):
            return f"at most {share.limit} steps of this run at a time"
        if 0 < self._limits.pipeline <= self._runs_of(_pipeline(share)):
            return f"at most {self._limits.pipeline} steps of this pipeline at a time"
        if 0 < self._limits.namespace <= self._runs_of(_namespace(share)):
            return f"at most {self._limits.namespace} steps of this namespace at a time"
        return ""

    def _runs_of(self, name: str) -> float:
        return self._running[name] + self._others.running[name]

    def _why(self, lane: _Lane) -> str:
        if limit := self._limit(lane):
            return f"waiting: {limit}"
        wanting = self._wanting(lane)
        if special := [kind for kind in wanting if kind != _SLOT]:
            return "waiting for " + ", ".join(
                f"{_amount(kind, lane.need[kind])}: {_number(kind, max(0.0, self._free(kind)))} of {_number(kind, self._total[kind])} free"
                for kind in special
            )
        if wanting and self._others.held[_SLOT]:
            return f"{WAITING}: other engines of this home hold some"
        if not wanting and (yielding := self._yielding(lane)):
            return f"waiting for its turn: other engines of this home want {' and '.join(yielding)} too"
        return WAITING

    # ------------------------------------------------------------ what is taken

    def _asked(self, requests: Requests) -> dict[str, float]:
        asked = {_CPU: requests.cpu, _MEMORY: float(requests.memory), **{kind: float(count) for kind, count in requests.accelerators}}
        return {kind: amount for kind, amount in asked.items() if amount}

    def _need(self, share: Share, requests: Requests) -> dict[str, float]:
        """What is taken: never more than there is, and a slot where no CPUs are asked for."""
        if share.elsewhere:
            return {}
        need = {kind: min(amount, self._total.get(kind, 0.0)) for kind, amount in self._asked(requests).items()}
        return {kind: amount for kind, amount in (need if _CPU in need else {_SLOT: 1.0, **need}).items() if amount}

    def _take(self, share: Share, task_id: TaskId, need: Mapping[str, float]) -> None:
        self._held.setdefault(share.run_id, {})[task_id] = need
        self._shares[share.run_id] = share
        self._count(share, 1)
        self.has_changed = True
        for kind, amount in need.items():
            self._taken[kind] += amount

    def _give_back(self, run_id: RunId, task_id: TaskId) -> None:
        need = self._held[run_id].pop(task_id)
        self._count(self._shares[run_id], -1)
        self.has_changed = True
        for kind, amount in need.items():
            self._taken[kind] -= amount

    def _count(self, share: Share, change: int) -> None:
        for name in (_pipeline(share), _namespace(share)):
            self._running[name] += change

    def _pass_by(self, taken: _Lane) -> None:
        """Those that could not start, and want of what was taken, are passed by once more; the one that starts has been patient enough."""
        taken.passed = 0
        for lane in self._special:
            if lane is not taken and lane.waiting and set(self._wanting(lane)) & set(taken.need):
                lane.passed += 1

    def _clear(self, lane: _Lane) -> None:
        """Nobody stands in this lane any more, so there is none; and no run, and no namespace."""
        share = lane.share
        if lane.waiting:
            return
        runs = self._queues[share.namespace]
        runs[share.run_id] = {requests: one for requests, one in runs[share.run_id].items() if one is not lane}
        self._special = [one for one in self._special if one is not lane]
        if not runs[share.run_id]:
            del runs[share.run_id]
        if not runs:
            del self._queues[share.namespace]

    def _all_lanes(self) -> Iterator[_Lane]:
        return (lane for runs in self._queues.values() for lanes in runs.values() for lane in lanes.values())


def _pipeline(share: Share) -> str:
    return f"pipeline {share.pipeline}"


def _namespace(share: Share) -> str:
    return f"namespace {share.namespace}"


def _last(line: dict[_Key, _Item], key: _Key) -> None:
    line[key] = line.pop(key)


def _number(kind: str, amount: float) -> str:
    return quantities.memory(amount) if kind == _MEMORY else f"{amount:g}"


def _amount(kind: str, amount: float) -> str:
    number = _number(kind, amount)
    if kind == _CPU:
        return quantities.cpus(amount)
    return f"{number} of memory" if kind == _MEMORY else f"{number} {kind}"
