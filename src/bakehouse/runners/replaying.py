"""An attempt once more, in a folder of its own, in the foreground: nothing is claimed, locked or recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse import clock
from bakehouse.errors import Problem
from bakehouse.ir.execution import Ending, LaunchSpec
from bakehouse.orchestrator import launches
from bakehouse.orchestrator.ports import Environment
from bakehouse.runners import fetching, inputs, modules
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector
from bakehouse.runners.inputs import Known
from bakehouse.runners.launch import Limits
from bakehouse.storage.files import Files, local_path
from bakehouse.storage.objects import NoObjects, Objects

#: Seconds for which an attempt that is ended with us may clean up.
_GRACE = 10.0


@dataclass(frozen=True)
class Terminal:
    """Where the step runs: under a debugger, with our standard input, or without; `output` is the descriptor that it prints to."""

    debugger: bool
    output: int


@dataclass(frozen=True)
class Replay:
    """An attempt that is to run again below `scratch`. `launch` is as recorded, but with the place where it runs now.

    `environ` is our own environment; `stage_inputs`: the step gets copies of its inputs, as it did if it ran as root.
    """

    launch: LaunchSpec
    scratch: Path
    store: Files
    runtime: Path
    environment: Environment = Environment.ISOLATED
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stage_inputs: bool = field(default_factory=lambda: os.geteuid() == 0)
    objects: Objects = field(default_factory=NoObjects)

    def run(self, terminal: Terminal) -> Ending:
        """Run it to its end, with outputs below the scratch folder; how it ended.

        Raises `OSError` for what the system refuses, `BadInputs` for modules and objects that are gone, and what an object store raises.
        """
        launch = launches.renumbered(self.launch, str(self.scratch / "artifacts"), self.launch.attempt.number)
        folder = AttemptFolder(self.scratch / "attempt")
        folder.make()
        local_path(launch.root).mkdir(parents=True, exist_ok=True)
        fetching.bring(launch, folder, self.objects)
        copies = launching.copies(launch, folder.path) if self.stage_inputs else ()
        for copy in copies:
            copy.target.parent.mkdir(parents=True, exist_ok=True)
        current = self.environment is Environment.CURRENT
        interpreter = launch.place.interpreter if launch.place else ""
        step = launching.step(launch, interpreter, self.environ, folder=folder, current=current)
        if launch.code is not None:
            modules.unpack(launch.code, folder.modules)
            step = replace(step, modules=str(folder.modules))
        document = launching.document(launch, folder.path, step, copies=[one for one in copies if one.source.exists()], limits=Limits())
        folder.launch.write_text(json.dumps(document))
        mode = "pdb" if terminal.debugger else "plain"
        command = [step.interpreter, *step.options, str(self.runtime), str(folder.path), mode]
        code = _attended(command, step.environment, folder.work, terminal)
        (folder.path / "exit").write_text(json.dumps({"code": None if code < 0 else code, "signal": -code if code < 0 else None}))
        return Collector(self.store, Known(self.store), clock.system).collect(launch, folder)


def missing(launch: LaunchSpec, store: Files) -> Sequence[Problem]:
    """The input artifacts of an attempt that are gone, or are not what they were."""
    return list(inputs.problems(launch, Known(store)))


def _attended(command: Sequence[str], environment: Mapping[str, str], work: Path, terminal: Terminal) -> int:
    """The exit code of a program that has our terminal; that of a signal is negative."""
    stdin = None if terminal.debugger else subprocess.DEVNULL
    with _interrupts_are_the_childs():
        child = subprocess.Popen(command, env=dict(environment), cwd=work, stdin=stdin, stdout=terminal.output, stderr=terminal.output)
        try:
            return child.wait()
        finally:
            if child.poll() is None:  # we are to end
                child.terminate()
                child.wait(_GRACE)


@contextmanager
def _interrupts_are_the_childs() -> Iterator[None]:
    """Ctrl-C goes to all programs of a terminal: the step, or its debugger, decides what it means."""
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)  # not SIG_IGN: a child would inherit that
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
