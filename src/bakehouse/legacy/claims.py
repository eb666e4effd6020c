"""`dsl.VolumeOp` of KFP 1: a step that makes a claim; today `kubernetes.CreatePVC`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bakehouse import kubernetes
from bakehouse.dsl import arguments, blocks
from bakehouse.dsl.task import PipelineTask
from bakehouse.legacy.errors import OldStyle
from bakehouse.legacy.setters import Op
from bakehouse.legacy.volumes import PipelineVolume

VOLUME_MODE_RWO = ["ReadWriteOnce"]
VOLUME_MODE_RWM = ["ReadWriteMany"]
VOLUME_MODE_ROM = ["ReadOnlyMany"]


class VolumeOp(Op):
    """A step that makes a claim of this size; `.volume` is for `pvolumes` of other steps. Raises `OutsidePipeline` where none is being built."""

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
        given = {
            "access_modes": [*(modes or VOLUME_MODE_RWM)],
            "size": size,
            "pvc_name_suffix" if generate_unique_name else "pvc_name": f"-{resource_name}" if generate_unique_name else resource_name,
            "storage_class_name": storage_class,
            "volume_name": volume_name,
            "annotations": dict(annotations) if annotations else None,
        }
        known = {key: value for key, value in given.items() if value is not None}
        super().__init__(kubernetes.CreatePVC, arguments.checked(kubernetes.CreatePVC, (), known, building), building)
        for what in [*(["data_source"] if data_source is not None else []), *more]:
            self._report(OldStyle(f"a VolumeOp is given {what}", remedy="Write kubernetes.CreatePVC(access_modes=…, size=…, data_source={…})."))

    @property
    def volume(self) -> PipelineVolume:
        """The claim, for whoever mounts it: they wait until it is made."""
        return PipelineVolume(self.outputs["name"], tasks=(self,))

    def delete(self) -> PipelineTask:
        """A step that deletes the claim."""
        return kubernetes.DeletePVC(pvc_name=self.outputs["name"])
