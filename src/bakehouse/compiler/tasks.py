"""Tasks of a recording to tasks of the IR: what feeds their inputs, and what they wait for. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.dsl import channels
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.spec import (
    ArtifactSource,
    ComponentInputArtifact,
    ComponentInputParameter,
    Constant,
    ParameterSource,
    Task,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
    TriggerPolicy,
    TriggerStrategy,
)
from bakehouse.ir.values import Json


def task(made: PipelineTask, component: str) -> Task:
    """A task of the DAG, of the component with this key."""
    trigger = TriggerPolicy(strategy=TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED) if made.runs_after_failure else None
    producers = {channel.task.name for channel in _channels(made) if channel.task is not None}
    return Task(
        component=component,
        display_name=made.display_name,
        inputs=_inputs(made),
        dependent_tasks=tuple(sorted({*producers, *made.upstream})),
        caching=made.caching,
        trigger=trigger,
        retry=made.retry,
    )


def injected(channel: PipelineChannel) -> str:
    """The name of the input by which a value reaches a text or a setting of the task."""
    return f"pipelinechannel--{channel.full_name}"


def placeholder(channel: PipelineChannel) -> str:
    """What stands for an injected input in texts and settings."""
    return f"{{{{$.inputs.parameters['{injected(channel)}']}}}}"


def _inputs(made: PipelineTask) -> TaskInputs:
    parameters: dict[str, ParameterSource] = {}
    artifacts: dict[str, ArtifactSource] = {}
    for name, value in made.inputs.items():
        if isinstance(value, PipelineArtifactChannel):
            artifacts[name] = _artifact(value)
        elif isinstance(value, PipelineChannel):
            parameters[name] = _parameter(value)
        else:
            parameters[name] = Constant(_constant(made, value))
    for name, setting in made.settings.items():
        if isinstance(setting, PipelineChannel):
            parameters[name] = Constant(placeholder(setting))
    for channel in _in_texts(made):
        if isinstance(channel, PipelineArtifactChannel):
            artifacts[injected(channel)] = _artifact(channel)
        else:
            parameters[injected(channel)] = _parameter(channel)
    return TaskInputs(parameters, artifacts)


def _parameter(channel: PipelineChannel) -> ParameterSource:
    return ComponentInputParameter(channel.name) if channel.task is None else TaskOutputParameter(channel.task.name, channel.name)


def _artifact(channel: PipelineChannel) -> ArtifactSource:
    return ComponentInputArtifact(channel.name) if channel.task is None else TaskOutputArtifact(channel.task.name, channel.name)


def _channels(made: PipelineTask) -> Iterator[PipelineChannel]:
    """The channels in the arguments. Those in settings are inputs too, but KFP does not name their producers as dependencies."""
    for value in made.inputs.values():
        yield from _within(made, value)


def _in_texts(made: PipelineTask) -> Iterator[PipelineChannel]:
    """The channels that need an input of their own: those in constants, in settings, and those that platforms' settings refer to."""
    for value in made.inputs.values():
        if not isinstance(value, PipelineChannel):
            yield from _within(made, value)
    yield from (value for value in made.settings.values() if isinstance(value, PipelineChannel))
    yield from made.injected


def _within(made: PipelineTask, value: Json) -> Iterator[PipelineChannel]:
    if isinstance(value, PipelineChannel):
        yield value
    elif isinstance(value, str):
        for name in channels.names_in(value):
            found = made.recording.channel(*name)
            if found is not None:
                yield found
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _within(made, key)
            yield from _within(made, item)
    elif isinstance(value, list):
        for item in value:
            yield from _within(made, item)


def _constant(made: PipelineTask, value: Json) -> Json:
    """A constant whose channels have become placeholders."""
    if isinstance(value, PipelineChannel):
        return placeholder(value)
    if isinstance(value, str):
        return channels.PATTERN.sub(lambda found: _replaced(made, found[1], found[2], found[0]), value)
    if isinstance(value, dict):
        return {_constant(made, key): _constant(made, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_constant(made, item) for item in value]
    return value


def _replaced(made: PipelineTask, task_name: str, name: str, text: str) -> str:
    channel = made.recording.channel(task_name, name)
    return text if channel is None else placeholder(channel)
