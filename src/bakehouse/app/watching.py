"""The loop that shows a run while it is driven, some ten times a second, and does what Ctrl-C asks for."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.app.display import progress, wording
from bakehouse.app.display.plain import Screen
from bakehouse.app.display.progress import Progress
from bakehouse.app.display.tails import Tails
from bakehouse.app.display.texts import Line, Tone
from bakehouse.app.interrupts import Interrupts
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import AttemptId, RunId
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.states import FINAL_RUN_STATES, TaskState

_LOOK = 0.1  # seconds between looks
_SILENCE = 2.0  # seconds


class Driver(Protocol):
    """Whoever drives the run, as `app.driving.Drive` does."""

    def wait(self, timeout: float) -> bool:
        """Wait; whether the run is over."""

    def terminate(self) -> bool:
        """Ask for the run to end. `False` if it is over already."""


class Left(Exception):
    """The user, or a signal (`number`), wants to go before the run is over."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@dataclass
class Watch:
    """One run, its picture, and where it is shown. `observe` and `hear` may be called from any thread, everything else from one.

    `silence`: seconds without a word of our engine after which the records are asked, for another engine may drive the run.
    """

    context: Context
    run_id: RunId
    screen: Screen
    tails: Tails
    picture: Progress
    changes: queue.SimpleQueue[Sequence[Change]] = field(default_factory=queue.SimpleQueue)
    words: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    heard: float = field(default_factory=time.monotonic)
    terminating: bool = False
    silence: float = _SILENCE
    said: set[str] = field(default_factory=set)

    def observe(self, run_id: RunId, changes: Sequence[Change]) -> None:
        """Told by the engine what was recorded."""
        del run_id
        self.changes.put(changes)

    def hear(self, words: str) -> None:
        """Told by the engine what the user should know beside."""
        self.words.put(words)

    def until_over(self, driver: Driver, interrupts: Interrupts) -> None:
        """Show the run until it is over. Raises `Left` when the user wants to go."""
        while not driver.wait(_LOOK):
            self.look()
            self._obey(driver, interrupts)
        self.tails.close()
        self.look(last=True)

    def _obey(self, driver: Driver, interrupts: Interrupts) -> None:
        if interrupts.ended_by:
            raise Left(interrupts.ended_by)
        if interrupts.presses and not self.terminating:
            self._terminate(driver)
        if interrupts.presses > 1:
            raise Left(0)

    def _terminate(self, driver: Driver) -> None:
        try:
            self.terminating = driver.terminate()
        except Unavailable as error:
            self._complain(f"Ctrl-C: the run cannot be told to end yet, that is tried again; once more leaves it running. {error}")
            return
        if self.terminating:
            self.screen.lines([Line("Ctrl-C: the run is being ended, steps have 10 s. Once more leaves it to the next engine.", Tone.STRONG)])

    def _complain(self, trouble: str) -> None:
        """Say it once, however often it is met."""
        if trouble not in self.said:
            self.said.add(trouble)
            self._say(trouble)

    def _say(self, words: str) -> None:
        self.screen.lines([Line(line, Tone.STRONG) for line in words.splitlines()])

    def look(self, *, last: bool = False) -> None:
        """See what has happened, and show it. The `last` look asks the records, unless our engine has told of the end."""
        while not self.words.empty():
            self._say(self.words.get_nowait())
        later, now = self._later(last=last), time.time()
        told = wording.news(self.picture, later, now)
        self.picture = later
        self.screen.update(later, told, list(self.tails.read()))

    def _later(self, *, last: bool) -> Progress:
        batch = self._drained()
        if batch:
            self.heard = time.monotonic()
            self.tails.follow(batch)
        later = progress.after(self.picture, batch) if batch else self.picture
        if last:
            return later if later.state in FINAL_RUN_STATES else self._recorded(later)
        if time.monotonic() - self.heard < self.silence:
            return later
        self.heard = time.monotonic()
        recorded = self._recorded(later)
        return recorded if self.changes.empty() else later  # our engine speaks again, and knows it better

    def _recorded(self, known: Progress) -> Progress:
        """The run as the records have it, its logs followed; as it was known if they cannot be read."""
        try:
            view = runs.get(self.context, self.run_id)
        except Unavailable as error:
            self._complain(f"What becomes of the run cannot be seen now, that is tried again. {error}")
            return known
        tried = [(task, attempt.number) for task in view.tasks for attempt in task.attempts]
        for task, number in tried:
            self.tails.add(AttemptId(self.run_id, task.id, number))
        self.tails.keep({(task.id, number) for task, number in tried if task.state is TaskState.RUNNING and number == task.attempts[-1].number})
        return progress.seen(known, view)

    def _drained(self) -> list[Change]:
        batch: list[Change] = []
        while not self.changes.empty():  # nobody else takes from it
            batch.extend(self.changes.get_nowait())
        return batch


class _Words(logging.Handler):
    """Hands what an engine has to say to whoever watches the run: standard error would run into the tree."""

    def __init__(self, watch: Watch, thread: str) -> None:
        super().__init__()
        self._watch = watch
        # Every engine of this process says its words to the one logger; each has a thread, and is made in that of its watcher.
        own = threading.get_ident()
        self.addFilter(lambda record: record.threadName == thread or record.thread == own)

    def emit(self, record: logging.LogRecord) -> None:
        """One thing it says."""
        self._watch.hear(record.getMessage())


@contextmanager
def heard(watch: Watch, thread: str) -> Iterator[None]:
    """What the engine that drives the run has to say is shown where the run is. `thread` is the name of the engine's."""
    log, words = logging.getLogger("bakehouse.engine"), _Words(watch, thread)
    log.addHandler(words)
    try:
        yield
    finally:
        log.removeHandler(words)
