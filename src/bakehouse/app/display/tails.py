"""What running steps print, read from the ends of their logs: bounded at every look, however much they print."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.actions import logs
from bakehouse.app.display.texts import harmless, size
from bakehouse.ir.execution import AttemptId, TaskId
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened, Change

_PATIENCE = 0.5  # seconds after which a line without an end is shown as it is
_LONGEST_LINE = 2000  # characters
_LOOKED_THROUGH = 64 << 10  # bytes at the end of a log in which its last lines are looked for


@dataclass(frozen=True)
class Printed:
    """A line that a step printed; `note` marks lines that are ours, on what was left out."""

    task_id: TaskId
    text: str
    note: bool = False


@dataclass
class Tail:
    """The log of one attempt, read up to `offset`; `rest` is a line without an end so far, waiting since `rest_at`."""

    path: Path
    offset: int = 0
    rest: bytes = b""
    rest_at: float = 0.0
    closed: bool = False


@dataclass
class Tails:
    """The logs of all attempts that run. `log_of` says where the log of an attempt lies; `most` bytes are shown of each per look."""

    log_of: Callable[[AttemptId], Path]
    run_id: str
    most: int
    open: dict[tuple[TaskId, int], Tail] = field(default_factory=dict)
    known: set[tuple[TaskId, int]] = field(default_factory=set)

    def follow(self, changes: Sequence[Change]) -> None:
        """Open the logs of attempts that were launched; read those that ended one last time at the next look."""
        for change in changes:
            if isinstance(change, AttemptOpened):
                self.add(change.launch.attempt)
            elif isinstance(change, AttemptClosed) and (change.task_id, change.attempt) in self.open:
                self.open[change.task_id, change.attempt].closed = True

    def add(self, attempt: AttemptId) -> None:
        """Follow the log of an attempt. Again is nothing."""
        key = attempt.task_id, attempt.number
        if key not in self.known:
            self.known.add(key)
            self.open[key] = Tail(self.log_of(attempt))

    def keep(self, running: Collection[tuple[TaskId, int]]) -> None:
        """Only these attempts run: read the others one last time at the next look."""
        for attempt, tail in self.open.items():
            tail.closed = tail.closed or attempt not in running

    def close(self) -> None:
        """No attempt prints any more: what the next look gives is the last."""
        for tail in self.open.values():
            tail.closed = True

    def read(self, clock: Callable[[], float] = time.monotonic) -> Iterator[Printed]:
        """What was printed since the last look."""
        for (task_id, number), tail in list(self.open.items()):
            yield from self._lines(task_id, tail, clock())
            if tail.closed:
                del self.open[task_id, number]

    def _lines(self, task_id: TaskId, tail: Tail, now: float) -> Iterator[Printed]:
        left_out, data = _new_bytes(tail, self.most)
        if left_out:
            yield Printed(task_id, f"… {size(left_out)} left out here; whole: bakehouse runs logs {self.run_id} {task_id}", note=True)
        *whole, rest = (tail.rest + data).split(b"\n")
        if rest != tail.rest:
            tail.rest, tail.rest_at = rest, now
        for line in whole:
            yield Printed(task_id, _shown(line))
        if tail.rest and (tail.closed or now - tail.rest_at >= _PATIENCE or len(tail.rest) > _LONGEST_LINE):
            yield Printed(task_id, _shown(tail.rest))
            tail.rest = b""


def _new_bytes(tail: Tail, most: int) -> tuple[int, bytes]:
    """What has been added to a log, at most its last `most` bytes from the start of a line on; and how many bytes before were left out."""
    try:
        with logs.opened(tail.path) as file:
            end = file.seek(0, 2)
            if end <= tail.offset:
                return 0, b""
            start = max(tail.offset, end - most)
            file.seek(start)
            data = file.read(most)
    except OSError:
        return 0, b""  # not there yet, or gone with its run
    skipped = start - tail.offset
    tail.offset = start + len(data)
    if skipped:
        skipped += len(tail.rest)
        tail.rest = b""
        partial = data.find(b"\n") + 1
        skipped, data = skipped + partial, data[partial:]
    return skipped, data


def _shown(line: bytes) -> str:
    text = harmless(line.decode("utf-8", "replace"))
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]} … ({size(len(line))} in this line)"


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log, as harmless text; none if there is no log."""
    tail = Tail(path)
    _, data = _new_bytes(tail, _LOOKED_THROUGH)
    lines = data.rstrip(b"\n").split(b"\n") if data.strip() else []
    return [_shown(line) for line in lines[-count:]]
