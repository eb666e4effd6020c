"""The one thread that waits: for its own children by pidfd, for attempts that other engines started by their lock, for a disk that refuses."""

from __future__ import annotations

import os
import queue
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_LOOK = 0.05  # seconds between looks at what cannot be waited for

#: Called in the waiter's thread when a process has ended; must return at once.
Gone = Callable[[], None]


@dataclass(frozen=True)
class _Watched:
    """Something that will be over and what to do then: `child` is ours, else `look` tells."""

    gone: Gone
    child: subprocess.Popen[bytes] | None = None
    descriptor: int = -1
    look: Callable[[], bool] = bool

    def over(self) -> bool:
        if self.child is not None:
            return self.child.poll() is not None
        try:
            return self.look()
        except OSError:
            return False  # too many open files, a disk that does not answer: look again


class Waiter:
    """Watches processes until they are gone. Reaps its own children, touches no other process."""

    def __init__(self) -> None:
        self._new: queue.SimpleQueue[_Watched] = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._looked_at: list[_Watched] = []
        self._lock = threading.Lock()
        self._reaping = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="bakehouse-waiter", daemon=True)
        self._thread.start()

    def child(self, child: subprocess.Popen[bytes], gone: Gone) -> None:
        """Watch a child of this process."""
        descriptor = -1
        with suppress(OSError, AttributeError):  # an older kernel, or not Linux: then it is looked at
            descriptor = os.pidfd_open(child.pid)
        self._add(_Watched(gone, child=child, descriptor=descriptor))

    def attempt(self, has_gone: Callable[[], bool], gone: Gone) -> None:
        """Watch an attempt that somebody else started; an `OSError` of `has_gone` tells nothing."""
        self._add(_Watched(gone, look=has_gone))

    def until(self, done: Callable[[], bool]) -> None:
        """Call this again and again until it says yes; an `OSError` of its is a no. It must return at once."""
        self._add(_Watched(lambda: None, look=done))

    def after(self, seconds: float, job: Gone) -> None:
        """Call this once, after so many seconds."""
        due = time.monotonic() + seconds
        self._add(_Watched(job, look=lambda: time.monotonic() >= due))

    def terminate(self, child: subprocess.Popen[bytes]) -> None:
        """Send TERM to a child, unless it was reaped already: its number may be another process's then."""
        with self._reaping, suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Stop watching; the processes go on."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._ring()
        self._thread.join(timeout=1.0)

    def _add(self, watched: _Watched) -> None:
        with self._lock:
            if self._closed:
                _let_live(watched)
            else:
                self._new.put(watched)
                self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # it is being woken anyway
            os.write(self._wake, b"x")

    def _watch(self) -> None:
        while not self._closed:
            ready = [key.data for key, _ in self._selector.select(_LOOK if self._looked_at else None)]
            for watched in [*ready, *self._looked_at]:
                if watched is None:
                    self._take_new()
                elif self._over(watched):
                    self._forget(watched)
                    watched.gone()
        self._let_go()

    def _over(self, watched: _Watched) -> bool:
        with self._reaping:
            return watched.over()

    def _forget(self, watched: _Watched) -> None:
        if watched.descriptor >= 0:
            self._selector.unregister(watched.descriptor)
            os.close(watched.descriptor)
        else:
            self._looked_at.remove(watched)

    def _take_new(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken, 4096)
        while not self._new.empty():
            watched = self._new.get()
            if watched.descriptor >= 0:
                self._selector.register(watched.descriptor, selectors.EVENT_READ, watched)
            else:
                self._looked_at.append(watched)

    def _let_go(self) -> None:
        self._take_new()
        for key in self._selector.get_map().values():
            if key.data is not None:
                _let_live(key.data)
        for watched in self._looked_at:
            _let_live(watched)
        self._selector.close()
        with self._lock:  # whoever closes us is done with ringing then: its number may be another file's soon
            os.close(self._woken)
            os.close(self._wake)


def _let_live(watched: _Watched) -> None:
    """Forget a process that goes on: without this, `Popen` complains about it."""
    if watched.descriptor >= 0:
        os.close(watched.descriptor)
    if watched.child is not None and watched.child.poll() is None:
        watched.child.returncode = 0
