"""What a pipeline is made of: the components and executors of its tasks and groups, those of the pipelines that it calls among them. Pure.

Each task has a component of its own, as on KFP. The parts of a pipeline that is called twice are there twice; where a name is taken a
number is put behind it. An executor is called as its component is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bakehouse.compiler import containers, cycles, descriptions, platform_settings, tasks
from bakehouse.compiler.scopes import Scopes
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.graph import GraphComponent
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir import platforms
from bakehouse.ir.execution import Origin
from bakehouse.ir.spec import (
    Component,
    ComponentInputs,
    ComponentOutputs,
    Dag,
    DagOutputs,
    Executor,
    PipelineFile,
    Task,
)

_COMPONENT, _EXECUTOR = "comp-", "exec-"


@dataclass
class Parts:
    """Components, executors and where their sources stand, by label; `platforms` by platform and label; `code`: folders of modules by label.

    `defined`: the `FILE:LINE` of the component of each executor. `lines`: those of tasks and groups, by the component of the DAG that holds
    them (the root's is empty) and their names.
    """

    components: dict[str, Component] = field(default_factory=dict)
    executors: dict[str, Executor] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    platforms: dict[str, dict[str, Any]] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    defined: dict[str, str] = field(default_factory=dict)
    lines: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def named(self, wanted: str) -> str:
        """A name for a component that is not taken."""
        name, number = wanted, self._numbers.get(wanted, 1)
        while name in self.components:
            number += 1
            name = f"{wanted}-{number}"
        self._numbers[wanted] = number
        return name

    def absorb(self, other: Parts, root: Component, key: str) -> Component:
        """Take over what a called pipeline is made of; its root, in terms of the names here, which is called `key`."""
        names: dict[str, str] = {}
        for name in other.components:
            names[name] = self.named(name)
            self.components[names[name]] = other.components[name]
        for old, name in names.items():
            self.components[name] = _renamed(self.components[name], name, names)
            label, new = _label(old), _label(name)
            if label in other.executors:
                self.executors[new] = other.executors[label]
            if label in other.origins:
                self.origins[new] = other.origins[label]
            for mine, theirs in ((self.code, other.code), (self.defined, other.defined)):
                if label in theirs:
                    mine[new] = theirs[label]
            for platform, settings in other.platforms.items():
                if label in settings:
                    self.platforms.setdefault(platform, {})[new] = settings[label]
        self.lines.update({(names.get(dag, key), name): line for (dag, name), line in other.lines.items()})
        return _renamed(root, "", names)


def _renamed(component: Component, name: str, names: Mapping[str, str]) -> Component:
    """A component of this name, whose tasks are of components by their new names."""
    if component.dag is None:
        return component if component.executor_label == _label(name) else replace(component, executor_label=_label(name))
    if all(names[task.component] == task.component for task in component.dag.tasks.values()):
        return component
    renamed = {key: replace(task, component=names[task.component]) for key, task in component.dag.tasks.items()}
    return replace(component, dag=replace(component.dag, tasks=renamed))


def _label(component: str) -> str:
    return f"{_EXECUTOR}{component.removeprefix(_COMPONENT)}"


def of_file(file: PipelineFile) -> tuple[Parts, Component]:
    """What a compiled pipeline is made of, and its root. Names become what SDKs make of them anyway: `comp-` and what the component is called."""
    parts, spec, names = Parts(), file.spec, dict[str, str]()
    for old in spec.components:
        names[old] = parts.named(f"{_COMPONENT}{old.removeprefix(_COMPONENT)}")
        parts.components[names[old]] = Component()
    for old, name in names.items():
        parts.components[name] = _renamed(spec.components[old], name, names)
        label = spec.components[old].executor_label or ""
        if label in spec.executors:
            parts.executors[_label(name)] = spec.executors[label]
        for platform in file.platforms:
            given = platforms.executors(file, platform)
            if label in given:
                parts.platforms.setdefault(platform, {})[_label(name)] = given[label]
    return parts, _renamed(spec.root, "", names)


def interface(component: BaseComponent) -> Component:
    """The compiled interface of a component."""
    said = descriptions.of(component)
    return Component(
        inputs=descriptions.inputs(component, said),
        outputs=descriptions.outputs(component, said),
        task_config_passthroughs=component.passthroughs,
    )


def taken_apart(component: BaseComponent, recording: Recording) -> tuple[Component, Parts]:
    """The root of a pipeline, and what it is made of."""
    return _Making(recording, {}).root(component)


class _Making:
    """One recording while it is taken apart. `called` are pipelines that have been: each is taken apart once, however often it is called."""

    def __init__(self, recording: Recording, called: dict[int, tuple[Component, Parts]]) -> None:
        self._recording, self._called = recording, called
        self._interfaces = {id(one): interface(one) for one in recording.components if not isinstance(one, GraphComponent)}
        self._scopes = Scopes(recording)
        self._parts = Parts()
        #: The component of each task and group.
        self._keys: dict[PipelineTask | TasksGroup, str] = {}

    def root(self, component: BaseComponent) -> tuple[Component, Parts]:
        """The root, and the parts."""
        recording = self._recording
        for group in recording.root.walk():
            if group is not recording.root:
                self._claim(group, f"{_COMPONENT}{group.name}")
            for made in group.tasks:
                if made.exit_of is None:
                    self._add(made)
        # As on KFP, these come last.
        for made in recording.root.tasks:
            if made.exit_of is not None:
                self._add(made)
        for made in recording.tasks.values():
            tasks.need(made, self._scopes)
        cycles.refuse(recording, self._scopes)
        # Every value is led to its use before a group is written: it passes through groups.
        outputs = {name: self._scopes.selector(channel, recording.root) for name, channel in recording.outputs.items()}
        compiled = {made: tasks.task(made, self._keys[made], self._scopes) for made in recording.tasks.values()}
        for group in recording.root.walk():
            if group is not recording.root:
                self._parts.components[self._keys[group]] = self._group(group, compiled)
        declared = interface(component)
        given = DagOutputs(
            {name: (outputs[name],) for name in declared.outputs.parameters if name in outputs},
            {name: (outputs[name],) for name in declared.outputs.artifacts if name in outputs},
        )
        return replace(declared, dag=Dag(self._nodes(recording.root, compiled), given), task_config_passthroughs=()), self._parts

    def _claim(self, node: PipelineTask | TasksGroup, wanted: str) -> str:
        key = self._keys[node] = self._parts.named(wanted)
        self._parts.components[key] = Component()
        return key

    def _add(self, made: PipelineTask) -> None:
        """The component of a task, and its executor, or what the pipeline that it calls is made of."""
        key = self._claim(made, f"{_COMPONENT}{made.name}")
        called = self._call(made.component)
        if called is not None:
            self._parts.components[key] = self._parts.absorb(*called, key)
            return
        label = _label(key)
        self._parts.components[key] = replace(self._interfaces[id(made.component)], executor_label=label)
        self._parts.executors[label] = containers.executor(made, self._scopes)
        self._parts.defined[label] = made.component.place
        origin = made.component.origin
        if origin is not None:
            self._parts.origins[label] = origin
        if made.component.code:
            self._parts.code[label] = made.component.code
        for platform, settings in platform_settings.settings(made, self._scopes).items():
            self._parts.platforms.setdefault(platform, {})[label] = settings

    def _call(self, component: BaseComponent) -> tuple[Parts, Component] | None:
        """What a pipeline that is called is made of; `None` if the component is none."""
        if isinstance(component, GraphComponent):
            known = self._called.get(id(component))
            if known is None:
                known = self._called[id(component)] = _Making(component.recording, self._called).root(component)
            root, parts = known
            return parts, root
        if component.compiled_file is not None and not component.is_step:
            return of_file(component.compiled_file)
        return None

    def _nodes(self, group: TasksGroup, compiled: Mapping[PipelineTask, Task]) -> dict[str, Task]:
        key = self._keys.get(group, "")
        self._parts.lines.update({(key, made.name): made.place for made in group.tasks})
        self._parts.lines.update({(key, one.name): one.place for one in group.groups})
        found = {made.name: compiled[made] for made in group.tasks}
        found.update({one.name: tasks.group(one, self._keys[one], self._scopes) for one in group.groups})
        return found

    def _group(self, group: TasksGroup, compiled: Mapping[PipelineTask, Task]) -> Component:
        scope = self._scopes[group]
        outputs = DagOutputs(
            {name: scope.selectors[name] for name in scope.parameter_outputs},
            {name: scope.selectors[name] for name in scope.artifact_outputs},
            oneof=frozenset(scope.oneof),
        )
        return Component(
            inputs=ComponentInputs(scope.parameters, scope.artifacts),
            outputs=ComponentOutputs(scope.parameter_outputs, scope.artifact_outputs),
            dag=Dag(self._nodes(group, compiled), outputs),
        )
