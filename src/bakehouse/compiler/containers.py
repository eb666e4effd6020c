"""The executor of a task: that of its component, with what the author set on the task. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bakehouse.compiler.scopes import Scopes
from bakehouse.compiler.tasks import placeholder
from bakehouse.dsl import settings
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.spec import Accelerator, Container, Executor, Resources


def executor(made: PipelineTask, scopes: Scopes) -> Executor:
    """The executor of one task."""
    base = made.component.executor
    if not isinstance(base, Container):
        return base
    given = {name: value if isinstance(value, str) else placeholder(value, made, scopes) for name, value in made.settings.items()}
    constants = {name: value for name, value in made.settings.items() if isinstance(value, str)}
    return replace(
        base,
        image=given.get("base_image", "") or base.image,
        env=(*base.env, *made.env.items()),
        resources=_resources(given, constants) or base.resources,
    )


def _resources(given: Mapping[str, str], constants: Mapping[str, str]) -> Resources | None:
    """Both spellings of each: the deprecated numbers, which only a constant has, and the texts."""
    if not given.keys() - {"base_image"}:
        return None
    return Resources(
        cpu_limit=_number(settings.cores, constants, "cpu_limit"),
        cpu_request=_number(settings.cores, constants, "cpu_request"),
        memory_limit=_number(settings.gigabytes, constants, "memory_limit"),
        memory_request=_number(settings.gigabytes, constants, "memory_request"),
        resource_cpu_limit=given.get("cpu_limit", ""),
        resource_cpu_request=given.get("cpu_request", ""),
        resource_memory_limit=given.get("memory_limit", ""),
        resource_memory_request=given.get("memory_request", ""),
        accelerator=_accelerator(given, constants),
    )


def _accelerator(given: Mapping[str, str], constants: Mapping[str, str]) -> Accelerator | None:
    if "accelerator_type" not in given and "accelerator_count" not in given:
        return None
    count = given.get("accelerator_count", "1")
    return Accelerator(
        resource_type=given.get("accelerator_type", ""),
        resource_count=count,
        type=constants.get("accelerator_type", ""),
        count=int(count) if "accelerator_count" in constants or "accelerator_count" not in given else None,
    )


def _number(read: Callable[[str], float], constants: Mapping[str, str], name: str) -> float | None:
    return read(constants[name]) if name in constants else None
