"""What `dsl.If` and `dsl.Elif` can decide by: comparisons of parameters that are there, with what they can be compared with."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from bakehouse.dsl import arguments, channels, reach, shaping
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel, PipelineParameterChannel, UnknownChannel
from bakehouse.dsl.comparisons import EQUALITY, ConditionOperation, Joined
from bakehouse.dsl.errors import AuthoringError, WrongType, WrongValue
from bakehouse.dsl.meanings import a
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.values import NUMBERS, kind_of, typed
from bakehouse.ir.spec import ParameterType

_COMPARED = frozenset((*NUMBERS, ParameterType.STRING, ParameterType.BOOLEAN, None))


def complete(condition: Any) -> Any:
    """What is decided by: a truth value that stands alone as a comparison with true, members of an Enum as their values."""
    if isinstance(condition, Joined):
        return Joined(condition.operator, tuple(complete(part) for part in condition.parts))
    if isinstance(condition, PipelineParameterChannel) and condition.kind is ParameterType.BOOLEAN:
        return ConditionOperation("==", condition, True)  # noqa: FBT003  # a value
    if isinstance(condition, ConditionOperation):
        return ConditionOperation(condition.operator, shaping.written(condition.left_operand), shaping.written(condition.right_operand))
    return condition


def flaws(condition: Any, building: Recording, construct: str) -> Iterator[AuthoringError]:
    """What is wrong with what a construct is told to decide by; the errors have no place."""
    if isinstance(condition, Joined):
        for part in condition.parts:
            yield from flaws(part, building, construct)
    elif isinstance(condition, ConditionOperation):
        yield from _comparison(condition, building, construct)
    elif isinstance(condition, UnknownChannel):
        return
    elif isinstance(condition, PipelineChannel):
        yield WrongType(
            f"a {construct} is given {condition.full_name} ({a(condition.kind)}), not a comparison",
            remedy="Compare it: `dsl.If(task.output == …)`.",
        )
    elif isinstance(condition, bool):
        yield WrongValue(
            f"a {construct} is given {condition}, which is known now", remedy="Use Python's `if`, or compare what a task gives: `task.output == …`."
        )
    else:
        yield WrongType(f"a {construct} is given {typed(condition)}", remedy="Give it a comparison of pipeline values: `task.output == …`.")


def _comparison(made: ConditionOperation, building: Recording, construct: str) -> Iterator[AuthoringError]:
    sides = (made.left_operand, made.right_operand)
    if any(isinstance(side, UnknownChannel) for side in sides):
        return
    errors = [error for side in sides for error in _operand(side, building, construct)]
    yield from errors
    if errors:
        return
    left, right = (side.kind if isinstance(side, PipelineChannel) else kind_of(side) for side in sides)
    if not _comparable(left, right, made.operator, is_constant=not isinstance(sides[1], PipelineChannel)):
        named = [side.full_name if isinstance(side, PipelineChannel) else typed(side) for side in sides]
        kinds = f"{named[0]} is {a(left)}" + (f", {named[1]} {a(right)}" if isinstance(sides[1], PipelineChannel) else "")
        yield WrongType(
            f"a {construct} compares {named[0]} {made.operator} {named[1]}: {kinds}",
            remedy=f"Compare it with {a(left)}, or let a component convert the value." if left is not None else "Let a component convert the value.",
        )


def _operand(side: Any, building: Recording, construct: str) -> Iterator[AuthoringError]:
    if isinstance(side, PipelineChannel):
        if side.recording is not building:
            yield arguments.foreign(f"a {construct} compares {side.full_name}")
        elif isinstance(side, PipelineArtifactChannel) or side.kind not in _COMPARED:
            yield WrongType(
                f"a {construct} compares {side.full_name}, {a(side.kind)}",
                remedy="Compare a str, int, float or bool: let a component decide, and return one.",
            )
        else:
            error = reach.use(f"a {construct}", side, building.group)
            if error is not None:
                yield error
    elif isinstance(side, str) and channels.names_in(side):
        yield WrongValue(
            f"a {construct} compares with a text that holds a value which is known only when the pipeline runs",
            remedy="Let a component put the text together, and compare with its output.",
        )
    elif not isinstance(side, str | int | float) or (isinstance(side, float) and not math.isfinite(side)):
        yield WrongType(f"a {construct} compares with {typed(side)}", remedy="Compare with a str, an int, a float, True or False.")


def _comparable(left: Any, right: Any, operator: str, *, is_constant: bool) -> bool:
    """Whether two kinds can be compared. What is unknown can be anything; a text and a constant are equal if they are written alike."""
    if left is right or {left, right} <= NUMBERS or None in {left, right}:
        return True
    return is_constant and left is ParameterType.STRING and operator in EQUALITY
