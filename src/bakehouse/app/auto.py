"""The runner `auto`: Python components and importers run as processes, all other steps in containers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from bakehouse.ir.execution import AttemptId, LaunchSpec, Place, RunId, StepError
from bakehouse.orchestrator.ports import Runner


class Foreseeing(Runner, Protocol):
    """A runner that tells where an attempt would run, too."""

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of the attempt if it is known without making anything, `None` if not; or why there can be none."""


class Auto:
    """Implements `orchestrator.ports.Runner` by two others: `containers` makes the one for containers when a step first needs it."""

    def __init__(self, processes: Foreseeing, containers: Callable[[], Foreseeing]) -> None:
        self._processes, self._make = processes, containers
        self._lock = threading.Lock()
        self._containers: Foreseeing | None = None

    def prepare(self, launch: LaunchSpec) -> None:
        """Make the place of the attempt ready."""
        self._of(launch).prepare(launch)

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of the attempt if it is known without making anything, `None` if not; or why there can be none."""
        return self._of(launch).known(launch)

    def launch(self, launch: LaunchSpec) -> None:
        """Start the attempt."""
        self._of(launch).launch(launch)

    def adopt(self, launch: LaunchSpec) -> None:
        """Find an attempt that an earlier engine launched."""
        self._of(launch).adopt(launch)

    def stop(self, attempt: AttemptId) -> None:
        """End the attempt: whichever runner has it does, the other finds nothing of that name."""
        self._processes.stop(attempt)
        with self._lock:
            containers = self._containers
        if containers is not None:
            containers.stop(attempt)

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
        with self._lock:
            if self._containers is None:
                self._containers = self._make()
            return self._containers
