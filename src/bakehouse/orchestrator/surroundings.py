"""What an engine is given, and what it holds of each run that it drives, or had to drop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bakehouse.clock import Clock
from bakehouse.ir.execution import AttemptId, RunId
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.ports import Driving, Machine, Runner, RunOptions, Store
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.sharing import EngineReport

_log = logging.getLogger("bakehouse.engine")

#: Told after each transaction what was recorded of a run, in the engine's thread.
Observe = Callable[[RunId, Sequence[Change]], None]


class Alone:
    """A machine without other engines."""

    def exchange(self, report: Callable[[Sequence[EngineReport]], EngineReport]) -> bool:
        """Nobody says anything, and nobody hears it."""
        report(())
        return True


def only_here(options: RunOptions) -> bool:
    """What runs here is nowhere else."""
    del options
    return False


@dataclass(frozen=True)
class Ports:
    """What an engine needs from outside. `runner` gives the runner for a run's options.

    `shares`: whether an engine of another home that takes over a run with these options goes on with the steps that run.
    """

    driving: Driving
    runner: Callable[[RunOptions], Runner]
    store: Store
    clock: Clock
    observe: Observe
    machine: Machine = field(default_factory=Alone)
    shares: Callable[[RunOptions], bool] = only_here


@dataclass(frozen=True)
class Fault:
    """Why an engine dropped a run, how often it did so, and when (seconds of `time.monotonic`) it may take it again by itself."""

    error: Exception
    count: int
    until: float


@dataclass
class Driven:
    """A run in the engine's hands. `shared`: an engine of another home that takes it over goes on with its steps."""

    run: Run
    epoch: int
    runner: Runner
    shared: bool


class Complaint:
    """Says once that something cannot be done now, and once that it can be done again, however often it is tried in between."""

    def __init__(self, what: str) -> None:
        self._what, self._made = what, False

    def make(self, error: Exception) -> None:
        """It cannot be done, for this reason."""
        if not self._made:
            _log.warning("%s: %s", self._what, error)
        self._made = True

    def settle(self, well: str) -> None:
        """It is done; `well` says so where it could not be."""
        if self._made:
            _log.warning(well)
        self._made = False


def abandon(runner: Runner, attempt: AttemptId) -> None:
    """End an attempt for which nobody waits any more."""
    try:
        runner.stop(attempt)
    except Exception:  # noqa: BLE001  # whatever it is, it is about this attempt
        _log.exception("attempt %s cannot be told to stop", attempt.path)


def leave(runner: Runner, attempt: AttemptId) -> None:
    """Let go of an attempt that an engine of another home follows now."""
    try:
        runner.leave(attempt)
    except Exception:  # noqa: BLE001  # whatever it is, it is about this attempt
        _log.exception("attempt %s cannot be left to another engine", attempt.path)
