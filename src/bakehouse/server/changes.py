"""Waking streams when something was recorded: one thread for all of them, at work only while somebody listens."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from anyio import CapacityLimiter

from bakehouse.errors import BakehouseError

_LOOK = 0.1  # seconds between looks at the records
_READERS = 4  # threads in which streams read what was recorded: all others answer requests
_log = logging.getLogger("bakehouse.server")


class Watch(Protocol):
    """What tells that something was recorded, as `records.watching.Watch` does."""

    def version(self) -> int:
        """A number that changes when something was recorded."""

    def close(self) -> None:
        """Let go."""


@dataclass(eq=False)
class Listener:
    """One stream's ear. Belongs to the event loop in which it was made."""

    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _event: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False

    async def wait(self, seconds: float) -> bool:
        """Wait until something was recorded since the last call, or the server stops, at most so long; whether it was."""
        if not self._event.is_set():
            waiting = asyncio.ensure_future(self._event.wait())
            try:
                # Not `wait_for`: before Python 3.12 it may swallow that it was cancelled, and a client that has left is never let go.
                await asyncio.wait({waiting}, timeout=seconds)
            finally:
                waiting.cancel()
        woken = self._event.is_set()
        self._event.clear()
        return woken

    def wake(self) -> None:
        """End its waiting. From any thread; a loop that is closed has nothing left to wake."""
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:
            self.stopped = True


class Changes:
    """All streams that listen. `open_watch` is called in the thread that looks, each time when the first listener comes."""

    def __init__(self, open_watch: Callable[[], Watch]) -> None:
        self._open_watch = open_watch
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @cached_property
    def looks(self) -> CapacityLimiter:
        """How many streams may read at the same time. Made in the event loop that first asks for it."""
        return CapacityLimiter(_READERS)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """A listener for as long as it is entered: what is recorded from now on wakes it."""
        listener = Listener()
        with self._lock:
            listener.stopped = self._stopped.is_set()
            self._listeners.add(listener)
            if self._thread is None and not listener.stopped:
                self._thread = threading.Thread(target=self._look, name="bakehouse-changes", daemon=True)
                self._thread.start()
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def stop(self) -> None:
        """Tell all listeners that the server ends. From any thread, more than once."""
        self._stopped.set()
        with self._lock:
            for listener in self._listeners:
                listener.stopped = True
                listener.wake()

    # ------------------------------------------------------------ the thread that looks

    def _look(self) -> None:
        watch: Watch | None = None
        version = -1
        while not self._alone():
            try:
                watch = watch or self._open_watch()
                before, version = version, watch.version()
            except BakehouseError as error:  # locked for long, or its disk is full: that may pass
                _log.warning("the records cannot be watched now: %s", error)
                self._stopped.wait(1.0)
                continue
            if version != before:
                self._wake_all()
            self._stopped.wait(_LOOK)
        if watch is not None:
            watch.close()

    def _alone(self) -> bool:
        """Whether nobody listens any more: decided under the lock, so that the next listener starts a new thread."""
        with self._lock:
            if self._listeners and not self._stopped.is_set():
                return False
            self._thread = None
            return True

    def _wake_all(self) -> None:
        with self._lock:
            for listener in self._listeners:
                listener.wake()
