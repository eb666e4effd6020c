"""Every function of `bakehouse.kubernetes` has its effect in the pod: from the author's call to the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bakehouse import compiler, dsl, kubernetes
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir import platforms
from bakehouse.ir.spec import ComponentInputParameter, Constant, ParameterSource, TaskOutputParameter
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator import pod_settings
from bakehouse.runners.kubernetes.errors import BadPod
from tests.unit.runners.kubernetes.pods import container, launch, pod

_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
_GPU = {"key": "gpu", "operator": "In", "values": ["a100"]}


@dsl.component
def make() -> str:
    return "made"


@dsl.component
def name_of(n: int) -> dict:  # type: ignore[type-arg]  # parameters of pipelines are plain mappings
    return {"n": n}


@dsl.component
def step() -> str:
    return "done"


#: What a run gives in the pipelines below.
_GIVEN: Mapping[str, Json] = {"name": "of-the-input", "make.Output": "of-the-task", "name_of.Output": {"zone": "a"}}


def _value(source: ParameterSource) -> Json:
    match source:
        case Constant(value=value):
            return value
        case ComponentInputParameter(name=name):
            return _GIVEN[name]
        case TaskOutputParameter(producer_task=task, output_key=key):
            return _GIVEN[f"{task.replace('-', '_')}.{key}"]
        case _:
            raise AssertionError(source)


def _pod(ask: Callable[..., Any]) -> JsonObject:
    """The pod of a step of which this is asked, with values of the run where it takes them: an input, the output of a task, and a mapping."""

    @dsl.pipeline
    def pipeline(name: str = "") -> None:
        made, mapping, task = make(), name_of(n=1), step()
        ask(task, name, made.output, mapping.output)

    file = compiler.compile_pipeline(pipeline).file
    return pod(launch(**pod_settings.settled(platforms.of_pods(file)["exec-step"], _value)))


def _mounted(of: JsonObject, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The mount of `main` at a path, and its volume; both without the name, which must be the same."""
    mount = dict(next(one for one in container(of)["volumeMounts"] if one["mountPath"] == path))
    volume = dict(next(one for one in of["spec"]["volumes"] if one["name"] == mount["name"]))
    return mount, volume


def _variable(of: JsonObject, name: str) -> Any:
    (found,) = [one for one in container(of)["env"] if one["name"] == name]
    return found.get("valueFrom", found.get("value"))


def test_secrets_and_config_maps_as_variables() -> None:
    """The names may be values of the run."""

    def ask(task: PipelineTask, given: Any, made: Any, _mapping: Any) -> None:
        kubernetes.use_secret_as_env(task, "mine", {"password": "PASSWORD", "user": "USER"}, optional=True)
        kubernetes.use_secret_as_env(task, given, {"key": "FROM_INPUT"})
        kubernetes.use_config_map_as_env(task, made, {"key": "FROM_TASK"})
        kubernetes.use_field_path_as_env(task, "NODE", "spec.nodeName")

    of = _pod(ask)
    assert _variable(of, "PASSWORD") == {"secretKeyRef": {"name": "mine", "key": "password", "optional": True}}
    assert _variable(of, "USER") == {"secretKeyRef": {"name": "mine", "key": "user", "optional": True}}
    assert _variable(of, "FROM_INPUT") == {"secretKeyRef": {"name": "of-the-input", "key": "key"}}
    assert _variable(of, "FROM_TASK") == {"configMapKeyRef": {"name": "of-the-task", "key": "key"}}
    assert _variable(of, "NODE") == {"fieldRef": {"fieldPath": "spec.nodeName"}}
    assert _variable(of, "MODE") == "fast"


def test_secrets_and_config_maps_as_volumes() -> None:
    """One of the same name each, which a pod must tell apart, and one that is mounted twice."""

    def ask(task: PipelineTask, given: Any, made: Any, _mapping: Any) -> None:
        kubernetes.use_secret_as_volume(task, given, "/secret")
        kubernetes.use_secret_as_volume(task, given, "/again")
        kubernetes.use_config_map_as_volume(task, made, "/config", optional=True)
        kubernetes.use_config_map_as_volume(task, "of-the-input", "/other")

    of = _pod(ask)
    assert _mounted(of, "/secret")[1] == {"name": "of-the-input", "secret": {"secretName": "of-the-input"}}
    assert _mounted(of, "/again")[1] == _mounted(of, "/secret")[1]
    assert _mounted(of, "/config")[1] == {"name": "of-the-task", "configMap": {"name": "of-the-task", "optional": True}}
    assert _mounted(of, "/other")[1] == {"name": "of-the-input-2", "configMap": {"name": "of-the-input"}}


