"""A server to ask: in this process without a socket, or a real one with a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from bakehouse.actions.context import Caller, Context
from bakehouse.records.database import open_home
from bakehouse.storage.local import LocalStore
from bakehouse.storage.objects import NoObjects, Objects
from bakehouse.storage.stores import Stores

HOST = "127.0.0.1:8811"
API = "/apis/bakehouse/v1"


def open_context(home: Path, objects: Objects | None = None) -> Context:
    """A context on a home of its own, with object stores if some are given."""
    objects = objects or NoObjects()
    return Context(caller=Caller("somebody"), records=open_home(home), store=Stores(LocalStore(), objects), home=home, objects=objects)


def ask(app: ASGIApp, method: str, path: str, **request: Any) -> httpx.Response:  # the request as httpx takes it
    """One request to an application in this process."""

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
            return await client.request(method, path, **request)

    return asyncio.run(asked())


def get(app: ASGIApp, path: str, **request: Any) -> httpx.Response:  # the request as httpx takes it
    """One GET."""
    return ask(app, "GET", path, **request)


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    """A body without a length told before."""
    for content in contents:
        yield content


@dataclass(frozen=True)
class Event:
    """A message of a stream."""

    name: str
    data: Mapping[str, Any]
    id: str


def events(lines: Iterator[str]) -> Iterator[Event]:
    """The messages in the lines of a stream."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        else:
            if "event" in fields:
                yield Event(fields["event"], json.loads(fields["data"]), fields["id"])
            fields = {}


@dataclass
class Server:
    """`bakehouse server` as a process of its own, on a free port."""

    folder: Path
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)
    url: str = field(init=False)
    #: Seconds from the start of the process to the answer to a first request.

    @property
    def home(self) -> Path:
        """BAKEHOUSE_HOME."""
        return self.folder / "home"

    @property
    def words(self) -> str:
        """What it said on standard error."""
        return (self.folder / "words").read_text(errors="replace")

    def start(self) -> Server:
        """Start it, and wait for its address."""
        with (self.folder / "words").open("ab") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bakehouse", "server", "--port", "0", *self.arguments],
                env={**os.environ, "BAKEHOUSE_HOME": str(self.home)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=words,
            )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().decode().strip().rstrip("/")
        assert self.url.startswith("http://"), self.words
        assert httpx.get(f"{self.url}/apis/v2beta1/healthz").status_code == 200
        return self

    def kill(self) -> None:
        """What the system does to it when memory runs out."""
        self.end(signal.SIGKILL)

    def terminate(self) -> int:
        """End it as a service manager does; its exit code."""
        return self.end(signal.SIGTERM)

    def end(self, number: signal.Signals) -> int:
        """Send a signal that ends it; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def json(self, path: str) -> Any:  # whatever the route answers
        """What a route of our own API answers."""
        answer = httpx.get(f"{self.url}{API}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextlib.contextmanager
    def stream(self, query: str, **headers: str) -> Iterator[Iterator[Event]]:
        """The messages of a stream while it is entered."""
        with httpx.stream("GET", f"{self.url}{API}/stream?{query}", headers=headers, timeout=30) as answer:
            assert answer.status_code == 200, answer.read()
            yield events(answer.iter_lines())


@contextlib.contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Server]:
    """A server while it is entered."""
    server = Server(folder, arguments).start()
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def eventually(happened: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it comes true in that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.05)
    return happened()
