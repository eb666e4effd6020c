"""Who computes what in a simulated world: the run itself, and another one that is sometimes quicker."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bakehouse.ir.execution import RunId, TaskId
from bakehouse.orchestrator.commands import AttemptOpened, Await, Command
from bakehouse.orchestrator.events import Claimant

_RIVAL = RunId("rival")


@dataclass
class Claims:
    """The claims on cache keys. `rivalled`: how often another run comes first to a key; it does so once for each, and its result is of no use."""

    run_id: RunId
    rng: random.Random
    rivalled: float
    held: dict[str, Claimant] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    awaited: dict[TaskId, Await] = field(default_factory=dict)

    def refused(self, commands: Sequence[Command]) -> dict[TaskId, Claimant]:
        """The attempts that cannot start, since an equal step runs."""
        opened = [one for one in commands if isinstance(one, AttemptOpened) and one.claim]
        found = {one.launch.attempt.task_id: self.on(one.claim) for one in opened}
        return {task_id: one for task_id, one in found.items() if one is not None}

    def on(self, key: str) -> Claimant | None:
        """Who computes what stands under a key now."""
        if key not in self.held and key not in self.known and self.rng.random() < self.rivalled:
            self.known.add(key)
            self.held[key] = Claimant(_RIVAL, "a rival", TaskId("same"), 1)
        return self.held.get(key)

    def opened(self, change: AttemptOpened) -> None:
        """An attempt starts."""
        if change.claim:
            assert change.claim not in self.held, "two equal steps at a time"
            self.held[change.claim] = Claimant(self.run_id, "", change.launch.attempt.task_id, change.launch.attempt.number)

    def closed(self, task_id: TaskId) -> None:
        """The attempt of a task is over, and its claim with it, whether the engine knew of it or not."""
        self.held = {key: one for key, one in self.held.items() if (one.run_id, one.task_id) != (self.run_id, task_id)}

    def rivals(self) -> list[str]:
        """The keys that the other run has claimed."""
        return sorted(key for key, one in self.held.items() if one.run_id == _RIVAL)

    def end_one(self) -> None:
        """A step of the other run ends."""
        del self.held[self.rng.choice(self.rivals())]

    def changed(self) -> list[TaskId]:
        """Which tasks wait for somebody who does not run any more."""
        return [one.task_id for one in self.awaited.values() if self.held.get(one.key) != one.claimant]

    def choices(self, tell: Callable[[TaskId], None]) -> list[Callable[[], None]]:
        """What can happen: a step of the other run ends, the engine hears of a claim that has changed."""
        return [*([self.end_one] if self.rivals() else []), *([lambda: self._hear(tell)] if self.changed() else [])]

    def _hear(self, tell: Callable[[TaskId], None]) -> None:
        for task_id in self.changed():
            del self.awaited[task_id]
            tell(task_id)
