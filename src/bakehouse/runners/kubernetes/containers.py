"""What the containers of a pod are told: environment, resources, security, and the author's own containers before and beside `main`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bakehouse.ir import quantities
from bakehouse.ir.execution import LaunchSpec, Requests
from bakehouse.ir.pods import EPHEMERAL_STORAGE, INIT_CONTAINERS
from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.kubernetes.errors import BadPod
from bakehouse.runners.kubernetes.values import entries, mapping, name, named, text, texts, whole, without, words
from bakehouse.runners.kubernetes.volumes import Volumes

_KEYS = {"secretAsEnv": ("secretName", "secretKey", "secretKeyRef"), "configMapAsEnv": ("configMapName", "configMapKey", "configMapKeyRef")}


def environment(given: Mapping[str, str], settings: JsonObject, facts: Mapping[str, str]) -> list[JsonObject]:
    """The variables of `main`, each once, the last word counting: those that it is given, those of secrets and config maps, facts of the pod.

    `facts`: names of variables and what of the pod they hold, as KFP gives them. Raises `BadPod`.
    """
    found: dict[str, JsonObject] = {one: _fact(path) for one, path in facts.items()}
    found |= {one: {"value": value} for one, value in given.items()}
    for field, (kind, key, reference) in _KEYS.items():
        for path, entry in named(settings, field, kind):
            source = name(path, entry, kind)
            for inner, one in entries(entry, "keyToEnv"):
                variable = text(f"{path}.{inner}.envVar", one.get("envVar"))
                chosen = {"name": source, "key": text(f"{path}.{inner}.{key}", one.get(key))}
                found[variable] = {"valueFrom": {reference: chosen | ({"optional": True} if entry.get("optional") is True else {})}}
    for path, entry in entries(settings, "fieldPathAsEnv"):
        found[text(f"{path}.name", entry.get("name"))] = _fact(text(f"{path}.fieldPath", entry.get("fieldPath")))
    return [{"name": one, **value} for one, value in found.items()]


def _fact(path: str) -> JsonObject:
    return {"valueFrom": {"fieldRef": {"fieldPath": path}}}


def resources(launch: LaunchSpec, settings: JsonObject) -> JsonObject:
    """What `main` asks for and may take: of accelerators and the like both are the same, as Kubernetes wants it. Raises `BadPod`."""
    storage = mapping(EPHEMERAL_STORAGE, settings.get(EPHEMERAL_STORAGE))
    asked, most = _amounts(launch.requests), _amounts(launch.limits)
    pieces = {kind: str(count) for kind, count in (*launch.requests.accelerators, *launch.limits.accelerators)}
    return without(
        {
            "requests": without({**asked, "ephemeral-storage": storage.get("request"), **pieces}),
            "limits": without({**most, "ephemeral-storage": storage.get("limit"), **pieces}),
        }
    )


def _amounts(given: Requests) -> dict[str, str]:
    return without({"cpu": quantities.cores(given.cpu) if given.cpu else "", "memory": quantities.size(given.memory) if given.memory else ""})


def security(settings: JsonObject) -> JsonObject:
    """Whose the process of `main` is. Raises `BadPod`."""
    given = mapping("securityContext", settings.get("securityContext"))
    found: dict[str, Json] = {key: whole(f"securityContext.{key}", given[key]) for key in ("runAsUser", "runAsGroup") if given.get(key) is not None}
    if isinstance(given.get("runAsNonRoot"), bool):
        found["runAsNonRoot"] = given["runAsNonRoot"]
    return found


def before(settings: JsonObject, volumes: Volumes, *, sidecars: bool, taken: Iterable[str]) -> list[JsonObject]:
    """The author's init containers, in order. `sidecars`: the cluster knows those that run beside `main`; `taken`: names of other containers.

    Raises `BadPod`.
    """
    found: dict[str, JsonObject] = {}
    for path, entry in entries(settings, INIT_CONTAINERS):
        called = text(f"{path}.name", entry.get("name"))
        if called in found or called in taken:
            raise BadPod(f"{path} is called {called}, as another container of the pod is", remedy="Give it another name.")
        found[called] = _container(path, entry, volumes)
        if found[called].get("restartPolicy") and not sidecars:
            raise BadPod(
                f"the container {called} is to run beside the step, which this cluster cannot: an init container that never ends would hold it up",
                place=f"platforms {path}",
                remedy="Containers beside a step need Kubernetes 1.29 or later: run it there, or leave out restart_policy.",
            )
    return list(found.values())


def _container(path: str, entry: JsonObject, volumes: Volumes) -> JsonObject:
    mounts = []
    for inner, one in entries(entry, "volumeMounts"):
        wanted = text(f"{path}.{inner}.volumeName", one.get("volumeName"))
        if wanted not in volumes.called:
            known = ", ".join(sorted(volumes.called)) or "none"
            raise BadPod(f"{path} mounts the volume {wanted}, which the pod does not have", place=path, remedy=f"It has: {known}.")
        mounts.append({"name": volumes.called[wanted], "mountPath": text(f"{path}.{inner}.mountPath", one.get("mountPath"))})
    given = mapping(f"{path}.resources", entry.get("resources"))
    return without(
        {
            "name": entry["name"],
            "image": text(f"{path}.image", entry.get("image")),
            "command": words(f"{path}.command", entry.get("command") or []),
            "args": words(f"{path}.args", entry.get("args") or []),
            "env": [
                {"name": text(f"{inner}.name", one.get("name")), "value": text(f"{inner}.value", one.get("value"), empty=True)}
                for inner, one in entries(entry, "env")
            ],
            "volumeMounts": mounts,
            "restartPolicy": entry.get("restartPolicy"),
            "resources": without({kind: texts(f"{path}.resources.{kind}", given.get(kind)) for kind in ("requests", "limits")}),
        }
    )
