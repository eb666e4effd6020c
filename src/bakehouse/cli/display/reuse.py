"""What a run took over from the run that it was started from, and what it ran, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.app.display.texts import Line, short, table
from bakehouse.orchestrator.selecting import EVERYTHING, Selection
from bakehouse.orchestrator.states import TaskState
from bakehouse.records.views import RunView, TaskView


def compared(view: RunView) -> Iterator[Line]:
    """One line for each step; nothing for a run that was not started from another."""
    source = view.options.selection.source
    if not source:
        return
    yield Line("")
    yield Line(f"Compared with run {short(source)}")
    yield from (Line(f"  {row}") for row in table([[task.id, became(task)] for task in view.steps]))


def became(task: TaskView) -> str:
    """`reused`, `runs: parameter lr 0.1 → 0.2`, `skipped: …`."""
    if task.cached_from is not None:
        return "reused"
    if task.attempts or task.note:
        return f"runs: {task.note or 'no result of it may be reused'}"
    return f"{task.state.value.lower()}{': ' if task.why else ''}{task.why}" if task.state is not TaskState.SUCCEEDED else task.why


def chosen(selection: Selection) -> str:
    """The selection as it was given on the command line; empty for all of a run."""
    if selection == EVERYTHING:
        return ""
    flags = [("--from", short(selection.source))] if selection.source else []
    flags += [("--refresh", name) for name in selection.refresh]
    flags += [(flag, name) for flag, name in (("--only", selection.only), ("--until", selection.until)) if name]
    return " ".join(f"{flag} {name}" for flag, name in flags)
