"""What a step asks of the machine it runs on, read from what its author wrote. Pure."""

from __future__ import annotations

from bakehouse.ir import placeholders, quantities
from bakehouse.ir.execution import Requests, StepError
from bakehouse.ir.spec import Accelerator, Resources

#: What one machine calls an accelerator of NVIDIA's, however its model was named.
NVIDIA = "nvidia.com/gpu"
_GIGA = 1e9

#: An amount as its author wrote it: a quantity or a placeholder, and the deprecated number beside it.
_Said = tuple[str, float | None]


def requested(resources: Resources | None, scope: placeholders.Scope) -> Requests | StepError:
    """What these resources ask for; a limit without a request is one, as in Kubernetes. Placeholders in them are resolved."""
    if resources is None:
        return Requests()
    cpu = resources.resource_cpu_request or resources.resource_cpu_limit, resources.cpu_request or resources.cpu_limit
    memory = resources.resource_memory_request or resources.resource_memory_limit, resources.memory_request or resources.memory_limit
    return _read("request for", (cpu, memory), resources.accelerator, scope)


def limited(resources: Resources | None, scope: placeholders.Scope) -> Requests | StepError:
    """What a step may take at most, by these resources. Placeholders in them are resolved."""
    if resources is None:
        return Requests()
    cpu, memory = (resources.resource_cpu_limit, resources.cpu_limit), (resources.resource_memory_limit, resources.memory_limit)
    return _read("limit of", (cpu, memory), resources.accelerator, scope)


def _read(kind: str, said: tuple[_Said, _Said], accelerator: Accelerator | None, scope: placeholders.Scope) -> Requests | StepError:
    (cpu, cores), (memory, gigabytes) = said
    found = _amount(f"{kind} CPUs", cpu, scope)
    if isinstance(found, StepError):
        return found
    size = _amount(f"{kind} memory", memory, scope)
    if isinstance(size, StepError):
        return size
    accelerators = _accelerators(accelerator, scope)
    if isinstance(accelerators, StepError):
        return accelerators
    return Requests(cpu=found or cores or 0.0, memory=int(size or (gigabytes or 0.0) * _GIGA), accelerators=accelerators)


def _amount(what: str, text: str, scope: placeholders.Scope) -> float | StepError:
    written = placeholders.text(text, scope).strip()
    if not written:
        return 0.0
    found = quantities.amount(written)
    if found is None or found < 0:
        return StepError(
            message=f"its {what} is {written!r}, which is no quantity",
            remedy='Write a quantity of Kubernetes: "2", "500m", "4Gi". It comes from the pipeline, or from the parameter that it names.',
        )
    return found


def _accelerators(accelerator: Accelerator | None, scope: placeholders.Scope) -> tuple[tuple[str, int], ...] | StepError:
    if accelerator is None:
        return ()
    kind = placeholders.text(accelerator.resource_type or accelerator.type, scope).strip()
    count = _amount("request for accelerators", accelerator.resource_count or str(accelerator.count or ""), scope)
    if isinstance(count, StepError):
        return count
    if not kind or not count:
        return ()
    return ((NVIDIA if kind.lower().startswith("nvidia") else kind, int(count)),)
