"""Patches of a pod as `kubectl patch` makes them, so that lists of containers, variables and volumes are merged by name. Pure.

https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ (strategic merge)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.ir.values import Json, JsonObject

#: The lists of a pod that are merged, and by what; all other lists are replaced. From the patchMergeKey of each in Kubernetes' API.
_KEYS = {
    "containers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ports": "containerPort",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
_DIRECTIVE = "$patch"


def merged(value: Json, patch: Json, field: str = "") -> Json:
    """A value with a patch applied: mappings are merged, `null` deletes, lists of `field` by their key. `$patch` says `delete` or `replace`."""
    if isinstance(patch, Mapping):
        return _mapping(value if isinstance(value, Mapping) else {}, patch)
    if isinstance(patch, list | tuple):
        return _list(value if isinstance(value, list | tuple) else (), patch, field)
    return patch


def _mapping(value: JsonObject, patch: JsonObject) -> dict[str, Json]:
    if patch.get(_DIRECTIVE) == "replace":
        return {name: one for name, one in patch.items() if name != _DIRECTIVE}
    found = dict(value)
    for name, one in patch.items():
        if one is None or (isinstance(one, Mapping) and one.get(_DIRECTIVE) == "delete"):
            found.pop(name, None)
        elif name != _DIRECTIVE:
            found[name] = merged(value.get(name), one, name)
    return found


def _list(value: Sequence[Json], patch: Sequence[Json], field: str) -> list[Json]:
    directives = [one for one in patch if isinstance(one, Mapping) and _DIRECTIVE in one]
    key = _KEYS.get(field)
    if key is None or any(one == {_DIRECTIVE: "replace"} for one in directives):
        return [one for one in patch if one not in directives]
    found: dict[Json, Json] = {one.get(key): one for one in value}
    for one in patch:
        if one.get(_DIRECTIVE) == "delete":
            found.pop(one.get(key), None)
        else:
            found[one.get(key)] = merged(found.get(one.get(key)), one)
    return list(found.values())
