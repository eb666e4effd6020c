"""What keeps a component or pipeline from running here and now, and how such a run can end.

NotARunner      what `init` is given is no runner
NotForContainer an argument of a DockerRunner that means nothing to containers of steps
InsideStep      a step calls a component: it would wait for a place on the machine that it takes itself
TooLate         a setting of a task that has run
RunFailed       the run has failed
RunCanceled     somebody has ended the run
"""

from __future__ import annotations

from bakehouse.errors import BadInput, BakehouseError, short

_PROCESSES = "`local.init(runner=local.SubprocessRunner())`"


class NotARunner(BadInput, ValueError):
    """What `local.init` is given is no runner."""

    code = "not_a_runner"

    def __init__(self, *, given: object, place: str) -> None:
        remedy = f"Write {_PROCESSES}, or leave `init` out: calls run without it."
        super().__init__(f"the runner is {short(repr(given))}, which is none", place=place, remedy=remedy)


class NotForContainer(BadInput, ValueError):
    """An argument of a `DockerRunner` that means nothing to containers of steps."""

    code = "not_for_container"

    def __init__(self, *, argument: str, why: str, place: str) -> None:
        self.argument = argument
        super().__init__(f"DockerRunner({argument}=…) cannot be meant: {why}", place=place, remedy="Leave it out.")


class InsideStep(BadInput, RuntimeError):
    """A step calls a component: it would wait for a place on the machine that it takes itself."""

    code = "inside_step"

    def __init__(self, *, component: str, task: str, place: str) -> None:
        self.component, self.task = component, task
        super().__init__(
            f"{component} is called inside the step {task}, and steps start no runs: they would wait for the place that they take themselves",
            place=place,
            remedy=f"Call it in the pipeline, before or after {task}; or call the function itself: `{component.replace('-', '_')}.python_func(…)`.",
        )


class TooLate(BadInput, AttributeError):
    """A task that has run is to be set up, or ordered."""

    code = "too_late"

    def __init__(self, *, task: str, method: str, place: str) -> None:
        self.task, self.method = task, method
        super().__init__(
            f"{task} was called outside a pipeline and has run: .{method} comes too late",
            place=place,
            remedy="Call it in a function with @dsl.pipeline, where a task is set up before it runs; then call the pipeline.",
        )


class RunFailed(BakehouseError, RuntimeError):
    """A run that a call started has failed. `run` is its id, `task` the step that failed first, empty if none did.

    The message names each failed step with the author's line, the end of its log and the command that shows all of it.
    """

    code = "run_failed"

    def __init__(self, *, run: str, task: str, message: str, place: str, remedy: str) -> None:
        self.run, self.task = run, task
        super().__init__(message, place=place or None, remedy=remedy, told=message)


class RunCanceled(BakehouseError, RuntimeError):
    """A run that a call started was ended by somebody. `run` is its id."""

    code = "run_canceled"

    def __init__(self, *, run: str, name: str, why: str) -> None:
        self.run = run
        super().__init__(
            f"the run {name} was ended before it was done{f': {why}' if why else ''}",
            remedy=f"`bakehouse runs show {run[:8]}` shows how far it came; `bakehouse runs retry {run[:8]}` goes on with it.",
        )
