"""What the engines of one home say to each other, each in its own lock file: they share a machine.

Who takes of the machine holds the lock `engines/turn` for that moment. What an engine said long ago does not count: it may have been stopped, and
what it held has ended since.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bakehouse.orchestrator.sharing import EngineReport
from bakehouse.records.engines import HEARTBEAT_LASTS, EngineLock, is_alive, published
from bakehouse.records.errors import HomeUnusable

#: So long (seconds) somebody may have the turn, which takes less than a millisecond, before nobody minds any more: it was stopped just then.
_LONGEST_TURN = 10.0
_TRIES, _PAUSE = 5, 0.001  # of each attempt to have the turn, and seconds between them
_LOCK = ".lock"
_DEAF = "this engine cannot know what others of its home take of the machine"
_log = logging.getLogger("bakehouse.engine")


class Neighbours:
    """The engines of `home` as the holder of `lock` sees them."""

    def __init__(self, home: Path, lock: EngineLock) -> None:
        self._home, self._lock = home, lock
        self._missed_since: float | None = None
        self._told = False

    def exchange(self, report: Callable[[Sequence[EngineReport]], EngineReport]) -> bool:
        """Call `report` with the others' reports, and publish what it returns; `False` while another one does the same."""
        with self._turn() as mine:
            if not mine:
                return False
            words = {**vars(report(self._others())), "at": time.monotonic()}
            try:
                self._lock.publish(json.dumps(words).encode())
            except OSError as error:
                self._complain("other engines of this home cannot know what this one takes of the machine", error)
        return True

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        try:
            descriptor = os.open(self._home / "engines" / "turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:  # too many open files, or a disk that is full
            self._complain(_DEAF, error)
            yield True
            return
        try:
            yield self._may_take(descriptor)
        finally:
            os.close(descriptor)

    def _may_take(self, descriptor: int) -> bool:
        try:
            return self._has(descriptor) or self._waited_long_enough()
        except OSError as error:  # a disk that does not answer
            self._complain(_DEAF, error)
            return True

    def _has(self, descriptor: int) -> bool:
        for _ in range(_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._missed_since = None
                return True
            time.sleep(_PAUSE)
        return False

    def _waited_long_enough(self) -> bool:
        now = time.monotonic()
        if self._missed_since is None:
            self._missed_since = now
        return now - self._missed_since >= _LONGEST_TURN

    def _others(self) -> list[EngineReport]:
        try:
            names = os.listdir(self._home / "engines")  # noqa: PTH208  # at every turn: a path for each would take three times as long
        except OSError as error:
            self._complain(_DEAF, error)
            return []
        ids = (name.removesuffix(_LOCK) for name in names if name.endswith(_LOCK) and name != self._lock.name)
        return [report for each in ids if _lives(self._home, each) and (report := _heard(self._home, each)) is not None]

    def _complain(self, what: str, error: OSError) -> None:
        """Said once: better too many steps at a time than none."""
        if not self._told:
            _log.warning("%s: %s", what, error)
        self._told = True


def _heard(home: Path, engine_id: str) -> EngineReport | None:
    """What an engine said last; nothing where that was long ago, or cannot be read: an older Bakehouse says nothing."""
    try:
        words = json.loads(published(home, engine_id))
        age = time.monotonic() - words.pop("at")
        return EngineReport(**words) if age < HEARTBEAT_LASTS else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _lives(home: Path, engine_id: str) -> bool:
    try:
        return is_alive(home, engine_id)
    except HomeUnusable:  # too many open files: it said something a moment ago
        return True
