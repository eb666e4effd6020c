"""A function's signature to the interface of a component or pipeline. All that is wrong with it is found at once."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import SimpleNamespace
from typing import Any

from bakehouse.dsl import meanings, shaping, sources, values
from bakehouse.dsl.errors import AuthoringError, InvalidSignature, WrongType, WrongValue
from bakehouse.dsl.meanings import ArtifactKind, Inside, Kind, Meaning, Role
from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactOutput,
    ComponentInputs,
    ComponentOutputs,
    ParameterInput,
    ParameterOutput,
    ParameterType,
)
from bakehouse.task import kinds

#: The name of the only output of a function that returns a value.
SINGLE = "Output"


class Of(Enum):
    """Whose signature it is: each kind allows other things."""

    COMPONENT = "component"
    CONTAINER = "container component"
    PIPELINE = "pipeline"


_GENERATOR = {
    Of.COMPONENT: "Return all at once, such as a list: `-> list`; or write to an `Output[…]`.",
    Of.CONTAINER: "Return the `dsl.ContainerSpec(…)`.",
    Of.PIPELINE: "Call the components without `yield`; what the pipeline gives is returned.",
}


@dataclass(frozen=True)
class Interface:
    """What a component or pipeline takes and gives.

    `paths` names what the function gets as a path, `embedded` what travels in the source,
    `positional` the inputs that can be given without their names, in order: none of a component whose function is not known.
    `results` are the outputs that the function returns, in order; `is_tuple` says that it returns a NamedTuple of them. `inside` and
    `output_inside` tell of lists and mappings what they hold, where that is annotated. `shapes` and `output_shapes` are the annotations that
    JSON does not have, such as Enums.
    """

    inputs: ComponentInputs
    outputs: ComponentOutputs
    kinds: Mapping[str, Kind]
    output_kinds: Mapping[str, Kind]
    paths: frozenset[str] = frozenset()
    embedded: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    is_tuple: bool = False
    errors: tuple[AuthoringError, ...] = ()
    inside: Mapping[str, Inside] = field(default_factory=dict)
    output_inside: Mapping[str, Inside] = field(default_factory=dict)
    shapes: Mapping[str, Any] = field(default_factory=dict)
    output_shapes: Mapping[str, Any] = field(default_factory=dict)
    #: Parameters of a pipeline without a type, with what is wrong with that, unless its steps are in the style of KFP 1.
    untyped: Mapping[str, AuthoringError] = field(default_factory=dict)

    @property
    def is_shaped(self) -> bool:
        """Whether the step has to make of JSON what its function takes, or JSON of what that gives."""
        return bool(self.shapes or self.output_shapes)

    @property
    def required(self) -> tuple[str, ...]:
        """The inputs that must be given, in the order of the signature."""
        return tuple(name for name in self.kinds if not self._is_optional(name))

    def _is_optional(self, name: str) -> bool:
        if name in self.inputs.parameters:
            return self.inputs.parameters[name].is_optional
        return self.inputs.artifacts[name].is_optional


def of_component(function: Callable[..., Any], place: str) -> Interface:
    """The interface of a Python component."""
    return _read(function, Of.COMPONENT, place)


def of_container(function: Callable[..., Any], place: str) -> Interface:
    """The interface of a container component."""
    return _read(function, Of.CONTAINER, place)


def of_pipeline(function: Callable[..., Any], place: str) -> Interface:
    """The interface of a pipeline."""
    return _read(function, Of.PIPELINE, place)


def _read(function: Callable[..., Any], whose: Of, place: str) -> Interface:
    found = _Found(function, whose, place)
    signature = inspect.signature(function)
    written = hints(inspect.unwrap(function))
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        found.add(InvalidSignature("is an `async def`", remedy="Write `def`, and run the coroutine inside it: `asyncio.run(…)`."))
    elif inspect.isgeneratorfunction(function):
        found.add(InvalidSignature("is a generator: it has a `yield`", remedy=_GENERATOR[whose]))
    parameters, untyped = {}, {}
    for name, parameter in signature.parameters.items():
        try:
            parameters[name] = _parameter(parameter, written.get(name), whose)
        except AuthoringError as error:
            found.add(error, name)
            if whose is Of.PIPELINE and _lacks_only_a_type(parameter):
                untyped[name] = found.errors.pop()
                parameters[name] = Meaning(Role.INPUT, values.kind_of(parameter.default) or ParameterType.STRING), parameter.default
    results = _results(written.get("return"), whose, found)
    for name in results:
        if parameters.get(name) and parameters[name][0].role is Role.OUTPUT:
            found.add(InvalidSignature(f"has two outputs of the name {name!r}", remedy="Give one of them another name."), name)
    returned = written.get("return")
    held = {name: inside for name, part in _parts(returned) if name in results and (inside := meanings.inside(part)) is not None}
    return replace(
        _interface(parameters, results),
        positional=tuple(name for name, (meaning, _) in parameters.items() if _has_place(signature.parameters[name], meaning)),
        is_tuple=_is_named_tuple(returned),
        errors=tuple(found.errors),
        output_inside=held,
        output_shapes={name: part for name, part in _parts(returned) if _is_shaped(part)},
        untyped=untyped,
    )


def _is_shaped(part: Any) -> bool:
    try:
        return shaping.plain(part) is not None
    except InvalidSignature:  # reported with the output
        return False


def _has_place(parameter: inspect.Parameter, meaning: Meaning) -> bool:
    """Whether a parameter is an input that can be given by its place; what the engine fills in cannot be given at all."""
    return parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and meaning.role is Role.INPUT and meaning.kind not in meanings.FED


def hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function. Texts in a file whose annotations are all texts (`from __future__ import annotations`) are texts twice."""
    once = kinds.annotations_of(function)
    if not any(isinstance(annotation, str) for annotation in once.values()):
        return once
    return kinds.annotations_of(SimpleNamespace(__annotations__=once, __globals__=getattr(function, "__globals__", {})))  # type: ignore[arg-type]  # what it asks for


