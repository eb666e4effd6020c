"""The runner `auto`: Python components and importers run as processes, all other steps in containers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from bakehouse.ir.execution import AttemptId, LaunchSpec, Place, RunId, StepError
from bakehouse.orchestrator.events import Ended, Event
from bakehouse.orchestrator.ports import Put, Runner


class Foreseeing(Runner, Protocol):
    """A runner that tells where an attempt would run, too."""

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of the attempt if it is known without making anything, `None` if not; or why there can be none."""


class Auto:
    """Implements `orchestrator.ports.Runner` by two others: `containers` makes the one for containers when a step first needs it.

    Both are made with where they are to put their events, which are passed on by `put`. `in_container` tells, of an attempt that an earlier engine
    started, whether that may be one.
    """

    def __init__(
        self,
        put: Put,
        *,
        processes: Callable[[Put], Foreseeing],
        containers: Callable[[Put], Foreseeing],
        in_container: Callable[[AttemptId], bool],
    ) -> None:
        self._put, self._make, self._in_container = put, containers, in_container
        self._lock = threading.Lock()
        self._taken: dict[AttemptId, Foreseeing] = {}
        self._containers: Foreseeing | None = None
        self._processes = processes(self._passed_on)

    def prepare(self, launch: LaunchSpec) -> None:
        """Make the place of the attempt ready."""
        self._of(launch).prepare(launch)

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of the attempt if it is known without making anything, `None` if not; or why there can be none."""
        return self._of(launch).known(launch)

    def launch(self, launch: LaunchSpec) -> None:
        """Start the attempt."""
        self._taking(launch).launch(launch)

    def adopt(self, launch: LaunchSpec) -> None:
        """Find an attempt that an earlier engine launched."""
        self._taking(launch).adopt(launch)

    def stop(self, attempt: AttemptId) -> None:
        """End the attempt: the runner that has it does. Of one that neither has taken both are told, and one finds nothing of that name."""
        with self._lock:
            taken, containers = self._taken.get(attempt), self._containers
        if taken is None and containers is None and self._in_container(attempt):
            containers = self._of_containers()
        for runner in (taken,) if taken is not None else (self._processes, containers):
            if runner is not None:
                runner.stop(attempt)

    def leave(self, attempt: AttemptId) -> None:
        """Let the attempt go on without the runner that has it."""
        with self._lock:
            taken = self._taken.pop(attempt, None)
        if taken is not None:
            taken.leave(attempt)

    def workspace(self, run_id: RunId) -> str:
        """The path of the folder that all steps of a run share: the same for both."""
        return self._processes.workspace(run_id)

    def close(self) -> None:
        """Let both go."""
        self._processes.close()
        with self._lock:
            containers = self._containers
        if containers is not None:
            containers.close()

    def _of(self, launch: LaunchSpec) -> Foreseeing:
        if launch.program is not None or launch.importing is not None:
            return self._processes
        return self._of_containers()

    def _of_containers(self) -> Foreseeing:
        with self._lock:
            if self._containers is None:
                self._containers = self._make(self._passed_on)
            return self._containers

    def _taking(self, launch: LaunchSpec) -> Foreseeing:
        runner = self._of(launch)
        with self._lock:
            self._taken[launch.attempt] = runner
        return runner

    def _passed_on(self, run_id: RunId, event: Event) -> None:
        if isinstance(event, Ended):
            with self._lock:
                self._taken.pop(AttemptId(run_id, event.task_id, event.attempt), None)
        self._put(run_id, event)
