"""Values whose type nobody wrote down, as the style of KFP 1 has them: they are of the type that their uses ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.comparisons import EQUALITY, comparisons
from bakehouse.dsl.control import Branch
from bakehouse.dsl.errors import AuthoringError, InvalidPipeline, WrongType
from bakehouse.dsl.loops import ParallelFor
from bakehouse.dsl.meanings import a, word
from bakehouse.dsl.values import NUMBERS, converted, kind_of, spelled
from bakehouse.ir.spec import ComponentInputs, ParameterType

if TYPE_CHECKING:
    from bakehouse.dsl.recording import Recording
    from bakehouse.dsl.signatures import Interface

Uses = Mapping[int, Mapping[ParameterType, str]]


def infer_types(recording: Recording) -> Iterator[AuthoringError]:
    """Give every value of a finished recording its type. What is wrong has no place: it is the pipeline's."""
    wanted = _uses(recording)
    for channel in _untyped(recording):
        kinds = wanted.get(id(channel), {})
        if len(kinds) > 1:
            said = ", ".join(f"{a(kind)} by {user}" for kind, user in kinds.items())
            yield InvalidPipeline(
                f"{channel.full_name}, whose type is not written down, is used as {said}",
                remedy="Let its users agree, or convert it in a component of its own.",
            )
        channel.kind = next(iter(kinds), None)
    yield from _infer_inputs(recording)
    for component in recording.components:
        component.infer_types()


def _untyped(recording: Recording) -> Iterator[PipelineChannel]:
    yield from (recording.inputs[name] for name in recording.interface.untyped)
    for task in recording.tasks.values():
        yield from (channel for channel in task.outputs.values() if channel.kind is None and channel.task is task)


def _uses(recording: Recording) -> Uses:
    """What channels are used as, by whom."""
    found: dict[int, dict[ParameterType, str]] = {}

    def use(channel: Any, kind: object, user: str) -> None:
        if isinstance(channel, PipelineChannel) and isinstance(kind, ParameterType):
            found.setdefault(id(channel), {}).setdefault(kind, user)

    for task in recording.tasks.values():
        for name, value in task.inputs.items():
            use(value, task.component.input_kind(name), task.name)
    for name, channel in recording.outputs.items():
        use(channel, recording.interface.output_kinds[name], f"the output {name} of the pipeline")
    for group in recording.root.walk():
        if isinstance(group, ParallelFor):
            use(group.items, ParameterType.LIST, f"the {group.construct} at {group.place}")
        for made in comparisons(group.decision) if isinstance(group, Branch) else ():
            is_ordered = made.operator not in EQUALITY and kind_of(made.right_operand) in NUMBERS
            use(made.left_operand, ParameterType.NUMBER_DOUBLE if is_ordered else None, f"the {group.construct} at {group.place}")
    return found


def _infer_inputs(recording: Recording) -> Iterator[AuthoringError]:
    """Inputs of the pipeline that nothing asks a type of have that of their default, or are texts."""
    declared, kinds = dict(recording.interface.inputs.parameters), dict(recording.interface.kinds)
    for name in recording.interface.untyped:
        channel, one = recording.inputs[name], declared[name]
        kind = channel.kind if isinstance(channel.kind, ParameterType) else kind_of(one.default) or ParameterType.STRING
        default = None if one.default is None else converted(one.default, kind)
        if default is None and one.default is not None:
            message = f"the parameter {name} is used as {a(kind)}, but its default is {spelled(one.default)}"
            yield WrongType(message, remedy=f"Give it a default that is {a(kind)}, or none: `{name}: {word(kind)}`.")
        channel.kind = kinds[name] = kind
        declared[name] = replace(one, type=kind, default=default)
    recording.interface = _with(recording.interface, declared, kinds)


def _with(interface: Interface, declared: Mapping[str, Any], kinds: Mapping[str, Any]) -> Interface:
    return replace(interface, inputs=ComponentInputs(declared, interface.inputs.artifacts), kinds=kinds)