class _Found:
    """What is wrong with a signature, each at the line of its parameter."""

    def __init__(self, function: Callable[..., Any], whose: Of, place: str) -> None:
        self.errors: list[AuthoringError] = []
        self._function, self._whose, self._place = function, whose, place

    def add(self, error: AuthoringError, parameter: str = "") -> None:
        """Take up an error; `parameter` says whose it is (`return`: what is returned; empty: the function's)."""
        line = sources.lines(self._function).get(parameter)
        place = f"{self._place.rpartition(':')[0]}:{line}" if line else self._place
        message = f"the {self._whose.value} {self._function.__name__}: {error.message}"
        self.errors.append(type(error)(message, place=place, remedy=error.remedy))


# ---------------------------------------------------------------- parameters of the function

_EMPTY = inspect.Parameter.empty
_NAMED = frozenset((inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY))
_Read = tuple[Meaning, Any]  # what it is, and its default (`_EMPTY`: none)


def _parameter(parameter: inspect.Parameter, annotation: Any, whose: Of) -> _Read:
    name = parameter.name
    if parameter.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        stars = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else "**"
        raise InvalidSignature(f"{stars}{name} is no input: inputs have names and types", remedy="Write each input as a parameter of its own.")
    if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
        raise InvalidSignature(f"{name} can be given by position only, and inputs are given by name", remedy="Remove the `/`.")
    if name == SINGLE:
        raise WrongValue(f"{name!r} is the name of what the function returns, and cannot be a parameter's", remedy="Choose another name.")
    if parameter.annotation is _EMPTY:
        raise InvalidSignature(f"the parameter {name} has no type", remedy=f"Annotate it, as `{name}: int` or `{name}: Input[Dataset]`.")
    try:
        meaning = meanings.of(annotation)
    except InvalidSignature as error:
        raise InvalidSignature(f"the parameter {name}: {error.message}", remedy=error.remedy) from None
    _check_side(name, meaning, whose)
    default = parameter.default if parameter.default is _EMPTY else shaping.written(parameter.default)
    _check_default(name, meaning, default)
    return meaning, default


def _lacks_only_a_type(parameter: inspect.Parameter) -> bool:
    if parameter.annotation is not _EMPTY or parameter.name == SINGLE or parameter.kind not in _NAMED:
        return False
    return parameter.default in {_EMPTY, None} if isinstance(parameter.default, type | None) else not any(values.flaws(parameter.default))


def _check_side(name: str, meaning: Meaning, whose: Of) -> None:
    if whose is Of.PIPELINE and (meaning.role is not Role.INPUT or meaning.by_path):
        what = "an output" if meaning.role is Role.OUTPUT else "a path or file"
        raise InvalidSignature(
            f"{name} is {what}, and the parameters of a pipeline are its inputs",
            remedy="Return outputs: `-> Dataset` and `return task.outputs['name']`; take artifacts as `Input[Dataset]`.",
        )
    if whose is Of.CONTAINER and meaning.role is Role.EMBEDDED:
        raise InvalidSignature(f"{name} is embedded, and a container has no source to embed it in", remedy="Use a @dsl.component, or an Input[…].")
    if isinstance(meaning.kind, ArtifactKind) and meaning.kind.is_list and meaning.role is Role.OUTPUT:
        raise _list_output(name)


def _list_output(name: str) -> AuthoringError:
    return WrongValue(f"the output {name} is a list of artifacts, which a component cannot give", remedy="Write one artifact that is a folder.")


