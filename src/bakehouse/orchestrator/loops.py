"""Loops: what they go over, and what each of their rounds is given. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bakehouse.ir.execution import Artifact, StepError
from bakehouse.ir.spec import ArtifactIterator, ParameterIterator
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.inputs import Resolved, typed
from bakehouse.orchestrator.run import Loop, Task

#: Rounds of one loop. More than this is a mistake far more often than a wish, and would fill the records.
MOST_ROUNDS = 1_000_000


@dataclass(frozen=True)
class RoundInputs:
    """What the DAG of one round is given."""

    parameters: JsonObject
    artifacts: Mapping[str, tuple[Artifact, ...]]


def items(task: Task, resolved: Resolved) -> Sequence[Json | Artifact] | StepError:
    """What a loop goes over, in order, or why it cannot."""
    match task.node.task.iterator:
        case ArtifactIterator(input_artifact=name):
            return resolved.artifacts.get(name, ())
        case ParameterIterator(raw=str(raw)):
            return _listed(raw, "the items of the loop")
        case ParameterIterator(input_parameter=str(name)):
            return _listed(resolved.parameters.get(name), f"its input {name}")
        case _:
            return StepError(message="cannot start: it loops over nothing")


def _listed(value: Json, what: str) -> Sequence[Json] | StepError:
    if isinstance(value, str):
        # KFP writes constant items as JSON; a list may also come through an input that is a text.
        try:
            value = json.loads(value)
        except ValueError:
            return StepError(message=f"cannot start: {what} is {value[:80]!r}, which is no list")
    if not isinstance(value, list | tuple):
        return StepError(message=f"cannot start: {what} is no list but {json.dumps(value)[:80]}")
    if len(value) > MOST_ROUNDS:
        return StepError(message=f"cannot start: {what} has {len(value):,} elements, and a loop has at most {MOST_ROUNDS:,} rounds")
    return tuple(value)


def item_of(loop: Loop, task: Task, index: int) -> JsonObject:
    """The item of round `index` by the name of its input; empty for an artifact."""
    iterator = task.node.task.iterator
    return {iterator.item_input: loop.items[index]} if isinstance(iterator, ParameterIterator) else {}


def inputs_of(loop: Loop, task: Task, index: int) -> RoundInputs:
    """What round `index` of a loop is given: the inputs of the loop, and its item."""
    iterator, item = task.node.task.iterator, loop.items[index]
    if isinstance(iterator, ArtifactIterator) and isinstance(item, Artifact):
        return RoundInputs(loop.parameters, {**loop.artifacts, iterator.item_input: (item,)})
    name = iterator.item_input if iterator is not None else ""
    return RoundInputs({**loop.parameters, name: typed(task.node.component, name, item)}, loop.artifacts)
