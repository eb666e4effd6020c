"""When a branch is taken, as CEL: what the author compared, after the negation of all branches before it. Pure.

Numbers come as doubles on KFP, so that whole ones are converted; a text that CEL would not read as it stands is written with double
quotation marks and escapes, which leave no doubt where it ends.
"""

from __future__ import annotations

import json
from typing import Any

from bakehouse.compiler.scopes import Scopes
from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.comparisons import EQUALITY, ConditionOperation, Joined
from bakehouse.dsl.control import Branch, Else
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.values import NUMBERS, kind_of
from bakehouse.ir.spec import ParameterType

_INTEGER, _DOUBLE = ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE
#: What cannot stand in a text between single quotation marks as it is.
_UNSAFE = ("'", "\\", "\n", "\r")


def condition(branch: Branch, scopes: Scopes) -> str:
    """The trigger condition of a branch."""
    parts = [f"!({_written(one.decision, branch.around, scopes)})" for one in branch.before]
    if not isinstance(branch, Else):
        written = _written(branch.decision, branch.around, scopes)
        parts.append(f"({written})" if parts and _is_or(branch.decision) else written)
    return " && ".join(parts)


def _written(decision: Any, group: TasksGroup, scopes: Scopes) -> str:
    if isinstance(decision, Joined):
        parts = [f"({_written(one, group, scopes)})" for one in decision.parts]
        return f"!{parts[0]}" if decision.operator == "!" else f" {decision.operator} ".join(parts)
    return _comparison(decision, group, scopes)


def _is_or(decision: Any) -> bool:
    return isinstance(decision, Joined) and decision.operator == "||"


def _comparison(made: ConditionOperation, group: TasksGroup, scopes: Scopes) -> str:
    sides = (made.left_operand, made.right_operand)
    as_double = _are_double(made)
    left, right = (
        _operand(side, group, scopes, as_double=as_double) if isinstance(side, PipelineChannel) else _constant(side, made, as_double=as_double)
        for side in sides
    )
    return f"{left} {made.operator} {right}"


def _are_double(made: ConditionOperation) -> bool:
    """Whether numbers of both kinds meet, or one with what is not known and has an order."""
    kinds = {_kind(made.left_operand), _kind(made.right_operand)}
    if None in kinds:
        return bool(kinds & NUMBERS) and (made.operator not in EQUALITY or isinstance(made.right_operand, PipelineChannel))
    return kinds == NUMBERS


def _kind(side: Any) -> ParameterType | None:
    if isinstance(side, PipelineChannel):
        return side.kind if isinstance(side.kind, ParameterType) else None
    return kind_of(side)


def _operand(channel: PipelineChannel, group: TasksGroup, scopes: Scopes, *, as_double: bool) -> str:
    value = f"inputs.parameter_values['{scopes.carried(channel, group)}']"
    if channel.kind is _INTEGER:
        value = f"int({value})"
    return f"double({value})" if as_double and channel.kind is not _DOUBLE else value


def _constant(value: Any, made: ConditionOperation, *, as_double: bool) -> str:
    """A constant beside a channel; beside a text, or what may be one, it is a text."""
    if isinstance(value, str):
        return text(value)
    written = str(value).lower() if isinstance(value, bool) else str(value)
    if as_double:
        return written if isinstance(value, float) else f"double({written})"
    return written if _kind(made.left_operand) in {*NUMBERS, ParameterType.BOOLEAN} else f"'{written}'"


def text(value: str) -> str:
    """A text as CEL reads it."""
    if any(sign in value for sign in _UNSAFE):
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}'"
