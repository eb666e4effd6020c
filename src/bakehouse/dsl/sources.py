"""The source of a function as text: from its `def` on, at the left margin, and where that stands in the author's file."""

from __future__ import annotations

import ast
import inspect
import io
import linecache
import textwrap
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse.dsl.errors import InvalidFunction


@dataclass(frozen=True)
class Source:
    """`text` begins with the function's `def`; `line` is where that stands in `file`."""

    text: str
    file: str
    line: int


def of(function: Callable[..., Any], *, decorated: bool = False) -> Source:
    """The source of a function, with its decorators if `decorated`. Raises `InvalidFunction` if there is none."""
    bare = inspect.unwrap(function)
    name = getattr(bare, "__name__", repr(bare))
    if not inspect.isfunction(bare) or name == "<lambda>":
        raise InvalidFunction(
            f"{name} is a {'lambda' if name == '<lambda>' else type(bare).__name__}, and a component is made of a function",
            remedy="Write it as a function: `def step(…): …`.",
        )
    try:
        lines, first = inspect.getsourcelines(bare)
    except (OSError, tokenize.TokenError, IndentationError):
        raise InvalidFunction(
            f"the source of {name} cannot be read, and it must travel with the pipeline",
            remedy="Write the component in a file, or in the cell of a notebook: what `python -c` and `exec` run is kept nowhere.",
        ) from None
    text = _at_margin("".join(lines))
    start = 1 if decorated else _definition_line(text, name)
    return Source("".join(_lines(text)[start - 1 :]), bare.__code__.co_filename, first + start - 1)


def of_class(cls: type) -> Source:
    """The source of a class with its decorators. Raises `InvalidFunction` if there is none."""
    try:
        found, first = inspect.getsourcelines(cls)
        return Source(_at_margin("".join(found)), inspect.getsourcefile(cls) or "", first)
    except (OSError, TypeError, tokenize.TokenError, IndentationError) as error:
        of_cell = _of_cell(cls.__name__)
        if of_cell is not None:
            return of_cell
        raise InvalidFunction(
            f"the source of the class {cls.__name__} cannot be read, and it must travel with the pipeline",
            remedy=f"Write it as a class, `class {cls.__name__}(…): …`, in a file or a cell.",
        ) from error


def _of_cell(name: str) -> Source | None:
    """The latest class of a name among the cells of a notebook: those are no files, and Python finds functions in them alone."""
    for file, entry in reversed(linecache.cache.items()):
        if len(entry) != 4 or entry[1] is not None:  # noqa: PLR2004  # a file has a time, what is only typed in has none
            continue
        text = "".join(entry[2])
        for node in reversed(ast.parse(text).body if _is_python(text) else []):
            if isinstance(node, ast.ClassDef) and node.name == name:
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                return Source("".join(entry[2][first - 1 : node.end_lineno]), file, first)
    return None


def lines(function: Callable[..., Any]) -> Mapping[str, int]:
    """The lines of a function's parameters in its file, by name; `return`: of what it returns; empty name: of its `def`. None without source."""
    try:
        source = of(function)
    except InvalidFunction:
        return {}
    definition = ast.parse(source.text).body[0]
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return {}
    given = definition.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    found = {"": definition.lineno, "return": definition.returns.lineno if definition.returns else definition.lineno}
    found.update({argument.arg: argument.lineno for argument in named})
    return {name: line + source.line - 1 for name, line in found.items()}


def _definition_line(text: str, name: str) -> int:
    """The line of the `def`, counted from 1: decorators stand before it."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return statement.lineno
    raise InvalidFunction(f"the source of {name} holds no function", remedy="Write it as a function of its own: `def step(…): …`.")


def _at_margin(text: str) -> str:
    """The text of a function that may stand inside another one, moved to the left margin.

    As `textwrap` moves it, lines of texts included, where that leaves Python; else only the lines that begin a line of code.
    """
    moved = textwrap.dedent(text)
    return moved if _is_python(moved) else _code_at_margin(text)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _code_at_margin(text: str) -> str:
    """The text without the indentation of its first line, but for the lines that lie inside a text of several lines."""
    indentation = text[: len(text) - len(text.lstrip())]
    inside: set[int] = set()
    # Tokens of an indented block come out right only below something that opens it.
    for token in tokenize.generate_tokens(io.StringIO(f"if True:\n{text}").readline):
        if token.end[0] > token.start[0] and token.type not in {tokenize.NEWLINE, tokenize.NL}:
            inside.update(range(token.start[0], token.end[0]))
    return "".join(line if number in inside else line.removeprefix(indentation) for number, line in enumerate(_lines(text), start=1))


def _lines(text: str) -> list[str]:
    # Not `splitlines`: Python counts newlines only.
    return [line + "\n" for line in text.removesuffix("\n").split("\n")]
