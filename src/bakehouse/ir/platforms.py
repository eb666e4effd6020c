"""What a pipeline asks of Kubernetes, beside its spec: settings of its executors that mean nothing on a machine that is no cluster. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.ir import policies
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import Json

_MOST_NAMED = 5  # steps that one setting is named with


def kubernetes(file: PipelineFile) -> Mapping[str, Sequence[str]]:
    """The settings for Kubernetes that executors have, such as `secretAsEnv`, each with the labels of these executors; both in order."""
    executors = _at(file.platforms, "kubernetes", "deploymentSpec", "executors")
    found: dict[str, list[str]] = {}
    for label in sorted(executors):
        for setting in _at(executors, label):
            if setting != policies.DEADLINE:  # it holds here too
                found.setdefault(setting, []).append(label.removeprefix("exec-"))
    return dict(sorted(found.items()))


def left_out(file: PipelineFile) -> str:
    """What the user should know of these settings before the pipeline runs where there is no Kubernetes; empty where there are none."""
    found = kubernetes(file)
    if not found:
        return ""
    return f"settings for Kubernetes are left out on this machine: {'; '.join(f'{setting} of {_named(labels)}' for setting, labels in found.items())}"


def _named(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:_MOST_NAMED])
    return f"{shown} and {len(labels) - _MOST_NAMED:,} more" if len(labels) > _MOST_NAMED else shown


def _at(value: Json, *keys: str) -> Mapping[str, Json]:
    """The mapping at a path; an empty one where there is none: nobody checks what stands in a platform's settings."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
