"""A run shown as plain lines, as things happen: for pipes, files and terminals that cannot do more."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from bakehouse.app.display.progress import Progress
from bakehouse.app.display.tails import Printed
from bakehouse.app.display.texts import Line, Tone
from bakehouse.app.display.wording import News, still

_SILENCE = 30.0  # seconds without a line after which one says what is going on


class Screen(Protocol):
    """Where a run is shown."""

    #: Bytes of each step's output that are shown per look.
    most_bytes: int

    def update(self, progress: Progress, told: News, printed: Sequence[Printed]) -> None:
        """A look at the run: what it looks like now, what happened, what its steps printed. Called some ten times a second."""

    def lines(self, lines: Sequence[Line]) -> None:
        """Show these lines now."""

    def close(self, progress: Progress) -> None:
        """The run is over, or left: from now on only lines follow."""


def can_redraw(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which what is shown can be drawn anew."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def titled(title: str, stream: TextIO, unread: Callable[[OSError], None]) -> Plain:
    """Plain lines below a title; `unread` as `Plain` takes it."""
    plain = Plain(stream, unread)
    plain.lines([Line(title)])
    return plain


class Plain:
    """Lines without colours or escape codes. `clock` counts seconds; `unread` is told, once, that the stream takes no more: the run goes on."""

    most_bytes = 1 << 20

    def __init__(self, stream: TextIO, unread: Callable[[OSError], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._unread, self._clock = stream, unread, clock
        self._heard = clock()
        self._read = True

    def update(self, progress: Progress, told: News, printed: Sequence[Printed]) -> None:
        """Print what is new, or, after a long silence, what is going on."""
        names = {step.id: step.name for step in progress.steps.values()} if printed else {}
        prints = [(one.task_id in told.fresh, Line(f"[{names.get(one.task_id, one.task_id)}] {one.text}")) for one in printed]
        earlier, later = ([line for is_fresh, line in prints if is_fresh is wanted] for wanted in (False, True))
        lines = [*earlier, *told.over, *told.going, *later, *told.run]
        if not lines and self._clock() - self._heard >= _SILENCE:
            lines = [Line(still(progress, time.time()), Tone.DIM)]
        if lines:
            self.lines(lines)

    def lines(self, lines: Sequence[Line]) -> None:
        """Print them. Whoever reads may stop reading, and a disk may be full: the run goes on."""
        self._heard = self._clock()
        if not self._read:
            return
        try:
            self._stream.write("".join(f"{line.text}\n" for line in lines))
            self._stream.flush()
        except OSError as error:
            self._read = False
            self._unread(error)

    def close(self, progress: Progress) -> None:
        """Nothing is left to draw."""
