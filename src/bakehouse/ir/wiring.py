"""Whether the tasks of a DAG fit together: what feeds their inputs exists and fits, and no task waits for itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bakehouse.ir import expressions, placeholders
from bakehouse.ir.findings import Finding, nearest
from bakehouse.ir.parameters import fits
from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactIterator,
    ArtifactOutput,
    ArtifactSource,
    Component,
    ComponentInputArtifact,
    ComponentInputParameter,
    Constant,
    Dag,
    OutputSelector,
    ParameterInput,
    ParameterIterator,
    ParameterSource,
    ParameterType,
    PipelineSpec,
    RuntimeParameter,
    Task,
    TaskFinalStatus,
    TaskOutputArtifact,
    TaskOutputParameter,
)

#: The beginning of inputs that a compiler adds to carry values to where they are used.
CHANNEL = "pipelinechannel--"
#: What the names of such inputs hold that carry the item of a loop.
_ITEM = "loop-item"
#: Inputs that KFP's compiler gives to tasks whose settings are computed, without declaring them.
SETTINGS = frozenset((
    "cpu_limit", "cpu_request", "memory_limit", "memory_request", "accelerator_type", "accelerator_count", "accelerator_limit",
    "base_image", "container_image", "image",
))  # fmt: skip
#: Inputs that the engine itself feeds.
_FED = frozenset((ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG))
_GENERIC = frozenset(("system.Artifact", "google.VertexDataset", ""))

Path = tuple[str, ...]


@dataclass(frozen=True)
class _Scope:
    """One DAG: its own component, the tasks in it and the components that they run."""

    spec: PipelineSpec
    owner: Component
    dag: Dag
    path: Path

    def component(self, task: str) -> Component | None:
        """What a task runs, if both exist."""
        found = self.dag.tasks.get(task)
        return self.spec.components.get(found.component) if found else None


def findings(spec: PipelineSpec, owner: Component, path: Path) -> Iterator[Finding]:
    """What is wrong with the DAG of a component; `path` is the way to it."""
    if owner.dag is None:
        return
    scope = _Scope(spec, owner, owner.dag, path)
    for name, task in scope.dag.tasks.items():
        yield from _task(scope, name, task)
    yield from _cycles(scope)
    yield from _outputs(scope)


def _task(scope: _Scope, name: str, task: Task) -> Iterator[Finding]:
    path = (*scope.path, "tasks", name)
    component = scope.spec.components.get(task.component)
    if component is None:
        remedy = nearest(task.component, scope.spec.components) or "Components stand under components."
        yield Finding(f"there is no component {task.component}", (*path, "componentRef", "name"), remedy)
    for index, other in enumerate(task.dependent_tasks):
        if other not in scope.dag.tasks:
            message = f"{name} depends on {other}, which is no task of the same DAG"
            yield Finding(message, (*path, "dependentTasks", str(index)), nearest(other, scope.dag.tasks.keys() - {name}))
    for key, source in task.inputs.parameters.items():
        yield from _parameter(scope, component, key, source, (*path, "inputs", "parameters", key))
    for key, origin in task.inputs.artifacts.items():
        yield from _artifact(scope, component, key, origin, (*path, "inputs", "artifacts", key))
    if component is not None:
        yield from _missing(name, task, component, path)
    yield from _iterator(task, path)
    yield from _condition(task, component, path)


def _condition(task: Task, component: Component | None, path: Path) -> Iterator[Finding]:
    if task.trigger is not None and task.trigger.condition:
        known = {*task.inputs.parameters, *(component.inputs.parameters if component else ())}
        for problem in expressions.check(task.trigger.condition, known):
            yield Finding(problem.message, (*path, "triggerPolicy", "condition"), problem.remedy)


def _missing(name: str, task: Task, component: Component, path: Path) -> Iterator[Finding]:
    given = {*task.inputs.parameters, *task.inputs.artifacts}
    if task.iterator is not None:
        given.add(task.iterator.item_input)
    needed = [key for key, one in component.inputs.parameters.items() if _is_required(one)]
    needed += [key for key, one in component.inputs.artifacts.items() if not one.is_optional]
    for key in needed:
        if key not in given:
            yield Finding(f"the task {name} is not given its input {key}", (*path, "inputs"), f"Give it, or let {task.component} have a default.")


def _is_required(declared: ParameterInput) -> bool:
    return declared.default is None and not declared.is_optional and declared.type not in _FED


def _iterator(task: Task, path: Path) -> Iterator[Finding]:
    match task.iterator:
        case ParameterIterator(input_parameter=str(name)) if name not in task.inputs.parameters:
            message = f"the loop goes over an input {name} that the task is not given"
            yield Finding(message, (*path, "parameterIterator", "items"), nearest(name, task.inputs.parameters))
        case ParameterIterator(raw=None, input_parameter=None):
            yield Finding("the loop goes over nothing", (*path, "parameterIterator"), "Give it items: {raw: JSON} or {inputParameter: NAME}.")
        case ArtifactIterator(input_artifact=name) if name not in task.inputs.artifacts:
            message = f"the loop goes over an input artifact {name!r} that the task is not given"
            yield Finding(message, (*path, "artifactIterator", "items"), nearest(name, task.inputs.artifacts))
        case _:
            pass


# ---------------------------------------------------------------- parameters


def _parameter(scope: _Scope, component: Component | None, key: str, source: ParameterSource, path: Path) -> Iterator[Finding]:
    yield from _source(scope, source, path)
    for problem in expressions.check_selector(source.selector) if source.selector else ():
        yield Finding(problem.message, (*path, "parameterExpressionSelector"), problem.remedy)
    declared = component.inputs.parameters.get(key) if component else None
    if component is None:
        return
    if declared is None:
        yield from _undeclared(component, key, path)
        return
    if isinstance(source, Constant):
        value = source.value
        if not (source.selector or value is None or placeholders.has_placeholder(value) or fits(value, declared.type)):
            yield Finding(f"the constant {placeholders.written(value)!r} is no {declared.type.value}", path, f"{key} is a {declared.type.value}.")
        return
    given = _type(scope, source)
    if given is not None and not source.selector and not _compatible(given, declared.type) and not _is_unknown(source, given):
        yield Finding(f"{key} is a {declared.type.value}, but what it is given is a {given.value}", path, "Give it a value of its type.")


def _is_unknown(source: ParameterSource, given: ParameterType) -> bool:
    """Whether this is the item of a list of whose items nothing is known: compilers declare it as a text."""
    return isinstance(source, ComponentInputParameter) and given is ParameterType.STRING and source.name.startswith(CHANNEL) and _ITEM in source.name


def _undeclared(component: Component, key: str, path: Path) -> Iterator[Finding]:
    if key in component.inputs.artifacts:
        yield Finding(f"{key} is an artifact, but it is given a parameter", path, "Give it an artifact, under inputs.artifacts.")
    elif key not in SETTINGS and not key.startswith(CHANNEL):
        known = {*component.inputs.parameters, *component.inputs.artifacts}
        yield Finding(f"the task's component has no input {key}", path, nearest(key, known))


def _source(scope: _Scope, source: ParameterSource, path: Path) -> Iterator[Finding]:
    """Whether what feeds an input is there."""
    match source:
        case ComponentInputParameter(name=name) | RuntimeParameter(name=name):
            if name in scope.owner.inputs.artifacts:
                yield Finding(f"the input {name} is an artifact, but it is used as a parameter", path, "Use componentInputArtifact.")
            elif name not in scope.owner.inputs.parameters and (lost := _lost(scope.spec, name)):
                yield Finding(
                    f"{scope.spec.sdk_version} left the parameter {lost} of the pipeline out when it compiled: the DAG has no input {name}",
                    path,
                    "It can lose parameters that are used in a dsl.If, dsl.Elif or dsl.Else inside of a dsl.ParallelFor. "
                    f"Give {lost} to a step before the loop that returns it, and use the output of that step.",
                )
            elif name not in scope.owner.inputs.parameters:
                remedy = nearest(name, scope.owner.inputs.parameters) or "Inputs are declared under inputDefinitions.parameters."
                yield Finding(f"the DAG has no input parameter {name}", path, remedy)
        case TaskOutputParameter(producer_task=task, output_key=key):
            component = scope.component(task)
            known = component.outputs.parameters if component else {}
            others = component.outputs.artifacts if component else {}
            yield from _producer(scope, (task, key), known, others, (*path, "taskOutputParameter"))
        case TaskFinalStatus(producer_task=task):
            if task not in scope.dag.tasks:
                yield Finding(f"there is no task {task} in this DAG", (*path, "taskFinalStatus"), nearest(task, scope.dag.tasks))
        case _:
            pass


def _lost(spec: PipelineSpec, name: str) -> str:
    """The parameter of a pipeline that KFP's compiler meant to carry here, and did not: only a compiler writes such names. Empty if it is none."""
    carried = name.removeprefix(CHANNEL)
    if carried == name or not spec.sdk_version.startswith("kfp-"):
        return ""
    pipelines = (one for one in (spec.root, *spec.components.values()) if one.dag is not None)
    return carried if any(carried in one.inputs.parameters for one in pipelines) else ""


