"""The one server of a home: it holds an flock on `server.lock` for life, in which its address stands."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from bakehouse.app.errors import ServerRuns
from bakehouse.records.errors import HomeUnusable, way_out

_PATIENCE = 2.0  # seconds in which a server that has just got the lock writes its address down


class ServerLock:
    """The lock, from `acquire` to `release` or to the end of the process. The file stays: whoever takes it away could lock another one."""

    def __init__(self, home: Path, descriptor: int) -> None:
        self._home, self._descriptor = home, descriptor

    @classmethod
    def acquire(cls, home: Path) -> ServerLock:
        """Take the lock of a home that exists. Raises `ServerRuns` with the address of the server that has it."""
        path = home / "server.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HomeUnusable(path=str(home), why=f"the lock of a server cannot be made in it: {error}", remedy=way_out(error)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            url, pid = _holder(path)
            raise ServerRuns(home=str(home), url=url, pid=pid) from None
        os.ftruncate(descriptor, 0)
        return cls(home, descriptor)

    def tell(self, url: str) -> None:
        """Write down where the server is, for whoever comes second. Raises `HomeUnusable`."""
        try:
            os.pwrite(self._descriptor, f"{url}\n{os.getpid()}\n".encode(), 0)
        except OSError as error:
            why = f"where its server is cannot be written down in it: {error.strerror}"
            raise HomeUnusable(path=str(self._home), why=why, remedy=way_out(error)) from error

    def release(self) -> None:
        """Let go. Twice is once."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1


def _holder(path: Path) -> tuple[str, str]:
    """Address and process id of the server that holds the lock; empty if it does not say so in time."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) > 1:
            return lines[0], lines[1]
        if time.monotonic() > deadline:
            return "", ""
        time.sleep(0.05)
