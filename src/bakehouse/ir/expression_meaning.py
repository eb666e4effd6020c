"""What conditions and selectors mean: the rest of `expressions`, which loads it for the first one that there is. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TypeGuard

from typing_extensions import assert_never

from bakehouse.errors import Problem
from bakehouse.ir import expression_quotes, expression_values, placeholders
from bakehouse.ir.errors import InvalidExpression, NoResult
from bakehouse.ir.expression_nodes import (
    RELATIONS,
    Binary,
    Call,
    Choice,
    Item,
    ListOf,
    Literal,
    Logical,
    MapOf,
    Name,
    Node,
    Text,
    Unary,
    Values,
    walk,
)
from bakehouse.ir.expression_syntax import VALUE_NAMES
from bakehouse.ir.expression_values import Refused, equal, kind, shown
from bakehouse.ir.findings import nearest
from bakehouse.ir.values import Json, JsonObject

_MARK = re.compile(r"\{\{channel:task=[^{}]{0,1024}\}\}")
_CONDITION = "A condition asks about the inputs of its task: inputs.parameter_values['NAME']."
_SELECTOR = f"A selector asks about its value: {', '.join(sorted(VALUE_NAMES))}."


@dataclass(frozen=True)
class Expression:
    """An expression that was read: its text and its syntax tree."""

    text: str
    root: Node


@lru_cache(maxsize=512)
def parse(text: str) -> Expression:
    """Read an expression. Raises `InvalidExpression`."""
    return Expression(text, expression_quotes.tree(text))


def condition(expression: Expression, parameters: JsonObject) -> bool:
    """Whether a task is to run, given its inputs. Raises `NoResult` if one is missing or the answer is neither true nor false."""
    result = _result(expression, _Scope(parameters=parameters))
    if isinstance(result, bool):
        return result
    message = f"a condition must be true or false, but this is {shown(result)}{_of_inputs(expression.root)}"
    raise NoResult(message, text=expression.text, remedy="Compare it with something: inputs.parameter_values['NAME'] == 'VALUE'.")


def selected(text: str, value: Json) -> Json:
    """What a `parameterExpressionSelector` selects from a value. Raises `InvalidExpression` or `NoResult`."""
    return _result(parse(text), _Scope(value=value, selects=True))


# ---------------------------------------------------------------- before a run


def check(text: str, known: Collection[str]) -> list[Problem]:
    """What is wrong with a condition, `known` being the inputs of its task; the problems have no place."""
    try:
        root = parse(text).root
    except InvalidExpression as error:
        return list(error.problems)
    return [*_unknown(root, known), *_not_decided(root), *_not_put_in(root)]


def check_selector(text: str) -> list[Problem]:
    """What is wrong with a selector; the problems have no place."""
    try:
        root = parse(text).root
    except InvalidExpression as error:
        return list(error.problems)
    foreign = ["inputs" if isinstance(node, Values) else node.name for node, _ in walk(root) if _is_foreign(node)]
    return [Problem(f"a selector cannot ask about {name}", remedy=_SELECTOR) for name in dict.fromkeys(foreign)]


def _is_foreign(node: Node) -> TypeGuard[Name | Values]:
    return isinstance(node, Values) or (isinstance(node, Name) and node.name not in VALUE_NAMES)


def _unknown(root: Node, known: Collection[str]) -> Iterator[Problem]:
    asked = [node.name for node, _ in walk(root) if isinstance(node, Name)]
    for name in dict.fromkeys(asked):
        yield Problem(f"a condition cannot ask about {name}", remedy=_CONDITION)
    for name in _inputs(root):
        if name not in known:
            yield Problem(f"the condition asks about an input {name}, which the task is not given", remedy=nearest(name, known) or _CONDITION)


def _not_decided(root: Node) -> Iterator[Problem]:
    is_value = isinstance(root, Text | ListOf | MapOf) or (isinstance(root, Literal) and not isinstance(root.value, bool))
    if is_value or (isinstance(root, Binary) and root.operator not in RELATIONS):
        yield Problem("the condition is neither true nor false", remedy=_CONDITION)


def _not_put_in(root: Node) -> Iterator[Problem]:
    """Of an f-string with an output in it, KFP's compiler leaves a mark in the condition that nothing ever replaces."""
    texts = [node.value for node, _ in walk(root) if isinstance(node, Literal) and isinstance(node.value, str)]
    for found in filter(None, map(_MARK.search, texts)):
        message = f"the condition compares with a text that was to hold an output or a parameter, and holds {found[0]}"
        yield Problem(message, remedy="Make the text in a step, and compare with the output of that step.")


def _inputs(root: Node) -> list[str]:
    """The inputs that an expression names, each once."""
    found = [node.key.value for node, _ in walk(root) if isinstance(node, Item) and node.of == Values() and isinstance(node.key, Literal)]
    return [name for name in dict.fromkeys(found) if isinstance(name, str)]


# ---------------------------------------------------------------- evaluating


@dataclass(frozen=True)
class _Scope:
    """What an expression may ask about: the inputs of a task or, for a selector, one value."""

    parameters: JsonObject = field(default_factory=dict)
    value: Json = None
    selects: bool = False


def _result(expression: Expression, scope: _Scope) -> Json:
    try:
        return _value(expression.root, scope)
    except Refused as error:
        raise NoResult(error.message, text=expression.text, remedy=error.remedy) from None
    except RecursionError:
        raise NoResult("a value is nested too deeply", text=expression.text, remedy="Compute the answer in a step, and test that.") from None


