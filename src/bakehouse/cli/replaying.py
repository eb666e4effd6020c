"""Running a recorded step again, and saying what came of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bakehouse.actions import replays
from bakehouse.actions.replays import Recorded, Verdict
from bakehouse.app import replaying, settings, wiring
from bakehouse.app.display.texts import short, table
from bakehouse.cli import answers
from bakehouse.ir.execution import Ending
from bakehouse.runners.replaying import Terminal


def replay(run: str, step: str, attempt: int | None, *, debugger: bool, as_json: bool) -> int:
    """Run a step again; the exit code: 0 when it gives what was recorded."""
    chosen = settings.from_environment()
    with wiring.opened(chosen) as context:
        recorded = replays.recorded(context, run, step, attempt)
    again = recorded.launch.attempt
    if recorded.reused_from:
        answers.notice("note: its result was reused from an earlier run, whose step is the one that runs again")
    answers.notice(f"{again.task_id}, attempt {again.number} of run {short(again.run_id)}, runs again")
    sys.stdout.flush()
    with replaying.scratch(chosen) as folder:
        # A document has standard output for itself; a debugger talks where people look.
        ending = replaying.replay(chosen, recorded, folder, Terminal(debugger, 2 if as_json else 1), answers.notice)
        verdicts = _verdicts(recorded, ending)
        good = ending.cause is None and recorded.outputs is not None and all(one.equal for one in verdicts)
        if good:
            replaying.remove(folder)
        if as_json:
            answers.document(_document(recorded, ending, verdicts, None if good else folder))
        else:
            answers.lines(_told(recorded, ending, verdicts))
            if not good:
                answers.lines([f"everything it wrote is in {folder}"])
    return 0 if good else 1


def _verdicts(recorded: Recorded, ending: Ending) -> Sequence[Verdict]:
    if ending.cause is not None or recorded.outputs is None:
        return ()
    return replays.compared(recorded.outputs, ending.outputs)


def _told(recorded: Recorded, ending: Ending, verdicts: Sequence[Verdict]) -> list[str]:
    if ending.cause is not None:
        message = ending.error.message if ending.error is not None else ending.cause.value
        kind = f"{ending.error.type}: " if ending.error is not None and ending.error.type else ""
        before = "as the recorded attempt did" if recorded.error is not None else "the recorded attempt did not"
        if recorded.error is not None and recorded.error.message != message:
            before = f"the recorded attempt failed otherwise: {recorded.error.message}"
        return [f"it failed ({before}): {kind}{message}"]
    if recorded.outputs is None:
        why = recorded.error.message if recorded.error is not None else "it gave no outputs that were recorded"
        return [f"it succeeded; the recorded attempt did not: {why}"]
    if not verdicts:
        return ["it succeeded, and gives nothing that could be compared"]
    return table([[one.output, one.said] for one in verdicts])


def _document(recorded: Recorded, ending: Ending, verdicts: Sequence[Verdict], folder: Path | None) -> dict[str, object]:
    attempt = recorded.launch.attempt
    return {
        "run_id": attempt.run_id,
        "task": attempt.task_id,
        "attempt": attempt.number,
        "succeeded": ending.cause is None,
        "equal": ending.cause is None and recorded.outputs is not None and all(one.equal for one in verdicts),
        "error": None if ending.error is None else asdict(ending.error),
        "outputs": [asdict(one) for one in verdicts],
        "folder": None if folder is None else str(folder),
    }
