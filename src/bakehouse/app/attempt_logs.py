"""What attempts left in their folders and a run is shown with: where logs lie, and the ends of those that tell why it failed."""

from __future__ import annotations

from pathlib import Path

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.app.display import failures
from bakehouse.app.display.tails import last_lines
from bakehouse.ir.execution import AttemptId
from bakehouse.records.views import RunView, TaskView

_LOG_LINES = 20


def log_of(context: Context, attempt: AttemptId) -> Path:
    """Where the log of an attempt lies; it need not be there yet."""
    return runs.attempt_folder(context, attempt.path) / "log"


def latest(view: RunView, task: TaskView) -> AttemptId:
    """The latest attempt of a task that has one."""
    return AttemptId(view.summary.id, task.id, task.attempts[-1].number)


def ends(context: Context, view: RunView) -> failures.Logs:
    """The last lines of the logs of the failed steps that `failures.failures` shows."""
    failed = [task for task in view.failed if task.attempts][: failures.MOST_FAILURES]
    return {task.id: last_lines(log_of(context, latest(view, task)), _LOG_LINES) for task in failed}
