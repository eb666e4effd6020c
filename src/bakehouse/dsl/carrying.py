"""What the source of a component brings along, so that its annotations mean in the step what they mean to the author.

Import lines for what is installed or an artifact class; the sources of classes that are the author's own: Enums, dataclasses, models, NamedTuples.
"""

from __future__ import annotations

import ast
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from bakehouse.dsl import outside_names, sources
from bakehouse.dsl.meanings import ArtifactKind
from bakehouse.dsl.signatures import Interface
from bakehouse.dsl.sources import Source
from bakehouse.task import shapes


def names_around(function: Callable[..., Any]) -> dict[str, Any]:
    """The names that a function could see where it stands: of its module, and of functions around it."""
    code, cells = getattr(function, "__code__", None), getattr(function, "__closure__", None) or ()
    around = {}
    for name, cell in zip(code.co_freevars if code else (), cells, strict=False):
        try:
            around[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return {**getattr(function, "__globals__", {}), **around}


# ---------------------------------------------------------------- artifact classes


def artifact_imports(function: Callable[..., Any], interface: Interface) -> Iterable[str]:
    """The lines that import artifact classes that are not the SDK's, by the names under which the annotations use them."""
    classes = {
        kind.cls
        for kind in (*interface.kinds.values(), *interface.output_kinds.values())
        if isinstance(kind, ArtifactKind) and kind.cls is not None and not kind.cls.__module__.startswith(("bakehouse.", "kfp."))
    }
    if not classes:
        return
    space = names_around(function)
    for name in dict.fromkeys(_dotted_names(function)):
        line = _import_line(name, space, classes)
        if line:
            yield line


def _dotted_names(function: Callable[..., Any]) -> Iterable[str]:
    """The names in the annotations of a function, dots included, in order."""
    tree = ast.parse(sources.of(function).text).body[0]
    if not isinstance(tree, ast.FunctionDef):
        return
    written = [argument.annotation for argument in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)]
    for annotation in (*written, tree.returns):
        yield from _names_in(annotation)


def _names_in(node: ast.AST | None) -> Iterable[str]:
    if isinstance(node, ast.Attribute | ast.Name):
        yield ast.unparse(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            yield from _names_in(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return
    elif node is not None:
        for child in ast.iter_child_nodes(node):
            yield from _names_in(child)


def _import_line(name: str, space: Mapping[str, Any], classes: set[type]) -> str:
    """The import that makes a name mean, in the step, what it means to the author; empty for names that are no artifact class of theirs."""
    first, *rest = name.split(".")
    root = space.get(first)
    found = root
    module = root.__name__ if isinstance(root, ModuleType) else ""
    for part in rest:
        found = getattr(found, part, None)
        if isinstance(found, ModuleType):
            module = found.__name__
    if not isinstance(found, type) or found not in classes:
        return ""
    if not isinstance(root, ModuleType):
        return _from(found.__module__, found.__qualname__, first)
    if root.__name__ == first:
        return f"import {module}"
    parent, _, last = root.__name__.rpartition(".")
    return _from(parent, last, first) if parent else f"import {last} as {first}"


def _from(module: str, name: str, wanted: str) -> str:
    return f"from {module} import {name}{'' if name == wanted else f' as {wanted}'}"


# ---------------------------------------------------------------- classes of parameters


class Carried:
    """The classes that the annotations of a function name, and what those need: `imports` are lines, `parts` sources in the order of their use.

    Raises `InvalidFunction` (without place) where a class has no source.
    """

    def __init__(self, function: Callable[..., Any], annotations: Iterable[Any]) -> None:
        self._space = names_around(function)
        self._seen: set[int] = set()
        self._sources: dict[int, Source] = {}  # by the id of what they are of
        self._aliases: dict[int, dict[str, None]] = {}
        self.imports: dict[str, None] = {}
        wanted = [cls for annotation in annotations for cls in classes(annotation)]
        # What stands in a function around is no name of the module.
        local = {cls.__name__: cls for cls in wanted if "<locals>" in cls.__qualname__}
        for name in dict.fromkeys(_dotted_names(function)) if wanted else ():
            value = self._space.get(name, local.get(name))
            if any(value is cls for cls in wanted):
                self._name(name, value, self._space)

    @property
    def parts(self) -> list[Source]:
        """The sources, each followed by the other names that the author has for what it defines."""
        return [
            part
            for key, source in self._sources.items()
            for part in (source, *(Source(line, source.file, source.line) for line in self._aliases.get(key, ())))
        ]

    def _name(self, name: str, value: Any, space: Mapping[str, Any]) -> None:
        """Let a name be there; what cannot be carried is left for `outside_names` to tell."""
        home = value if isinstance(value, ModuleType) else sys.modules.get(getattr(value, "__module__", None) or "")
        is_installed = home is not None and outside_names.is_installed(home)
        if isinstance(value, ModuleType) and is_installed:
            self.imports[outside_names.import_of(name, value)] = None
        elif isinstance(value, type | FunctionType) and is_installed and home is not None:
            self.imports[_from(_shown_in(home.__name__, value), value.__name__, name)] = None
        elif isinstance(value, type | FunctionType):
            self._take(value, space)
            if value.__name__ != name:
                self._aliases.setdefault(id(value), {})[f"{name} = {value.__name__}\n"] = None

    def _take(self, value: Any, around: Mapping[str, Any]) -> None:
        """The source of a class or function, behind the sources of what it needs."""
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        source = sources.of_class(value) if isinstance(value, type) else sources.of(value, decorated=True)
        space = {**around, **vars(sys.modules.get(value.__module__, typing))}
        needed = {use.name: space[use.name] for use in outside_names.uses([source], ()) if use.name in space}
        # Names in annotations that are texts: of its own file too.
        needed.update({cls.__name__: cls for hint in shapes.shape_hints(value).values() for cls in classes(hint)})
        for name, one in needed.items():
            self._name(name, one, space)
        self._sources[id(value)] = source


def _shown_in(module: str, value: Any) -> str:
    """The shortest name of a module that has a class or function: where its package shows it, and not where it lies."""
    parts = module.split(".")
    names = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return next((name for name in names if getattr(sys.modules.get(name), value.__name__, None) is value), module)


def classes(annotation: Any) -> Iterator[type]:
    """The classes in an annotation that travel with a component: those of parameters that JSON does not have, and NamedTuples."""
    bare = shapes.shape_bare(annotation)
    arguments = (*typing.get_args(bare), *(shapes.shape_fields(bare).values() if shapes.shape_is_tuple(bare) else ()))
    if not typing.get_args(bare) and (shapes.shape_is_tuple(bare) or (isinstance(bare, type) and shapes.shape_plain(bare) is not None)):
        yield bare
    for inside in arguments:
        yield from classes(inside)
