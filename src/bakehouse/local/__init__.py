"""Run here and now: a component or pipeline that is called outside a pipeline, in a program or a notebook, runs at once. And the runs there are.

Nothing has to be said before: `add(a=1, b=2).output` is a number. `init` changes how such runs are made, `reset` takes that back. What runs them
is loaded when the first of them comes: a file that only mentions this module costs nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bakehouse.dsl import only_loaded
from bakehouse.dsl.only_loaded import Kind
from bakehouse.local.configuration import DockerRunner, SubprocessRunner, init, reset
from bakehouse.local.configuration import LocalRunnerType as LocalRunnerType

if TYPE_CHECKING:
    from bakehouse.dsl.component import BaseComponent
    from bakehouse.local.finished import FinishedTask

__all__ = ["DockerRunner", "SubprocessRunner", "init", "reset", "runs"]


def _module(name: str) -> Any:
    """What needs records and an engine, imported now."""
    return importlib.import_module(name)


def call(component: BaseComponent, given: Mapping[str, Any]) -> FinishedTask:
    """Run a component or pipeline with these inputs, on this machine, and wait for it: what a call outside a pipeline does.

    Inputs are values as JSON has them, and artifacts. Raises an `AuthoringError` for inputs that do not fit, `InsideStep`, `RunFailed`,
    `RunCanceled`, and `KeyboardInterrupt` once the run has been ended because of it.
    """
    __tracebackhide__ = True  # notebooks and pytest show the line that calls, and the error
    task: FinishedTask = _module("bakehouse.local.calling").call(component, given)
    return task


def runs(*, limit: int = 50, experiment: str | None = None, tags: Sequence[str] = ()) -> Any:
    """The newest runs of this home, at most `limit`: a `pandas.DataFrame` where pandas is installed, else a list of mappings.

    A row has the `id` of the run, its `name`, `pipeline`, `experiment` and `state`, when it was `created` (UTC), its `duration` in seconds
    (so far, if it is not over), and a column for each parameter (`parameters.NAME`), metric (`metrics.NAME`) and tag (`tags.KEY`). `experiment`
    names the experiment that is asked for; `tags` are those that a run must have: `"key=value"`, or `"key"` for any value of it.
    """
    if only_loaded.noted(Kind.LOCAL, "runs"):
        return []
    return _module("bakehouse.local.listing").runs(limit, experiment, tags)
