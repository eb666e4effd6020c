"""A few daemon threads that do what may take long: none of them keeps the program from ending."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable


class Workers:
    """`count` threads, started when first needed. Jobs start in the order in which they were given."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._count = name, count
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def do(self, job: Callable[[], None]) -> None:
        """Do this in one of the threads. Never blocks. After `close` it is dropped."""
        with self._lock:
            if self._closed:
                return
            if len(self._threads) < self._count:
                thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads) + 1}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._jobs.put(job)

    def close(self, patience: float = 0.0) -> None:
        """Take no more jobs and start none of those that wait; those under way are waited for, so many seconds, and go on if the program does."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._jobs.put(None)
        end = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._closed:
            _done(job)


def _done(job: Callable[[], None]) -> None:
    try:
        job()
    except Exception as error:  # noqa: BLE001  # a job reports its own failures; what it forgot must not end the thread
        sys.excepthook(type(error), error, error.__traceback__)
