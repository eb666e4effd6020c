"""What a task asks of platforms: the values of the run that its settings refer to, as they are called where the task is. Pure.

Settings refer to a value as the author's function sees it (`componentInputParameter`, `taskOutputParameter`). In a group it comes in by an
input of the group, so the reference is written anew, as KFP's compiler does. References that nobody registered are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bakehouse.compiler.scopes import Scopes
from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir import policies, writing
from bakehouse.ir.spec import ComponentInputParameter, TaskOutputParameter
from bakehouse.ir.values import Json

_INPUT, _OUTPUT = "componentInputParameter", "taskOutputParameter"


def settings(made: PipelineTask, scopes: Scopes) -> Mapping[str, Any]:
    """The settings of a task by platform."""
    known = {_reference(one): one for one in made.injected}
    return {platform: _settled(given, platform, known, (made, scopes)) for platform, given in made.platform_config.items()}


def _settled(given: Any, platform: str, known: Mapping[tuple[str, str], PipelineChannel], at: tuple[PipelineTask, Scopes]) -> Any:
    if platform == policies.PLATFORM:
        return given
    # KFP's are a `Struct` of protobuf, whose numbers are floats.
    return writing.value(_led(given, known, at))


def _reference(channel: PipelineChannel) -> tuple[str, str]:
    """The task and the name by which settings refer to a channel."""
    return (channel.task.name, channel.name) if channel.task is not None else ("", channel.full_name)


def _led(value: Any, known: Mapping[tuple[str, str], PipelineChannel], at: tuple[PipelineTask, Scopes]) -> Json:
    if isinstance(value, list | tuple):
        return [_led(one, known, at) for one in value]
    if not isinstance(value, Mapping):
        return value
    output = value.get(_OUTPUT)
    task, name = (output.get("producerTask"), output.get("outputParameterKey")) if isinstance(output, Mapping) else ("", value.get(_INPUT))
    channel = known.get((task, name)) if isinstance(task, str) and isinstance(name, str) else None
    if channel is None:
        return {key: _led(one, known, at) for key, one in value.items()}
    made, scopes = at
    source = scopes.source(channel, made.group)
    rest = {key: _led(one, known, at) for key, one in value.items() if key not in {_INPUT, _OUTPUT}}
    return {**rest, **writing.parameter_source(source)} if isinstance(source, ComponentInputParameter | TaskOutputParameter) else rest
