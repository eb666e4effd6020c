"""A few daemon threads that do what may take long: none of them keeps the program from ending. And what is to be waited for all the same."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable


class Workers:
    """`count` threads, started when first needed. Jobs start in the order in which they were given."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._count = name, count
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0
        self._closed = False

    def do(self, job: Callable[[], None]) -> None:
        """Do this in one of the threads. Never blocks. After `close` it is dropped."""
        with self._lock:
            if self._closed:
                return
            if self._started < self._count:
                self._started += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()
        self._jobs.put(job)

    def close(self) -> None:
        """Take no more jobs and start none of those that wait; those under way are finished, if the program lives so long."""
        with self._lock:
            self._closed = True
            for _ in range(self._started):
                self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._closed:
            _done(job)


class UnderWay:
    """What has begun and is not over: `with` this for each such thing. Any thread may call."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._condition:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._condition:
            self._count -= 1
            self._condition.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until all is over, at most so long."""
        with self._condition:
            self._condition.wait_for(lambda: self._count == 0, seconds)


def _done(job: Callable[[], None]) -> None:
    try:
        job()
    except Exception as error:  # noqa: BLE001  # a job reports its own failures; what it forgot must not end the thread
        sys.excepthook(type(error), error, error.__traceback__)
