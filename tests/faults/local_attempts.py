"""A local runner on a home of its own, its events in a queue, and steps that leave their proof.

A step's first act is to append to a file with O_APPEND: an attempt that was started twice has two lines there.
"""

from __future__ import annotations

import queue
import time
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Generic, Protocol, TypeVar

from bakehouse.ir.execution import Artifact, AttemptId, Ending, LaunchSpec, Program, RunId, TaskId
from bakehouse.ir.spec import ArtifactType, ParameterType
from bakehouse.orchestrator.events import Ended, Event, NotPrepared, Prepared, Started
from bakehouse.orchestrator.ports import Environment, Runner
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.launch import Limits
from bakehouse.runners.local import LocalRunner, Options
from bakehouse.storage.local import LocalStore

DATASET = ArtifactType("system.Dataset", "0.0.1")

_SOURCE = """
from kfp import dsl
from kfp.dsl import *
from typing import *


def f(proof: str, data: Output[Dataset]) -> int:
    import os

    descriptor = os.open(proof, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, (os.environ["BAKEHOUSE_TASK"] + "\\n").encode())
    os.close(descriptor)
{body}
    return 5
"""


def attempt(home: Path, task: str = "step", *, body: str = "", **more: object) -> LaunchSpec:
    """The first attempt of a step that leaves its proof, then does this."""
    identity = AttemptId(RunId("run-1"), TaskId(task), 1)
    root = f"{home}/artifacts/p/{identity.path}"
    lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    launch = LaunchSpec(
        attempt=identity,
        pipeline_name="p",
        image="python:3.11",
        root=root,
        program=Program(source=_SOURCE.format(body=lines), function="f"),
        parameters={"proof": str(home / "proof")},
        output_parameters={"Output": ParameterType.NUMBER_INTEGER},
        output_artifacts={"data": Artifact("data", DATASET, f"{root}/data")},
    )
    return replace(launch, **more)  # type: ignore[arg-type]  # fields of LaunchSpec, by name


def proofs(home: Path) -> list[str]:
    """One line for each step that was ever started."""
    path = home / "proof"
    return path.read_text().splitlines() if path.exists() else []


def until(condition: object, seconds: float = 15.0) -> None:
    """Wait until a function says yes. Fails after that time."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # a function without parameters
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


class HasFolders(Runner, Protocol):
    """A runner whose attempts have folders on this machine."""

    def folder(self, attempt: AttemptId) -> AttemptFolder:
        """The folder of an attempt."""


AnyRunner = TypeVar("AnyRunner", bound=HasFolders)


class Told(Generic[AnyRunner]):
    """A runner, and what it told its engine."""

    def __init__(self, home: Path, runner: AnyRunner, events: queue.SimpleQueue[Event]) -> None:
        self.home, self.runner, self.events = home, runner, events

    def placed(self, launch: LaunchSpec) -> LaunchSpec:
        """The attempt with its place made ready."""
        self.runner.prepare(launch)
        while True:
            event = self.events.get(timeout=60)
            assert not isinstance(event, NotPrepared), event
            if isinstance(event, Prepared):
                return replace(launch, place=event.place)

    def launched(self, launch: LaunchSpec) -> LaunchSpec:
        """Prepare and launch the attempt, and wait until its process runs."""
        launch = self.placed(launch)
        self.runner.launch(launch)
        self.started()
        return launch

    def started(self) -> None:
        """Wait for the next event, which says that a process runs."""
        event = self.events.get(timeout=30)
        assert isinstance(event, Started), event

    def ended(self, seconds: float = 30.0) -> Ending:
        """Wait for the next event, which says that an attempt is over."""
        event = self.events.get(timeout=seconds)
        assert isinstance(event, Ended), event
        return event.ending

    def run(self, launch: LaunchSpec, seconds: float = 30.0) -> Ending:
        """From prepare to end."""
        self.launched(launch)
        return self.ended(seconds)

    def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing more is said."""
        try:
            self.events.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def log(self, launch: LaunchSpec) -> bytes:
        """What the step has printed so far."""
        path = self.runner.folder(launch.attempt).path / "log"
        return path.read_bytes() if path.exists() else b""


class Running(Told[LocalRunner]):
    """A local runner."""

    def __init__(self, home: Path, *, environment: Environment = Environment.ISOLATED, **options: object) -> None:
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        settings = Options(limits=Limits(kill_after=1.0))
        chosen = replace(settings, **options)  # type: ignore[arg-type]  # fields of Options, by name
        runner = LocalRunner(home, lambda _, event: events.put(event), LocalStore(), environment=environment, options=chosen)
        super().__init__(home, runner, events)


def message(ending: Ending) -> str:
    """The sentence that says why."""
    assert ending.error is not None
    return ending.error.message
