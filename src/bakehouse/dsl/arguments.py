"""The arguments of a component's call: by name or in order, known, complete, and of the type that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bakehouse.dsl import reach, shaping, values
from bakehouse.dsl.channels import PATTERN, PipelineArtifactChannel, PipelineChannel, PipelineParameterChannel, UnknownChannel, damage, names_in
from bakehouse.dsl.errors import (
    AuthoringError,
    ForeignTask,
    MissingInput,
    PositionalArgument,
    UnknownInput,
    WrongType,
    WrongValue,
    combined,
    nearest,
)
from bakehouse.dsl.meanings import ANY_ARTIFACT, ArtifactKind, Kind, a, word
from bakehouse.dsl.places import here
from bakehouse.ir.spec import ParameterType

if TYPE_CHECKING:
    from bakehouse.dsl.component import BaseComponent
    from bakehouse.dsl.groups import TasksGroup
    from bakehouse.dsl.recording import Recording


def checked(component: BaseComponent, args: tuple[Any, ...], kwargs: Mapping[str, Any], building: Recording) -> dict[str, Any]:
    """The arguments that can be used; what is wrong with the others is reported to the pipeline that is being built."""
    if component.errors:
        return {}
    given = written(component, named(component, args, kwargs))
    found = [*_names(component, args, kwargs), *_values(component, given, building)]
    if not found:
        return given
    place = here()
    for error in found:
        building.report(error.at(place))
    return {}


def written(component: BaseComponent, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the IR has them: an Enum, a dataclass or a model as JSON, and `None` left out where it is the default."""
    return {
        name: value if isinstance(value, PipelineChannel) else shaping.written(value)
        for name, value in given.items()
        if not _is_default(component, name, value)
    }


def _is_default(component: BaseComponent, name: str, value: Any) -> bool:
    """Whether this is `None` where it is the default: the IR has no such value, and the function gets it if the input is left out."""
    inputs = component.interface.inputs
    declared = inputs.parameters.get(name) or inputs.artifacts.get(name)
    return value is None and declared is not None and declared.is_optional and getattr(declared, "default", None) is None


