"""Where a pod may run: labels of nodes, affinity to nodes and to other pods, tolerations of taints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.errors import WrongType, WrongValue, nearest
from bakehouse.dsl.task import PipelineTask
from bakehouse.dsl.values import spelled
from bakehouse.ir.spec import ParameterType
from bakehouse.kubernetes import checks, settings
from bakehouse.kubernetes.settings import Settings

_ONE_OR_SEVERAL = frozenset((ParameterType.STRUCT, ParameterType.LIST))
_HEAVIEST = 100
_OPERATORS = ("Equal", "Exists")
_EFFECTS = ("NoExecute", "NoSchedule", "PreferNoSchedule")
_TOLERATION = ("key", "operator", "value", "effect", "toleration_seconds")
_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"


def add_node_selector(task: PipelineTask, label_key: str, label_value: str) -> PipelineTask:
    """Let the pod run only on nodes that have this label, and those of further calls.

    https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector
    """
    with settings.of(task) as said:
        label = {checks.text("label_key", label_key): checks.maybe("label_value", label_value)}
        kept = said.kept.get("nodeSelector", {})
        said.put("nodeSelector", {**kept, "labels": {**kept.get("labels", {}), **label}})
    return task


def add_node_selector_json(task: PipelineTask, node_selector_json: PipelineChannel | Mapping[str, str]) -> PipelineTask:
    """The same with a mapping of labels, which may be a value of the run: a `dict`. It counts instead of what `add_node_selector` says."""
    with settings.of(task) as said:
        source = said.source("node_selector_json", node_selector_json, settings.MAPPING)
        said.put("nodeSelector", {**said.kept.get("nodeSelector", {}), "nodeSelectorJson": source})
    return task


def add_node_affinity(
    task: PipelineTask,
    match_expressions: Sequence[Mapping[str, Any]] | None = None,
    match_fields: Sequence[Mapping[str, Any]] | None = None,
    weight: int | None = None,
) -> PipelineTask:
    """Let the pod run only on nodes that match; with a `weight` from 1 to 100, rather there than elsewhere.

    Requirements are `{"key": "gpu", "operator": "In", "values": ["a100"]}`; operators: In, NotIn, Exists, DoesNotExist, Gt, Lt.

    https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity
    """
    with settings.of(task) as said:
        term = {
            "matchExpressions": checks.requirements("match_expressions", match_expressions, checks.NODE_OPERATORS),
            "matchFields": checks.requirements("match_fields", match_fields, checks.NODE_OPERATORS),
            "weight": _weight(weight),
        }
        said.add("nodeAffinity", term)
    return task


def add_node_affinity_json(task: PipelineTask, node_affinity_json: PipelineChannel | Mapping[str, Any]) -> PipelineTask:
    """The same in Kubernetes' own words (`NodeAffinity`), which may be a value of the run: a `dict`. A second call replaces the first.

    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#NodeAffinity
    """
    with settings.of(task) as said:
        if isinstance(node_affinity_json, Mapping):
            _of_kubernetes("node_affinity_json", node_affinity_json, (_REQUIRED, _PREFERRED))
        term = {"nodeAffinityJson": said.source("node_affinity_json", node_affinity_json, settings.MAPPING)}
        said.put("nodeAffinity", [*(one for one in said.kept.get("nodeAffinity", ()) if "nodeAffinityJson" not in one), term])
    return task


def add_pod_affinity(  # noqa: PLR0913  # a term has so many parts
    task: PipelineTask,
    topology_key: str,
    *,
    match_pod_expressions: Sequence[Mapping[str, Any]] | None = None,
    match_pod_labels: Mapping[str, str] | None = None,
    namespaces: Sequence[str] | None = None,
    match_namespace_expressions: Sequence[Mapping[str, Any]] | None = None,
    match_namespace_labels: Mapping[str, str] | None = None,
    weight: int | None = None,
    anti: bool = False,
) -> PipelineTask:
    """Let the pod run only where matching pods run, "where" being nodes of one `topology_key`; with `anti` only where none does.

    With a `weight` from 1 to 100, rather there than elsewhere. Bakehouse's own function. KFP's platform spec has a place for it
    (`podAffinity`), which KFP's back end 2.17 does not read.

    https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
    """
    with settings.of(task) as said:
        term = {
            "topologyKey": checks.text("topology_key", topology_key),
            "matchPodExpressions": checks.requirements("match_pod_expressions", match_pod_expressions, checks.OPERATORS),
            "matchPodLabels": checks.mapping("match_pod_labels", match_pod_labels or {}),
            "namespaces": checks.texts("namespaces", namespaces or ()),
            "matchNamespaceExpressions": checks.requirements("match_namespace_expressions", match_namespace_expressions, checks.OPERATORS),
            "matchNamespaceLabels": checks.mapping("match_namespace_labels", match_namespace_labels or {}),
            "weight": _weight(weight),
            "anti": checks.flag("anti", anti) or None,
        }
        said.add("podAffinity", term)
    return task


def add_toleration(  # noqa: PLR0913, PLR0917  # kfp's signature
    task: PipelineTask,
    key: str | None = None,
    operator: Literal["Equal", "Exists"] | None = None,
    value: str | None = None,
    effect: Literal["NoExecute", "NoSchedule", "PreferNoSchedule"] | None = None,
    toleration_seconds: int | None = None,
) -> PipelineTask:
    """Let the pod run on nodes with a taint. Without a `key` (and with the operator Exists) every taint is tolerated.

    `toleration_seconds`: how long after such a taint appeared the pod may stay; without it, for good.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    with settings.of(task) as said:
        toleration = {"key": key, "operator": operator, "value": value, "effect": effect, "toleration_seconds": toleration_seconds}
        _tolerate(said, "the toleration", toleration)
    return task