def test_what_a_run_was_not_given_is_left_out_where_it_may_be() -> None:
    """Secrets and config maps that are optional, and secrets for pulling images; others must be named."""
    nobody: JsonObject = {"secretNameParameter": None, "configMapNameParameter": None, "keyToEnv": [{"secretKey": "k", "envVar": "V"}]}
    optional = {**nobody, "optional": True, "mountPath": "/secret"}
    kinds = ("secretAsEnv", "configMapAsEnv", "secretAsVolume", "configMapAsVolume")
    left_out: dict[str, Any] = {kind: [optional] for kind in kinds}
    assert pod(launch(**left_out, imagePullSecret=[nobody])) == pod(launch())
    for kind in kinds:
        missing: dict[str, Any] = {kind: [nobody]}
        with pytest.raises(BadPod, match=kind):
            pod(launch(**missing))


def test_claims() -> None:
    """By name, by an input, by the output of what makes them; two folders of one claim are one volume."""

    def ask(task: PipelineTask, given: Any, made: Any, _mapping: Any) -> None:
        kubernetes.mount_pvc(task, "mine", "/mine")
        kubernetes.mount_pvc(task, given, "/input", sub_path="a/b")
        kubernetes.mount_pvc(task, made, "/task")
        kubernetes.mount_pvc(task, "mine", "/folder", sub_path="folder")

    of = _pod(ask)
    assert _mounted(of, "/mine")[1] == {"name": "mine", "persistentVolumeClaim": {"claimName": "mine"}}
    assert _mounted(of, "/input")[0] == {"name": "of-the-input", "mountPath": "/input", "subPath": "a/b"}
    assert _mounted(of, "/task")[1]["persistentVolumeClaim"] == {"claimName": "of-the-task"}
    assert _mounted(of, "/folder")[0] == {"name": "mine", "mountPath": "/folder", "subPath": "folder"}
    assert sum(one["name"].startswith("mine") for one in of["spec"]["volumes"]) == 1


def test_volumes_that_live_as_long_as_the_pod() -> None:
    """Ephemeral claims, empty folders, shared memory."""

    def ask(task: PipelineTask, *_: Any) -> None:
        kubernetes.add_ephemeral_volume(task, "big", "/big", ["ReadWriteOnce"], "5Gi", "fast", {"a": "b"}, {"c": "d"})
        kubernetes.add_ephemeral_volume(task, "plain", "/plain", ["ReadWriteOnce"], "1Gi")
        kubernetes.empty_dir_mount(task, "scratch", "/scratch", "Memory", "1Gi")
        kubernetes.enable_shared_memory(task, "2Gi")

    of = _pod(ask)
    template = _mounted(of, "/big")[1]["ephemeral"]["volumeClaimTemplate"]
    assert template["metadata"] == {"labels": {"a": "b"}, "annotations": {"c": "d"}}
    assert template["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}, "storageClassName": "fast"}
    assert "storageClassName" not in _mounted(of, "/plain")[1]["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert _mounted(of, "/scratch")[1] == {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}
    assert _mounted(of, "/dev/shm")[1] == {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}}


def test_places() -> None:
    """Selectors, affinities to nodes and pods, tolerations."""

    def ask(task: PipelineTask, *_: Any) -> None:
        kubernetes.add_node_selector(task, "disk", "ssd")
        kubernetes.add_node_affinity(task, [_GPU], [{"key": "metadata.name", "operator": "Exists"}])
        kubernetes.add_node_affinity(task, [_GPU], weight=5)
        kubernetes.add_pod_affinity(task, "zone", match_pod_labels={"app": "db"}, weight=7)
        kubernetes.add_pod_affinity(task, "node", match_pod_labels={"app": "db"}, namespaces=["n"], match_namespace_labels={"t": "1"}, anti=True)
        kubernetes.add_toleration(task, "gpu", "Equal", "true", "NoExecute", 30)
        kubernetes.add_toleration_json(task, [{"operator": "Exists"}])

    spec = _pod(ask)["spec"]
    assert spec["nodeSelector"] == {"disk": "ssd", "kubernetes.io/arch": "amd64"}
    node = spec["affinity"]["nodeAffinity"]
    term = {"matchExpressions": [_GPU], "matchFields": [{"key": "metadata.name", "operator": "Exists"}]}
    assert node[_REQUIRED] == {"nodeSelectorTerms": [term]}
    assert node[_PREFERRED] == [{"weight": 5, "preference": {"matchExpressions": [_GPU]}}]
    near = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "db"}}}
    assert spec["affinity"]["podAffinity"] == {_PREFERRED: [{"weight": 7, "podAffinityTerm": near}]}
    (far,) = spec["affinity"]["podAntiAffinity"][_REQUIRED]
    assert (far["namespaces"], far["namespaceSelector"]) == (["n"], {"matchLabels": {"t": "1"}})
    assert spec["tolerations"] == [
        {"key": "gpu", "operator": "Equal", "value": "true", "effect": "NoExecute", "tolerationSeconds": 30},
        {"operator": "Exists"},
    ]


