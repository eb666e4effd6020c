"""`dsl.VolumeOp` of KFP 1: a step that makes a claim; today `kubernetes.CreatePVC`."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from bakehouse import kubernetes
from bakehouse.dsl import arguments, blocks, channels
from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.graph import pipeline_name
from bakehouse.dsl.task import PipelineTask
from bakehouse.legacy.errors import OldStyle
from bakehouse.legacy.setters import Op
from bakehouse.legacy.volumes import PipelineVolume

VOLUME_MODE_RWO = ["ReadWriteOnce"]
VOLUME_MODE_RWM = ["ReadWriteMany"]
VOLUME_MODE_ROM = ["ReadOnlyMany"]


def _called(name: Any) -> BaseComponent:
    """`CreatePVC` by the name of an op, after which its task is called."""
    component = copy.copy(kubernetes.CreatePVC)
    component.name = (pipeline_name(name) if isinstance(name, str) else "") or component.name
    return component


def _claim(resource_name: Any) -> Any:
    """The name of a claim as Kubernetes takes it; a value of the run is taken as it is. Raises `WrongValue` where it has no name."""
    if isinstance(resource_name, PipelineChannel) or (isinstance(resource_name, str) and channels.names_in(resource_name)):
        return resource_name
    name = pipeline_name(resource_name) if isinstance(resource_name, str) else ""
    if not name:
        raise WrongValue(f"the resource_name of a VolumeOp is {resource_name!r}", remedy="Name the claim, with letters: resource_name='data'.")
    return name


class VolumeOp(Op):
    """A step `name` that makes a claim of this size, whose own name ends in `resource_name`, or is that.

    `.volume` is for `pvolumes` of other steps. Raises `OutsidePipeline` where no pipeline is being built.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        name: str | None = None,
        resource_name: str | None = None,
        size: Any = None,
        storage_class: str | None = None,
        modes: Sequence[str] | None = None,
        annotations: Mapping[str, str] | None = None,
        data_source: Any = None,
        volume_name: str | None = None,
        generate_unique_name: bool = True,  # noqa: FBT001, FBT002  # kfp's signature
        **more: Any,
    ) -> None:
        building = blocks.current(f"the VolumeOp {name or resource_name!r}")
        component = _called(name)
        given = {
            "access_modes": [*(modes or VOLUME_MODE_RWM)],
            "size": size,
            "storage_class_name": storage_class,
            "volume_name": volume_name,
            "annotations": dict(annotations) if annotations else None,
        }
        with building.reporting():
            claim = _claim(resource_name)
            given |= {"pvc_name_suffix": f"-{claim}"} if generate_unique_name else {"pvc_name": claim}
        known = {key: value for key, value in given.items() if value is not None}
        super().__init__(component, arguments.checked(component, (), known, building), building)
        for what in [*(["data_source"] if data_source is not None else []), *more]:
            self._report(OldStyle(f"a VolumeOp is given {what}", remedy="Write kubernetes.CreatePVC(access_modes=…, size=…, data_source={…})."))

    @property
    def volume(self) -> PipelineVolume:
        """The claim, for whoever mounts it: they wait until it is made."""
        return PipelineVolume(self.outputs["name"], tasks=(self,))

    def delete(self) -> PipelineTask:
        """A step that deletes the claim."""
        return kubernetes.DeletePVC(pvc_name=self.outputs["name"])
