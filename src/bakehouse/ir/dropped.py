"""Values that a Python component returns and nobody gets, for its function has no annotation that makes them an output. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bakehouse.ir import executors
from bakehouse.ir.spec import Component, Container, PipelineSpec

#: What to do about it.
REMEDY = "Annotate what the function returns, as in `-> int`, and it is an output of the step; or return nothing."


@dataclass(frozen=True)
class Dropped:
    """A `return` that gives something: `label` names the executor; `line` is how many lines it stands below the function's `def`."""

    label: str
    line: int

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        return f"{self.label.removeprefix('exec-')} returns a value that nobody gets: its function has no `->` that makes it an output"


def values(spec: PipelineSpec) -> Iterator[Dropped]:
    """The first such `return` of each Python component."""
    used = {component.executor_label: component for component in spec.components.values() if component.executor_label}
    for label, executor in spec.executors.items():
        # Most have been looked at before: all tasks of a component have its source.
        if isinstance(executor, Container) and executor.command and "return " in executor.command[-1]:
            found = executors.program(executor, used.get(label, Component()))
            line = _returned(found.source, found.function) if found is not None else None
            if line is not None:
                yield Dropped(label, line)


@lru_cache(maxsize=1024)
def _returned(source: str, name: str) -> int | None:
    """The line below its `def` in which a function that is annotated with nothing returns something; `None` where it does not."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):  # of another version of Python, or none: the step will say so
        return None
    functions = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    if not functions or not _is_nothing(functions[-1].returns):
        return None
    line = next((node.lineno for node in _returns(functions[-1]) if not _is_nothing(node.value)), None)
    return None if line is None else line - functions[-1].lineno


def _is_nothing(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _returns(node: ast.AST) -> Iterator[ast.Return]:
    """The `return` statements of a function, but for those of functions inside it, in the order of lines."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _returns(child)
