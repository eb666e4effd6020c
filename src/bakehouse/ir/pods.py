"""What `platforms.bakehouse` asks of the pod of a step, beyond what KFP's platform spec can say. Pure.

Init containers are written as KFP's platform spec has them after 2.17 (`InitContainer`), amounts as Kubernetes' quantities, patches as
`kubectl patch` takes them (strategic merge).
"""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.ir import quantities
from bakehouse.ir.platform_settings import Settings, Wrong
from bakehouse.ir.values import Json

#: KFP's back end makes and deletes volume claims itself when it meets these images: they are never pulled.
CREATES_CLAIM, DELETES_CLAIM = "argostub/createpvc", "argostub/deletepvc"
EPHEMERAL_STORAGE, INIT_CONTAINERS, POD_PATCH = "ephemeralStorage", "initContainers", "podPatch"
#: KFP's settings that mean something in a container of this machine, too.
IN_CONTAINERS = frozenset(
    ("secretAsEnv", "configMapAsEnv", "secretAsVolume", "configMapAsVolume", "emptyDirMounts", "enabledSharedMemory", "imagePullPolicy")
)
#: The settings that only a cluster can honour.
SETTINGS = (EPHEMERAL_STORAGE, INIT_CONTAINERS, POD_PATCH)
#: What stands beside the settings of a step once it is to be launched: whose rights it has, the workspace as its pipeline sets it, its run's name.
SERVICE_ACCOUNT, WORKSPACE, RUN_NAME = "serviceAccount", "workspace", "runName"
_CONTAINER = frozenset(("name", "image", "command", "args", "env", "volumeMounts", "restartPolicy", "resources"))


def check(said: Settings) -> None:
    """Tell what is wrong with them in what is said of one executor."""
    storage = said.inner(EPHEMERAL_STORAGE)
    for name in ("request", "limit"):
        storage.one(name, _quantity, "")
    said.one(INIT_CONTAINERS, _containers, None)
    said.one(POD_PATCH, _patches, None)


def _quantity(value: Json) -> str:
    if not isinstance(value, str) or not quantities.is_accepted(value):
        raise Wrong(f"{value!r} is no quantity", quantities.REMEDY)
    return value


def _patches(value: Json) -> None:
    if not isinstance(value, list | tuple) or not all(isinstance(one, Mapping) for one in value):
        raise Wrong(f"a list of patches of a pod is expected, but this is {value!r}", "Write a list of mappings: [{spec: {…}}].")


def _containers(value: Json) -> None:
    if not isinstance(value, list | tuple):
        raise Wrong(f"a list of containers is expected, but this is {value!r}", "Write a list.")
    for one in value:
        if not isinstance(one, Mapping) or not all(isinstance(one.get(name), str) and one[name] for name in ("name", "image")):
            raise Wrong(f"{one!r} is no container", "Give it a name and an image.")
        unknown = sorted(one.keys() - _CONTAINER)
        if unknown:
            raise Wrong(f"the container {one['name']} has {unknown[0]!r}", f"It can have: {', '.join(sorted(_CONTAINER))}.")
