"""Whether this machine has what the steps of a pipeline ask for, as far as that is known before they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from bakehouse.actions import access
from bakehouse.actions.context import Context
from bakehouse.ir import placeholders
from bakehouse.ir.execution import StepError
from bakehouse.ir.spec import PipelineSpec, Resources
from bakehouse.orchestrator import handed, requests
from bakehouse.orchestrator.plan import plan
from bakehouse.orchestrator.scheduling import Scheduler


def too_large(context: Context, spec: PipelineSpec) -> Iterator[str]:
    """For each step that asks for more than there is, what it asks for. Amounts that come from parameters are not looked at."""
    access.own(context)
    scheduler = Scheduler(context.capacity)
    plans = plan(spec)
    for dag in (plans.root, *plans.dags.values()):
        for node in dag.nodes.values():
            resources = node.container.resources if node.container is not None else None
            if resources is None or _is_computed(resources) or not handed.applies(node.component, handed.RESOURCES):
                continue
            asked = requests.requested(resources, placeholders.Scope({}, {}))
            if not isinstance(asked, StepError) and (excess := scheduler.excess(asked)):
                yield f"{node.display_name} {excess}"


def _is_computed(resources: Resources) -> bool:
    values = [getattr(resources, each.name) for each in fields(resources)]
    if resources.accelerator is not None:
        values += [resources.accelerator.resource_type, resources.accelerator.resource_count]
    return any(isinstance(value, str) and placeholders.has_placeholder(value) for value in values)
