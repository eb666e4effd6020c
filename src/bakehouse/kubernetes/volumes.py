"""Volumes: claims that are made, mounted and deleted, and those that live as long as the pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bakehouse.dsl import arguments, channels, container
from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.checking import P, R
from bakehouse.dsl.container import ContainerSpec
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.pods import CREATES_CLAIM, DELETES_CLAIM
from bakehouse.kubernetes import checks, settings
from bakehouse.task.annotations import OutputPath

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_MEDIA = ("Memory", "HugePages")


class ContainerComponent(container.ContainerComponent[P, R]):
    """A step of the back end's that makes or deletes a claim; its class is called as that of kfp's is."""

    def task(self, building: Recording, args: tuple[Any, ...], kwargs: dict[str, Any]) -> PipelineTask:
        """The task that a call makes; the name of the claim is looked at, where it is known now."""
        given = arguments.named(self, args, kwargs).get("pvc_name")
        with building.reporting():
            if isinstance(given, str) and given and not channels.names_in(given):
                checks.name("pvc_name", given)
        return super().task(building, args, kwargs)


@ContainerComponent
def CreatePVC(  # noqa: N802, PLR0913, PLR0917  # kfp's signature
    name: OutputPath(str),  # type: ignore[valid-type]  # noqa: ARG001  # an annotation of KFP's; the inputs are read by the back end
    access_modes: list,  # type: ignore[type-arg]  # noqa: ARG001  # parameters of pipelines are plain lists and mappings
    size: str,  # noqa: ARG001
    pvc_name: str | None = None,  # noqa: ARG001
    pvc_name_suffix: str | None = None,  # noqa: ARG001
    storage_class_name: str | None = "",  # noqa: ARG001
    volume_name: str | None = None,  # noqa: ARG001
    annotations: dict | None = None,  # type: ignore[type-arg]  # noqa: ARG001
    data_source: dict | None = None,  # type: ignore[type-arg]  # noqa: ARG001
) -> ContainerSpec:
    """Make a PersistentVolumeClaim; a component, whose output `name` is what `mount_pvc` takes.

    Args:
        access_modes: How it may be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.
        size: How much it is to hold, such as 5Gi.
        pvc_name: Its name; or else pvc_name_suffix.
        pvc_name_suffix: What its name ends in, after the name of the run's workflow.
        storage_class_name: Which class provides the volume; an empty text: none, for a volume that exists.
        volume_name: The PersistentVolume that exists and is to back it.
        annotations: Annotations of the claim.
        data_source: What its content is copied from: apiGroup, kind and name of a snapshot or claim.
    """
    return ContainerSpec(image=CREATES_CLAIM)


@ContainerComponent
def DeletePVC(pvc_name: str) -> ContainerSpec:  # noqa: N802, ARG001  # kfp's name; the input is read by the back end
    """Delete a PersistentVolumeClaim; a component.

    Args:
        pvc_name: Its name, such as the output `name` of CreatePVC.
    """
    return ContainerSpec(image=DELETES_CLAIM)


# Nothing in them is the author's to change.
CreatePVC.place = DeletePVC.place = ""


def mount_pvc(task: PipelineTask, pvc_name: str | PipelineChannel, mount_path: str, sub_path: str = "") -> PipelineTask:
    """Mount a PersistentVolumeClaim, or the folder `sub_path` in it. The name may be a value of the run, such as the output of `CreatePVC`.

    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes
    """
    with settings.of(task) as said:
        paths = {"mountPath": checks.text("mount_path", mount_path), "subPath": checks.maybe("sub_path", sub_path)}
        source = said.source("pvc_name", pvc_name)
        # Older back ends read the name from where it stood before names of everything could be values of the run.
        said.add("pvcMount", {**paths, "pvcNameParameter": source, **source.get("runtimeValue", source)})
    return task


def add_ephemeral_volume(  # noqa: PLR0913, PLR0917  # kfp's signature
    task: PipelineTask,
    volume_name: str,
    mount_path: str,
    access_modes: Sequence[str],
    size: str,
    storage_class_name: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> PipelineTask:
    """Mount a volume that is made for the pod and deleted with it. Without `storage_class_name` the cluster's default class provides it.

    https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
    """
    with settings.of(task) as said:
        metadata = {"labels": checks.mapping("labels", labels or {}), "annotations": checks.mapping("annotations", annotations or {})}
        volume = {
            **_place(volume_name, mount_path),
            "accessModes": [checks.choice("access_modes", mode, ACCESS_MODES) for mode in checks.items("access_modes", access_modes)],
            "size": checks.quantity("size", size),
            "defaultStorageClass": storage_class_name is None or None,
            "storageClassName": checks.name("storage_class_name", storage_class_name) if storage_class_name else "",
            "metadata": settings.said(metadata),
        }
        said.add("genericEphemeralVolume", volume)
    return task


def empty_dir_mount(task: PipelineTask, volume_name: str, mount_path: str, medium: str | None = None, size_limit: str | None = None) -> PipelineTask:
    """Mount an empty folder that lives as long as the pod; with `medium="Memory"` it lies in memory.

    https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
    """
    with settings.of(task) as said:
        volume: dict[str, Any] = _place(volume_name, mount_path)
        if medium is not None:
            # HugePages-2Mi and the like: pages of that size.
            volume["medium"] = medium if str(medium).startswith("HugePages-") else checks.choice("medium", medium, _MEDIA)
        if size_limit is not None:
            volume["sizeLimit"] = checks.quantity("size_limit", size_limit)
        said.add("emptyDirMounts", volume)
    return task


def enable_shared_memory(task: PipelineTask, size: str | None = None, volume_name: str = "shm") -> PipelineTask:
    """Give the step `/dev/shm` of this size at most, or of half the node's memory: data loaders of PyTorch share batches there.

    Bakehouse's own function. KFP's platform spec has a place for it (`enabledSharedMemory`), which KFP's back end 2.17 does not read.
    """
    with settings.of(task) as said:
        shared = {"volumeName": checks.label("volume_name", volume_name), "size": "" if size is None else checks.quantity("size", size)}
        said.put("enabledSharedMemory", settings.said(shared))
    return task


def _place(volume_name: str, mount_path: str) -> dict[str, str]:
    return {"volumeName": checks.label("volume_name", volume_name), "mountPath": checks.text("mount_path", mount_path)}
