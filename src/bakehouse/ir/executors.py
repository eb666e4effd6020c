"""What an executor is: a Python component that an SDK wrapped in a shell command, or a container; and what cannot be run yet. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bakehouse.errors import Problem
from bakehouse.ir import installs, placeholders
from bakehouse.ir.execution import Program
from bakehouse.ir.fields import dotted
from bakehouse.ir.spec import (
    Component,
    Constant,
    Container,
    Importer,
    ParameterType,
    PipelineSpec,
    Task,
    TriggerStrategy,
)
from bakehouse.ir.values import Json

_RUN = re.compile(r"python3? +(?:-u +)?-m +kfp\.(dsl|components|v2\.components)\.executor_main\b")
#: What kfp 2.15 and later put into the source of a notebook component.
_NOTEBOOK = re.compile(r"\b(?:kfp_run_notebook|__KFP_EMBEDDED_NOTEBOOK)\b")
_WORKSPACE = "{{$.workspace_path}}"


def program(container: Container, component: Component) -> Program | None:
    """The Python component that a command holds, as kfp 2.0 to 2.17 and Bakehouse wrap them; `None` for any other container."""
    function = _function(container.args)
    command = container.command
    if function is None or len(command) not in {4, 7} or component.dag is not None:
        return None
    *install, shell, options, run, source = command
    is_run = _RUN.search(run)
    if (shell, options) != ("sh", "-ec") or not is_run or (install and install[:2] != ["sh", "-c"]):
        return None
    found = installs.installs(install[2], kfp_is_last=is_run[1] != "dsl") if install else installs.Installs()
    if found is None:
        return None
    return Program(source, function, tuple(found.requirements), tuple(found.index_urls), tuple(found.trusted_hosts))


def _function(arguments: tuple[str, ...]) -> str | None:
    """The function that the executor is told to call, if it is told what an SDK tells it."""
    named = dict(zip(arguments[::2], arguments[1::2], strict=False))
    return named.get("--function_to_execute") if named.get("--executor_input") == "{{$}}" else None


# ---------------------------------------------------------------- what cannot be run yet

_PLAIN = "This version runs plain pipelines; until a later one can, run this pipeline on a KFP server."


def refusals(spec: PipelineSpec) -> list[Problem]:
    """What a pipeline holds that this version cannot run on this machine, each with its task and one way out."""
    dag = spec.root.dag
    if dag is None:
        return []
    return [
        *(problem for name, task in dag.tasks.items() for problem in _task(spec, name, task)),
        *_outputs(spec),
    ]


def _outputs(spec: PipelineSpec) -> Iterator[Problem]:
    outputs = spec.root.dag.outputs if spec.root.dag else None
    for kind, given in (("parameters", outputs.parameters), ("artifacts", outputs.artifacts)) if outputs else ():
        for name, selectors in given.items():
            if len(selectors) > 1 or name in (outputs.oneof if outputs and kind == "parameters" else ()):
                place = dotted(("root", "dag", "outputs", kind, name))
                yield Problem(f"the output {name} is one of several (`dsl.OneOf`), which cannot be run yet", place, _PLAIN)


def _task(spec: PipelineSpec, name: str, task: Task) -> Iterator[Problem]:
    component = spec.components.get(task.component)
    group = _group(task, component)
    place = f"task {name} ({dotted(('root', 'dag', 'tasks', name))})"
    if group:
        yield Problem(f"the task {name} is {group}, which cannot be run yet", place, _PLAIN)
        return
    for what in [*_inputs(task), *(_interface(component) if component else ())]:
        yield Problem(f"the task {name} {what}, which cannot be run yet", place, _PLAIN)
    executor = spec.executors.get(component.executor_label or "") if component else None
    if isinstance(executor, Importer):
        yield Problem(f"the task {name} imports an artifact (`dsl.importer`), which cannot be run yet", place, _PLAIN)
    elif isinstance(executor, Container) and component:
        yield from _container(name, executor, component, place)


def _group(task: Task, component: Component | None) -> str:
    """What kind of group a task is; empty for a plain task."""
    if task.iterator is not None:
        return "a loop (`dsl.ParallelFor`)"
    if task.trigger is not None and task.trigger.condition:
        return "a condition (`dsl.If`, `dsl.Elif`, `dsl.Else`)"
    if task.trigger is not None and task.trigger.strategy is TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED:
        return "run after a failure too (an exit task, or `ignore_upstream_failure`)"
    if component is not None and component.dag is not None:
        return "a group of tasks (a pipeline in a pipeline, `dsl.ExitHandler`, or branches)"
    return ""


def _inputs(task: Task) -> Iterator[str]:
    """What is special about what a task is given, as the rest of a sentence."""
    for name, source in task.inputs.parameters.items():
        if source.selector:
            yield f"takes a part of a value for its input {name}"
        if isinstance(source, Constant) and _mentions_workspace(source.value):
            yield f"uses the workspace of the pipeline for its input {name}"


def _mentions_workspace(value: Json) -> bool:
    return _WORKSPACE in placeholders.written(value)


def _interface(component: Component) -> Iterator[str]:
    for name, parameter in component.inputs.parameters.items():
        if parameter.type is ParameterType.TASK_FINAL_STATUS:
            yield f"takes the final status of other tasks as its input {name}"
        elif parameter.type is ParameterType.TASK_CONFIG:
            yield f"takes its own settings (`dsl.TaskConfig`) as its input {name}"
    for side, artifacts in (("takes", component.inputs.artifacts), ("gives", component.outputs.artifacts)):
        for name, artifact in artifacts.items():
            if artifact.is_list:
                yield f"{side} a list of artifacts as {name}"


def _container(name: str, container: Container, component: Component, place: str) -> Iterator[Problem]:
    found = program(container, component)
    words = (*container.command, *container.args, *(text for _, text in container.env))
    if any(_WORKSPACE in word for word in words):
        yield Problem(f"the task {name} uses the workspace of the pipeline, which cannot be run yet", place, _PLAIN)
    if found is None:
        yield _not_python(name, container, place)
    elif _NOTEBOOK.search(found.source):
        yield Problem(
            f"the task {name} runs a notebook, which cannot be run yet", place, "Move the notebook's code into a `@dsl.component` function."
        )


def _not_python(name: str, container: Container, place: str) -> Problem:
    if any("kfp.dsl.executor_main" in word for word in container.command) and len(container.command) <= _CONTAINERIZED:
        return Problem(
            f"the task {name} is a containerized Python component: its code is in the image {container.image}, and that needs a container engine",
            place,
            "Leave out `target_image` of its `@dsl.component`, so that the code travels with the pipeline.",
        )
    return Problem(
        f"the task {name} runs a container ({container.image}), which needs a container engine",
        place,
        "Write the step as a `@dsl.component` function to run it here, or run the pipeline on a KFP server.",
    )


_CONTAINERIZED = 3  # python3 -m kfp.dsl.executor_main