def _producer(scope: _Scope, output: tuple[str, str], known: Iterable[str], others: Iterable[str], path: Path) -> Iterator[Finding]:
    """Whether a task and its output are there; `others` are its outputs of the other kind."""
    task, key = output
    if task not in scope.dag.tasks:
        yield Finding(f"there is no task {task} in this DAG", path, nearest(task, scope.dag.tasks))
    elif scope.component(task) is not None and key not in known:
        if key in others:
            yield Finding(f"the output {key} of {task} is of the other kind: parameters and artifacts cannot stand for each other", path)
        else:
            yield Finding(f"the task {task} has no output {key}", path, nearest(key, known))


def _type(scope: _Scope, source: ParameterSource) -> ParameterType | None:
    match source:
        case ComponentInputParameter(name=name) | RuntimeParameter(name=name):
            declared = scope.owner.inputs.parameters.get(name)
            return declared.type if declared else None
        case TaskOutputParameter(producer_task=task, output_key=key):
            component = scope.component(task)
            output = component.outputs.parameters.get(key) if component else None
            return output.type if output else None
        case TaskFinalStatus():
            return ParameterType.TASK_FINAL_STATUS
        case Constant():
            return None


def _compatible(given: ParameterType, declared: ParameterType) -> bool:
    widened = (given, declared) == (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE)
    # A final status is a mapping, and component files say so.
    status = (given, declared) == (ParameterType.TASK_FINAL_STATUS, ParameterType.STRUCT)
    return given is declared or widened or status


