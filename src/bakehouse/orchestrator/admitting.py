"""Admission of steps to the machine: they queue, and hold what they take until they leave. Belongs to the thread of the engine's loop."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from bakehouse.clock import Clock
from bakehouse.ir.execution import LaunchSpec, Requests, RunId, StepError, TaskId
from bakehouse.orchestrator.events import Admitted, Delayed, NotPrepared
from bakehouse.orchestrator.ports import Machine, Put, RunnerKind
from bakehouse.orchestrator.run import Run, Task
from bakehouse.orchestrator.scheduling import Scheduler, Share
from bakehouse.orchestrator.sharing import EngineReport

_SAID_EVERY = 2.0  # seconds, also while nothing changes: what an engine said long ago does not count
_CHANGES_ALONE = 0.1  # seconds between reports of what was given back, while nobody else is there to take it


class Admission:
    """Tells the engine by `put` who may start, or what they wait for. `machine` is what other engines share with it."""

    def __init__(self, scheduler: Scheduler, machine: Machine, put: Put, clock: Clock) -> None:
        self._scheduler, self._machine, self._put, self._clock = scheduler, machine, put, clock
        self._last_said = -math.inf
        self._is_alone = False

    def enqueue(self, run: Run, task: Task) -> None:
        """The step waits for its turn, unless it asks for more than there is and must not do with less."""
        requests = task.launch.requests if task.launch else Requests()
        share = _share(run)
        excess = self._scheduler.excess(requests) if run.facts.options.strict_resources and not share.elsewhere else ""
        if excess:
            remedy = "Run it on a larger machine, let it ask for less, or run without --strict-resources: then it gets all there is."
            self._put(run.facts.id, NotPrepared(task.id, StepError(message=excess, remedy=remedy), self._clock()))
        else:
            self._scheduler.ask(share, task.id, requests)

    def hold(self, run: Run, launch: LaunchSpec) -> None:
        """Count an attempt that an earlier engine let in."""
        self._scheduler.hold(_share(run), launch.attempt.task_id, launch.requests)

    def release(self, run_id: RunId, task_id: TaskId) -> None:
        """The step leaves, from the machine or from the queue."""
        self._scheduler.release(run_id, task_id)

    def forget(self, run_id: RunId) -> None:
        """All steps of the run leave."""
        self._scheduler.forget(run_id)

    def admit(self) -> None:
        """Let those start whose turn it is, among the steps of all engines of this machine."""
        now = time.monotonic()
        age = now - self._last_said
        changed = self._scheduler.has_changed and (not self._is_alone or age >= _CHANGES_ALONE)
        if (self._scheduler.is_waited_in or changed or age >= _SAID_EVERY) and self._machine.exchange(self._said):
            self._last_said = now

    def _said(self, others: Sequence[EngineReport]) -> EngineReport:
        self._is_alone = not others
        self._scheduler.observe(others, time.monotonic())
        for run_id, task_id in self._scheduler.admitted():
            self._put(run_id, Admitted(task_id, self._clock()))
        for run_id, task_id, why in self._scheduler.delayed():
            self._put(run_id, Delayed(task_id, why, self._clock()))
        return self._scheduler.report()


def _share(run: Run) -> Share:
    """A run as the scheduler knows it."""
    facts = run.facts
    elsewhere = facts.options.runner is RunnerKind.KUBERNETES
    return Share(facts.id, facts.namespace, facts.pipeline.info.name, facts.options.max_parallel, elsewhere)
