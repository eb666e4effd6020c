"""Which engines live: each holds an flock for life, which nothing but its end can free."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bakehouse.records.errors import HomeUnusable, way_out

#: An engine of another home, whose lock cannot be looked at, counts as gone after so many seconds without a heartbeat.
#: A little less than the 10 s within which its runs are to be in other hands: it may have died right after one, and a look takes a while.
HEARTBEAT_LASTS = 9.0
#: An engine says that it lives: `id`, `home`, and `now` by the database's clock.
BEAT = text(
    "INSERT INTO engines (id, namespace, home, heartbeat_at) VALUES (:id, '', :home, :now) ON CONFLICT (id) DO UPDATE SET heartbeat_at = :now"
)
_LARGEST_REPORT = 64 << 10  # bytes
#: What an id may look like; what does not was never that of an engine.
_ID = re.compile("[0-9A-Za-z_-]{1,64}")
_LOOKED_AT = "See that you may read and write the folder `engines` in it, and that not too many files are open (`ulimit -n`)."


def lock_path(home: Path, engine_id: str) -> Path:
    """The lock file of an engine."""
    return home / "engines" / f"{engine_id}.lock"


class EngineLock:
    """The lock of one engine, held from `acquire` to `release` or to the end of the process. `id` is random, never used again."""

    def __init__(self, engine_id: str, path: Path, descriptor: int) -> None:
        self.id = engine_id
        self._path, self._descriptor = path, descriptor

    @classmethod
    def acquire(cls, home: Path) -> EngineLock:
        """Make a lock file for a new engine and lock it. Raises `HomeUnusable`."""
        engine_id = secrets.token_hex(8)
        path = lock_path(home, engine_id)
        # Locked before it has its name: nobody can take it for a dead engine's in between.
        aside = path.with_suffix(".new")
        try:
            with ExitStack() as undone:
                descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                undone.callback(os.close, descriptor)
                undone.callback(aside.unlink, missing_ok=True)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                aside.rename(path)
                undone.pop_all()
        except OSError as error:
            raise HomeUnusable(path=str(home), why=f"no lock of an engine can be made in it: {error}", remedy=way_out(error)) from error
        return cls(engine_id, path, descriptor)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self._path.name

    def publish(self, words: bytes) -> None:
        """Write into the file what other engines of the home may know. Raises `OSError`."""
        os.pwrite(self._descriptor, words, 0)
        os.ftruncate(self._descriptor, len(words))

    def release(self) -> None:
        """Let go, and take the file away. Twice is once."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            try:
                self._path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def is_alive(home: Path, engine_id: str) -> bool:
    """Whether an engine of this home lives. A lock file that nobody holds is taken away: its id never comes again. Raises `HomeUnusable`."""
    if not _ID.fullmatch(str(engine_id)):  # SQLite keeps anything that was written into the column
        return False
    path = lock_path(home, engine_id)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)  # whatever lies there holds nobody up
    except FileNotFoundError:
        return False
    except OSError as error:
        raise HomeUnusable(path=str(home), why=f"the lock of an engine cannot be looked at: {error}", remedy=_LOOKED_AT) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        # Shared, so that two who look at the same time do not take each other for the engine.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)


def published(home: Path, engine_id: str) -> bytes:
    """What a living engine has written into its lock file, its first 64 KiB. Raises `OSError`."""
    descriptor = os.open(lock_path(home, engine_id), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.pread(descriptor, _LARGEST_REPORT, 0)
    finally:
        os.close(descriptor)


def any_alive(home: Path) -> bool:
    """Whether any engine of this home lives."""
    return any(is_alive(home, path.stem) for path in (home / "engines").glob("*.lock"))


@dataclass(frozen=True)
class Holder:
    """The engine that a run names as its driver. `home` is `None` where it left no row."""

    id: str | None
    home: str | None
    heartbeat_at: float | None


@dataclass(frozen=True)
class Lookout:
    """Tells from one home whether engines live: those of the home by their lock, others by their heartbeat."""

    home: Path
    home_id: str

    def sees(self, holder: Holder, *, now: float, since: float = 0.0) -> bool:
        """Whether the holder of a run lives; `now` is the time of the database, and nobody could be heard before `since`."""
        if holder.id is None:
            return False
        if not self.is_foreign(holder):
            return is_alive(self.home, holder.id)
        return now - max(holder.heartbeat_at or 0.0, since) < HEARTBEAT_LASTS

    def is_foreign(self, holder: Holder) -> bool:
        """Whether it is an engine of another home."""
        return holder.home not in {None, self.home_id}
