"""The settings of a task that its component is handed, as `dsl.TaskConfig`; what is handed on holds for the step itself only if it says so. Pure.

As KFP's driver has it: a field for each kind that `taskConfigPassthroughs` names, in the JSON of Kubernetes. What is for a cluster alone (tolerations
and the like) means nothing where a step is a process or a container, and is left out, as it is for every other step.
"""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.ir import placeholders, quantities
from bakehouse.ir.spec import Component, Resources
from bakehouse.ir.spec import ParameterType as T
from bakehouse.ir.values import JsonObject

#: Kinds of settings, by KFP's names.
RESOURCES, ENV = "RESOURCES", "ENV"


def applies(component: Component, kind: str) -> bool:
    """Whether settings of a kind hold for the step itself: unless they are handed on, and nothing else."""
    return all(one.apply_to_task for one in component.task_config_passthroughs if one.field == kind)


def configs(component: Component, resources: Resources | None, env: Mapping[str, str], scope: placeholders.Scope) -> JsonObject:
    """What the `TaskConfig` inputs of a component are given, by name. Placeholders in the resources are resolved."""
    names = [name for name, declared in component.inputs.parameters.items() if declared.type is T.TASK_CONFIG]
    if not names:
        return {}
    kinds = {one.field for one in component.task_config_passthroughs}
    config: dict[str, object] = {}
    if RESOURCES in kinds:
        config["resources"] = _requirements(resources or Resources(), scope)
    if ENV in kinds:
        config["env"] = [{"name": name, "value": value} for name, value in env.items()]
    return dict.fromkeys(names, config)


def _requirements(asked: Resources, scope: placeholders.Scope) -> JsonObject:
    """Resources as `ResourceRequirements` of Kubernetes; a deprecated number counts where there is no text, memory in GB."""
    limits = {
        "cpu": _quantity(asked.resource_cpu_limit, asked.cpu_limit, scope),
        "memory": _quantity(asked.resource_memory_limit, asked.memory_limit, scope, "G"),
    }
    requests = {
        "cpu": _quantity(asked.resource_cpu_request, asked.cpu_request, scope),
        "memory": _quantity(asked.resource_memory_request, asked.memory_request, scope, "G"),
    }
    if asked.accelerator is not None:
        kind = placeholders.text(asked.accelerator.resource_type or asked.accelerator.type, scope).strip()
        count = placeholders.text(asked.accelerator.resource_count or str(asked.accelerator.count or ""), scope).strip()
        limits |= {kind: count} if kind else {}
    parts = {"limits": limits, "requests": requests}
    given = {part: {name: amount for name, amount in amounts.items() if amount} for part, amounts in parts.items()}
    return {part: amounts for part, amounts in given.items() if amounts}


def _quantity(text: str, number: float | None, scope: placeholders.Scope, unit: str = "") -> str:
    written = placeholders.text(text, scope).strip()
    return written or (f"{quantities.plain(number)}{unit}" if number else "")
