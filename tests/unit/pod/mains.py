"""The runner as process 1 of a container that is nothing but a process namespace, and the keeper's end of what they share."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.task.attempts import until

SOURCE = Path(__file__).parents[3] / "deploy" / "runner" / "runner.c"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror")
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


def why_not() -> str:
    """Why no runner can be tried here; empty where it can."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return "process namespaces are Linux's, and `unshare` makes them"
    if os.geteuid() != 0:
        return "only root may make a process namespace: CI is"
    if shutil.which("musl-gcc") is None:
        return "there is no musl-gcc: `make system` as root installs it"
    made = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], check=False, capture_output=True, text=True)
    return f"no process namespace can be made: {made.stderr.strip()}" if made.returncode else ""


@cache
def skipped() -> str:
    """The same, asked once."""
    return why_not()


def compiled(folder: Path, *, sanitized: bool = False) -> Path:
    """The runner's program, made in this folder: as deploy/Dockerfile makes it, or with the sanitizers of gcc."""
    program = folder / ("sanitized" if sanitized else "runner")
    command = ["gcc", *SANITIZED] if sanitized else ["musl-gcc", "-O2", "-static"]
    subprocess.run([*command, *WARNINGS, "-o", program, SOURCE], check=True)
    return program


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, if it has not ended, and let go of what it printed."""
    process.kill()
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@dataclass
class Main:
    """One container `main`. Start it, open the keeper's end, wait for the end, look at what is left."""

    runner: Path
    folder: Path
    user: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    stdout: int = subprocess.PIPE
    process: subprocess.Popen[bytes] | None = None
    alive: int = -1
    out: int = -1

    def start(self, *command: str, keeper: bool = True) -> Main:
        """Start it; with a `keeper` its ends are open before."""
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o777)
        for name in ("outputs", "artifacts"):
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name).chmod(0o777)
        if keeper:
            self.open()
        return self.begin(*command)

    def begin(self, *command: str) -> Main:
        """Start the container, whoever has made its folder ready."""
        user = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"] if self.user else []
        namespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
        environment = {"PATH": os.environ["PATH"], "BAKEHOUSE_FOLDER": str(self.folder), **self.variables}
        self.process = subprocess.Popen(
            [*namespace, *user, str(self.runner), *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.stdout,
            stderr=subprocess.PIPE,
        )
        return self

    def python(self, program: str) -> Main:
        """Start a Python program in it."""
        return self.start(sys.executable, "-S", "-c", program)

    def open(self) -> None:
        """The keeper's end: whoever holds it sees when `main` is dead."""
        for name in ("alive", "out"):
            path = self.folder / name
            if not path.exists():
                os.mkfifo(path)
                path.chmod(0o666)
        self.alive = os.open(self.folder / "alive", os.O_RDONLY | os.O_NONBLOCK)
        self.out = os.open(self.folder / "out", os.O_RDONLY | os.O_NONBLOCK)

    def pid(self) -> int:
        """The runner's process, seen from outside."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(until(lambda: children.read_text().split())[0])

    def waits_for_its_keeper(self) -> bool:
        """Whether the runner is in the open of a FIFO that nobody has opened at the other end, as the kernel calls it."""
        return Path(f"/proc/{self.pid()}/wchan").read_text() == "wait_for_partner"

    def terminate(self) -> None:
        """What the kubelet does first."""
        os.kill(self.pid(), signal.SIGTERM)

    def wait(self, *, within: float = 20.0) -> int:
        """The exit code; what it printed is in `printed`."""
        assert self.process is not None
        self.printed, self.complaints = self.process.communicate(timeout=within)
        return self.process.returncode

    def close(self) -> None:
        """Nothing of it outlives a test."""
        if self.process is not None:
            end(self.process)
        for descriptor in (self.alive, self.out):
            if descriptor >= 0:
                os.close(descriptor)

    @property
    def log(self) -> bytes:
        """What the keeper sees of its output."""
        return (self.folder / "log").read_bytes()

    @property
    def left(self) -> dict[str, Any]:
        """The word how it ended."""
        found: dict[str, Any] = json.loads((self.folder / "exit.code").read_text())
        return found


def words(*texts: str) -> bytes:
    """A command as its file holds it."""
    return b"".join(text.encode() + b"\0" for text in texts)


def skip_reason() -> pytest.MarkDecorator:
    """Mark a module that needs a runner."""
    return pytest.mark.skipif(bool(skipped()), reason=skipped() or "it can be tried")
