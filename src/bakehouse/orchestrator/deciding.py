"""What one turn of the engine makes of a run: what is done at once, and what only when all of it is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import Action, AttemptOpened, Command, LookUp, Prepare, Published, Queue, Release, Wake
from bakehouse.orchestrator.events import Event
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.surroundings import Driven

#: Actions that start and end nothing: what comes of them may be decided before anything is recorded, so that one transaction takes it all.
_HARMLESS = (Prepare, LookUp, Queue, Release, Wake)


@dataclass
class Decided:
    """A turn of a run that stood `before` as this: its events so far, what is left for `later`, and what was `done` at once.

    `earlier`: what was done at once when these events were heeded for the first time, if they are heeded again.
    """

    before: Run
    events: list[Event] = field(default_factory=list)
    later: list[Command] = field(default_factory=list)
    done: list[Command] = field(default_factory=list)
    earlier: list[Command] = field(default_factory=list)

    def heed(self, driven: Driven, event: Event, keys: set[str]) -> list[Action]:
        """One more event: what is to be done at once. `keys` are those that this turn has still to record: whoever asks for them waits."""
        self.events.append(event)
        driven.run, commands = machine.step(driven.run, event)
        at_once: list[Action] = []
        for command in commands:
            if isinstance(command, Published) and command.entry is not None:
                keys.add(command.entry.key)
            elif isinstance(command, AttemptOpened):
                keys.add(command.claim)
            if not isinstance(command, _HARMLESS) or (isinstance(command, LookUp) and command.key in keys):
                self.later.append(command)
            elif not self._has_done(command):
                at_once.append(command)
        return at_once

    def _has_done(self, command: Command) -> bool:
        """Whether this was done already; if not, it is from now on."""
        known = command in self.earlier
        if known:
            self.earlier.remove(command)
        self.done.append(command)
        return known
