"""Inputs that no step ever wrote, where an attempt failed that was given them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.ir.execution import Artifact, Cause, Ending, LaunchSpec, Outputs
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.values import replace

#: Failures of the step's own code, which may have missed what was to be there.
_OWN = frozenset({Cause.USER_ERROR, Cause.EXIT_CODE})


def told(run: Run, ending: Ending, launch: LaunchSpec | None) -> Ending:
    """The same ending; of an attempt whose own code failed it is said which of its inputs were never written, and by whom."""
    if ending.cause not in _OWN or ending.error is None or launch is None:
        return ending
    said = [f"Its input {name} is {note}." for name, group in launch.inputs.items() for one in group for note in _notes(run, one)]
    if not said:
        return ending
    return replace(ending, error=replace(ending.error, remedy=" ".join([*said, ending.error.remedy]).rstrip()))


def _notes(run: Run, artifact: Artifact) -> Iterator[str]:
    """`model of train, which was never written; …` of an artifact that its step did not write. Looks at every task, if it is empty."""
    if artifact.size != 0:
        return
    for task in run.tasks.values():
        gave = task.outputs or Outputs()
        for output, note in gave.unwritten.items():
            if any(one.id == artifact.id for one in gave.artifacts.get(output, ())):
                yield f"{output} of {task.id}, which {note}"
