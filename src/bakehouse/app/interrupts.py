"""Ctrl-C and other signals, counted instead of raised: the loop that shows a run looks at them between two looks at the run."""

from __future__ import annotations

import signal
from collections.abc import Collection
from types import FrameType, TracebackType
from typing import Any

from typing_extensions import Self

#: Ctrl-C, and what asks a process to go.
EVERY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """While it is entered, `presses` counts Ctrl-C, and `ended_by` is the number of a signal that wants this process to go (0: none)."""

    def __init__(self, signals: Collection[signal.Signals] = EVERY) -> None:
        self._signals = signals
        self.presses = 0
        self.ended_by = 0
        self._before: dict[signal.Signals, Any] = {}  # what `signal.signal` returns

    def __enter__(self) -> Self:
        for number in self._signals:
            # Ignored under `nohup`, or in a job in the background of a script; not Python's (`None`) where a program embeds it.
            if signal.getsignal(number) not in {signal.SIG_IGN, None}:
                self._before[number] = signal.signal(number, self._count)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _count(self, number: int, frame: FrameType | None) -> None:
        del frame
        if number == signal.SIGINT:
            self.presses += 1
        else:
            self.ended_by = number
