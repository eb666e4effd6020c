"""The header of a function in the style of KFP 1: what its parameters are today, and its source with annotations that today's steps read.

KFP 1 took the annotations out of the source, so that they may name what the step does not have; a parameter without one is a text, and types
have any name.
"""

from __future__ import annotations

import ast
import inspect
import json
import types
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ForwardRef

from bakehouse.dsl import arguments, meanings
from bakehouse.dsl.errors import AuthoringError
from bakehouse.dsl.meanings import NAMED_ARTIFACTS, NAMED_PARAMETERS, PARAMETERS, WORDS, ArtifactKind
from bakehouse.dsl.sources import Source
from bakehouse.dsl.values import converted, flaws
from bakehouse.ir.spec import ParameterType
from bakehouse.task import kinds
from bakehouse.task.annotations import InputPath, OutputPath

_CLASSES = {kind: cls for cls, kind in PARAMETERS.items()}
_ANY = "Artifact"


@dataclass(frozen=True)
class Written:
    """An annotation of today: as text, and as the object that it is."""

    text: str
    means: Any


@dataclass(frozen=True)
class Header:
    """Annotations by parameter (`return`: of what is returned); `inputs` and `outputs`: today's names by those of KFP 1, where they differ.

    `untyped`: the parameters of which the author did not say what they are.
    """

    annotations: Mapping[str, Written] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    untyped: frozenset[str] = frozenset()


def read(function: Callable[..., Any]) -> Header:
    """The header of a function."""
    given = kinds.annotations_of(function)
    written: dict[str, Written] = {}
    inputs: list[str] = []
    outputs: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            continue
        annotation = given.get(name)
        called = kinds.called(annotation)
        if called in {"InputPath", "OutputPath"}:
            written[name] = _path(called, annotation)
            (inputs if called == InputPath.__name__ else outputs).append(name)
        else:
            written[name] = _value(annotation)
    if given.get("return") is not None:
        written["return"] = _returned(given["return"])
    returned = getattr(written["return"].means, "_fields", ()) if "return" in written else ()
    untyped = frozenset(name for name in written if name not in given)
    return Header(written, _by_old_names(inputs, written), _by_old_names(outputs, {*outputs, *returned}), untyped)


def _by_old_names(paths: Sequence[str], known: Container[str]) -> Mapping[str, str]:
    """Parameters that are paths by what KFP 1 calls them, where that is the name of none other: what has the name itself goes before."""
    old = {name: _unsuffixed(name) for name in paths}
    meant = Counter(old.values())
    return {short: name for name, short in old.items() if short not in known and meant[short] == 1}


def _unsuffixed(name: str) -> str:
    """What KFP 1 calls the input or output of a parameter that is a path."""
    return name.removesuffix("_path").removesuffix("_file") or name


def _path(called: str, annotation: Any) -> Written:
    given = None if isinstance(annotation, type) else kinds.unwrapped(annotation).type
    cls = InputPath if called == InputPath.__name__ else OutputPath
    kind = _parameter(given)
    if kind is not None and cls is OutputPath:
        return Written(f"OutputPath({WORDS[kind]})", OutputPath(_CLASSES[kind]))
    name = getattr(given, "__name__", given)
    known = name if name in NAMED_ARTIFACTS else _ANY
    return Written(f"{called}({known!r})", cls(known))


def _value(annotation: Any) -> Written:
    return value_of(_parameter(annotation) or ParameterType.STRING)


def value_of(kind: ParameterType) -> Written:
    """The annotation of a parameter that is a value of this type."""
    return Written(WORDS[kind], _CLASSES[kind])


def _parameter(annotation: Any) -> ParameterType | None:
    """The type of a parameter that an annotation names; `None` for a name of KFP 1 that says nothing of it."""
    name = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    if isinstance(name, str):
        return NAMED_PARAMETERS.get(name.lower())
    if annotation is None:
        return None
    try:
        kind = meanings.of_value(annotation)
    except AuthoringError:
        return None
    return None if isinstance(kind, ArtifactKind) or kind in meanings.FED else kind


