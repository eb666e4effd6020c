"""The volumes of a pod, and where `main` sees them: claims, secrets, config maps, folders that live as long as the pod. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.errors import BadPod
from bakehouse.runners.kubernetes.values import entries, mapping, name, named, text, texts, without, words

SHARED_MEMORY = "/dev/shm"  # noqa: S108  # where POSIX shared memory lies on Linux


@dataclass
class Volumes:
    """The volumes so far, by name, and the mounts of `main`. `reserved`: those that are ours; `called`: names by those that authors gave."""

    reserved: Mapping[str, JsonObject] = field(default_factory=dict)
    volumes: dict[str, JsonObject] = field(default_factory=dict)
    mounts: list[JsonObject] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)

    def add(self, wanted: str, source: JsonObject) -> str:
        """The name of a volume with this source: one that is there already, or a new one; what is called so already keeps its name.

        It is never one of ours, even where that has the same source: an empty folder of the author's is another one.
        """
        base = names.volume(wanted)
        number, found = 1, base
        while found in self.reserved or self.volumes.get(found, source) != source:
            number += 1
            found = names.volume(f"{base}-{number}")
        self.volumes[found] = source
        self.called.setdefault(wanted, found)
        return found

    def mount(self, volume: str, path: str, **more: Json) -> None:
        """Let `main` see a volume at a path. Raises `BadPod` where another one is seen there."""
        taken = next((one for one in self.mounts if _place(one["mountPath"]) == _place(path)), None)
        new = {"name": volume, "mountPath": path, **without(more)}
        if taken is not None and taken != new:
            raise BadPod(
                f"the step mounts two volumes at {path}: {taken['name']} and {volume}",
                place="platforms.kubernetes",
                remedy="Give one of them another mount_path.",
            )
        if taken is None:
            self.mounts.append(new)

    def written(self) -> list[JsonObject]:
        """The volumes as a pod lists them."""
        return [{"name": one, **source} for one, source in (*self.reserved.items(), *self.volumes.items())]


def read(settings: JsonObject, reserved: Mapping[str, JsonObject], paths: Iterable[str]) -> Volumes:
    """The volumes that a step's settings ask for, beside those that are ours (`reserved`, by name) and mounted at `paths`. Raises `BadPod`."""
    made = Volumes(reserved)
    for kind in (_secrets, _config_maps, _claims, _ephemeral, _empty, _shared_memory):
        kind(settings, made)
    for ours in paths:
        for one in made.mounts:
            _apart(_place(one["mountPath"]), ours)
    return made


def _place(path: str) -> str:
    """Where something is mounted, however that is spelled: the kubelet begins at the root, too."""
    return posixpath.normpath(f"/{path.lstrip('/')}")


def _apart(path: str, ours: str) -> None:
    """Raises `BadPod` where a mount would hide what is ours, or lie in it."""
    if path == ours or path.startswith(f"{ours}/"):
        raise BadPod(f"the step mounts a volume at {path}: {ours} is Bakehouse's own", remedy="Give it another mount_path.")
    if ours.startswith(f"{path.rstrip('/')}/"):
        raise BadPod(f"the step mounts a volume at {path}, which would hide {ours}", remedy="Mount it at a folder of its own.")


def _secrets(settings: JsonObject, made: Volumes) -> None:
    for path, entry in named(settings, "secretAsVolume", "secretName"):
        secret = name(path, entry, "secretName")
        source = {"secret": {"secretName": secret, **_optional(entry)}}
        made.mount(made.add(secret, source), text(f"{path}.mountPath", entry.get("mountPath")))


def _config_maps(settings: JsonObject, made: Volumes) -> None:
    for path, entry in named(settings, "configMapAsVolume", "configMapName"):
        config_map = name(path, entry, "configMapName")
        source = {"configMap": {"name": config_map, **_optional(entry)}}
        made.mount(made.add(config_map, source), text(f"{path}.mountPath", entry.get("mountPath")))


def _claims(settings: JsonObject, made: Volumes) -> None:
    for path, entry in entries(settings, "pvcMount"):
        claim = text(f"{path}.pvcName", entry.get("pvcNameParameter") or entry.get("constant"))
        volume = made.add(claim, claimed(claim))
        made.mount(volume, text(f"{path}.mountPath", entry.get("mountPath")), subPath=entry.get("subPath"))


def claimed(claim: str) -> JsonObject:
    """The source of a volume that is a claim."""
    return {"persistentVolumeClaim": {"claimName": claim}}


def _ephemeral(settings: JsonObject, made: Volumes) -> None:
    for path, entry in entries(settings, "genericEphemeralVolume"):
        metadata = mapping(f"{path}.metadata", entry.get("metadata"))
        spec = {
            "accessModes": words(f"{path}.accessModes", entry.get("accessModes") or []),
            "resources": {"requests": {"storage": text(f"{path}.size", entry.get("size"))}},
            **({} if entry.get("defaultStorageClass") else {"storageClassName": text(f"{path}.storageClassName", entry.get("storageClassName"))}),
        }
        marks = {kind: texts(f"{path}.metadata.{kind}", metadata.get(kind)) for kind in ("labels", "annotations")}
        template = {**without({"metadata": without(marks)}), "spec": spec}
        volume = made.add(text(f"{path}.volumeName", entry.get("volumeName")), {"ephemeral": {"volumeClaimTemplate": template}})
        made.mount(volume, text(f"{path}.mountPath", entry.get("mountPath")))


def _empty(settings: JsonObject, made: Volumes) -> None:
    for path, entry in entries(settings, "emptyDirMounts"):
        source = {"emptyDir": without({"medium": entry.get("medium"), "sizeLimit": entry.get("sizeLimit")})}
        volume = made.add(text(f"{path}.volumeName", entry.get("volumeName")), source)
        made.mount(volume, text(f"{path}.mountPath", entry.get("mountPath")))


def _shared_memory(settings: JsonObject, made: Volumes) -> None:
    asked = settings.get("enabledSharedMemory")
    if asked is None:
        return
    entry = mapping("enabledSharedMemory", asked)
    source = {"emptyDir": {"medium": "Memory", **without({"sizeLimit": entry.get("size")})}}
    made.mount(made.add(text("enabledSharedMemory.volumeName", entry.get("volumeName") or "shm"), source), SHARED_MEMORY)


def _optional(entry: JsonObject) -> JsonObject:
    return {"optional": True} if entry.get("optional") is True else {}
