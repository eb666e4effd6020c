"""An attempt that runs as a pod, as the engine leaves it for the server, and requests as its keeper sends them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from bakehouse.actions.context import Context
from bakehouse.api import attempt_ids
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.pod import protocol
from bakehouse.runners import pod_keys
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.pods import PodDocument, Staged
from bakehouse.server.application import ServerOptions, make_application
from tests.server.serving import API, ask

_NUMBERS = count(1)
_APPLICATIONS: dict[tuple[str, bool], FastAPI] = {}


@dataclass
class Keeper:
    """The keeper of one attempt."""

    context: Context
    inputs: tuple[Staged, ...] = ()
    code: str = ""
    log_limit: int = 1000
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.attempt = AttemptId(RunId("run-1"), TaskId(f"train-{next(_NUMBERS)}"), 1)
        self.folder = AttemptFolder(self.context.home / "runs" / self.attempt.path)
        self.root = self.context.home / "artifacts" / self.attempt.path
        self.folder.make()
        self.root.mkdir(parents=True)
        self.write()
        self.app = _application(self.context)
        self.token = pod_keys.token(self.context.home, self.attempt, time.time() + 100)

    def write(self, **changes: Any) -> None:
        """Write the document of its pod."""
        said: dict[str, Any] = {"launch": None, "inputs": self.inputs, "code": self.code, "log_limit": self.log_limit, **changes}
        PodDocument(command=("echo", "a b"), environment={"X": "1"}, root=str(self.root), outputs=("n", "a%2Fb"), **said).write(self.folder)

    def path(self, rest: str) -> str:
        """The path of a route of this attempt."""
        return f"{API}/attempts/{attempt_ids.encoded(self.attempt)}/{rest}"

    def get(self, rest: str, **headers: str) -> httpx.Response:
        """One GET."""
        return ask(self.app, "GET", self.path(rest), headers={"Authorization": f"Bearer {self.token}", **headers})

    def send(self, method: str, rest: str, data: bytes, **headers: str) -> httpx.Response:
        """One body of bytes."""
        said = {"Authorization": f"Bearer {self.token}", protocol.DIGEST: protocol.digest(data), **headers}
        return ask(self.app, method, self.path(rest), headers=said, content=data)

    def tell(self, **result: Any) -> httpx.Response:
        """How it ended."""
        return ask(self.app, "POST", self.path("result"), headers={"Authorization": f"Bearer {self.token}"}, json=result)

    def left(self) -> list[str]:
        """All files that lie in the home because of it."""
        return sorted(str(one.relative_to(self.context.home)) for place in (self.folder.path, self.root) for one in place.rglob("*") if one.is_file())


def _application(context: Context) -> FastAPI:
    """The server of a home: one for all attempts of it."""
    which = str(context.home), context.shares_pods
    if which not in _APPLICATIONS:
        _APPLICATIONS[which] = make_application(context, ServerOptions())
    return _APPLICATIONS[which]


def below(folder: Path) -> dict[str, bytes]:
    """What lies in a folder."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
