"""What an engine is given, and what it holds of each run that it drives, or had to drop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bakehouse.clock import Clock
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.ports import Driving, Runner, RunOptions, Store
from bakehouse.orchestrator.run import Run

#: Told after each transaction what was recorded of a run, in the engine's thread.
Observe = Callable[[RunId, Sequence[Change]], None]


@dataclass(frozen=True)
class Ports:
    """What an engine needs from outside. `runner` gives the runner for a run's options."""

    driving: Driving
    runner: Callable[[RunOptions], Runner]
    store: Store
    clock: Clock
    observe: Observe


@dataclass(frozen=True)
class Fault:
    """Why an engine dropped a run, how often it did so, and when (seconds of `time.monotonic`) it may take it again by itself."""

    error: Exception
    count: int
    until: float


@dataclass
class Driven:
    """A run in the engine's hands."""

    run: Run
    epoch: int
    runner: Runner