# ---------------------------------------------------------------- artifacts


def _artifact(scope: _Scope, component: Component | None, key: str, source: ArtifactSource, path: Path) -> Iterator[Finding]:
    yield from _artifact_source(scope, source, path)
    if component is None:
        return
    declared = component.inputs.artifacts.get(key)
    if declared is None:
        if key in component.inputs.parameters:
            yield Finding(f"{key} is a parameter, but it is given an artifact", path, "Give it a parameter, under inputs.parameters.")
        elif not key.startswith(CHANNEL):
            yield Finding(f"the task's component has no input artifact {key}", path, nearest(key, component.inputs.artifacts))
        return
    given = _given(scope, source)
    if given is not None and not _same_kind(given, declared):
        wanted, got = declared.type.schema_title, given.type.schema_title
        yield Finding(f"{key} is a {wanted}, but what it is given is a {got}", path, f"Give it a {wanted}, or declare the input as system.Artifact.")
    if given is not None and given.is_list != declared.is_list:
        lists = ("one artifact", "a list of artifacts")
        yield Finding(f"{key} is {lists[declared.is_list]}, but it is given {lists[given.is_list]}", path)


def _artifact_source(scope: _Scope, source: ArtifactSource, path: Path) -> Iterator[Finding]:
    if isinstance(source, TaskOutputArtifact):
        component = scope.component(source.producer_task)
        known = component.outputs.artifacts if component else {}
        others = component.outputs.parameters if component else {}
        yield from _producer(scope, (source.producer_task, source.output_key), known, others, (*path, "taskOutputArtifact"))
    elif source.name in scope.owner.inputs.parameters:
        yield Finding(f"the input {source.name} is a parameter, but it is used as an artifact", path, "Use componentInputParameter.")
    elif source.name not in scope.owner.inputs.artifacts:
        remedy = nearest(source.name, scope.owner.inputs.artifacts) or "Inputs are declared under inputDefinitions.artifacts."
        yield Finding(f"the DAG has no input artifact {source.name}", path, remedy)


