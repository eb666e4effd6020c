"""`n is None` in a pipeline function: Python answers it without asking the value, and always with no. Found in the source."""

from __future__ import annotations

import ast
import opcode
from collections.abc import Callable, Collection, Iterator
from typing import Any

from bakehouse.dsl import sources
from bakehouse.dsl.errors import AuthoringError, InvalidFunction, NotKnownNow

#: The instructions of `is`.
_ASKING = frozenset(number for name, number in opcode.opmap.items() if name == "IS_OP" or name.endswith(("_IF_NONE", "_IF_NOT_NONE")))
_OWN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def asked(function: Callable[..., Any], inputs: Collection[str]) -> Iterator[AuthoringError]:
    """Each question whether an input of a pipeline is None, True or False; none where the function gives that name to something else."""
    code = getattr(function, "__code__", None)
    if code is None or _ASKING.isdisjoint(code.co_code[::2]):
        return  # reading a long function takes longer than tracing it
    try:
        source = sources.of(function)
    except InvalidFunction:  # nothing to look into
        return
    (definition, *_) = ast.parse(source.text).body
    nodes = list(_within(definition))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in nodes:
        name = _questioned(node)
        if name in inputs and name not in stored:
            yield NotKnownNow(
                f"`{ast.unparse(node)}` is answered now, and {name} is known only when the pipeline runs",
                place=f"{source.file}:{node.lineno + source.line - 1}",
                remedy="Decide inside a component, which gets the value itself, or None; or by `with dsl.If(…):`, with a default that is no None.",
            )


def _within(node: ast.AST) -> Iterator[Any]:
    """A function and all inside of it, but for functions and classes of their own."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _OWN):
            yield from _within(child)


def _questioned(node: ast.AST) -> str:
    """The name that is compared by `is`; empty for anything else."""
    if not isinstance(node, ast.Compare) or not isinstance(node.left, ast.Name) or not isinstance(node.ops[0], ast.Is | ast.IsNot):
        return ""
    return node.left.id if isinstance(node.comparators[0], ast.Constant) else ""
