"""The engine on real records, with a runner that only pretends and a store in which nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.ir.execution import AttemptId, Cause, Ending, LaunchSpec, RunId, StepError
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.events import Ended, Event, Prepared, Started
from bakehouse.orchestrator.ports import Put
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.orchestrator.surroundings import Ports
from bakehouse.records.database import Records
from bakehouse.records.engines import EngineLock
from tests.records.stories import PLACE, Hand


@dataclass
class Pretending:
    """A runner whose steps end at once, as `ending` says; those of `held` end when they are stopped, or with a runner that does not hold them."""

    hand: Hand
    ending: Callable[[AttemptId], Ending]
    held: frozenset[str] = frozenset()
    put: Put = lambda _run, _event: None
    launched: list[AttemptId] = field(default_factory=list)

    def prepare(self, launch: LaunchSpec) -> None:
        """Every place is ready."""
        self._say(launch, Prepared(launch.attempt.task_id, PLACE, self.hand()))

    def launch(self, launch: LaunchSpec) -> None:
        """Start, and end unless it is held."""
        self.launched.append(launch.attempt)
        self._say(launch, Started(launch.attempt.task_id, launch.attempt.number, self.hand()))
        if launch.attempt.task_id not in self.held:
            self._end(launch)

    def adopt(self, launch: LaunchSpec) -> None:
        """Find it ended, unless it is held."""
        if launch.attempt.task_id not in self.held:
            self._end(launch)

    def stop(self, attempt: AttemptId) -> None:
        """End what is held."""
        error = StepError("terminated")
        self.put(attempt.run_id, Ended(attempt.task_id, attempt.number, Ending(cause=Cause.TERMINATED, error=error), self.hand()))

    def leave(self, attempt: AttemptId) -> None:
        """Nothing is remembered of any attempt."""

    def workspace(self, run_id: RunId) -> str:
        """A folder of the run's own."""
        return f"/workspaces/{run_id}"

    def close(self) -> None:
        """There is nothing to let go of."""

    def _end(self, launch: LaunchSpec) -> None:
        self._say(launch, Ended(launch.attempt.task_id, launch.attempt.number, self.ending(launch.attempt), self.hand()))

    def _say(self, launch: LaunchSpec, event: Event) -> None:
        self.put(launch.attempt.run_id, event)


class Nothing:
    """A store in which everything is as it was recorded."""

    def digest(self, uri: str) -> tuple[str, int] | None:  # noqa: ARG002  # the port's
        """No artifact of these tests has bytes."""
        return None

    def remove(self, uri: str, *, below: str) -> None:
        """There is nothing."""


@contextmanager
def at_work(records: Records, home: Path, runner: Pretending) -> Iterator[Engine]:
    """An engine with this runner."""
    lock = EngineLock.acquire(home)
    ports = Ports(records.driving(lock.id, records.home_id), lambda _options: runner, Nothing(), runner.hand, lambda _run, _changes: None)
    engine = Engine(ports, Capacity(slots=2))
    runner.put = engine.put
    try:
        yield engine
    finally:
        engine.close()
        lock.release()