def named(component: BaseComponent, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments by name: those without one are the inputs of the function in its order. Of a name that is given twice the first counts."""
    return {**kwargs, **dict(zip(component.interface.positional, args, strict=False))}


def check_outside(component: BaseComponent, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Look at the arguments of a call outside a pipeline. Raises what is wrong with their names."""
    place = here()
    raised = combined(error.at(place) for error in _names(component, args, kwargs))
    if raised is not None:
        raise raised


def _names(component: BaseComponent, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[AuthoringError]:
    known = component.interface.kinds
    yield from _positions(component, args, kwargs)
    for name in kwargs:
        if name not in known:
            yield _unknown(component, name)
    # Whoever gives too many by position has given what is asked for, if in another place: it is said once.
    given = named(component, args, kwargs)
    missing = [name for name in component.interface.required if name not in given][max(0, len(args) - len(component.interface.positional)) :]
    if missing:
        default = f", or a default to the parameter of {component.name} ({component.place})" if component.place else ""
        yield MissingInput(
            f"{component.name} is called without its required input{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            remedy=f"Give {'them' if len(missing) > 1 else 'it'}{default}.",
        )


def _positions(component: BaseComponent, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[AuthoringError]:
    """What is wrong with the arguments that have no name."""
    positions = component.interface.positional
    for name in positions[: len(args)]:
        if name in kwargs:
            yield PositionalArgument(f"{component.name} is given its input {name} twice: by its place and by its name", remedy="Give it once.")
    if len(args) <= len(positions):
        return
    rest = [name for name in component.interface.kinds if name not in kwargs and name not in positions[: len(args)]]
    if positions:
        takes = f"it takes {len(positions)}: {', '.join(positions)}" if len(positions) > 1 else f"it takes one: {positions[0]}"
    else:
        takes = "its inputs are given by name" if rest else "it has no inputs"
    remedy = f"Name them: `{component.name}({', '.join(f'{name}=…' for name in [*rest, *kwargs])})`." if rest else "Leave the others out."
    yield PositionalArgument(f"{component.name} is called with {_count(args)} without a name, and {takes}", remedy=remedy)


def _count(args: tuple[Any, ...]) -> str:
    return "an argument" if len(args) == 1 else f"{len(args)} arguments"


def _unknown(component: BaseComponent, name: str) -> AuthoringError:
    if name in component.interface.output_kinds:
        return UnknownInput(
            f"{name} is an output of {component.name}, not an input", remedy=f"Leave it out: `.outputs[{name!r}]` of the task has it."
        )
    return UnknownInput(f"{component.name} has no input {name}", remedy=nearest(name, component.interface.kinds))


# ---------------------------------------------------------------- values


def _values(component: BaseComponent, kwargs: Mapping[str, Any], building: Recording) -> Iterator[AuthoringError]:
    for name, value in kwargs.items():
        kind = component.interface.kinds.get(name)
        if kind is None:
            continue
        what = f"the input {name} of {component.name}"
        if isinstance(value, PipelineChannel):
            yield from _channel(what, kind, value, building)
        else:
            yield from constant(component, name, value)
            yield from inside(what, value, building)


def _channel(what: str, kind: Kind, channel: PipelineChannel, building: Recording) -> Iterator[AuthoringError]:
    error = usable(what, channel, building.group)
    if error is not None:
        yield error
    elif not fits(channel.kind, kind) or (isinstance(channel, PipelineParameterChannel) and isinstance(kind, ArtifactKind)):
        yield WrongType(f"{what} is {a(kind)}, but is given {channel.full_name}, {a(channel.kind)}", remedy=_way_out(kind, channel.kind))


def usable(what: str, channel: PipelineChannel, group: TasksGroup) -> AuthoringError | None:
    """What is wrong with giving a channel to something in a group; `what` takes it, as the beginning of a sentence."""
    if channel.recording is not group.recording:
        return foreign(f"{what} is given {channel.full_name}")
    return reach.use(what, channel, group)


def _way_out(wanted: Kind, given: Kind | None) -> str:
    if isinstance(wanted, ParameterType) and isinstance(given, ParameterType):
        return f"Annotate the input as `{word(given)}`, or convert the value in a component of its own."
    if isinstance(wanted, ParameterType):
        return "Annotate the input as an artifact (`Input[…]`), or let the step that gives it return a value."
    if isinstance(given, ParameterType):
        return f"Annotate the input as `{word(given)}`, or pass an artifact."
    return f"Pass {a(wanted)}, or annotate the input as `Input[Artifact]`, which takes any artifact."


def constant(component: BaseComponent, name: str, value: Any) -> Iterator[AuthoringError]:
    """What is wrong with giving a constant to an input of a component."""
    what, kind, shape = f"the input {name} of {component.name}", component.interface.kinds[name], component.interface.shapes.get(name)
    if is_task(value):
        output = ".output" if len(value.outputs) == 1 else ".outputs['…']"
        yield WrongType(f"{what} is given the task {value.name}, not what it gives", remedy=f"Pass `{output}` of the task.")
    elif value is None:
        yield WrongValue(f"{what} is given None", remedy="Leave the input out where it has a default, or let that be None: `Optional[…] = None`.")
    elif isinstance(kind, ArtifactKind):
        yield WrongType(f"{what} is {a(kind)}, but is given {values.typed(value)}", remedy="Pass an artifact that a task gives.")
    elif kind is ParameterType.TASK_CONFIG or kind is ParameterType.TASK_FINAL_STATUS:
        yield WrongType(f"{what} is filled in when the step runs, and cannot be given", remedy="Leave it out.")
    else:
        flaw = next(values.flaws(value), "")
        if flaw:
            yield WrongValue(f"{what}: the value {flaw}", remedy="Pass texts, numbers, truth values, and lists and mappings of them.")
        elif not values.fits(value, kind):
            yield WrongType(f"{what} is {a(kind)}, but is given {values.typed(value)}", remedy=f"Pass {a(kind)}.")
        elif shape is not None:
            yield from _misshapen(f"{component.name}: the input {name}", shape, value)


def _misshapen(where: str, shape: Any, value: Any) -> Iterator[AuthoringError]:
    """What is wrong with a constant where an Enum, a Literal, a dataclass or a model is asked for; the path in it follows `where`."""
    for wrong in shaping.wrong(
        shape, value, where, lambda part: not isinstance(part, PipelineChannel) and not (isinstance(part, str) and names_in(part))
    ):
        yield WrongValue(wrong, remedy=shaping.remedy(shape))


def is_task(value: Any) -> bool:
    """Whether this is a task, where what a task gives may be meant. By what it has: its class stands on this module."""
    return hasattr(value, "outputs") and hasattr(value, "dependent_tasks")


def fits(given: Kind | None, wanted: Kind) -> bool:
    """Whether what a channel gives can go where this is asked for: parameters of one type, artifacts of one schema, or any artifact."""
    if given is None:
        return True
    if isinstance(given, ParameterType) or isinstance(wanted, ParameterType):
        # A final status is a mapping, and components say so that a pipeline hands it to.
        return given is wanted or (given is ParameterType.TASK_FINAL_STATUS and wanted is ParameterType.STRUCT)
    if given.is_list != wanted.is_list:
        return False
    titles = {given.type.schema_title, wanted.type.schema_title}
    if ANY_ARTIFACT in titles:
        return True
    majors = {kind.type.schema_version.partition(".")[0] for kind in (given, wanted)}
    return len(titles) == len(majors) == 1


# ---------------------------------------------------------------- channels inside constants


def within(value: Any) -> Iterator[PipelineChannel | tuple[str, str]]:
    """The channels inside a constant: those that are items, and those that left their pattern in a text, as (task, name)."""
    if isinstance(value, str):
        yield from names_in(value)
    elif isinstance(value, PipelineChannel):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from within(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from within(key)
            yield from within(item)


def channels_within(value: Any, building: Recording) -> Iterator[PipelineChannel]:
    """The channels inside a constant, those of texts included."""
    for one in within(value):
        found = one if isinstance(one, PipelineChannel) else building.channel(*one)
        if found is not None:
            yield found


def replaced(value: Any, by: Callable[[PipelineChannel], str], building: Recording) -> Any:
    """A constant in which each channel, of a text or as an item, is replaced by a text."""
    if isinstance(value, PipelineChannel):
        return by(value)
    if isinstance(value, str):
        return PATTERN.sub(lambda found: found[0] if (one := building.channel(found[1], found[2])) is None else by(one), value)
    if isinstance(value, dict):
        return {replaced(key, by, building): replaced(item, by, building) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, by, building) for item in value]
    return value


def inside(what: str, value: Any, building: Recording) -> Iterable[AuthoringError]:
    """What is wrong with channels inside a constant that is given to something."""
    for one in within(value):
        if isinstance(one, UnknownChannel):
            continue
        channel = one if isinstance(one, PipelineChannel) else building.channel(*one)
        if channel is None:
            yield foreign(f"{what} is given a text with {_named(one)} in it")
            continue
        error = usable(what, channel, building.group)
        if error is not None:
            yield error
        elif isinstance(channel, PipelineArtifactChannel):
            yield WrongType(f"the artifact {channel.full_name} cannot be an item of a list or mapping", remedy="Pass it to an `Input[…]` of its own.")
    for text in _texts(value):
        if damage(text):
            yield _damaged(what, damage(text))
    if isinstance(value, dict | list) and any(_has_channel_key(item) for item in _mappings(value)):
        yield WrongValue("a key of a mapping holds a value that is known only when the pipeline runs", remedy="Build the mapping in a component.")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _damaged(what: str, found: str) -> AuthoringError:
    if found.startswith("<PipelineTask"):
        remedy = 'Put in what the task gives: f"{task.output}".'
    elif found.startswith("<"):
        remedy = 'Put the value itself in, without `!r` or `=`, and not inside of a list: f"{value}".'
    else:
        remedy = "Cut, search or change the text inside a component: it gets the value itself."
    return WrongValue(f"{what} is given a text with `{found}` in it, where a value is meant that is known only when the pipeline runs", remedy=remedy)


def _named(pattern: object) -> str:
    """What a text's pattern names, as messages call it."""
    return "-".join(filter(None, pattern)) if isinstance(pattern, tuple) else str(pattern)


def _mappings(value: Any) -> Iterator[dict[Any, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mappings(item)


def _has_channel_key(mapping: dict[Any, Any]) -> bool:
    return any(isinstance(key, PipelineChannel) or (isinstance(key, str) and names_in(key)) for key in mapping)


def foreign(message: str) -> AuthoringError:
    """The error of a value or task that belongs to another pipeline."""
    return ForeignTask(f"{message}, which belongs to another pipeline", remedy="Call the component inside this pipeline's function.")
