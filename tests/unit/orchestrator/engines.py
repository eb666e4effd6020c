"""An engine on records and a runner that do what a test wants."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bakehouse.ir.execution import AttemptId, Ending, LaunchSpec, Outputs, Place, RunId, StepError, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.commands import AttemptOpened, Change, Published, RunMoved
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.errors import Claimed
from bakehouse.orchestrator.events import Claimant, Ended, Event, Looked, Prepared
from bakehouse.orchestrator.ports import Put, Request, RunRecord
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.orchestrator.surroundings import Ports

PLACE = Place("/usr/bin/python3", "cpython-3.11.7", "linux-x86_64", "numpy==2.0")
GOOD, BAD = RunId("good"), RunId("bad")


@dataclass
class Rows:
    """Records that do what a test wants; `calls` are what an engine did with its runs."""

    records: dict[RunId, RunRecord]
    calls: list[str] = field(default_factory=list)
    wishes: list[Request] = field(default_factory=list)
    written: list[tuple[RunId, Change]] = field(default_factory=list)
    unwritable: dict[RunId, Exception] = field(default_factory=dict)
    unreleasable: list[Exception] = field(default_factory=list)
    uncached: Exception | None = None
    at_it: dict[str, Claimant] = field(default_factory=dict)  # by key
    unreadable: dict[RunId, Exception] = field(default_factory=dict)
    immovable: list[Exception] = field(default_factory=list)
    left: list[AttemptId] = field(default_factory=list)
    epoch: int = 0
    transactions: int = 0
    asked: list[tuple[str, bool]] = field(default_factory=list)  # a key, and whether a result under it had been recorded

    def beat(self) -> None:
        """Alive."""

    def take(self, run_id: RunId) -> tuple[RunRecord, int] | None:
        """The record, unless it is `unreadable`."""
        self.epoch += 1
        self.calls.append(f"take {run_id} {self.epoch}")
        if run_id in self.unreadable:
            raise self.unreadable[run_id]
        return self.records[run_id], self.epoch

    def put_aside(self, run_id: RunId, reason: StepError) -> Sequence[AttemptId]:
        """Its attempts that are `left`."""
        if self.immovable:
            raise self.immovable.pop()
        self.calls.append(f"aside {run_id}: {reason.message}")
        del self.records[run_id]
        return self.left

    def free_runs(self) -> Sequence[RunId]:
        """All that there are."""
        return list(self.records)

    def write(self, run_id: RunId, epoch: int, changes: Sequence[Change]) -> None:
        """Remember."""
        del epoch
        if run_id in self.unwritable:
            raise self.unwritable[run_id]
        opened = [change for change in changes if isinstance(change, AttemptOpened) and change.claim in self.at_it]
        if opened:
            raise Claimed(claimants={change.launch.attempt.task_id: self.at_it[change.claim] for change in opened})
        self.transactions += 1
        self.written += [(run_id, change) for change in changes]

    def requests(self, run_ids: Sequence[RunId]) -> Sequence[Request]:
        """The `wishes` about them."""
        return [one for one in self.wishes if one.run_id in run_ids]

    def handled(self, request: Request, epoch: int) -> None:
        """The wish is gone."""
        del epoch
        self.wishes.remove(request)

    def look_up(self, namespace: str, key: str, ttl: float = math.inf) -> Looked:
        """Nothing is, and who asked is remembered."""
        del namespace, ttl
        entries = [change.entry for _, change in self.written if isinstance(change, Published)]
        self.asked.append((key, any(entry is not None and entry.key == key for entry in entries)))
        if self.uncached is not None:
            raise self.uncached
        return Looked()

    def claimants(self, namespace: str, keys: Sequence[str]) -> dict[str, Claimant]:
        """Those that are `at_it`."""
        del namespace
        return {key: self.at_it[key] for key in keys if key in self.at_it}

    def cached_in(self, source: RunId, namespace: str, key: str) -> Looked:
        """The same as of the whole cache."""
        del source
        return self.look_up(namespace, key)

    def parts_in(self, source: RunId, namespace: str, task_id: TaskId) -> JsonObject | None:
        """No run has recorded anything."""
        del source, namespace, task_id
        return None

    def changed(self) -> bool:
        """Always."""
        return True

    def overdue(self) -> bool:
        """Never."""
        return False

    def release(self, run_id: RunId, epoch: int) -> None:
        """Remember."""
        if self.unreleasable:
            raise self.unreleasable.pop()
        self.calls.append(f"release {run_id} {epoch}")

    def close(self) -> None:
        """Remember, or fail if it is `stuck`."""
        self.calls.append("close")


@dataclass
class Steps:
    """A runner whose steps end well at once; `slow`: nothing gets ready, `stuck`: it cannot be closed, `broken`: it fails on these runs."""

    put: Put = lambda _run, _event: None
    stuck: bool = False
    slow: bool = False
    broken: frozenset[RunId] = frozenset()
    stopped: list[AttemptId] = field(default_factory=list)
    left: list[AttemptId] = field(default_factory=list)
    launched: list[LaunchSpec] = field(default_factory=list)

    def prepare(self, launch: LaunchSpec) -> None:
        """Ready at once, unless it is `slow`."""
        if launch.attempt.run_id in self.broken:
            raise ValueError("no such place")
        if not self.slow:
            self._say(launch, Prepared(launch.attempt.task_id, PLACE, 1.0))

    def launch(self, launch: LaunchSpec) -> None:
        """It ends at once, and well."""
        self.launched.append(launch)
        self._say(launch, Ended(launch.attempt.task_id, launch.attempt.number, Ending(outputs=Outputs({"n": 1})), 2.0))

    def adopt(self, launch: LaunchSpec) -> None:
        """As if it were launched."""
        self.launch(launch)

    def stop(self, attempt: AttemptId) -> None:
        """Remember."""
        if attempt.run_id in self.broken:
            raise OSError("no such folder")
        self.stopped.append(attempt)

    def leave(self, attempt: AttemptId) -> None:
        """Remember."""
        if attempt.run_id in self.broken:
            raise OSError("no such folder")
        self.left.append(attempt)

    def workspace(self, run_id: RunId) -> str:
        """A folder that nobody makes."""
        return f"/workspaces/{run_id}"

    def close(self) -> None:
        """Remember, or fail if it is `stuck`."""
        if self.stuck:
            raise OSError("a thread does not end")

    def _say(self, launch: LaunchSpec, event: Event) -> None:
        self.put(launch.attempt.run_id, event)


class NoStore:
    """A store without artifacts."""

    def digest(self, uri: str) -> tuple[str, int] | None:
        """Nothing is there."""
        del uri
        return None

    def remove(self, uri: str, *, below: str) -> None:
        """Nothing is there."""


def at_work(rows: Rows, *, steps: Steps | None = None, stop: threading.Event | None = None, shared: bool = False) -> Engine:
    """An engine on these records; `shared`: engines of other homes go on with its steps."""
    runner = steps or Steps()
    ports = Ports(rows, lambda _options: runner, NoStore(), time.time, lambda _run, _changes: None, shares=lambda _options: shared)
    engine = Engine(ports, Capacity(slots=2), stop=stop)
    runner.put = engine.put
    return engine


def moves(rows: Rows, run_id: RunId) -> list[str]:
    """What has become of a run."""
    return [change.move.value for run, change in rows.written if run == run_id and isinstance(change, RunMoved)]


def turned(engine: Engine, turns: int = 12) -> None:
    """Some turns, without waiting."""
    for _ in range(turns):
        engine.turn(wait=0.0)