def _returned(annotation: Any) -> Written:
    fields = getattr(annotation, "__annotations__", None) if isinstance(annotation, type) and issubclass(annotation, tuple) else None
    if not fields:
        return _value(annotation)
    values = {name: _value(one) for name, one in fields.items()}
    text = ", ".join(f"({name!r}, {one.text})" for name, one in values.items())
    made = types.new_class("Outputs", (tuple,), {}, lambda space: space.update(_fields=tuple(values)))
    made.__annotations__ = {name: one.means for name, one in values.items()}
    return Written(f"NamedTuple('Outputs', [{text}])", made)


def annotated(function: Callable[..., Any], header: Header) -> Callable[..., Any]:
    """The function with the annotations of today, and with defaults that fit them; KFP 1 handed over all of them as texts."""
    copy = types.FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    copy.__doc__, copy.__module__, copy.__qualname__ = function.__doc__, function.__module__, function.__qualname__
    copy.__annotations__ = {name: one.means for name, one in header.annotations.items()}
    copy.__kwdefaults__ = function.__kwdefaults__
    parameters = inspect.signature(copy).parameters.values()
    given = {one.name: as_text(one.default) if one.name in header.untyped else one.default for one in parameters}
    fitting = {one.name: _fitting(given[one.name], header.annotations[one.name].means) for one in parameters if one.name in header.annotations}
    named = [one for one in parameters if one.default is not inspect.Parameter.empty]
    copy.__defaults__ = tuple(fitting.get(one.name, one.default) for one in named if one.kind is not inspect.Parameter.KEYWORD_ONLY)
    copy.__kwdefaults__ = {one.name: fitting.get(one.name, one.default) for one in named if one.kind is inspect.Parameter.KEYWORD_ONLY}
    return copy


def as_text(value: Any) -> Any:
    """What is given to a parameter without a type: a list or mapping is JSON then, in a text. What cannot be JSON stays as it is."""
    if not isinstance(value, list | dict) or any(flaws(value)) or any(True for _ in arguments.within(value)):
        return value
    return json.dumps(value)


def _fitting(default: Any, cls: Any) -> Any:
    if isinstance(cls, InputPath):
        return None
    kind = PARAMETERS.get(cls) if isinstance(cls, type) else None
    found = None if kind is None or default is None or default is inspect.Parameter.empty else converted(default, kind)
    return default if found is None else found


# ---------------------------------------------------------------- the source


def rewritten(source: Source, header: Header) -> Source:
    """The source with these annotations, every line where it was."""
    definition = ast.parse(source.text).body[0]
    if not isinstance(definition, ast.FunctionDef):
        return source
    lines = [line.encode() for line in source.text.splitlines(keepends=True)]
    for (first, start), (last, end), text in sorted(_changes(definition, header), reverse=True):
        before, after = lines[first - 1][:start], lines[last - 1][end:]
        # Lines that an annotation took stay: inside brackets they mean nothing.
        kept = f"({text}{chr(10) * (last - first)})" if last > first else text
        lines[first - 1 : last] = (before + kept.encode() + after).splitlines(keepends=True)
    return replace(source, text=b"".join(lines).decode())


Place = tuple[int, int]  # a line from 1, and a byte in it from 0


def _changes(definition: ast.FunctionDef, header: Header) -> Iterator[tuple[Place, Place, str]]:
    given = definition.args
    for one in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        written = header.annotations.get(one.arg)
        if written is not None and one.annotation is not None:
            yield (*_span(one.annotation), written.text)
        elif written is not None:
            _, end = _span(one)
            yield end, end, f": {written.text}"
    if definition.returns is not None and "return" in header.annotations:
        yield (*_span(definition.returns), header.annotations["return"].text)


def _span(node: ast.expr | ast.arg) -> tuple[Place, Place]:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