def _check_default(name: str, meaning: Meaning, default: Any) -> None:
    if default is _EMPTY or default is None:
        return
    if isinstance(meaning.kind, ArtifactKind) or meaning.role is not Role.INPUT:
        what = "an artifact" if isinstance(meaning.kind, ArtifactKind) else "an output"
        raise WrongValue(f"{name} is {what}, and has the default {values.spelled(default)}", remedy="Only `None` can be the default of an artifact.")
    for flaw in values.flaws(default):
        raise WrongValue(f"the default of {name} {flaw}", remedy="Defaults are texts, numbers, truth values, and lists and mappings of them.")
    if meaning.kind not in meanings.FED and not values.fits(default, meaning.kind):
        raise WrongType(
            f"{name} is {meanings.a(meaning.kind)}, but its default is {values.typed(default)}",
            remedy=f"Give it a default of its type, or annotate it `{name}: {meanings.word(values.kind_of(default))}`.",
        )
    for wrong in shaping.wrong(meaning.shape, default, name, lambda _: True) if meaning.shape is not None else ():
        raise WrongValue(f"the default of {wrong}", remedy=shaping.remedy(meaning.shape))


# ---------------------------------------------------------------- what the function returns


def _results(annotation: Any, whose: Of, wrong: _Found) -> dict[str, Kind]:
    """The outputs that a function returns, by name; none for a container."""
    if whose is Of.CONTAINER:
        if annotation is not None and getattr(annotation, "__name__", "") != "ContainerSpec":
            message = "returns a ContainerSpec, whatever else it is annotated with"
            wrong.add(InvalidSignature(message, remedy="Write `-> dsl.ContainerSpec`."), "return")
        return {}
    found: dict[str, Kind] = {}
    for name, part in _parts(annotation):
        try:
            found[name] = _result(name, part, whose)
        except AuthoringError as error:
            wrong.add(type(error)(f"the output {name}: {error.message}", remedy=error.remedy), "return")
    return found


def _parts(annotation: Any) -> Iterator[tuple[str, Any]]:
    if annotation is None or annotation is type(None):
        return
    if _is_named_tuple(annotation):
        yield from _fields(annotation).items()
    else:
        yield SINGLE, annotation


def _fields(named_tuple: type) -> Mapping[str, Any]:
    """The types of the fields, those written as text evaluated where the class stands."""
    space = vars(sys.modules.get(named_tuple.__module__, typing))
    try:
        return typing.get_type_hints(named_tuple, globalns=dict(space), include_extras=True)
    except Exception:  # noqa: BLE001  # whatever the evaluation of the author's text raises: what cannot be named is told by its text
        return dict(named_tuple.__annotations__)


def _result(name: str, annotation: Any, whose: Of) -> Kind:
    if kinds.marked(annotation) or kinds.called(annotation) in {"InputPath", "OutputPath"}:
        raise InvalidSignature(
            f"{kinds.spelled(annotation)} marks a parameter, not what is returned", remedy="Write the plain class: `-> Dataset`, `-> str`."
        )
    kind = meanings.of_value(annotation)
    if kind in meanings.FED:
        raise InvalidSignature(f"a {meanings.word(kind)} is given to a component, never returned", remedy="Return a `dict`.")
    if whose is not Of.PIPELINE and isinstance(kind, ArtifactKind) and kind.is_list:
        raise _list_output(name)
    return kind


def _is_named_tuple(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields")


# ---------------------------------------------------------------- both together


def _interface(parameters: Mapping[str, _Read], results: Mapping[str, Kind]) -> Interface:
    inputs = {name: read for name, read in parameters.items() if read[0].role is Role.INPUT}
    outputs = {**{name: read[0].kind for name, read in parameters.items() if read[0].role is Role.OUTPUT}, **results}
    return Interface(
        inputs=ComponentInputs(
            parameters={
                name: _parameter_input(read[0].kind, read[0].shape, read[1])
                for name, read in inputs.items()
                if isinstance(read[0].kind, ParameterType)
            },
            artifacts={name: _artifact_input(read[0].kind, read[1]) for name, read in inputs.items() if isinstance(read[0].kind, ArtifactKind)},
        ),
        outputs=ComponentOutputs(
            parameters={name: ParameterOutput(kind) for name, kind in outputs.items() if isinstance(kind, ParameterType)},
            artifacts={name: ArtifactOutput(kind.type, is_list=kind.is_list) for name, kind in outputs.items() if isinstance(kind, ArtifactKind)},
        ),
        kinds={name: read[0].kind for name, read in inputs.items()},
        output_kinds=outputs,
        paths=frozenset(name for name, read in parameters.items() if read[0].by_path),
        embedded=tuple(name for name, read in parameters.items() if read[0].role is Role.EMBEDDED),
        results=tuple(results),
        inside={name: read[0].inside for name, read in inputs.items() if read[0].inside is not None},
        shapes={name: read[0].shape for name, read in inputs.items() if read[0].shape is not None},
    )


def _parameter_input(kind: ParameterType, shape: Any, default: Any) -> ParameterInput:
    is_optional = default is not _EMPTY or kind in meanings.FED
    return ParameterInput(
        kind,
        default=None if default is _EMPTY or kind in meanings.FED else default,
        is_optional=is_optional,
        literals=shaping.literals(shape),
    )


def _artifact_input(kind: ArtifactKind, default: Any) -> ArtifactInput:
    return ArtifactInput(kind.type, is_list=kind.is_list, is_optional=default is not _EMPTY)
