"""Object stores for tests: real server processes on 127.0.0.1 that end with the test."""

from __future__ import annotations

import abc
import base64
import contextlib
import hashlib
import hmac
import http.client
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from email.utils import formatdate
from pathlib import Path
from typing import TypeVar

import pytest

from bakehouse.storage import addresses, buckets
from bakehouse.storage.buckets import Bucket
from bakehouse.storage.object_store import ObjectStore
from bakehouse.storage.providers import Providers
from tests.repo.tree import ROOT

#: Made by `make test`.
AZURITE = ROOT / ".environments" / "azurite" / "node_modules" / ".bin" / "azurite-blob"
#: Azurite's own account, which it publishes.
_ACCOUNT = "devstoreaccount1"
_ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
KEY, SECRET = "bakehouse-access-key", "bakehouse-secret-key"
_PATIENCE = 20.0  # seconds for a server to answer


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Server(abc.ABC):
    """A server process on a folder, on a port of its own, that can be ended and started again."""

    #: The bucket that the tests use.
    root = "s3://bucket"

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abc.abstractmethod
    def environ(self) -> Mapping[str, str]:
        """How it is reached."""

    @property
    @abc.abstractmethod
    def command(self) -> Sequence[str]:
        """What runs it."""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        pytest.fail(f"{self.command[0]} does not answer")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(10)
            self.process = None


One = TypeVar("One", bound="Server")


class S3(Server):
    """`rclone serve s3`: each folder in its folder is a bucket."""

    @property
    def environ(self) -> Mapping[str, str]:
        """Amazon's variables."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_REGION": "us-east-1",
        }

    @property
    def command(self) -> Sequence[str]:
        """Of the developers' environment."""
        return [rclone(), "serve", "s3", "--config", "", "--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}", str(self.folder)]


class Google(Server):
    """The same server, which also takes what obstore sends to Google: its XML is that of S3. Nobody proves who he is."""

    root = "gs://bucket"

    @property
    def environ(self) -> Mapping[str, str]:
        """As for an emulator of Google's store."""
        return {"STORAGE_EMULATOR_HOST": f"127.0.0.1:{self.port}"}

    @property
    def command(self) -> Sequence[str]:
        """Of the developers' environment."""
        return [rclone(), "serve", "s3", "--config", "", "--addr", f"127.0.0.1:{self.port}", str(self.folder)]


class Azure(Server):
    """Azurite, Microsoft's own emulator, with the account that it has for everybody."""

    root = "az://bucket"

    @property
    def environ(self) -> Mapping[str, str]:
        """Azure's variables."""
        endpoint = f"http://127.0.0.1:{self.port}/{_ACCOUNT}"
        return {"AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": _ACCOUNT_KEY, "AZURE_STORAGE_ENDPOINT": endpoint}

    @property
    def command(self) -> Sequence[str]:
        """Of an environment of its own."""
        options = ["--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--location", str(self.folder)]
        return [str(AZURITE), *options, "--skipApiVersionCheck", "--disableTelemetry", "--silent"]

    def start(self) -> None:
        """Start it, and make the container: obstore makes none."""
        super().start()
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        signed = "".join(f"{name}:{value}\n" for name, value in headers.items())
        text = f"PUT{chr(10) * 12}{signed}/{_ACCOUNT}/{_ACCOUNT}/bucket\nrestype:container"
        digest = hmac.new(base64.b64decode(_ACCOUNT_KEY), text.encode(), hashlib.sha256).digest()
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        authorization = f"SharedKey {_ACCOUNT}:{base64.b64encode(digest).decode()}"
        connection.request("PUT", f"/{_ACCOUNT}/bucket?restype=container", headers={**headers, "Authorization": authorization, "Content-Length": "0"})
        answer = connection.getresponse()
        assert answer.status in {201, 409}, answer.read()
        connection.close()


def rclone() -> str:
    """The program, of the developers' environment."""
    found = shutil.which("rclone", path=str(Path(sys.executable).parent))
    assert found is not None, "rclone is missing: `make setup` installs it"
    return found


@contextlib.contextmanager
def running(kind: type[One], folder: Path) -> Iterator[One]:
    """A server of that kind with a bucket."""
    (folder / "bucket").mkdir(parents=True)
    server = kind(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def no_secrets(name: str, key: str) -> str:
    """A test that needs no secret."""
    pytest.fail(f"secret {name} was asked for {key}")


def providers(environ: Mapping[str, str]) -> Providers:
    """How buckets are reached in this environment."""
    return Providers({}, environ, no_secrets)


def opened(environ: Mapping[str, str]) -> ObjectStore:
    """A store as this environment sets it up."""
    return ObjectStore(providers(environ), buckets.opened)


def bucket(server: Server, root: str) -> Bucket:
    """The bucket itself, for what Bakehouse does not do."""
    address = addresses.parsed(root)
    assert address is not None
    return buckets.opened(address, providers(server.environ).reached(address))
