"""A home of its own for one test, with the command line beside it, and proof from outside of what steps did.

A step's first act is to append `run task attempt` to a file with O_APPEND: whatever the records say, an attempt that was started
twice has two lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ENDED = {"SUCCEEDED", "FAILED", "CANCELED"}

#: A step that leaves its proof, prints, works for a while and returns a number.
_STEP = """
from kfp import dsl


@dsl.component
def work(proof: str, number: int, seconds: float) -> int:
    import os
    import time

    line = " ".join(os.environ[name] for name in ("BAKEHOUSE_RUN_ID", "BAKEHOUSE_TASK", "BAKEHOUSE_ATTEMPT"))
    descriptor = os.open(proof, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{line}\\n".encode())
    os.close(descriptor)
    for tick in range(10):
        print(f"tick {tick} of {number}")
        time.sleep(seconds / 10)
    return number
"""

#: Two chains side by side that meet: something runs and something waits at every moment.
PIPELINE = (
    _STEP
    + """

@dsl.pipeline(name="faulty")
def faulty(proof: str, seconds: float = 0.5, length: int = 4):
    ends = []
    for chain in range(2):
        task = None
        for step in range(LENGTH):
            after, task = task, work(proof=proof, number=chain * 10 + step, seconds=seconds).set_caching_options(False)
            if after is not None:
                task.after(after)
        ends.append(task)
    work(proof=proof, number=99, seconds=seconds).set_caching_options(False).after(*ends)
"""
)


@dataclass
class Home:
    """A Bakehouse home below `folder`, and the file in which steps leave their proof. `database`: where its records lie, if not there."""

    folder: Path
    database: str = ""

    @property
    def path(self) -> Path:
        """BAKEHOUSE_HOME."""
        return self.folder / "home"

    @property
    def proof(self) -> Path:
        """The file of proofs."""
        return self.folder / "proof"

    def environ(self) -> dict[str, str]:
        """The environment of the command line."""
        return {**os.environ, "BAKEHOUSE_HOME": str(self.path), "BAKEHOUSE_DATABASE": self.database}

    def write(self, text: str, name: str = "pipeline.py") -> Path:
        """A pipeline file."""
        file = self.folder / name
        file.write_text(text)
        return file

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `bakehouse ARGUMENTS`, its words in a file of this folder."""
        with (self.folder / "words").open("ab") as words:
            return subprocess.Popen(
                [sys.executable, "-m", "bakehouse", *arguments],
                env=self.environ(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )

    def call(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run `bakehouse ARGUMENTS` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "bakehouse", *arguments],
            env=self.environ(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def run(self, file: Path, *arguments: str, timeout: float = 120) -> dict[str, Any]:
        """`bakehouse run FILE ARGUMENTS --output json`: what it says, whatever the state; standard output must be one JSON document."""
        done = self.call("run", str(file), *arguments, "--output", "json", timeout=timeout)
        try:
            said: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"not one JSON document: {done.stdout!r}\n{done.stderr}") from None
        return {**said, "exit_code": done.returncode}

    def runs(self, *options: str) -> list[dict[str, Any]]:
        """All runs, newest first; those that the options of `bakehouse runs list` ask for."""
        done = self.call("runs", "list", *options, "--output", "json")
        assert done.returncode == 0, done.stderr
        listed: list[dict[str, Any]] = json.loads(done.stdout)
        return listed

    def show(self, run: str = "latest") -> dict[str, Any]:
        """One run whole."""
        done = self.call("runs", "show", run, "--output", "json")
        assert done.returncode == 0, done.stderr
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    def wait_for(self, state: str, *, seconds: float) -> dict[str, Any]:
        """Wait until the latest run is over; it must be in this state then."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            listed = self.runs()
            if listed and listed[0]["state"] in _ENDED:
                break
            time.sleep(0.3)
        shown = self.show()
        assert shown["state"] == state, (shown, (self.folder / "words").read_text(errors="replace")[-3000:])
        return shown

    def proofs(self) -> Counter[tuple[str, str, str]]:
        """How often each (run, task, attempt) began."""
        lines = self.proof.read_text().splitlines() if self.proof.exists() else []
        return Counter(tuple(line.split(" ")) for line in lines)  # type: ignore[misc]  # three words each

    def step_processes(self) -> list[int]:
        """Process ids of runtimes and steps whose command line names this home."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if str(self.path / "runs").encode() in command:
                    found.append(int(entry.name))
        return found

    def kill_steps(self) -> None:
        """What a restart of the machine does to steps."""
        for pid in self.step_processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def logs_are_whole(self, shown: dict[str, Any]) -> None:
        """Every step that succeeded has all of its ten lines, once."""
        for task in shown["tasks"]:
            done = self.call("runs", "logs", shown["run_id"], task["name"])
            assert [line.split()[1] for line in done.stdout.splitlines() if "tick" in line] == [str(tick) for tick in range(10)], task


def tasks(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tasks of what `run` or `runs show` said, by name."""
    return {task["name"]: task for task in said["tasks"]}


def faulty(length: int) -> str:
    """The source of a pipeline of two chains of this length and a step after both."""
    return PIPELINE.replace("LENGTH", str(length)).replace(", length: int = 4", "")
