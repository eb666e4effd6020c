"""Annotations beyond JSON's own types on the author's side: whether they can be, what they allow, and what is wrong with a value.

A Literal, an Enum, a dataclass, a TypedDict or a pydantic model travels as what JSON has; `task.shapes` makes the one of the other in the step.
"""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
import tokenize
import typing
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from bakehouse.dsl.errors import InvalidSignature
from bakehouse.ir.scalars import is_text
from bakehouse.ir.values import Json
from bakehouse.task import kinds, shapes
from bakehouse.task.programs import WRAPPER

_CHOICES = (str, int, float, bool)
_FIELDS = (*_CHOICES, list, dict, type(None))


def plain(annotation: Any) -> type | None:
    """The class by which JSON has what an annotation says; `None` where that is the annotation's own. Raises `InvalidSignature` (without place)."""
    for owner, flaw, remedy in _flaws(annotation, "", []):
        raise InvalidSignature(f"{owner or kinds.spelled(annotation)} {flaw}", remedy=remedy)
    found: type | None = shapes.shape_plain(annotation)
    return found


def literals(annotation: Any) -> tuple[Json, ...]:
    """The values that a Literal or an Enum allows, as JSON has them; none where any value of the type is allowed."""
    return tuple(written for _, written in shapes.shape_choices(shapes.shape_bare(annotation)) if written is not None)


def written(value: Any) -> Any:
    """A constant as JSON has it: members of an Enum, dataclasses and models are replaced, also inside of lists and dicts."""
    return shapes.shape_write(value)


def read(annotation: Any, value: Json) -> Any:
    """What an annotation says of a value that JSON has. Raises `ValueError` or `TypeError` where it is none, as its class does."""
    flaws: list[str] = []
    made = shapes.shape_read(annotation, value, "the value", flaws)
    if flaws:
        raise ValueError("; ".join(flaws))
    return made


def wrong(annotation: Any, value: Any, where: str, is_known: Callable[[Any], bool]) -> list[str]:
    """What is wrong with a constant as a value of an annotation, a sentence each that begins with `where`."""
    flaws: list[str] = []
    shapes.shape_read(annotation, value, where, flaws, is_known)
    if not flaws and shapes.shape_is_known(value, is_known):
        flaws += _unmade(annotation, value, where)
    return flaws


def _unmade(annotation: Any, value: Any, where: str) -> Iterator[str]:
    """What a class itself says against a value whose fields are right, such as a dataclass in `__post_init__`."""
    try:
        shapes.shape_read(annotation, value, where, [])
    except Exception as error:  # noqa: BLE001  # whatever the author's class says
        yield f"{where}: {str(error) or type(error).__name__}"


def remedy(annotation: Any) -> str:
    """What to pass instead."""
    bare = shapes.shape_bare(annotation)
    if shapes.shape_choices(bare):
        return f"Pass one of these, or a member of {bare.__name__}." if shapes.shape_is_enum(bare) else "Pass one of these."
    names = [name for name, _, _ in shapes.shape_parts(bare)] if shapes.shape_is_record(bare) else list(getattr(bare, "model_fields", ()))
    return f"The fields of {bare.__name__} are: {', '.join(names)}." if names else f"Pass what `{kinds.spelled(bare)}` allows."


@cache
def source() -> str:
    """What stands in the source of a component, so that its function gets what it asks for from a runtime that knows JSON alone."""
    return f"def {WRAPPER}(function):\n{textwrap.indent(_bare(inspect.getsource(shapes)), '    ')}\n    return shape_step(function)\n"


def _bare(text: str) -> str:
    """Python without docstrings, comments and empty lines. Not by `ast.unparse`, whose text differs between versions of Python."""
    lines = text.splitlines()
    dropped = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column].rstrip()
        if token.type in {tokenize.COMMENT, tokenize.NL} and not lines[row - 1]:
            dropped.add(row)
    return "\n".join(line for row, line in enumerate(lines, start=1) if row not in dropped)


def _flaws(annotation: Any, owner: str, seen: list[Any]) -> Iterator[tuple[str, str, str]]:
    """What keeps an annotation from being shaped: whose it is, as the rest of a sentence what is wrong, and what to do."""
    bare = shapes.shape_bare(annotation)
    choices = shapes.shape_choices(bare)
    if choices:
        yield from _of_choices(choices, owner or kinds.spelled(bare))
    elif shapes.shape_is_record(bare) and bare not in seen:
        seen.append(bare)
        for name, hint, _ in shapes.shape_parts(bare):
            yield from _of_field(hint, f"the field {name} of {bare.__name__}", seen)
    elif not shapes.shape_is_model(bare):
        if owner or shapes.shape_plain(bare) is not None:
            yield from _of_keys(bare, owner)
        for inside in typing.get_args(bare) if typing.get_origin(bare) in {list, dict} else ():
            yield from _flaws(inside, owner, seen)


def _of_keys(bare: Any, owner: str) -> Iterator[tuple[str, str, str]]:
    """Keys would come back as texts, whatever they were."""
    key = shapes.shape_bare((typing.get_args(bare) or (str,))[0]) if typing.get_origin(bare) is dict else str
    kind = shapes.shape_plain(key) or typing.get_origin(key) or key
    if isinstance(kind, type) and kind not in {str, object}:
        remedy = "Use `str`, or an Enum or Literal of texts, and convert inside the function."
        yield owner, f"has keys of the type {kinds.spelled(key)}, and those of JSON are texts", remedy


def _of_choices(choices: list[tuple[Any, Any]], owner: str) -> Iterator[tuple[str, str, str]]:
    types = list(dict.fromkeys(type(value) for _, value in choices if value is not None))
    remedy = "Give them values of one type: all str, all int, all float or all bool."
    if len(types) > 1:
        yield owner, f"has values of several types ({', '.join(one.__name__ for one in types)}), and a parameter has one", remedy
    elif not types or types[0] not in _CHOICES:
        yield owner, f"has values that are no parameters, such as {choices[0][1]!r}", remedy
    elif any(isinstance(value, str) and not is_text(value) for _, value in choices):
        yield owner, "has a value that holds half a character (a lone surrogate)", "Give it texts that can be written as UTF-8."


def _of_field(hint: Any, owner: str, seen: list[Any]) -> Iterator[tuple[str, str, str]]:
    bare = shapes.shape_bare(hint)
    origin = typing.get_origin(bare) or bare
    if shapes.shape_plain(bare) is not None or origin in {list, dict}:
        yield from _flaws(bare, owner, seen)
    elif shapes.shape_options(bare):
        for option in shapes.shape_options(bare):
            yield from _of_field(option, owner, seen)
    elif isinstance(origin, type) and origin not in _FIELDS and origin is not object:
        yield (
            owner,
            f"is {kinds.spelled(hint)}, which JSON does not have",
            "Fields are str, int, float, bool, list, dict, Enums, Literals, dataclasses.",
        )
