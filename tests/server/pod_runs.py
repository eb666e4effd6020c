"""Pods without a cluster: a real server, a real keeper and a real runner, each a process of its own, and a folder that they share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

import bakehouse
from bakehouse.ir.execution import Ending, LaunchSpec, TaskId
from bakehouse.runners import pod_keys
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector
from bakehouse.runners.inputs import Known
from bakehouse.runners.launch import Limits
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.runners.pods import pod_document
from bakehouse.storage.local import LocalStore
from tests.unit.pod.mains import Main, end
from tests.unit.runners.specs import spec
from tests.unit.task.attempts import until

SYSTEM_PYTHON = "/usr/bin/python3"
KEEPER = Path(bakehouse.__file__).parent / "pod"
_NUMBERS = count(1)


@dataclass
class Bed:
    """Where pods run: the server's home and address, the runner's program, a folder that all users reach."""

    home: Path
    url: str
    runner: Path
    folder: Path

    def launch(self, **changes: Any) -> LaunchSpec:
        """The attempt of a component of its own, of which something is changed."""
        return spec(self.home, TaskId(f"step-{next(_NUMBERS)}"), **changes)


@dataclass
class Pod:
    """One of them."""

    bed: Bed
    launch: LaunchSpec
    limits: Limits = field(default_factory=Limits)
    users: tuple[int, int] = (0, 0)
    keeper: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder = AttemptFolder(self.bed.home / "runs" / self.launch.attempt.path)
        self.main = Main(self.bed.runner, self.bed.folder / self.launch.attempt.task_id, stdout=subprocess.DEVNULL)
        self.main.folder.mkdir()
        self.main.folder.chmod(0o777)
        self.folder.make()
        Path(self.launch.root).mkdir(parents=True, exist_ok=True)
        document = pod_document(self.launch, self.folder, pip=PipSettings(), limits=self.limits, mounted=self.main.folder)
        document.write(self.folder)
        self.main.variables = {"BAKEHOUSE_LOG_LIMIT": str(self.limits.log_bytes), "BAKEHOUSE_KILL_AFTER": "2", **document.environment}
        self.main.variables = {**self.main.variables, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def start(self) -> Pod:
        """Its containers start, the keeper's first."""
        token = pod_keys.token(self.bed.home, self.launch.attempt, time.time() + 100)
        told = {"BAKEHOUSE_SERVER": self.bed.url, "BAKEHOUSE_TOKEN": token, "BAKEHOUSE_FOLDER": str(self.main.folder)}
        user, self.main.user = self.users
        command = ["python3", "-SEI", str(KEEPER)]
        if user:  # who can neither reach the sources nor the Python of these tests
            program = self.main.folder.with_name(f"{self.main.folder.name}-keeper")
            for each in ("pod", "task"):
                shutil.copytree(KEEPER.with_name(each), program / each)
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", SYSTEM_PYTHON, "-SEI", str(program / "pod")]
        self.keeper = subprocess.Popen(command, env={"PATH": os.environ["PATH"], **told}, stderr=subprocess.PIPE)
        self.main.begin()
        return self

    def wait(self, *, within: float = 60.0) -> Ending:
        """The end of the keeper, and what the engine makes of what it brought."""
        assert self.keeper is not None
        _, self.said = self.keeper.communicate(timeout=within)
        store = LocalStore()
        return Collector(store, Known(store), time.time).collect(self.launch, self.folder)

    def run(self) -> Ending:
        """All of it."""
        return self.start().wait()

    def terminate(self) -> None:
        """What the kubelet does to both containers."""
        assert self.keeper is not None
        self.keeper.send_signal(signal.SIGTERM)
        self.main.terminate()

    def until_log(self, text: bytes) -> None:
        """Wait until this stands in the log on the server."""
        until(lambda: text in self.log)

    @property
    def log(self) -> bytes:
        """The log on the server."""
        path = self.folder.path / "log"
        return path.read_bytes() if path.exists() else b""

    def close(self) -> None:
        """Nothing of it outlives a test."""
        if self.keeper is not None:
            end(self.keeper)
        self.main.close()


def is_up(url: str) -> bool:
    """Whether a server answers."""
    try:
        return httpx.get(f"{url}/apis/bakehouse/v1/about").status_code == 200
    except httpx.HTTPError:
        return False