def test_places_that_the_run_chooses() -> None:
    """Mappings in Kubernetes' own words."""

    def ask(task: PipelineTask, _given: Any, _made: Any, mapping: Any) -> None:
        kubernetes.add_node_selector(task, "disk", "ssd")
        kubernetes.add_node_selector_json(task, mapping)
        kubernetes.add_node_affinity_json(task, {_PREFERRED: [{"weight": 1, "preference": {"matchExpressions": [_GPU]}}]})

    spec = _pod(ask)["spec"]
    assert spec["nodeSelector"] == {"zone": "a", "kubernetes.io/arch": "amd64"}
    assert spec["affinity"] == {"nodeAffinity": {_PREFERRED: [{"weight": 1, "preference": {"matchExpressions": [_GPU]}}]}}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"key": "a", "operator": "Exists", "tolerationSeconds": 5.0}, [{"key": "a", "operator": "Exists", "tolerationSeconds": 5}]),
        ([{"key": "a", "operator": "Exists"}, {"operator": "Exists"}], [{"key": "a", "operator": "Exists"}, {"operator": "Exists"}]),
        (None, None),
    ],
)
def test_tolerations_that_the_run_chooses(given: Json, found: Json) -> None:
    """One or several; an optional input that was not given is none."""
    assert pod(launch(tolerations=[{"tolerationJson": given}]))["spec"].get("tolerations") == found


def test_what_the_pod_itself_has() -> None:
    """Labels, annotations, pulling, security, the limit of time, what beside `main` runs."""

    def ask(task: PipelineTask, given: Any, *_: Any) -> None:
        kubernetes.add_pod_label(task, "team", "a")
        kubernetes.add_pod_label(task, "pipeline/runid", "forged")
        kubernetes.add_pod_annotation(task, "sidecar.istio.io/inject", "true")
        kubernetes.set_image_pull_policy(task, "Always")
        kubernetes.set_image_pull_secrets(task, ["registry", given])
        kubernetes.set_security_context(task, run_as_user=1000, run_as_group=0, run_as_non_root=True)
        kubernetes.set_timeout(task, 60)
        kubernetes.set_ephemeral_storage(task, "1Gi", "2Gi")
        kubernetes.patch_pod(task, {"spec": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}], "imagePullSecrets": None}})
        kubernetes.patch_pod(task, {"spec": {"imagePullSecrets": [{"name": "other"}]}})

    of = _pod(ask)
    labels = of["metadata"]["labels"]
    assert (labels["team"], labels["pipeline/runid"], labels["pipelines.kubeflow.org/v2_component"]) == ("a", "run-1", "true")
    assert of["metadata"]["annotations"]["sidecar.istio.io/inject"] == "true"
    main = container(of)
    assert main["imagePullPolicy"] == "Always"
    assert main["securityContext"] == {"runAsUser": 1000, "runAsGroup": 0, "runAsNonRoot": True}
    assert main["resources"] == {"requests": {"ephemeral-storage": "1Gi"}, "limits": {"ephemeral-storage": "2Gi"}}
    assert of["spec"]["imagePullSecrets"] == [{"name": "other"}]
    assert of["spec"]["hostAliases"] == [{"ip": "10.0.0.1", "hostnames": ["db"]}]
    assert of["spec"]["activeDeadlineSeconds"] == 3660
    assert _variable(of, "BAKEHOUSE_TIMEOUT") == "60"


def test_containers_before_and_beside_the_step() -> None:
    """They see the volumes that other functions give the pod, by the names that these were given."""

    def ask(task: PipelineTask, given: Any, *_: Any) -> None:
        kubernetes.use_secret_as_volume(task, "my.secret", "/secret")
        kubernetes.empty_dir_mount(task, "scratch", "/scratch")
        mounts = {"scratch": "/s", "my.secret": "/k"}
        kubernetes.add_init_container(task, "fetch", "alpine", ["sh"], ["-c", "true"], {"A": ""}, mounts, None, {"cpu": "1"}, {"cpu": "2"})
        kubernetes.add_init_container(task, "proxy", "proxy:1", restart_policy="Always")

    of = _pod(ask)
    fetch, proxy = of["spec"]["initContainers"]
    assert (fetch["command"], fetch["args"], fetch["env"]) == (["sh"], ["-c", "true"], [{"name": "A", "value": ""}])
    assert fetch["resources"] == {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}
    volume = _mounted(of, "/secret")[0]["name"]
    assert fetch["volumeMounts"] == [{"name": "scratch", "mountPath": "/s"}, {"name": volume, "mountPath": "/k"}]
    assert proxy == {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}
