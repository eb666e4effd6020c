"""What an executor is: a Python component that an SDK wrapped in a shell command, or a container; and what cannot be run yet. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum

from bakehouse.errors import Problem
from bakehouse.ir import installs
from bakehouse.ir.execution import Program
from bakehouse.ir.fields import dotted
from bakehouse.ir.pods import CREATES_CLAIM, DELETES_CLAIM
from bakehouse.ir.spec import (
    Component,
    Container,
    Dag,
    ParameterType,
    PipelineSpec,
    Task,
)

_RUN = re.compile(r"python3? +(?:-u +)?-m +kfp\.(dsl|components|v2\.components)\.executor_main\b")


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

_LATER = "Until a later version can, run this pipeline on a KFP server."


class Means(IntEnum):
    """What there is to run steps with, each with all that comes before it: only a cluster has volume claims."""

    PROCESSES = 1
    CONTAINERS = 2
    CLUSTER = 3


def refusals(spec: PipelineSpec, means: Means = Means.PROCESSES) -> list[Problem]:
    """What a pipeline holds that cannot be run with these means, each with its task and one way out."""
    return [
        replace(problem, path=(*path, "tasks", name))
        for path, dag in dags(spec)
        for name, task in dag.tasks.items()
        for problem in _task(spec, name, task, f"task {name} ({dotted((*path, 'tasks', name))})", means)
    ]


def dags(spec: PipelineSpec) -> Iterator[tuple[tuple[str, ...], Dag]]:
    """All DAGs that the root reaches, each once, with the way to it."""
    waiting: list[tuple[tuple[str, ...], Component]] = [(("root", "dag"), spec.root)]
    seen: set[str] = set()
    while waiting:
        path, component = waiting.pop()
        if component.dag is None:
            continue
        yield path, component.dag
        for name in sorted({task.component for task in component.dag.tasks.values()} - seen, reverse=True):
            seen.add(name)
            if name in spec.components:
                waiting.append((("components", name, "dag"), spec.components[name]))


def _task(spec: PipelineSpec, name: str, task: Task, place: str, means: Means) -> Iterator[Problem]:
    component = spec.components.get(task.component)
    if component is None or component.dag is not None:
        return
    if task.iterator is not None:
        remedy = "Let the loop go over a component that is a DAG, as the SDKs compile it."
        yield Problem(f"the task {name} is a loop over a single step, which cannot be run", place, remedy)
    for what in _interface(component, means):
        yield Problem(f"the task {name} {what}, which cannot be run yet", place, _LATER)
    executor = spec.executors.get(component.executor_label or "")
    if isinstance(executor, Container) and means < _needed(executor, component):
        yield _not_python(name, executor, place)


def _interface(component: Component, means: Means) -> Iterator[str]:
    kinds = [one.field for one in component.task_config_passthroughs if one.field.startswith("KUBERNETES_")]
    if means is Means.CLUSTER and kinds and any(one.type is ParameterType.TASK_CONFIG for one in component.inputs.parameters.values()):
        yield f"is handed settings of its pod ({', '.join(kinds)}) as `dsl.TaskConfig`"
    for name, artifact in component.outputs.artifacts.items():
        if artifact.is_list:
            yield f"gives a list of artifacts as {name}"


def _needed(container: Container, component: Component) -> Means:
    if container.image in {CREATES_CLAIM, DELETES_CLAIM}:
        return Means.CLUSTER
    return Means.CONTAINERS if program(container, component) is None else Means.PROCESSES


def _not_python(name: str, container: Container, place: str) -> Problem:
    if container.image in {CREATES_CLAIM, DELETES_CLAIM}:
        return Problem(
            f"the task {name} {'makes' if container.image == CREATES_CLAIM else 'deletes'} a volume claim of Kubernetes, and there is none here",
            place,
            "To share files between steps anywhere, give the pipeline a workspace: dsl.PipelineConfig(workspace=…); or run it on a KFP server.",
        )
    if any("kfp.dsl.executor_main" in word for word in container.command) and len(container.command) <= _CONTAINERIZED:
        return Problem(
            f"the task {name} is a containerized Python component: its code is in the image {container.image}, and that needs a container engine",
            place,
            "Let the runner be `auto` or `container`, where Docker or Podman is; or leave out `target_image`: the code travels then.",
        )
    return Problem(
        f"the task {name} runs a container ({container.image}), which needs a container engine",
        place,
        "Let the runner be `auto` or `container`, where Docker or Podman is; or write the step as a `@dsl.component` function.",
    )


_CONTAINERIZED = 3  # python3 -m kfp.dsl.executor_main
