"""Tasks of a recording that wait for each other in a cycle, told at the author's `.after()` that closes it. Pure.

Values flow from what was made before to what is made after it, so that no cycle comes to be without an `.after()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.compiler.scopes import Scopes, edge, home_of
from bakehouse.dsl.errors import InvalidPipeline, combined
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.recording import Recording
from bakehouse.ir.wiring import first_cycle


def refuse(recording: Recording, scopes: Scopes) -> None:
    """Raise an error for each cycle, once all that tasks need is known."""
    error = combined(_cycles(recording, scopes))
    if error is not None:
        raise error


def _cycles(recording: Recording, scopes: Scopes) -> Iterator[InvalidPipeline]:
    for group in recording.root.walk():
        needs = scopes[group].needs
        names = (*(one.name for one in group.tasks), *(one.name for one in group.groups))
        cycle = first_cycle({name: sorted(needs.get(name, ())) for name in names})
        if cycle:
            circle = [*cycle, cycle[0]]
            yield InvalidPipeline(
                f"the tasks wait for each other in a cycle: {' → '.join(circle)}",
                place=_closed(recording, group, set(zip(circle, cycle[1:] + cycle[:1], strict=False))),
                remedy="Remove this `.after()`, or another one of these dependencies.",
            )


def _closed(recording: Recording, group: TasksGroup, steps: set[tuple[str, str]]) -> str:
    """The line of the last `.after()` that is a step of a cycle in a group."""
    found = ""
    for made in recording.tasks.values():
        for before in made.upstream.values():
            scope, *step = edge(made.name, made.group, before.name, home_of(before))
            if scope is group and tuple(step) in steps:
                found = made.after_places[before.name]
    return found or group.place
