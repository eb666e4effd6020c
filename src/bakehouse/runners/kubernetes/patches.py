"""Patches of a pod as `kubectl patch` makes them, so that lists of containers, variables and volumes are merged by name. Pure.

https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ (strategic merge)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.kubernetes.errors import BadPod

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
_DELETE, _REPLACE = "delete", "replace"
_DIRECTIVES = frozenset({_DELETE, _REPLACE, "merge"})
#: The entry of a list that says of the others that they are all of it.
_ALONE = {_DIRECTIVE: _REPLACE}


def merged(value: Json, patch: Json, path: str, field: str = "") -> Json:
    """A value with a patch applied: mappings are merged, `null` deletes, lists of `field` by their key. `$patch` says `delete` or `replace`.

    `path` is where the patch stands, for whoever has to correct it. Raises `BadPod` for what is no patch.
    """
    if value is not None and _kind(value) != _kind(patch):
        raise _wrong(path, patch, _kind(value))
    if isinstance(patch, Mapping):
        return _mapping(value or {}, patch, path)
    if isinstance(patch, list | tuple):
        return _list(value or (), patch, path, field)
    return patch


def _kind(value: Json) -> str:
    """What a field holds; no patch changes that."""
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else "a plain value"


def _mapping(value: JsonObject, patch: JsonObject, path: str) -> dict[str, Json]:
    found = {} if _directive(patch, path) == _REPLACE else dict(value)
    for name, one in patch.items():
        inner = f"{path}.{name}"
        if one is None or (isinstance(one, Mapping) and _directive(one, inner) == _DELETE):
            found.pop(name, None)
        elif name != _DIRECTIVE:
            found[name] = merged(found.get(name), one, inner, name)
    return found


def _list(value: Sequence[Json], patch: Sequence[Json], path: str, field: str) -> list[Json]:
    key = _KEYS.get(field)
    if key is None:
        return [_anew(one, f"{path}[{index}]") for index, one in enumerate(patch) if one != _ALONE]
    found = {} if _ALONE in patch else {_named(one, key, path): one for one in value}
    for index, one in enumerate(patch):
        inner = f"{path}[{index}]"
        if one == _ALONE:
            continue
        name = _named(one, key, inner)
        if _directive(one, inner) == _DELETE:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), one, inner)
    return list(found.values())


def _anew(entry: Json, path: str) -> Json:
    """An entry of a list that is replaced, without the directives below it. Raises `BadPod`."""
    if isinstance(entry, Mapping) and _directive(entry, path) == _DELETE:
        raise _wrong(path, entry, "an entry to keep (such lists are replaced as a whole)")
    return merged(None, entry, path)


def _named(entry: Json, key: str, path: str) -> Json:
    """What an entry of a list is found by. Raises `BadPod`."""
    found = entry.get(key) if isinstance(entry, Mapping) else None
    if not isinstance(found, str | int):
        raise _wrong(path, entry, f"a mapping with {key!r}")
    return found


def _wrong(path: str, found: Json, wanted: str) -> BadPod:
    return BadPod(f"{path} is {found!r}, where {wanted} is needed", place=path, remedy="Write the patch as `kubectl patch` takes it.")


def _directive(patch: JsonObject, path: str) -> Json:
    """What `$patch` says. Raises `BadPod` for any other word of a strategic merge: left in the pod, it would be a field that there is not."""
    for name, one in patch.items():
        if name.startswith("$") and (name != _DIRECTIVE or one not in _DIRECTIVES):
            raise BadPod(f"{path} has {name}: {one!r}, which is not known here", place=path, remedy="Patches know `$patch`: delete, replace, merge.")
    return patch.get(_DIRECTIVE)
