"""Why a step does not take its result from the run that its own run was started from. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bakehouse.ir.spec import ArtifactSource, ParameterSource, TaskOutputArtifact, TaskOutputParameter
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.differences import Difference, Part, compared
from bakehouse.orchestrator.events import CachedResult
from bakehouse.orchestrator.run import Task


def refusal(found: CachedResult | None, task: Task, recorded: Callable[[], JsonObject | None]) -> str:
    """Why this result is not taken; empty if it may be, as far as can be said without a look at its artifacts.

    `found` is what the other run has under the very key, `recorded` tells what the key of the same task of that run was made of.
    """
    if found is not None:
        unread = [name for name, group in found.outputs.artifacts.items() if not all(one.digest for one in group)]
        return f"nobody knows whether its output {unread[0]} is still what it was: its bytes were never read" if unread else ""
    before = recorded()
    if before is None:
        return "the other run recorded no result of it"
    found_out = [(one, _feeder(task, one)) for one in compared(before, task.entry.parts if task.entry is not None else {})]
    words = [one.text for one, feeder in found_out if not feeder]
    upstream = [f"{one.name} of {feeder}" for one, feeder in found_out if feeder]
    if upstream:
        words.append(f"upstream ({', '.join(upstream)})")
    return ", ".join(words) or "its result is not there any more"


def _feeder(task: Task, difference: Difference) -> str:
    """The task that gives the input which differs; empty where it is no input, or not given by a task."""
    inputs = task.node.task.inputs
    source: ParameterSource | ArtifactSource | None = None
    if difference.part is Part.PARAMETER:
        source = inputs.parameters.get(difference.name)
    elif difference.part is Part.ARTIFACT:
        source = inputs.artifacts.get(difference.name)
    return source.producer_task if isinstance(source, TaskOutputParameter | TaskOutputArtifact) else ""
