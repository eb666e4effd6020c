"""How values reach where they are used, through the groups of a pipeline: each group is a DAG with inputs and outputs of its own. Pure.

A value goes up from its task by an output of each group that it leaves, and down to its use by an input of each group that it enters.
What has several names at once (an output of a loop, of a conditional) is called after the node that gives it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from typing_extensions import assert_never

from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel
from bakehouse.dsl.control import Branch
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.items import ItemArtifact, ItemField, ItemParameter
from bakehouse.dsl.joins import OneOfChannel
from bakehouse.dsl.loops import CollectedChannel, ParallelFor
from bakehouse.dsl.meanings import ArtifactKind
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactOutput,
    ArtifactSource,
    ComponentInputArtifact,
    ComponentInputParameter,
    OutputSelector,
    ParameterInput,
    ParameterOutput,
    ParameterSource,
    ParameterType,
    TaskOutputArtifact,
    TaskOutputParameter,
)

PREFIX = "pipelinechannel--"
#: What can feed an input with a value from elsewhere.
Source = ComponentInputParameter | ComponentInputArtifact | TaskOutputParameter | TaskOutputArtifact


@dataclass
class Scope:
    """One group while values are led through it. `given` feeds its inputs, in terms of the group around it; `needs` are names by node."""

    parameters: dict[str, ParameterInput] = field(default_factory=dict)
    artifacts: dict[str, ArtifactInput] = field(default_factory=dict)
    given_parameters: dict[str, ParameterSource] = field(default_factory=dict)
    given_artifacts: dict[str, ArtifactSource] = field(default_factory=dict)
    parameter_outputs: dict[str, ParameterOutput] = field(default_factory=dict)
    artifact_outputs: dict[str, ArtifactOutput] = field(default_factory=dict)
    selectors: dict[str, tuple[OutputSelector, ...]] = field(default_factory=dict)
    oneof: set[str] = field(default_factory=set)
    needs: dict[str, set[str]] = field(default_factory=dict)

    def take(self, name: str, channel: PipelineChannel, source: Source | None) -> None:
        """Give the group an input for a channel; `None` is for what the loop itself feeds."""
        if isinstance(channel.kind, ArtifactKind):
            self.artifacts[name] = ArtifactInput(channel.kind.type, is_list=channel.kind.is_list)
        else:
            # What is not known is a text, as on KFP.
            self.parameters[name] = ParameterInput(channel.kind or ParameterType.STRING)
        if isinstance(source, ComponentInputArtifact | TaskOutputArtifact):
            self.given_artifacts[name] = source
        elif source is not None:
            self.given_parameters[name] = source

    def give(self, name: str, channel: PipelineChannel, selectors: tuple[OutputSelector, ...]) -> None:
        """Give the group an output for a channel."""
        self.selectors[name] = selectors
        if isinstance(channel.kind, ArtifactKind):
            self.artifact_outputs[name] = ArtifactOutput(channel.kind.type, is_list=channel.kind.is_list)
        else:
            self.parameter_outputs[name] = ParameterOutput(channel.kind or ParameterType.STRING)


class Scopes:
    """The groups of a recording, each with what passes through it. Asking for the source of a value leads it there."""

    def __init__(self, recording: Recording) -> None:
        self._scopes = {group: Scope() for group in recording.root.walk()}
        self._known: dict[tuple[int, TasksGroup], Source] = {}
        for group in self._scopes:
            self._enter(group)

    def __getitem__(self, group: TasksGroup) -> Scope:
        return self._scopes[group]

    def source(self, channel: PipelineChannel, group: TasksGroup) -> Source:
        """What feeds an input of a task in a group from a channel. Its producer can be in any group from which the value may come."""
        known = self._known.get((id(channel), group))
        if known is None:
            known = self._known[id(channel), group] = self._found(channel, group)
        return known

    def selector(self, channel: PipelineChannel, group: TasksGroup) -> OutputSelector:
        """Which output of a node in a group a channel is that comes to be there, or in a group inside."""
        made = channel.output if isinstance(channel, CollectedChannel) else channel
        if isinstance(made, OneOfChannel):
            node, key = made.branches.name, self._joined(made)
        else:
            node, key = made.task_name or "", made.name
        for left in channel.group.left_for(group):
            name = f"{PREFIX}{made.full_name}"
            self._scopes[left].give(name, channel, (OutputSelector(node, key),))
            node, key = left.name, name
        return OutputSelector(node, key)

    def carried(self, channel: PipelineChannel, group: TasksGroup) -> str:
        """The name of an input that carries a channel, as tasks in a group see it."""
        if isinstance(channel, ItemField):
            return f"{PREFIX}{channel.name}"
        return _name(self.source(channel, group))

    def depend(self, node: str, group: TasksGroup, channel: PipelineChannel) -> None:
        """Let a node of a group wait for the task that gives a value."""
        for name, home in _producers(channel):
            self.order(node, group, name, home)

    def order(self, node: str, group: TasksGroup, before: str, home: TasksGroup) -> None:
        """Let a node of a group wait for a node of another: in the innermost group that holds both, one that holds each waits for the other."""
        scope, waiting, awaited = edge(node, group, before, home)
        self._scopes[scope].needs.setdefault(waiting, set()).add(awaited)

    # ------------------------------------------------------------ one value

    def _found(self, channel: PipelineChannel, group: TasksGroup) -> Source:
        if isinstance(channel, ItemField):
            self.source(channel.item, group)
            return ComponentInputParameter(f"{PREFIX}{channel.item.name}", selector=f'parseJson(string_value)["{channel.field}"]')
        if group not in channel.group.lineage():
            return self._down(channel, group)
        if isinstance(channel, ItemParameter | ItemArtifact):
            return _input(channel, f"{PREFIX}{channel.name}")
        if channel.task is None and not isinstance(channel, OneOfChannel | CollectedChannel):
            return _input(channel, channel.name)
        made = self.selector(channel, group)
        source = TaskOutputArtifact if isinstance(channel, PipelineArtifactChannel) else TaskOutputParameter
        return source(made.producer_subtask, made.output_key)

    def _down(self, channel: PipelineChannel, group: TasksGroup) -> Source:
        source = self.source(channel, group.around)
        name = _name(source)
        self._scopes[group].take(name, channel, source)
        return _input(channel, name)

    def _joined(self, made: OneOfChannel) -> str:
        """Let a conditional give what one of its branches gives; the name of its output."""
        name = f"{PREFIX}{made.full_name}"
        scope = self._scopes[made.branches]
        if name not in scope.selectors:
            scope.give(name, made, tuple(self.selector(one, made.branches) for one in made.given))
            scope.oneof.add(name)
        return name

    # ------------------------------------------------------------ what a group needs for itself

    def _enter(self, group: TasksGroup) -> None:
        """Lead to a group what it loops over, what decides whether it runs, and, as KFP does, what decides about the groups around it."""
        scope = self._scopes[group]
        if isinstance(group, ParallelFor) and group.item is not None:
            if isinstance(group.items, PipelineChannel):
                scope.take(self.carried(group.items, group.around), group.items, self.source(group.items, group.around))
                self.depend(group.name, group.around, group.items)
            scope.take(f"{PREFIX}{group.item.name}", group.item, None)
        if isinstance(group, Branch):
            for channel in group.compared():
                scope.take(self.carried(channel, group.around), channel, self.source(channel, group.around))
                self.depend(group.name, group.around, channel)
        behind_loop = False
        for around in group.lineage():
            behind_loop = behind_loop or (around is not group and isinstance(around, ParallelFor) and _comes_from_outside(around.items))
            for channel in around.compared() if isinstance(around, Branch) else ():
                if not (behind_loop and _comes_from_outside(channel)):
                    self._inherit(channel, group)

    def _inherit(self, channel: PipelineChannel, group: TasksGroup) -> None:
        if not isinstance(channel, ItemField):
            self.source(channel, group)
        elif isinstance(channel.item.loop.items, PipelineChannel):
            self.source(channel.item, group)


def _input(channel: PipelineChannel, name: str) -> Source:
    return ComponentInputArtifact(name) if isinstance(channel, PipelineArtifactChannel) else ComponentInputParameter(name)


def _name(source: Source) -> str:
    """The name of an input that carries what this feeds."""
    match source:
        case TaskOutputParameter(node, key) | TaskOutputArtifact(node, key):
            return f"{PREFIX}{node}-{key}"
        case ComponentInputParameter(name) | ComponentInputArtifact(name):
            return name if name.startswith(PREFIX) else f"{PREFIX}{name}"
        case _:
            assert_never(source)


def _comes_from_outside(channel: object) -> bool:
    """Whether no task of the pipeline gives a value: an input of the pipeline, an item of such a list, or of one that is written out.

    What decides about a group and comes from outside, KFP does not carry into loops over what comes from outside.
    """
    if isinstance(channel, ItemField):
        return _comes_from_outside(channel.item)
    if isinstance(channel, ItemParameter | ItemArtifact):
        return not isinstance(channel.loop.items, PipelineChannel) or _comes_from_outside(channel.loop.items)
    return isinstance(channel, PipelineChannel) and not any(_producers(channel))


def edge(node: str, group: TasksGroup, before: str, home: TasksGroup) -> tuple[TasksGroup, str, str]:
    """What it means that a node of a group waits for a node of another: the innermost group that holds both, and what in it waits for what."""
    entered, left = group.left_for(home), home.left_for(group)
    return entered[-1].around if entered else group, entered[-1].name if entered else node, left[-1].name if left else before


def home_of(before: PipelineTask | TasksGroup) -> TasksGroup:
    """The group in which something stands that a task can be told to wait for."""
    return before.around if isinstance(before, TasksGroup) else before.group


def _producers(channel: PipelineChannel) -> Iterator[tuple[str, TasksGroup]]:
    """The node that gives a value, and its group; none where the value comes from outside or from a loop."""
    made = channel.output if isinstance(channel, CollectedChannel) else channel
    if isinstance(made, OneOfChannel):
        yield made.branches.name, made.group
    elif made.task is not None:
        yield made.task.name, made.task.group
