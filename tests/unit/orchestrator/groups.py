"""Pipelines with groups in a few words, and their runs as stories: all that can start starts, and the test says how each step ends.

`takes` names what feeds an input: `a.n` is output `n` of the sibling `a`, `$n` the input `n` of the DAG around, anything else a constant. The
first letter of an output says of what type it is: `n` a whole number, `l` a list of them, `a` an artifact (`as`: a list).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bakehouse.ir.execution import Artifact, Cause, Ending, Outputs, Place, StepError, TaskId
from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactIterator,
    ArtifactOutput,
    ArtifactSource,
    ArtifactType,
    Component,
    ComponentInputArtifact,
    ComponentInputParameter,
    ComponentInputs,
    ComponentOutputs,
    Constant,
    Container,
    Dag,
    DagOutputs,
    OutputSelector,
    ParameterInput,
    ParameterIterator,
    ParameterOutput,
    ParameterSource,
    ParameterType,
    PipelineFile,
    PipelineInfo,
    PipelineSpec,
    RetryPolicy,
    Task,
    TaskFinalStatus,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
    TriggerPolicy,
    TriggerStrategy,
)
from bakehouse.ir.values import Json
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import Command, Stop, TaskMoved
from bakehouse.orchestrator.events import Admitted, Ended, Event, Prepared, RunTaken, TerminateRequested
from bakehouse.orchestrator.plan import GROUPS
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.states import TaskState
from tests.unit.orchestrator.pipelines import record

_ARTIFACT = ArtifactType(schema_title="system.Artifact")
_PLACE = Place("/usr/bin/python3", "cpython-3.11.7", "linux-x86_64")


@dataclass(frozen=True)
class Part:
    """A task, and its component; a group also has the parts that it holds."""

    task: Task
    component: Component
    inside: Mapping[str, Part] = field(default_factory=dict)


def step(*after: str, takes: Mapping[str, Json] | None = None, optional: Sequence[str] = (), always: bool = False, status_of: str = "") -> Part:
    """A step with the outputs `n`, `l` and `a`."""
    outputs = ComponentOutputs({"n": _output("n"), "l": _output("l")}, {"a": ArtifactOutput(_ARTIFACT)})
    part = _part(after, takes or {}, optional, Component(outputs=outputs, executor_label="exec"))
    if status_of:
        declared = {**part.component.inputs.parameters, "status": ParameterInput(ParameterType.TASK_FINAL_STATUS)}
        component = replace(part.component, inputs=replace(part.component.inputs, parameters=declared))
        sources: dict[str, ParameterSource] = {**part.task.inputs.parameters, "status": TaskFinalStatus(status_of)}
        part = Part(replace(part.task, inputs=replace(part.task.inputs, parameters=sources)), component)
    return _always(part) if always else part


def group(
    inside: Mapping[str, Part],
    *after: str,
    takes: Mapping[str, Json] | None = None,
    gives: Mapping[str, Sequence[str]] | None = None,
    condition: str = "",
    always: bool = False,
) -> Part:
    """A DAG in a DAG. `gives` names its outputs, each with the outputs inside that may be it."""
    part = _part(after, takes or {}, (), _dag_component(inside, gives or {}, loop=False), inside)
    part = replace(part, task=replace(part.task, trigger=TriggerPolicy(condition) if condition else None))
    return _always(part) if always else part


def loop(
    inside: Mapping[str, Part], *after: str, over: str | Sequence[Json], limit: int = 0, gives: Mapping[str, Sequence[str]] | None = None
) -> Part:
    """A loop over constants, or over what a `takes` could name; inside, the item is `$n`, or `$a` of a list of artifacts."""
    part = _part(after, {"items": over} if isinstance(over, str) else {}, (), _dag_component(inside, gives or {}, loop=True), inside)
    inputs = part.component.inputs
    iterator: ParameterIterator | ArtifactIterator
    if "items" in inputs.artifacts:
        iterator, inputs = ArtifactIterator("a", "items"), replace(inputs, artifacts={**inputs.artifacts, "a": ArtifactInput(_ARTIFACT)})
    else:
        raw = None if isinstance(over, str) else json.dumps(list(over))
        iterator = ParameterIterator("n", raw=raw, input_parameter="items" if raw is None else None)
        inputs = replace(inputs, parameters={**inputs.parameters, "n": ParameterInput(ParameterType.NUMBER_INTEGER)})
    return Part(replace(part.task, iterator=iterator, parallelism_limit=limit), replace(part.component, inputs=inputs), inside)


def pipeline(parts: Mapping[str, Part], gives: Mapping[str, Sequence[str]] | None = None, **parameters: Json) -> PipelineFile:
    """The pipeline of these parts; `parameters` are its inputs, with their defaults."""
    components: dict[str, Component] = {}
    root = _dag_component(parts, gives or {}, loop=False)
    inputs = ComponentInputs({name: ParameterInput(_type(name), default=value) for name, value in parameters.items()})
    spec = PipelineSpec(
        info=PipelineInfo(name="groups"),
        root=replace(root, inputs=inputs, dag=_named(root.dag or Dag(), parts, "", components)),
        components=components,
        executors={"exec": Container(image="busybox", command=("echo",))},
    )
    return PipelineFile(spec)


def _named(dag: Dag, parts: Mapping[str, Part], path: str, components: dict[str, Component]) -> Dag:
    """The DAG with the names of its components, which are put where they belong."""
    for name, part in parts.items():
        inner = part.component.dag
        dag_inside = None if inner is None else _named(inner, part.inside, f"{path}{name}.", components)
        components[f"comp-{path}{name}"] = replace(part.component, dag=dag_inside)
    return replace(dag, tasks={name: replace(part.task, component=f"comp-{path}{name}") for name, part in parts.items()})


def _part(
    after: Sequence[str], takes: Mapping[str, Json], optional: Sequence[str], component: Component, inside: Mapping[str, Part] | None = None
) -> Part:
    parameters: dict[str, ParameterSource] = {}
    artifacts: dict[str, ArtifactSource] = {}
    declared, held = {}, {}
    for name, source in takes.items():
        producer, dot, key = source.partition(".") if isinstance(source, str) else ("", "", "")
        key = producer[1:] if not dot and producer.startswith("$") else key
        if key.startswith("a"):
            artifacts[name] = TaskOutputArtifact(producer, key) if dot else ComponentInputArtifact(key)
            held[name] = ArtifactInput(_ARTIFACT, is_list=key.startswith("as"), is_optional=name in optional)
        else:
            parameters[name] = TaskOutputParameter(producer, key) if dot else ComponentInputParameter(key) if key else Constant(source)
            declared[name] = ParameterInput(_type(key or name), is_optional=name in optional)
    task = Task("", inputs=TaskInputs(parameters, artifacts), dependent_tasks=tuple(after), retry=RetryPolicy())
    return Part(task, replace(component, inputs=ComponentInputs(declared, held)), inside or {})


def _always(part: Part) -> Part:
    condition = part.task.trigger.condition if part.task.trigger else ""
    return replace(part, task=replace(part.task, trigger=TriggerPolicy(condition, TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED)))


def _dag_component(inside: Mapping[str, Part], gives: Mapping[str, Sequence[str]], *, loop: bool) -> Component:
    selectors = {name: tuple(OutputSelector(*source.split(".")) for source in sources) for name, sources in gives.items()}
    values = {name: one for name, one in selectors.items() if not name.startswith("a")}
    artifacts = {name: one for name, one in selectors.items() if name.startswith("a")}
    declared = {name: ArtifactOutput(_ARTIFACT, is_list=loop) for name in artifacts}
    outputs = ComponentOutputs({name: ParameterOutput(ParameterType.LIST) if loop else _output(name) for name in values}, declared)
    dag = Dag({name: part.task for name, part in inside.items()}, DagOutputs(values, artifacts))
    return Component(outputs=outputs, dag=dag)


def _output(name: str) -> ParameterOutput:
    return ParameterOutput(_type(name))


def _type(name: str) -> ParameterType:
    return ParameterType.LIST if name.startswith("l") else ParameterType.NUMBER_INTEGER


# ---------------------------------------------------------------- a run as a story


class Story:
    """A run of which the test tells how its steps end. Each sentence returns the story, so that they can be written one after the other."""

    def __init__(self, file: PipelineFile, options: RunOptions | None = None) -> None:
        self.run = recorded(record(file, options))
        self.commands: list[Command] = []
        self._at = 0.0
        self._happens(RunTaken(self._at))

    def succeeds(self, *names: str, n: int = 1, l: Sequence[int] = (), artifact: str = "") -> Story:  # noqa: E741  # the name of an output
        """These steps, which run, succeed with these outputs."""
        for name in names:
            artifacts = {"a": (Artifact("a", _ARTIFACT, "file:///a", id=artifact or name),)}
            self._happens(
                Ended(TaskId(name), self.run.tasks[TaskId(name)].attempt, Ending(outputs=Outputs({"n": n, "l": list(l)}, artifacts)), self._at)
            )
        return self

    def fails(self, *names: str, cause: Cause = Cause.EXIT_CODE) -> Story:
        """These steps, which run, fail."""
        for name in names:
            self._happens(Ended(TaskId(name), self.run.tasks[TaskId(name)].attempt, Ending(cause=cause, error=StepError("exit code 1")), self._at))
        return self

    def is_terminated(self, *, now: bool = False) -> Story:
        """A user terminates the run, and the steps that are told so end."""
        known = len(self.commands)
        self._happens(TerminateRequested(self._at, by="ann", now=now))
        for command in self.commands[known:]:
            if isinstance(command, Stop):
                self.fails(command.attempt.task_id, cause=Cause.TERMINATED)
        return self

    def _happens(self, event: Event) -> None:
        """It does, and everything that can start does."""
        events = [event]
        while events:
            self._at += 1.0
            self.run, more = machine.step(self.run, replace(events.pop(), at=self._at))
            self.commands += more
            steps = [task for task in self.run.tasks.values() if task.kind not in GROUPS]
            events = [Prepared(task.id, _PLACE, 0.0) for task in steps if task.state is TaskState.PREPARING]
            events = events or [Admitted(task.id, 0.0) for task in steps if task.state is TaskState.QUEUED]

    @property
    def states(self) -> dict[str, str]:
        """The state of every task that there is."""
        return {str(task.id): task.state.value for task in self.run.tasks.values()}

    @property
    def running(self) -> set[str]:
        """The steps that run."""
        return {str(task.id) for task in self.run.tasks.values() if task.state is TaskState.RUNNING and task.kind not in GROUPS}

    def why(self, name: str) -> str:
        """What was said when a task came to its state."""
        return next(one.why for one in reversed(self.commands) if isinstance(one, TaskMoved) and one.task_id == name)

    def given(self, name: str) -> dict[str, Json]:
        """The parameters that a step which runs was given."""
        launch = self.run.tasks[TaskId(name)].launch
        assert launch is not None, f"{name} does not run"
        return dict(launch.parameters)

    def given_artifacts(self, name: str) -> dict[str, list[str]]:
        """The artifacts that a step which runs was given, by their ids."""
        launch = self.run.tasks[TaskId(name)].launch
        assert launch is not None, f"{name} does not run"
        return {key: [one.id for one in held] for key, held in launch.inputs.items()}

    def outputs(self, name: str) -> dict[str, Json]:
        """The parameters that a task gave."""
        found = self.run.tasks[TaskId(name)].outputs
        assert found is not None, f"{name} gave nothing"
        return dict(found.parameters)

    def error(self, name: str = "") -> str:
        """The message of what went wrong with a task, or with the run."""
        error = self.run.tasks[TaskId(name)].error if name else self.run.error
        assert error is not None
        return error.message
