"""Claims of volumes: those that `CreatePVC` makes, and the workspace of a run. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/
"""

from __future__ import annotations

from collections.abc import Callable

from bakehouse.ir import quantities
from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.errors import BadPod
from bakehouse.runners.kubernetes.values import mapping, text, texts, without, words

#: What a pipeline may change of the claim of its workspace, as KFP has it.
_PATCHED = ("accessModes", "storageClassName")


def wanted_name(parameters: JsonObject, with_suffix: Callable[[str], str]) -> str:
    """The name of the claim that is to be made: as the author gave it, or made of the end that the author gave. Raises `BadPod`."""
    whole, suffix = parameters.get("pvc_name"), parameters.get("pvc_name_suffix")
    if bool(whole) == bool(suffix):
        what = "both pvc_name and pvc_name_suffix" if whole else "neither pvc_name nor pvc_name_suffix"
        raise BadPod(f"CreatePVC is given {what}", place="CreatePVC", remedy="Give it one of them.")
    wanted = text("pvc_name", whole) if whole else with_suffix(text("pvc_name_suffix", suffix))
    if not names.is_valid(wanted):
        raise BadPod(
            f"CreatePVC is to make a claim {wanted!r}, which is no name of anything in Kubernetes",
            place="CreatePVC",
            remedy=f"It has small letters, digits, dashes and dots, begins and ends with a letter or digit, and has at most {names.LONGEST_NAME}.",
        )
    return wanted


def created(parameters: JsonObject, metadata: JsonObject) -> JsonObject:
    """The claim that a step of `CreatePVC` makes, by its parameters. Raises `BadPod`."""
    size = text("size", parameters.get("size"))
    if not quantities.is_accepted(size):
        raise BadPod(f"CreatePVC is given the size {size!r}, which is no quantity", place="CreatePVC", remedy=quantities.REMEDY)
    modes = words("access_modes", parameters.get("access_modes") or [])
    if not modes:
        raise BadPod("CreatePVC is given no access_modes", place="CreatePVC", remedy='Write a list: ["ReadWriteOnce"].')
    source = mapping("data_source", parameters.get("data_source"))
    spec = without(
        {
            "accessModes": modes,
            "resources": {"requests": {"storage": size}},
            "volumeName": parameters.get("volume_name"),
            "dataSource": without({key: source.get(key) or source.get(other) for key, other in _SOURCE}),
        }
    )
    marks = texts("annotations", parameters.get("annotations"))
    annotations = {**marks, **metadata["annotations"]}
    return _claim({**metadata, "annotations": annotations}, {**spec, **_class(parameters)})


_SOURCE = (("apiGroup", "api_group"), ("kind", "kind"), ("name", "name"))


def _class(parameters: JsonObject) -> JsonObject:
    """No class means that of the cluster, but an empty one where a volume is named: then none may provide another."""
    given = parameters.get("storage_class_name")
    if given:
        return {"storageClassName": text("storage_class_name", given)}
    return {"storageClassName": ""} if parameters.get("volume_name") else {}


def workspace(settings: JsonObject, metadata: JsonObject) -> JsonObject:
    """The claim of a workspace, by the pipeline's `workspace` settings: KFP's `WorkspaceConfig` in JSON. Raises `BadPod`."""
    size = settings.get("size")
    if not size:
        raise BadPod(
            "the workspace of the pipeline has no size",
            place="platforms.kubernetes pipelineConfig.workspace",
            remedy='Give it one: dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="10Gi")).',
        )
    patch = mapping("workspace.kubernetes.pvcSpecPatch", mapping("workspace.kubernetes", settings.get("kubernetes")).get("pvcSpecPatch"))
    chosen: dict[str, Json] = {key: patch[key] for key in _PATCHED if patch.get(key)}
    return _claim(metadata, {"accessModes": ["ReadWriteOnce"], **chosen, "resources": {"requests": {"storage": text("workspace.size", size)}}})


def _claim(metadata: JsonObject, spec: JsonObject) -> JsonObject:
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
