"""Settings of a whole pipeline and of components, by KFP's names: `PipelineConfig`, `WorkspaceConfig`, `TaskConfigPassthrough`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.places import here

_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_LARGEST = (1 << 31) - 1  # the field is an int32


class KubernetesWorkspaceConfig:
    """How Kubernetes makes the volume of a workspace: a patch of the claim's spec."""

    def __init__(self, pvcSpecPatch: dict[str, Any] | None = None) -> None:  # noqa: N803  # kfp's name
        self.pvcSpecPatch = pvcSpecPatch or {}  # kfp's name

    def set_pvcSpecPatch(self, patch: dict[str, Any]) -> None:  # noqa: N802  # kfp's name
        """Replace the patch."""
        self.pvcSpecPatch = patch


class WorkspaceConfig:
    """A volume that all tasks of a run share. Raises `WrongValue` for a size that is no quantity."""

    def __init__(self, size: str, kubernetes: KubernetesWorkspaceConfig | None = None) -> None:
        self.set_size(size)
        self.kubernetes = kubernetes or KubernetesWorkspaceConfig()

    def get_workspace(self) -> dict[str, Any]:
        """The settings as they are compiled."""
        return {"size": self.size, "kubernetes": {"pvcSpecPatch": dict(self.kubernetes.pvcSpecPatch)}}

    def set_size(self, size: str) -> None:
        """Set the size, such as `10Gi`."""
        if not isinstance(size, str) or not _QUANTITY.fullmatch(size.strip()):
            raise WrongValue(f"{size!r} is no size of a workspace", place=here(), remedy='Write a quantity, such as "10Gi".')
        self.size = size.strip()

    def set_kubernetes_config(self, kubernetes_config: KubernetesWorkspaceConfig) -> None:
        """Set how Kubernetes makes the volume."""
        self.kubernetes = kubernetes_config


class PipelineConfig:
    """Settings of a whole pipeline; times in seconds. Raises `WrongValue` for a time that is no whole number from 0 on.

    ```python
    from bakehouse import dsl


    @dsl.component
    def look(folder: str) -> list[str]:
        import os

        return os.listdir(folder)


    @dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="5Gi"), active_deadline_seconds=3600))
    def with_a_workspace():
        look(folder=dsl.WORKSPACE_PATH_PLACEHOLDER)
    ```
    """

    def __init__(  # kfp's signature
        self,
        workspace: WorkspaceConfig | None = None,
        ttl_seconds_after_finished: int | None = None,
        ttl_seconds_after_success: int | None = None,
        ttl_seconds_after_failure: int | None = None,
        active_deadline_seconds: int | None = None,
    ) -> None:
        self.workspace = workspace
        self.ttl_seconds_after_finished = _seconds("ttl_seconds_after_finished", ttl_seconds_after_finished)
        self.ttl_seconds_after_success = _seconds("ttl_seconds_after_success", ttl_seconds_after_success)
        self.ttl_seconds_after_failure = _seconds("ttl_seconds_after_failure", ttl_seconds_after_failure)
        self.active_deadline_seconds = _seconds("active_deadline_seconds", active_deadline_seconds)

    def compiled(self) -> Mapping[str, Any]:
        """The `pipelineConfig` of the platform; what is not set is left out."""
        fields = {
            "resourceTtlOnCompletion": self.ttl_seconds_after_finished,
            "resourceTtlOnSuccess": self.ttl_seconds_after_success,
            "resourceTtlOnFailure": self.ttl_seconds_after_failure,
            "activeDeadlineSeconds": self.active_deadline_seconds,
            "workspace": self.workspace.get_workspace() if self.workspace else None,
        }
        return {name: value for name, value in fields.items() if value}


def _seconds(name: str, given: int | None) -> int | None:
    if given is not None and (isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _LARGEST):
        raise WrongValue(f"{name} is {given!r}", place=here(), remedy=f"Write a whole number of seconds from 0 to {_LARGEST}.")
    return given


class TaskConfigField(IntEnum):
    """Kinds of settings that a component with a `TaskConfig` can be handed."""

    RESOURCES = 1
    ENV = 2
    KUBERNETES_AFFINITY = 3
    KUBERNETES_TOLERATIONS = 4
    KUBERNETES_NODE_SELECTOR = 5
    KUBERNETES_VOLUMES = 6


@dataclass
class TaskConfigPassthrough:
    """A kind of settings that is handed to the component, and whether it applies to the task itself too."""

    field: TaskConfigField
    apply_to_task: bool = False
