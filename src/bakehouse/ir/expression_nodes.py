"""Expressions as syntax trees: what `expression_syntax` reads and `expressions` evaluates. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import assert_never

from bakehouse.ir.values import Json


@dataclass(frozen=True)
class Literal:
    """A number, text, truth value or null. `also` is what the same characters mean to another writer, where that differs."""

    value: Json
    also: str | None = None


@dataclass(frozen=True)
class Name:
    """A name that the surroundings give a value: `inputs`, `string_value`."""

    name: str


@dataclass(frozen=True)
class Values:
    """`inputs.parameter_values`: all parameters by name."""


@dataclass(frozen=True)
class Item:
    """`of["key"]`, `of[0]` or `of.key`."""

    of: Node
    key: Node


@dataclass(frozen=True)
class Call:
    """A function, or a method whose receiver is its first argument."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Unary:
    """`!` or `-`."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary:
    """A comparison, `in`, or arithmetic."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Logical:
    """`&&` or `||` over two or more operands: a chain of them is one node, so that it may be long."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class MapOf:
    """`{"a": b}`."""

    entries: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True)
class Text:
    """An operand as text: what KFP's compiler means by an operand between quotation marks."""

    operand: Node


Node = Literal | Name | Values | Item | Call | Unary | Binary | Logical | Choice | ListOf | MapOf | Text

#: The operators that have a truth value.
RELATIONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))


def children(node: Node) -> tuple[Node, ...]:
    """What a node is made of."""
    parts: tuple[Node, ...] = ()
    match node:
        case Item(of, key):
            parts = (of, key)
        case Call(_, operands) | Logical(_, operands) | ListOf(operands):
            parts = operands
        case Unary(_, operand) | Text(operand):
            parts = (operand,)
        case Binary(_, left, right):
            parts = (left, right)
        case Choice(condition, yes, no):
            parts = (condition, yes, no)
        case MapOf(entries):
            parts = tuple(part for entry in entries for part in entry)
        case Literal() | Name() | Values():
            pass
        case _:
            assert_never(node)
    return parts


def walk(root: Node) -> Iterator[tuple[Node, int]]:
    """Every node of a tree with its depth."""
    left = [(root, 1)]
    while left:
        node, depth = left.pop()
        yield node, depth
        left += [(child, depth + 1) for child in reversed(children(node))]