def _value(node: Node, scope: _Scope) -> Json:
    match node:
        case Literal(value):
            result = value
        case Name(name):
            result = _named(name, scope)
        case Values():
            result = _parameters(scope)
        case Item(of, key):
            result = _item(node, _value(of, scope), _value(key, scope))
        case Text(operand):
            result = expression_values.texts(_value(operand, scope))[0]
        case ListOf(items):
            result = [_value(one, scope) for one in items]
        case MapOf(entries):
            result = _mapping(entries, scope)
        case Choice(question, yes, no):
            result = _value(yes if _truth(question, scope) else no, scope)
        case _:
            result = _operation(node, scope)
    return result


def _operation(node: Call | Unary | Binary | Logical, scope: _Scope) -> Json:
    match node:
        case Call("parseJson", (Name("string_value"),)) if scope.selects and not isinstance(scope.value, str):
            result = scope.value  # its text and back
        case Call(function, arguments):
            result = _applied(node, expression_values.FUNCTIONS[function], *(_value(one, scope) for one in arguments))
        case Unary("!", operand):
            result = not _truth(operand, scope)
        case Unary(_, operand):
            result = _applied(node, expression_values.negative, _value(operand, scope))
        case Logical(operator, operands):
            result = _decided(operands, scope, by=operator == "||")
        case Binary("==" | "!=" as relation, left, right):
            result = _equal(left, right, scope) is (relation == "==")
        case Binary(sign, left, right):
            result = _applied(node, partial(_binary(sign), sign), _value(left, scope), _value(right, scope))
        case _:
            assert_never(node)
    return result


def _binary(sign: str) -> Callable[..., Json]:
    if sign == "in":
        return expression_values.contained
    return expression_values.ordered if sign in RELATIONS else expression_values.computed


def _applied(node: Node, function: Callable[..., Json], *values: Json) -> Json:
    """What a function makes of values; where it refuses, the inputs that they came from are named."""
    try:
        return function(*values)
    except Refused as error:
        raise Refused(error.message + _of_inputs(node), error.remedy) from None


def _of_inputs(node: Node) -> str:
    names = _inputs(node)
    return f" (of the {'inputs' if len(names) > 1 else 'input'} {', '.join(names)})" if names else ""


def _item(node: Item, whole: Json, key: Json) -> Json:
    if isinstance(node.of, Values) and isinstance(key, str) and key not in whole:
        raise Refused(f"the input {key} is not given", nearest(key, whole) or "The task is given no inputs.")
    return _applied(node, expression_values.found, whole, key)


def _equal(left: Node, right: Node, scope: _Scope) -> bool:
    """Whether two operands are equal in one of the ways in which they may be read."""
    ours, others = _readings(left, scope), _readings(right, scope)
    return any(equal(one, other) for one in ours for other in others)


def _readings(node: Node, scope: _Scope) -> tuple[Json, ...]:
    match node:
        case Text(operand):
            return expression_values.texts(_value(operand, scope))
        case Literal(value, str(also)):
            return (value, also)
        case _:
            return (_value(node, scope),)


def _decided(operands: tuple[Node, ...], scope: _Scope, *, by: bool) -> bool:
    """`||` is decided by a true operand, `&&` by a false one, whatever the others are; else an error of one is that of the whole."""
    refused: Refused | None = None
    for operand in operands:
        answer = _attempted(operand, scope)
        if answer is by:
            return by
        if isinstance(answer, Refused):
            refused = refused or answer
    if refused is not None:
        raise refused
    return not by


def _attempted(node: Node, scope: _Scope) -> bool | Refused:
    try:
        return _truth(node, scope)
    except Refused as error:
        return error


def _truth(node: Node, scope: _Scope) -> bool:
    value = _value(node, scope)
    if isinstance(value, bool):
        return value
    raise Refused(f"true or false is needed, not {shown(value)}{_of_inputs(node)}", "Compare it with something: value == 'a'.")


def _mapping(entries: tuple[tuple[Node, Node], ...], scope: _Scope) -> JsonObject:
    result = {}
    for key_node, value_node in entries:
        key = _value(key_node, scope)
        if not isinstance(key, str):
            raise Refused(f"a key of a mapping is a text, not {shown(key)}", "Write {'key': value}.")
        result[key] = _value(value_node, scope)
    return result


def _parameters(scope: _Scope) -> JsonObject:
    if scope.selects:
        raise Refused("a selector cannot ask about inputs", _SELECTOR)
    return scope.parameters


def _named(name: str, scope: _Scope) -> Json:
    if not scope.selects or name not in VALUE_NAMES:
        raise Refused(f"a {'selector' if scope.selects else 'condition'} cannot ask about {name}", _SELECTOR if scope.selects else _CONDITION)
    if name == "string_value":
        return placeholders.written(scope.value)
    own = _KINDS[kind(scope.value)]
    if name == own:
        return scope.value
    raise Refused(f"there is no {name}: the value is {shown(scope.value)}", f"Ask for {own}, or for string_value, which is always there.")


_KINDS = {
    "a truth value": "bool_value",
    "a whole number": "number_value",
    "a number": "number_value",
    "a text": "string_value",
    "a list": "list_value",
    "a mapping": "struct_value",
    "null": "null_value",
}
