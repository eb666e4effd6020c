"""Which names a component's source uses and does not carry: each would be a NameError in the step.

The source is compiled as the step will compile it, and the byte code asked what it looks up: so scopes, comprehensions, classes
and annotations are what Python itself takes them for.
"""

from __future__ import annotations

import ast
import builtins
import dis
import os
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

from bakehouse.dsl import places
from bakehouse.dsl.errors import OutsideName, nearest
from bakehouse.dsl.sources import Source
from bakehouse.task.names import STAR
from bakehouse.task.typing_names import NAMES

_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_STORES = frozenset({"STORE_GLOBAL", "STORE_NAME"})
#: What a module has of itself, and a class body beside it.
_OF_MODULES = frozenset(
    ("__name__", "__file__", "__doc__", "__loader__", "__package__", "__spec__", "__builtins__", "__qualname__", "__module__", "__annotations__")
)
#: What every compiled component begins with.
_GIVEN = frozenset((*dir(builtins), *_OF_MODULES, *STAR, *NAMES, *typing.__all__, "kfp", "dsl"))
#: Built into some version or platform of Python, if not into this one: the step may have another.
_ELSEWHERE = frozenset(("BaseExceptionGroup", "EncodingWarning", "ExceptionGroup", "PythonFinalizationError", "WindowsError", "aiter", "anext"))
#: Whoever uses these may make names that nobody can see beforehand.
_MAKERS = frozenset(("exec", "globals"))


@dataclass(frozen=True)
class Use:
    """A name that is looked up, and where."""

    name: str
    place: str


def uses(parts: Iterable[Source], carried: Iterable[str]) -> list[Use]:
    """The names that the parts of a module look up and that nothing gives them, each at its first use; none if that cannot be told.

    `carried` are the names that other lines of the module bring.
    """
    found: dict[str, Use] = {}
    bound = {*_GIVEN, *_ELSEWHERE, *carried}
    for part in parts:
        tree = ast.parse(part.text)
        ast.increment_lineno(tree, part.line - 1)
        code = compile(tree, part.file, "exec", dont_inherit=True)
        if any(name in _MAKERS for one in _codes(code) for name, _ in _looked_up(one)):
            return []
        bound.update(name for one in _codes(code) for name in _bound(one, is_module=one is code))
        guarded = _guarded(tree)
        for one in _codes(code):
            for name, line in _looked_up(one):
                if line not in guarded:
                    found.setdefault(name, Use(name, f"{part.file}:{line}"))
    return [use for name, use in found.items() if name not in bound]


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _looked_up(code: CodeType) -> Iterator[tuple[str, int]]:
    """The names that a piece of code looks up outside itself, with their lines."""
    own = {instruction.argval for instruction in dis.get_instructions(code) if instruction.opname == "STORE_NAME"}
    line = code.co_firstlineno
    lines = dict(dis.findlinestarts(code))
    for instruction in dis.get_instructions(code):
        line = lines.get(instruction.offset) or line
        if instruction.opname in _LOADS and (instruction.opname == "LOAD_GLOBAL" or instruction.argval not in own):
            yield instruction.argval, line


def _bound(code: CodeType, *, is_module: bool) -> Iterator[str]:
    """The names of the module that a piece of code makes: at the top level, or by `global`."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_GLOBAL" or (is_module and instruction.opname in _STORES):
            yield instruction.argval


def _guarded(tree: ast.Module) -> set[int]:
    """The lines where the author is ready for a NameError."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and any(handler.type is not None and "NameError" in ast.unparse(handler.type) for handler in node.handlers)
        for statement in node.body
        for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    }


# ---------------------------------------------------------------- what to do about them


def errors(component: str, found: Iterable[Use], space: Mapping[str, Any]) -> list[OutsideName]:
    """What to tell the author; `space` holds the names of the file that the component stands in."""
    return [_error(component, use, space) for use in found]


def _error(component: str, use: Use, space: Mapping[str, Any]) -> OutsideName:
    name = use.name
    if name not in space:
        return OutsideName(
            f"the component {component} uses the name {name}, which is defined nowhere", place=use.place, remedy=_misspelt(name, space)
        )
    return OutsideName(
        f"the component {component} uses {name} from outside of its function: only the function itself travels to the step",
        place=use.place,
        remedy=_remedy(name, space[name], space),
    )


def _misspelt(name: str, space: Mapping[str, Any]) -> str:
    guess = nearest(name, sorted({*_GIVEN, *space}))
    return guess if guess.startswith("Did") else "Define or import it inside the function."


def _remedy(name: str, value: Any, space: Mapping[str, Any]) -> str:
    if isinstance(value, ModuleType):
        if _is_beside(value, space):
            return (
                f"{value.__name__} lies beside this file and does not travel: import it inside the function, and let its folder travel "
                'by `@dsl.component(code="…")` or `--code DIR`; or give the component what it needs of it by `additional_funcs=[…]`.'
            )
        return f"Import it inside the function: `{import_of(name, value)}`{_and_install(value.__name__)}."
    home = sys.modules.get(getattr(value, "__module__", None) or "")
    if isinstance(value, type | FunctionType) and home is not None and home.__name__ != space.get("__name__") and not _is_beside(home, space):
        alias = "" if value.__name__ == name else f" as {name}"
        return f"Import it inside the function: `from {home.__name__} import {value.__name__}{alias}`{_and_install(home.__name__)}."
    if isinstance(value, FunctionType):
        return f"Give it to the component: `@dsl.component(additional_funcs=[{name}])`, or define it inside the function."
    if isinstance(value, type):
        return "Define the class inside the function."
    return f"Define {name} inside the function, or make it an input of the component."


def _is_beside(module: ModuleType, space: Mapping[str, Any]) -> bool:
    """Whether a module is the author's own: it lies in the folder of their file, and is not installed."""
    file, own = getattr(module, "__file__", None), space.get("__file__")
    if not isinstance(file, str) or not isinstance(own, str) or places.is_installed(file):
        return False
    return os.path.realpath(file).startswith(os.path.dirname(os.path.realpath(own)) + os.sep)


def is_installed(module: ModuleType) -> bool:
    """Whether a module is of Python itself, of an SDK, or was installed: a step can import it."""
    if module.__name__.partition(".")[0] in {*_standard_library(), "bakehouse", "kfp"}:
        return True
    folder, _, file = (getattr(module, "__file__", None) or "").rpartition(os.sep)
    stem = file.partition(".")[0]
    path = folder if stem == "__init__" else os.path.join(folder, stem)
    # A file that merely lies among what is installed is imported by no name.
    return any(path.endswith(os.path.join(os.sep + where, *module.__name__.split("."))) for where in places.LIBRARIES)


def import_of(name: str, module: ModuleType) -> str:
    """The line that imports a module under a name."""
    full = "os.path" if module is os.path else module.__name__
    parent, _, last = full.rpartition(".")
    if name == full:
        return f"import {name}"
    if name == last:
        return f"from {parent} import {name}"
    return f"import {full} as {name}"


def _and_install(module: str) -> str:
    """A reminder that what is no part of Python must be installed in the step."""
    return "" if module.partition(".")[0] in _standard_library() else ", and name its package in packages_to_install"


def _standard_library() -> frozenset[str]:
    return frozenset(sys.stdlib_module_names)
