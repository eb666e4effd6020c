"""Attempts of which it cannot be told what has become, since a disk is away or full: they are looked at until it can. Any thread may call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from bakehouse.ir.execution import AttemptId

_SHORTEST, _LONGEST = 0.25, 5.0  # seconds between looks

#: Does something after so many seconds, in some thread.
After = Callable[[float, Callable[[], None]], None]
#: Tells what the reader of an attempt should know.
Remark = Callable[[AttemptId, str], None]


@dataclass
class _Trouble:
    """What is wrong with one attempt, how often it was looked at, and whether somebody wants it to end."""

    why: str = ""
    looks: int = 0
    is_to_end: bool = False


class Unreached:
    """Those attempts, each with its reason, which is told once. Whoever looks at one anew takes the place of whoever did before."""

    def __init__(self, after: After, remark: Remark) -> None:
        self._after, self._remark = after, remark
        self._lock = threading.Lock()
        self._troubles: dict[AttemptId, _Trouble] = {}

    def again(self, attempt: AttemptId, why: str, look: Callable[[], None]) -> None:
        """Look again after a while, longer each time."""
        with self._lock:
            trouble = self._troubles.setdefault(attempt, _Trouble())
            trouble.looks += 1
            number = trouble.looks
        self.say(attempt, why)
        self._after(min(_SHORTEST * 2.0 ** (number - 1), _LONGEST), lambda: self._look(attempt, number, look))

    def say(self, attempt: AttemptId, why: str) -> None:
        """Why something cannot be done about it now, or told of it."""
        with self._lock:
            trouble = self._troubles.setdefault(attempt, _Trouble())
            news, trouble.why = trouble.why != why, why
        if news:
            self._remark(attempt, why)

    def _look(self, attempt: AttemptId, number: int, look: Callable[[], None]) -> None:
        with self._lock:
            trouble = self._troubles.get(attempt)
        if trouble is not None and trouble.looks == number:
            look()

    def reached(self, attempt: AttemptId, news: str = "what becomes of the step can be told again") -> None:
        """What was in the way is not any more: it is said so, where it was said before what that was."""
        with self._lock:
            trouble = self._troubles.get(attempt)
            was_said = trouble is not None and trouble.why
            if trouble is not None:
                self._troubles[attempt] = _Trouble(is_to_end=trouble.is_to_end)
        if was_said:
            self._remark(attempt, news)

    def end(self, attempt: AttemptId) -> None:
        """Somebody wants it to end: what it left is not waited for."""
        with self._lock:
            self._troubles.setdefault(attempt, _Trouble()).is_to_end = True

    def is_to_end(self, attempt: AttemptId) -> bool:
        """Whether somebody wants that."""
        with self._lock:
            trouble = self._troubles.get(attempt)
            return trouble is not None and trouble.is_to_end

    def forget(self, attempt: AttemptId) -> None:
        """It is over."""
        with self._lock:
            self._troubles.pop(attempt, None)
