"""Trigger conditions and parameter selectors: read, checked and evaluated. Pure; never `eval`, and a value is never read as code.

The language is the part of CEL that pipelines need: `|| && ! == != < <= > >= in + - * / % ?:`, `size() string() int() double()
bool() parseJson()`, `.startsWith() .endsWith() .contains() .size()`, lists, mappings, items and fields. A condition sees its task's
inputs, `inputs.parameter_values['NAME']`; a selector the value it selects from, as `string_value` always (JSON where it is no text)
and as `number_value`, `bool_value`, `null_value`, `struct_value` or `list_value` if it is one. `&&` and `||` ignore an error on
one side if the other decides. `.matches()` is left out: a pattern can take for ever.

A condition that KFP's compiler wrote gives the branch that its author meant, also where the compiler forgot to escape a text or put
an operand between quotation marks (`expression_quotes`). A number or truth value that it compares with a text is compared as text:
5 is '5'; 1.5 is '1.5'; 5.0 is '5' and '5.0'; true is 'true' and 'True'.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, TypeAlias

from bakehouse.errors import Problem
from bakehouse.ir.values import Json, JsonObject

if TYPE_CHECKING:
    from bakehouse.ir.expression_meaning import Expression
else:
    Expression: TypeAlias = Any

__all__ = ["Expression", "check", "check_selector", "condition", "parse", "selected"]


def _meaning() -> Any:  # a module
    """What reads and evaluates. Most pipelines have neither condition nor selector, and should not wait for it when they start."""
    return importlib.import_module("bakehouse.ir.expression_meaning")


def parse(text: str) -> Expression:
    """Read an expression; the same text is read once. Raises `InvalidExpression`."""
    read: Expression = _meaning().parse(text)
    return read


def condition(expression: Expression, parameters: JsonObject) -> bool:
    """Whether a task is to run, given its inputs. Raises `NoResult` if one is missing or the answer is neither true nor false."""
    return bool(_meaning().condition(expression, parameters))


def selected(text: str, value: Json) -> Json:
    """What a `parameterExpressionSelector` selects from a value. Raises `InvalidExpression` or `NoResult`."""
    return _meaning().selected(text, value)


def check(text: str, known: Collection[str]) -> list[Problem]:
    """What is wrong with a condition, `known` being the inputs of its task; the problems have no place."""
    return list(_meaning().check(text, known))


def check_selector(text: str) -> list[Problem]:
    """What is wrong with a selector; the problems have no place."""
    return list(_meaning().check_selector(text))
