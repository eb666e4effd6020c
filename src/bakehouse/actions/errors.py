"""What can be wrong with what a user wants.

NotAllowed    the caller may not act in that namespace
NoSuchTask    the run has no task of that name
NoSuchLog     the task has no log, or no attempt of that number
"""

from __future__ import annotations

from bakehouse.errors import BadInput, NotFound


class NotAllowed(BadInput):
    """The caller may not act in that namespace."""

    code = "not_allowed"

    def __init__(self, *, caller: str, namespace: str) -> None:
        self.caller, self.namespace = caller, namespace
        super().__init__(f"{caller} may not act in namespace {namespace}")


class NoSuchTask(NotFound):
    """The run has no task of that name."""

    def __init__(self, *, run: str, task: str, tasks: str) -> None:
        self.run, self.task = run, task
        super().__init__(f"run {run} has no task {task}", remedy=f"Its tasks are: {tasks}.")


class NoSuchLog(NotFound):
    """The task has no log, or no attempt of that number."""

    def __init__(self, *, run: str, task: str, why: str) -> None:
        self.run, self.task = run, task
        super().__init__(f"task {task} of run {run} has no such log: {why}")
