"""Who may start next on this machine: one queue per run, taken in turn, so that a wide run never starves a narrow one."""

from __future__ import annotations

from collections import deque

from bakehouse.ir.execution import RunId, TaskId


class Slots:
    """`total` attempts at a time; a run may ask for fewer (`limit`, 0: no limit of its own). Not shared between threads."""

    def __init__(self, total: int) -> None:
        self._free = total
        self._queues: dict[RunId, deque[TaskId]] = {}
        self._limits: dict[RunId, int] = {}
        self._held: dict[RunId, set[TaskId]] = {}

    def ask(self, run_id: RunId, task_id: TaskId, limit: int) -> None:
        """Put a task into its run's queue."""
        self._limits[run_id] = limit
        self._queues.setdefault(run_id, deque()).append(task_id)

    def hold(self, run_id: RunId, task_id: TaskId) -> None:
        """Count an attempt that runs already, started by an earlier engine; this may exceed the total until it ends."""
        held = self._held.setdefault(run_id, set())
        if task_id not in held:
            held.add(task_id)
            self._free -= 1

    def release(self, run_id: RunId, task_id: TaskId) -> None:
        """The task needs no slot any more: it has ended, or left the queue. Harmless if it had none."""
        held = self._held.get(run_id, set())
        if task_id in held:
            held.remove(task_id)
            self._free += 1
        elif task_id in self._queues.get(run_id, ()):
            self._queues[run_id].remove(task_id)

    def forget(self, run_id: RunId) -> None:
        """The run is over, or somebody else's."""
        self._queues.pop(run_id, None)
        self._limits.pop(run_id, None)
        self._free += len(self._held.pop(run_id, ()))

    def admitted(self) -> list[tuple[RunId, TaskId]]:
        """The tasks that may start now: one from each run in turn while slots are free. They hold their slots from here on."""
        admitted: list[tuple[RunId, TaskId]] = []
        while self._free > 0:
            run_id = next((one for one in self._queues if self._may(one)), None)
            if run_id is None:
                break
            queue = self._queues.pop(run_id)
            task_id = queue.popleft()
            if queue:
                self._queues[run_id] = queue  # goes to the end of the order: the next run comes first
            self.hold(run_id, task_id)
            admitted.append((run_id, task_id))
        return admitted

    def _may(self, run_id: RunId) -> bool:
        limit = self._limits.get(run_id, 0)
        return bool(self._queues[run_id]) and (limit == 0 or len(self._held.get(run_id, ())) < limit)
