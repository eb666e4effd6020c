"""Where a pod may run: selectors, affinities and tolerations of a step's settings as fields of a pod's spec. Pure.

https://kubernetes.io/docs/concepts/scheduling-eviction/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.kubernetes.errors import BadPod
from bakehouse.runners.kubernetes.values import entries, mapping, texts, whole, without, words

ARCHITECTURE = "kubernetes.io/arch"
_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"


def fields(settings: JsonObject) -> dict[str, Json]:
    """The fields of the pod's spec that say where it may run; those that say nothing are absent. Raises `BadPod`."""
    affinity = {"nodeAffinity": _node_affinity(settings), **_pod_affinities(settings)}
    return without({"nodeSelector": _selector(settings), "affinity": without(affinity), "tolerations": _tolerations(settings)})


def architecture(spec: JsonObject) -> str:
    """The architecture of the nodes that a pod's own selector or its required affinity names; empty where they name none, or several."""
    chosen = mapping("nodeSelector", spec.get("nodeSelector")).get(ARCHITECTURE)
    if isinstance(chosen, str):
        return chosen
    required = mapping("affinity", mapping("affinity", spec.get("affinity")).get("nodeAffinity")).get(_REQUIRED)
    terms = mapping("affinity", required).get("nodeSelectorTerms") or ()
    found = {_named(term) for term in terms}
    return found.pop() if len(found) == 1 else ""


def _named(term: JsonObject) -> str:
    for one in term.get("matchExpressions") or ():
        values = [str(value) for value in one.get("values") or []]
        if one.get("key") == ARCHITECTURE and one.get("operator") == "In" and len(values) == 1:
            return values[0]
    return ""


def _selector(settings: JsonObject) -> dict[str, str]:
    given = mapping("nodeSelector", settings.get("nodeSelector"))
    from_run = given.get("nodeSelectorJson")
    if from_run is not None:
        return texts("nodeSelector.nodeSelectorJson", from_run)
    return texts("nodeSelector.labels", given.get("labels"))


def _tolerations(settings: JsonObject) -> list[JsonObject]:
    found: list[JsonObject] = []
    for path, entry in entries(settings, "tolerations"):
        from_run = entry.get("tolerationJson")
        if "tolerationJson" not in entry:
            found.append(_toleration(path, entry))
        elif isinstance(from_run, list | tuple):
            found += [_toleration(f"{path}[{index}]", mapping(path, one)) for index, one in enumerate(from_run)]
        elif from_run:
            found.append(_toleration(path, mapping(path, from_run)))
    return found


def _toleration(path: str, entry: JsonObject) -> JsonObject:
    given = {"tolerationSeconds" if key == "toleration_seconds" else key: value for key, value in entry.items()}
    seconds = given.pop("tolerationSeconds", None)
    known = without({key: given.pop(key, None) for key in ("key", "operator", "value", "effect")})
    if given:
        raise BadPod(f"{path} has {min(given)!r}, which no toleration has", remedy="It has key, operator, value, effect, tolerationSeconds.")
    return known if seconds is None else {**known, "tolerationSeconds": whole(f"{path}.tolerationSeconds", seconds)}


def _node_affinity(settings: JsonObject) -> JsonObject:
    """Terms with a weight are preferred; of the others one must match, as KFP has it."""
    required: list[Json] = []
    preferred: list[Json] = []
    for path, entry in entries(settings, "nodeAffinity"):
        if "nodeAffinityJson" in entry:
            given = mapping(path, entry["nodeAffinityJson"])
            required += mapping(path, given.get(_REQUIRED)).get("nodeSelectorTerms") or ()
            preferred += given.get(_PREFERRED) or ()
            continue
        term = without({kind: _requirements(f"{path}.{kind}", entry.get(kind)) for kind in ("matchExpressions", "matchFields")})
        if entry.get("weight") is None:
            required.append(term)
        else:
            preferred.append({"weight": whole(f"{path}.weight", entry["weight"]), "preference": term})
    return without({_REQUIRED: {"nodeSelectorTerms": required} if required else None, _PREFERRED: preferred})


def _pod_affinities(settings: JsonObject) -> JsonObject:
    found: dict[str, dict[str, list[Json]]] = {}
    for path, entry in entries(settings, "podAffinity"):
        term = without(
            {
                "topologyKey": entry.get("topologyKey"),
                "labelSelector": _labels(path, entry, "matchPodLabels", "matchPodExpressions"),
                "namespaceSelector": _labels(path, entry, "matchNamespaceLabels", "matchNamespaceExpressions"),
                "namespaces": list(entry.get("namespaces") or ()),
            }
        )
        kind = found.setdefault("podAntiAffinity" if entry.get("anti") else "podAffinity", {})
        if entry.get("weight") is None:
            kind.setdefault(_REQUIRED, []).append(term)
        else:
            kind.setdefault(_PREFERRED, []).append({"weight": whole(f"{path}.weight", entry["weight"]), "podAffinityTerm": term})
    return found


def _labels(path: str, entry: JsonObject, labels: str, expressions: str) -> JsonObject:
    return without(
        {
            "matchLabels": texts(f"{path}.{labels}", entry.get(labels)),
            "matchExpressions": _requirements(f"{path}.{expressions}", entry.get(expressions)),
        }
    )


def _requirements(path: str, value: Any) -> list[JsonObject]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(one, Mapping) for one in value):
        raise BadPod(f"{path} is {value!r}, where a list of requirements is needed", remedy="Write mappings with key, operator and values.")
    return [
        without({"key": one.get("key"), "operator": one.get("operator"), "values": words(f"{path}.values", one.get("values") or [])}) for one in value
    ]
