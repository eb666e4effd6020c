"""The container of a task: that of its component, with what the author set on the task. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bakehouse.compiler.tasks import placeholder
from bakehouse.dsl import settings
from bakehouse.dsl.task import PipelineTask, Setting
from bakehouse.ir.spec import Accelerator, Container, Resources


def container(made: PipelineTask) -> Container:
    """The executor of one task."""
    base = made.component.executor
    return replace(
        base,
        image=_text(made.settings.get("base_image", "")) or base.image,
        env=(*base.env, *made.env.items()),
        resources=_resources(made.settings) or base.resources,
    )


def _resources(given: Mapping[str, Setting]) -> Resources | None:
    """Both spellings of each: the deprecated numbers, which only a constant has, and the texts."""
    if not given.keys() - {"base_image"}:
        return None
    return Resources(
        cpu_limit=_cores(given, "cpu_limit"),
        cpu_request=_cores(given, "cpu_request"),
        memory_limit=_gigabytes(given, "memory_limit"),
        memory_request=_gigabytes(given, "memory_request"),
        resource_cpu_limit=_text(given.get("cpu_limit", "")),
        resource_cpu_request=_text(given.get("cpu_request", "")),
        resource_memory_limit=_text(given.get("memory_limit", "")),
        resource_memory_request=_text(given.get("memory_request", "")),
        accelerator=_accelerator(given),
    )


def _accelerator(given: Mapping[str, Setting]) -> Accelerator | None:
    kind, count = given.get("accelerator_type"), given.get("accelerator_count")
    if kind is None and count is None:
        return None
    number = "1" if count is None else count
    return Accelerator(
        resource_type=_text("" if kind is None else kind),
        resource_count=_text(number),
        type=kind if isinstance(kind, str) else "",
        count=int(number) if isinstance(number, str) else None,
    )


def _cores(given: Mapping[str, Setting], name: str) -> float | None:
    value = given.get(name)
    return settings.cores(value) if isinstance(value, str) else None


def _gigabytes(given: Mapping[str, Setting], name: str) -> float | None:
    value = given.get(name)
    return settings.gigabytes(value) if isinstance(value, str) else None


def _text(value: Setting) -> str:
    return value if isinstance(value, str) else placeholder(value)
