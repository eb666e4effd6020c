"""Tasks that wait for an equal step, and what has become of it. Belongs to the thread of the engine."""

from __future__ import annotations

from bakehouse.ir.execution import RunId, TaskId
from bakehouse.orchestrator.commands import Await
from bakehouse.orchestrator.events import Claimant
from bakehouse.orchestrator.ports import Driving
from bakehouse.orchestrator.run import Run


class Awaited:
    """Which tasks wait for whom. The records tell who runs: another engine may drive the run that is waited for, and die."""

    def __init__(self, driving: Driving) -> None:
        self._driving = driving
        self._waiting: dict[tuple[RunId, TaskId], tuple[str, str, Claimant]] = {}

    def add(self, run: Run, command: Await) -> None:
        """A task waits from now on, for this claimant and no other."""
        self._waiting[run.facts.id, command.task_id] = (run.facts.namespace, command.key, command.claimant)

    def forget(self, run_id: RunId) -> None:
        """The run is over, or somebody else's."""
        for waiting in [one for one in self._waiting if one[0] == run_id]:
            del self._waiting[waiting]

    def changed(self) -> list[tuple[RunId, TaskId]]:
        """The tasks whose claimant does not run any more; they are not watched from here on. Raises `Unavailable`: then all are."""
        wanted: dict[str, set[str]] = {}
        for namespace, key, _ in self._waiting.values():
            wanted.setdefault(namespace, set()).add(key)
        now = {namespace: self._driving.claimants(namespace, sorted(keys)) for namespace, keys in wanted.items()}
        changed = [task for task, (namespace, key, claimant) in self._waiting.items() if now[namespace].get(key) != claimant]
        for task in changed:
            del self._waiting[task]
        return changed
