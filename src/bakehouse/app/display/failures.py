"""What went wrong in a run: each failed step with the author's own line, the end of its log, and the command for the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bakehouse.app.display.texts import Line, Tone, short
from bakehouse.ir.execution import StepError
from bakehouse.orchestrator.states import RunState
from bakehouse.records.views import RunView, TaskView

MOST_FAILURES = 3

#: The last lines of the log of a failed task, by its id.
Logs = Mapping[str, Sequence[str]]


def failures(view: RunView, logs: Logs) -> Iterator[Line]:
    """Each failed step: the author's own line, the end of its log, the command for the rest."""
    failed = view.failed
    for task in failed[:MOST_FAILURES]:
        yield Line("")
        yield from _failure(view, task, logs.get(task.id, ()))
    if len(failed) > MOST_FAILURES:
        yield Line(f"{len(failed) - MOST_FAILURES} more steps failed: bakehouse runs show {short(view.summary.id)}", Tone.BAD)
    if view.error is not None and not failed and view.summary.state is RunState.FAILED:
        yield Line("")
        yield Line(view.error.message, Tone.BAD)
        if view.error.remedy:
            yield Line(f"  {view.error.remedy}")


def _failure(view: RunView, task: TaskView, log: Sequence[str]) -> Iterator[Line]:
    error = task.error or StepError(message=task.why or "no reason was recorded")
    attempts = f" (attempt {len(task.attempts)})" if len(task.attempts) > 1 else ""
    kind = f"{error.type}: " if error.type else ""
    first, *others = f"{label(task)} failed{attempts}: {kind}{error.message}".splitlines() or [""]
    yield Line(first, Tone.BAD)
    yield from (Line(f"  {line}", Tone.BAD) for line in others)
    if error.file:
        where = f"{error.file}:{error.line}" if error.line is not None else error.file
        yield Line(f"  {where}{f' in {error.function}' if error.function else ''}", Tone.STRONG)
    if error.source_line:
        yield Line(f"    {error.source_line.strip()}")
    if error.remedy:
        yield Line(f"  {error.remedy}")
    command = f"bakehouse runs logs {short(view.summary.id)} {task.id}"
    if log:
        yield Line(f"  its log ends with ({command} shows all of it):", Tone.DIM)
        yield from (Line(f"  | {line}") for line in log)
    elif task.attempts:
        yield Line(f"  it printed nothing ({command})", Tone.DIM)


def label(task: TaskView) -> str:
    """Its name; below a group its path, since each round of a loop has a step of that name."""
    return task.id if task.parent else task.display_name or task.id
