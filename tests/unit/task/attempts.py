"""Real attempts for tests: a folder, a lock, the runtime as a process, and what is left behind, without the rest of Bakehouse."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import bakehouse

RUNTIME = Path(bakehouse.__file__).parent / "task" / "__main__.py"
#: What every SDK writes before the function of a component.
PRELUDE = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n"
_PATIENCE = 30.0


def interpreters() -> list[str]:
    """The newest interpreter of each Python 3.7 … 3.13 that pyenv has here; the tests' own where it has none."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[tuple[int, ...], str] = {}
    for program in sorted(versions.glob("3.*/bin/python")):
        version = tuple(int(part) for part in program.parts[-3].split(".")[:2] if part.isdigit())
        if version >= (3, 7):
            found[version] = str(program)
    return list(found.values()) or [sys.executable]


#: The same, as parameters of a test.
PYTHONS = [pytest.param(python, id=Path(python).parts[-3]) for python in interpreters()]


@cache
def version_of(python: str) -> tuple[int, int]:
    """Its version, as it says itself."""
    said = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], check=True, capture_output=True, text=True).stdout.split()
    return int(said[0]), int(said[1])


@dataclass
class Attempt:
    """One attempt in its folder. Set what differs from an empty component, then `run` (or `start` and `wait`)."""

    folder: Path
    body: str = "def step():\n    pass\n"
    prelude: str = PRELUDE
    function: str = "step"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    output_parameters: Sequence[str] = ()
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    python: str = sys.executable
    options: Sequence[str] = ("-u", "-s", "-S")
    lock: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> Path:
        """Where its artifacts and the ExecutorOutput document lie."""
        return self.folder / "root"

    def run(self, *, within: float = _PATIENCE) -> Attempt:
        """Start it and wait for its end."""
        self.start()
        return self.wait(within=within)

    def prepare(self) -> Attempt:
        """Make the folder and the launch document."""
        for name in ("work", "outputs", "root"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "launch.json").write_text(json.dumps(self.document()))
        return self

    def start(self) -> Attempt:
        """Start the runtime as a runner does."""
        self.prepare()
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if self.lock:  # the runtime takes it by itself, if it needs any
            fcntl.flock(lock, fcntl.LOCK_UN)
        command = [self.python, *self.options, str(RUNTIME), str(self.folder), self.lock or str(lock)]
        with (self.folder / "runtime.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self.whole_environment(),
                cwd=self.folder / "work",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
            )
        os.close(lock)
        return self

    def wait(self, *, within: float = _PATIENCE) -> Attempt:
        """Wait for the end of the runtime."""
        assert self.process is not None
        self.process.wait(within)
        return self

    def whole_environment(self) -> dict[str, str]:
        """The environment of the step."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "_KFP_RUNTIME": "true", **self.environment}

    def document(self) -> dict[str, Any]:
        """The launch document."""
        given = {name: {"artifacts": list(group)} for name, group in self.inputs.items()}
        made = {name: {"artifacts": [{"name": name, "uri": str(self.root / name), **one}]} for name, one in self.outputs.items()}
        files = {name: {"outputFile": str(self.folder / "outputs" / name)} for name in self.output_parameters}
        document: dict[str, Any] = {
            "version": 1,
            "run_id": "run",
            "pipeline": "pipeline",
            "task": "task",
            "attempt": 1,
            "source": self.prelude + "\n" + textwrap.dedent(self.body),
            "function": self.function,
            "origin": None,
            "executor_input": {
                "inputs": {"parameterValues": dict(self.parameters), "artifacts": given},
                "outputs": {"parameters": files, "artifacts": made, "outputFile": str(self.root / "executor_output.json")},
            },
            "environment": self.whole_environment(),
            "paths": {},
            "stage": [],
            "log_limit": 64 << 20,
            "kill_after": 10.0,
        }
        return {**document, **self.changes}

    # ------------------------------------------------------------ what is left

    @property
    def exit(self) -> dict[str, Any]:
        """The word how it ended."""
        found: dict[str, Any] = json.loads((self.folder / "exit").read_text())
        return found

    @property
    def log(self) -> str:
        """What the step wrote."""
        return (self.folder / "log").read_text(errors="replace")

    @property
    def error(self) -> dict[str, Any]:
        """What went wrong in the user's code; empty where nothing did."""
        path = self.folder / "error.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    @property
    def output(self) -> dict[str, Any]:
        """KFP's ExecutorOutput; empty where the step wrote none."""
        path = self.root / "executor_output.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    @property
    def values(self) -> dict[str, Any]:
        """The output parameters of that document, after a run that succeeded."""
        assert self.exit["code"] == 0, self.log
        assert not (self.folder / "runtime.log").read_text()
        found: dict[str, Any] = self.output.get("parameterValues", {})
        return found

    def locked(self) -> bool:
        """Whether somebody holds the attempt's lock."""
        with (self.folder / "lock").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def stop(self) -> None:
        """Leave word that it is to end, as an engine does."""
        aside = self.folder / ".control"
        aside.write_text('{"stop": true}')
        aside.replace(self.folder / "control")


def until(condition: Callable[[], Any], *, within: float = 10.0) -> Any:
    """Look until it is so, and give what it said."""
    give_up = time.monotonic() + within
    while time.monotonic() < give_up:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError(f"it was not so within {within} s")


def alive(pid: int) -> bool:
    """Whether this process runs: zombies do not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def number_in(path: Path) -> int:
    """The number that a step wrote into this file; 0 as long as it has not."""
    try:
        return int(path.read_text() or 0)
    except FileNotFoundError:
        return 0
