"""The folder of a local attempt: who holds it, what was written into it. docs/reference/step.md describes it.

Lock held: the attempt runs. Lock free and `exit` there: it has ended. Lock free and no `exit`: it was lost.
The lock is taken before `claim` is made, so whoever sees a claim can trust the lock.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bakehouse.ir.values import JsonObject
from bakehouse.runners import reading
from bakehouse.runners.errors import Elsewhere
from bakehouse.storage import whole

_PATIENCE = 2.0  # seconds; others hold the lock of an attempt that is not claimed only while they look at it
_LOOK = 0.001  # seconds between looks at a lock that somebody else has
_LARGEST = 16 << 20  # bytes of a document that is read back


@dataclass(frozen=True)
class AttemptFolder:
    """Paths of one attempt."""

    path: Path

    @property
    def launch(self) -> Path:
        """The launch document."""
        return self.path / "launch.json"

    @property
    def work(self) -> Path:
        """The step's working directory."""
        return self.path / "work"

    @property
    def checkpoint(self) -> Path:
        """The folder that all attempts of the task share, until one succeeds."""
        return self.path.parent / "checkpoint"

    @property
    def series(self) -> Path:
        """The points of the step's metrics."""
        return self.path / "series"

    @property
    def modules(self) -> Path:
        """The author's own modules, where the step has a copy of its own."""
        return self.path / "modules"

    def make(self) -> None:
        """Make the folders that a step finds. No error if they are there."""
        for folder in (self.work, self.path / "outputs", self.checkpoint):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def open_lock(self) -> int:
        """Take the lock of an attempt that is to be started: an open descriptor. Raises `Elsewhere` when somebody holds it for longer."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_up = time.monotonic() + _PATIENCE
        while not _lock(descriptor, fcntl.LOCK_EX):
            if self.claimed() or time.monotonic() > give_up:
                os.close(descriptor)
                raise Elsewhere(attempt=str(self.path))
            time.sleep(_LOOK)
        return descriptor

    def claim(self, engine: str, at: float) -> bool:
        """Make the attempt ours, once in all time: to start it, or to see that nobody ever does. False when it is somebody's already."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({"engine": engine, "pid": os.getpid(), "at": at})
        try:
            descriptor = os.open(self.path / "claim", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        return True

    def claimed(self) -> bool:
        """Whether the attempt is somebody's."""
        return (self.path / "claim").exists()

    def running(self) -> bool:
        """Whether the process of a claimed attempt lives: whether its lock is held."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _lock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def ended(self) -> bool:
        """Whether the word how it ended is there."""
        return (self.path / "exit").exists()

    @contextmanager
    def kept_open(self) -> Iterator[bool]:
        """Nobody writes the word how it ended meanwhile; whether it is not there yet. For attempts without a supervisor. Raises `OSError`."""
        with self._ending(fcntl.LOCK_SH):
            yield not self.ended()

    def end(self, left: JsonObject) -> bool:
        """Write the word how it ended, once in all time; false where it is there already, whoever wrote it. For attempts without a supervisor.

        All that was told of the attempt before lies on the disk when this says so, and whoever keeps it open is waited for. Raises `OSError`.
        """
        with self._ending(fcntl.LOCK_EX):
            return whole.once(self.path / "exit", json.dumps(left).encode())

    @contextmanager
    def _ending(self, kind: int) -> Iterator[None]:
        """Hold the file by which the end waits for what arrives. Nobody deletes it: two who wait must wait for the same one."""
        descriptor = os.open(self.path / "ending", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)

    def fence(self) -> None:
        """Leave word that the attempt is started no more, even by whoever claimed it. For attempts without a lock. Raises `OSError`."""
        (self.path / "fence").touch(mode=0o600)

    def fenced(self) -> bool:
        """Whether somebody has left that word."""
        return (self.path / "fence").exists()

    def ask_to_stop(self) -> None:
        """Leave word that the attempt is to end; the runtime looks several times a second."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole.write(self.path / "control", b'{"stop": true}', durable=False)

    def asked_to_stop(self, *, before: float | None = None) -> bool:
        """Whether somebody has left that word; `before`: not later than then (seconds since the epoch)."""
        try:
            at = (self.path / "control").stat().st_mtime
        except FileNotFoundError:
            return False
        return before is None or at <= before

    def read(self, name: str) -> JsonObject | None:
        """A JSON object in the folder: `exit`, `error.json` or `claim`; `None` if it is not there or says nothing. Raises `OSError`."""
        text = reading.small(self.path / name, _LARGEST)
        try:
            found = json.loads(text or b"null")
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def runtime_words(self, longest: int = 2000) -> str:
        """The end of what the runtime itself complained about; normally nothing."""
        try:
            with reading.opened(self.path / "runtime.log") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - longest))
                return file.readall().decode(errors="replace").strip()
        except FileNotFoundError:
            return ""


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True