def add_toleration_json(task: PipelineTask, toleration_json: PipelineChannel | Sequence[Any] | Mapping[str, Any]) -> PipelineTask:
    """The same as a mapping `{"key", "operator", "value", "effect", "toleration_seconds"}` or a list of such, or a value of the run.

    A value of the run has Kubernetes' own names, so `tolerationSeconds`; here either name is taken.
    """
    with settings.of(task) as said:
        if isinstance(toleration_json, Mapping):
            _tolerate(said, "toleration_json", toleration_json)
        elif isinstance(toleration_json, list | tuple):
            for index, one in enumerate(toleration_json):
                _tolerate(said, f"toleration_json[{index}]", one)
        elif isinstance(toleration_json, PipelineChannel):
            said.add("tolerations", {"tolerationJson": said.source("toleration_json", toleration_json, _ONE_OR_SEVERAL)})
        else:
            raise WrongType(f"toleration_json is {spelled(toleration_json)}", remedy="Write a mapping, or a list of mappings.")
    return task


def _tolerate(said: Settings, what: str, value: Any) -> None:
    given = {"toleration_seconds" if name == "tolerationSeconds" else name: one for name, one in checks.fields(what, value).items()}
    for name in given:
        if name not in _TOLERATION:
            raise WrongValue(f"{what} has {name!r}", remedy=nearest(str(name), _TOLERATION))
    operator, key = given.get("operator"), checks.maybe(f"the key of {what}", given.get("key"))
    seconds = given.get("toleration_seconds")
    toleration = {
        "key": key,
        "operator": checks.choice(f"the operator of {what}", operator, _OPERATORS) if operator else "",
        "value": checks.maybe(f"the value of {what}", given.get("value")),
        "effect": checks.choice(f"the effect of {what}", given["effect"], _EFFECTS) if given.get("effect") else "",
        "tolerationSeconds": None if seconds is None else str(checks.whole(f"toleration_seconds of {what}", seconds, least=-(2**63))),
    }
    if not key and operator != "Exists":
        raise WrongValue(f"{what} has no key, which only the operator Exists allows", remedy='Write key="…", or operator="Exists" for all taints.')
    if toleration["value"] and operator == "Exists":
        raise WrongValue(f"{what} has the operator Exists and a value", remedy='Remove the value, or write operator="Equal".')
    said.add("tolerations", toleration)


def _weight(value: int | None) -> int | None:
    return None if value is None else checks.whole("weight", value, least=1, most=_HEAVIEST)


def _of_kubernetes(what: str, value: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in value:
        if name not in known:
            raise WrongValue(f"{what} has {name!r}", remedy=nearest(str(name), known))