def _given(scope: _Scope, source: ArtifactSource) -> ArtifactInput | ArtifactOutput | None:
    if isinstance(source, ComponentInputArtifact):
        return scope.owner.inputs.artifacts.get(source.name)
    component = scope.component(source.producer_task)
    return component.outputs.artifacts.get(source.output_key) if component else None


def _same_kind(given: ArtifactInput | ArtifactOutput, declared: ArtifactInput) -> bool:
    """KFP's rule: the same schema title and major version; `system.Artifact` goes with everything."""
    if given.type.schema_title in _GENERIC or declared.type.schema_title in _GENERIC:
        return True
    versions = [kind.schema_version.partition(".")[0] for kind in (given.type, declared.type)]
    return given.type.schema_title == declared.type.schema_title and ("" in versions or versions[0] == versions[1])


# ---------------------------------------------------------------- outputs and cycles


def _outputs(scope: _Scope) -> Iterator[Finding]:
    outputs = scope.dag.outputs
    for kind, given in (("parameters", outputs.parameters), ("artifacts", outputs.artifacts)):
        for name, selectors in given.items():
            path = (*scope.path, "outputs", kind, name)
            if not selectors:
                yield Finding(f"the output {name} of the DAG comes from nothing", path, "Name the task and the output that it comes from.")
            for selector in selectors:
                yield from _selector(scope, selector, path, kind=kind)


def _selector(scope: _Scope, selector: OutputSelector, path: Path, *, kind: str) -> Iterator[Finding]:
    component = scope.component(selector.producer_subtask)
    parameters: Iterable[str] = component.outputs.parameters if component else ()
    artifacts: Iterable[str] = component.outputs.artifacts if component else ()
    known, others = (parameters, artifacts) if kind == "parameters" else (artifacts, parameters)
    yield from _producer(scope, (selector.producer_subtask, selector.output_key), known, others, path)


def _cycles(scope: _Scope) -> Iterator[Finding]:
    needs = {name: sorted(_upstream(task) & scope.dag.tasks.keys()) for name, task in scope.dag.tasks.items()}
    cycle = first_cycle(needs)
    if cycle:
        circle = " → ".join((*cycle, cycle[0]))
        path = (*scope.path, "tasks", cycle[0])
        yield Finding(f"the tasks wait for each other in a cycle: {circle}", path, "Remove one of these dependencies.")


def _upstream(task: Task) -> set[str]:
    sources = (*task.inputs.parameters.values(), *task.inputs.artifacts.values())
    producers = {one.producer_task for one in sources if isinstance(one, TaskOutputParameter | TaskOutputArtifact | TaskFinalStatus)}
    return {*task.dependent_tasks, *producers}


def first_cycle(needs: Mapping[str, list[str]]) -> list[str]:
    """A cycle in a graph, each name followed by one that it needs; empty if there is none."""
    done: set[str] = set()
    for start in sorted(needs):
        way: dict[str, Iterator[str]] = {}
        current = start
        while current not in done:
            rest = way.setdefault(current, iter(needs[current]))
            following = next(rest, None)
            if following is None:
                done.add(current)
                way.pop(current)
                current = next(reversed(way), start)
            elif following in way:
                names = list(way)
                return names[names.index(following) :]
            elif following not in done:
                current = following
    return []
