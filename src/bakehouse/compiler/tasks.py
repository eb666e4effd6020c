"""Tasks and groups of a recording to tasks of the IR: what feeds their inputs, what they wait for, when they run. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bakehouse.compiler import conditions
from bakehouse.compiler.scopes import PREFIX, Scopes, home_of
from bakehouse.dsl import arguments, exits
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel
from bakehouse.dsl.control import Branch
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.loops import ParallelFor
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.spec import (
    ArtifactIterator,
    ArtifactSource,
    ComponentInputArtifact,
    Constant,
    ParameterIterator,
    ParameterSource,
    Task,
    TaskFinalStatus,
    TaskInputs,
    TaskOutputArtifact,
    TriggerPolicy,
    TriggerStrategy,
)

_COMPLETED = TriggerPolicy(strategy=TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED)


def need(made: PipelineTask, scopes: Scopes) -> None:
    """Let a task wait for those that give its arguments, and those that it was told to wait for.

    What gives its resources feeds inputs too, but KFP names no dependencies for that; across groups there is one all the same.
    """
    for channel in made.fed_channels():
        scopes.depend(made.name, made.group, channel)
    for name, setting in made.settings.items():
        if isinstance(setting, PipelineChannel) and (name == "base_image" or setting.group is not made.group):
            scopes.depend(made.name, made.group, setting)
    for channel in made.injected:
        scopes.depend(made.name, made.group, channel)
    for before in made.upstream.values():
        scopes.order(made.name, made.group, before.name, home_of(before))
    if made.exit_of is not None:
        scopes.order(made.name, made.group, made.exit_of.name, made.group)


def task(made: PipelineTask, component: str, scopes: Scopes) -> Task:
    """A task of a DAG, of the component with this key."""
    return Task(
        component=component,
        display_name=made.display_name,
        inputs=_inputs(made, scopes),
        dependent_tasks=tuple(sorted(scopes[made.group].needs.get(made.name, ()))),
        caching=made.caching,
        trigger=_COMPLETED if made.runs_after_failure or made.exit_of is not None else None,
        retry=made.retry,
    )


def group(made: TasksGroup, component: str, scopes: Scopes) -> Task:
    """A group as a task of the DAG around it."""
    scope = scopes[made]
    return Task(
        component=component,
        display_name=made.display_name or made.name,
        inputs=TaskInputs(scope.given_parameters, scope.given_artifacts),
        dependent_tasks=tuple(sorted(scopes[made.around].needs.get(made.name, ()))),
        trigger=TriggerPolicy(condition=conditions.condition(made, scopes)) if isinstance(made, Branch) else None,
        iterator=_iterator(made, made.item.name, scopes) if isinstance(made, ParallelFor) and made.item is not None else None,
        parallelism_limit=made.parallelism if isinstance(made, ParallelFor) else None,
    )


def _iterator(loop: ParallelFor, name: str, scopes: Scopes) -> ParameterIterator | ArtifactIterator:
    item = f"{PREFIX}{name}"
    if not isinstance(loop.items, PipelineChannel):
        return ParameterIterator(item, raw=json.dumps(loop.items, sort_keys=True))
    items = scopes.carried(loop.items, loop.around)
    return ArtifactIterator(item, items) if isinstance(loop.items, PipelineArtifactChannel) else ParameterIterator(item, input_parameter=items)


# ---------------------------------------------------------------- inputs


def placeholder(channel: PipelineChannel, made: PipelineTask, scopes: Scopes) -> str:
    """What stands for a channel in texts and settings of a task: an input that the task has for it."""
    return f"{{{{$.inputs.parameters['{scopes.carried(channel, made.group)}']}}}}"


def _inputs(made: PipelineTask, scopes: Scopes) -> TaskInputs:
    parameters: dict[str, ParameterSource] = {}
    artifacts: dict[str, ArtifactSource] = {}

    def take(name: str, channel: PipelineChannel) -> None:
        source = scopes.source(channel, made.group)
        if isinstance(source, ComponentInputArtifact | TaskOutputArtifact):
            artifacts[name] = source
        else:
            parameters[name] = source

    for name, value in made.inputs.items():
        if isinstance(value, PipelineChannel):
            take(name, value)
        else:
            parameters[name] = Constant(arguments.replaced(value, lambda one: placeholder(one, made, scopes), made.recording))
    for name in exits.status_inputs(made):
        awaited = exits.awaited(made)
        if awaited is not None:
            parameters[name] = TaskFinalStatus(awaited.name)
    for name, setting in made.settings.items():
        if isinstance(setting, PipelineChannel):
            parameters[name] = Constant(placeholder(setting, made, scopes))
    for channel in _in_texts(made):
        take(scopes.carried(channel, made.group), channel)
    return TaskInputs(parameters, artifacts)


def _in_texts(made: PipelineTask) -> Iterator[PipelineChannel]:
    """The channels that need an input of their own: those in constants and in settings. What platforms' settings refer to needs none."""
    for value in made.inputs.values():
        if not isinstance(value, PipelineChannel):
            yield from arguments.channels_within(value, made.recording)
    yield from (value for value in made.settings.values() if isinstance(value, PipelineChannel))
