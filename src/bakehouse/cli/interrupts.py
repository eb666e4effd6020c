"""Ctrl-C and other signals, counted instead of raised: the loop that shows a run looks at them between two looks at the run."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

from typing_extensions import Self


class Interrupts:
    """While it is entered, `presses` counts Ctrl-C, and `ended_by` is the number of a signal that wants this process to go (0: none)."""

    def __init__(self) -> None:
        self.presses = 0
        self.ended_by = 0
        self._before: dict[signal.Signals, Any] = {}  # what `signal.signal` returns

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup`, or a job in the background of a script
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
