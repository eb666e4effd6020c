"""Pods as they are sent: what is ours in them, what the installation says, and whether Kubernetes takes them."""

from __future__ import annotations

import base64
import math
from dataclasses import replace
from typing import Any

import kubernetes_validate
import pytest

from bakehouse.ir.execution import Requests
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import manifests
from bakehouse.runners.kubernetes.errors import BadPod
from tests.unit.runners.kubernetes.pods import INSIDE, INSTALLATION, container, launch, pod

#: The oldest schemas that know all of it, and the newest.
VERSIONS = ("1.28", kubernetes_validate.latest_version())
_ALL: dict[str, Any] = {
    "secretAsEnv": [{"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "S"}]}],
    "secretAsVolume": [{"secretName": "s", "mountPath": "/s"}],
    "configMapAsVolume": [{"configMapName": "c", "mountPath": "/c", "optional": True}],
    "pvcMount": [{"constant": "claim", "mountPath": "/p"}],
    "genericEphemeralVolume": [{"volumeName": "e", "mountPath": "/e", "accessModes": ["ReadWriteOnce"], "size": "1Gi", "defaultStorageClass": True}],
    "emptyDirMounts": [{"volumeName": "m", "mountPath": "/m", "medium": "Memory"}],
    "enabledSharedMemory": {"volumeName": "shm"},
    "nodeSelector": {"labels": {"a": "b"}},
    "nodeAffinity": [{"matchExpressions": [{"key": "a", "operator": "Exists"}], "weight": 1}],
    "podAffinity": [{"topologyKey": "zone", "matchPodLabels": {"a": "b"}, "anti": True}],
    "tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": "30"}],
    "imagePullSecret": [{"secretName": "r"}],
    "securityContext": {"runAsUser": "1000"},
    "initContainers": [{"name": "i", "image": "alpine", "restartPolicy": "Always"}],
    "ephemeralStorage": {"limit": "1Gi"},
    "activeDeadlineSeconds": "60",
    "workspace": {"size": "1Gi"},
}


def _valid(manifest: JsonObject) -> None:
    for version in VERSIONS:
        kubernetes_validate.validate(dict(manifest), version, strict=True)


@pytest.mark.parametrize("settings", [{}, _ALL])
def test_kubernetes_takes_the_pods(settings: dict[str, Any]) -> None:
    """Fields and types are those of its schemas, and no others."""
    asked = Requests(cpu=0.5, memory=1 << 30, accelerators=(("nvidia.com/gpu", 1),))
    installation = replace(INSTALLATION, service_account="runner", priority_class="high", queue="team", patch={"spec": {"dnsPolicy": "Default"}})
    _valid(pod(replace(launch(**settings), requests=asked, limits=asked, workspace="/kfp-workspace"), installation))


def test_a_pod_has_two_containers_the_keeper_first() -> None:
    """They share a folder; what the step runs comes by it, and nothing else of ours is in `main`."""
    of = pod(launch())
    assert [one["name"] for one in of["spec"]["containers"]] == ["keeper", "main"]
    main = container(of)
    assert (main["image"], main["command"]) == ("python:3.11", ["/bakehouse-bin/runner"])
    assert {one["mountPath"] for one in main["volumeMounts"]} == {"/bakehouse", "/bakehouse-bin"}
    assert [one["mountPath"] for one in container(of, "keeper")["volumeMounts"]] == ["/bakehouse"]
    assert not any(one["name"] == "BAKEHOUSE_TOKEN" for one in main["env"])
    assert of["spec"]["restartPolicy"] == "Never"
    assert of["spec"]["terminationGracePeriodSeconds"] == 30


@pytest.mark.parametrize(("kill_after", "told"), [(0.5, 1), (2.0, 2), (1e6, 1_000_000)])
def test_seconds_until_the_kill_are_whole(kill_after: float, told: int) -> None:
    """The runner takes no others; it and the kubelet are told the same."""
    of = manifests.pod(launch(), replace(INSIDE, kill_after=kill_after), INSTALLATION)
    assert {"name": "BAKEHOUSE_KILL_AFTER", "value": str(told)} in container(of)["env"]
    assert of["spec"]["terminationGracePeriodSeconds"] == told + 20


def test_the_keeper_writes_to_nothing_but_what_it_shares() -> None:
    """More than Pod Security's profile "restricted" asks for; test_schemas.py looks at that."""
    keeper = container(pod(launch()), "keeper")
    assert keeper["securityContext"]["readOnlyRootFilesystem"] is True
    assert [one["mountPath"] for one in keeper["volumeMounts"]] == ["/bakehouse"]


def test_requests_and_limits() -> None:
    """Exact quantities; accelerators are both."""
    asked = Requests(cpu=0.5, memory=512 << 20, accelerators=(("nvidia.com/gpu", 2),))
    resources = container(pod(replace(launch(), requests=asked, limits=Requests(cpu=2, memory=10**9))))["resources"]
    assert resources["requests"] == {"cpu": "500m", "memory": "512Mi", "nvidia.com/gpu": "2"}
    assert resources["limits"] == {"cpu": "2", "memory": "1000000000", "nvidia.com/gpu": "2"}


def test_the_run_s_service_account_comes_before_the_installation_s() -> None:
    """As with KFP; without either it is that of the namespace."""
    installation = replace(INSTALLATION, service_account="pipeline-runner")
    assert pod(launch(serviceAccount="mine"), installation)["spec"]["serviceAccountName"] == "mine"
    assert pod(launch(), installation)["spec"]["serviceAccountName"] == "pipeline-runner"
    assert "serviceAccountName" not in pod(launch())["spec"]


def test_a_pod_says_the_name_of_its_run() -> None:
    """As KFP's do, for `use_field_path_as_env`; what the author says counts more."""
    name = "pipelines.kubeflow.org/run_name"
    assert pod(launch(runName="Monday's run"))["metadata"]["annotations"][name] == "Monday's run"
    assert pod(launch(runName="a run", podMetadata={"annotations": {name: "mine"}}))["metadata"]["annotations"][name] == "mine"


def test_who_says_what() -> None:
    """Defaults of the installation, then the step, then the patch of the step, then that of the installation. What makes the pod ours stays."""
    forged = {"name": "x", "labels": {"bakehouse/home": "forged"}}
    installation = replace(
        INSTALLATION,
        queue="team",
        defaults={
            "spec": {"nodeSelector": {"pool": "steps", "disk": "any"}, "priorityClassName": "low"},
            "metadata": {"labels": {"from": "defaults"}},
        },
        patch={"metadata": forged, "spec": {"restartPolicy": "Always", "containers": [{"name": "main", "env": [{"name": "PROXY", "value": "p"}]}]}},
    )
    of = pod(
        launch(
            nodeSelector={"labels": {"disk": "ssd"}}, podPatch=[{"spec": {"priorityClassName": "high"}}, {"spec": {"priorityClassName": "urgent"}}]
        ),
        installation,
    )
    assert of["spec"]["nodeSelector"] == {"pool": "steps", "disk": "ssd", "kubernetes.io/arch": "amd64"}
    assert of["spec"]["priorityClassName"] == "urgent"
    assert of["spec"]["restartPolicy"] == "Never"
    assert of["metadata"]["labels"]["from"] == "defaults"
    assert of["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "team"
    assert of["metadata"]["labels"]["bakehouse/home"] == INSTALLATION.home
    assert of["metadata"]["name"].startswith("p-train-")
    assert {"name": "PROXY", "value": "p"} in container(of)["env"]
    assert container(of)["image"] == "python:3.11"


@pytest.mark.parametrize(
    ("settings", "architecture"),
    [
        ({}, "amd64"),
        ({"nodeSelector": {"labels": {"kubernetes.io/arch": "arm64"}}}, "arm64"),
        ({"nodeAffinity": [{"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}]}]}, "arm64"),
    ],
)
def test_the_runner_is_that_of_the_node(settings: dict[str, Any], architecture: str) -> None:
    """A program for another machine could not be started: so the pod is told where it may run, and gets what runs there."""
    of = pod(launch(**settings))
    (volume,) = [one for one in of["spec"]["volumes"] if one["name"] == "bakehouse-bin"]
    assert volume["configMap"] == {"name": f"bakehouse-runner-{architecture}-1", "defaultMode": 0o555}
    assert of["spec"]["nodeSelector"]["kubernetes.io/arch"] == architecture


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"secretAsEnv": [{"secretName": "", "secretNameParameter": None, "keyToEnv": []}]}, "secretAsEnv[0].secretName"),
        ({"pvcMount": [{"mountPath": "/d"}]}, "pvcMount[0].pvcName"),
        ({"secretAsVolume": [{"secretName": "a", "mountPath": "/x"}, {"secretName": "b", "mountPath": "/x"}]}, "two volumes at /x"),
        ({"secretAsVolume": [{"secretName": "a", "mountPath": "/x/"}, {"secretName": "b", "mountPath": "x"}]}, "two volumes at x"),
        ({"secretAsVolume": [{"secretName": "a", "mountPath": "/bakehouse/"}]}, "Bakehouse's own"),
        ({"secretAsVolume": [{"secretName": "a", "mountPath": "/bakehouse/outputs"}]}, "Bakehouse's own"),
        ({"emptyDirMounts": [{"volumeName": "a", "mountPath": "/x/../bakehouse-bin/runner"}]}, "Bakehouse's own"),
        ({"emptyDirMounts": [{"volumeName": "a", "mountPath": "/"}]}, "hide /bakehouse"),
        ({"tolerations": [{"tolerationJson": {"kee": "a"}}]}, "'kee'"),
        ({"nodeSelector": {"labels": {"kubernetes.io/arch": "riscv64"}}}, "riscv64"),
        ({"initContainers": [{"name": "main", "image": "i"}]}, "is called main"),
        ({"initContainers": [{"name": "i", "image": "i", "volumeMounts": [{"volumeName": "no", "mountPath": "/n"}]}]}, "the volume no"),
        ({"securityContext": {"runAsUser": "root"}}, "securityContext.runAsUser"),
        ({"securityContext": {"runAsUser": "--5"}}, "securityContext.runAsUser"),
        ({"securityContext": {"runAsUser": math.inf}}, "securityContext.runAsUser"),
        ({"securityContext": {"runAsUser": math.nan}}, "securityContext.runAsUser"),
        ({"podPatch": [{}, {"spec": None}]}, "podPatch[1] leaves no keeper and main in spec.containers"),
        ({"podPatch": [{"spec": {"containers": [{"name": "keeper", "$patch": "delete"}]}}]}, "podPatch[0] leaves no keeper"),
        ({"podPatch": [{"spec": {"volumes": [{"$patch": "replace"}]}}]}, "podPatch[0] leaves no bakehouse and bakehouse-bin in spec.volumes"),
        ({"secretAsEnv": "text"}, "a list"),
    ],
)
def test_what_makes_no_pod_is_told(settings: dict[str, Any], said: str) -> None:
    """With the setting that is meant, before anything is sent."""
    with pytest.raises(BadPod) as raised:
        pod(launch(**settings))
    assert said in raised.value.message


@pytest.mark.parametrize("called", ["bakehouse", "bakehouse-bin"])
def test_volumes_of_the_author_are_never_ours(called: str) -> None:
    """However they are called: an init container that mounts the author's own does not see the folder of the keeper."""
    init = {"name": "i", "image": "i", "volumeMounts": [{"volumeName": called, "mountPath": "/i"}]}
    of = pod(launch(emptyDirMounts=[{"volumeName": called, "mountPath": "/scratch"}], initContainers=[init]))
    (seen,) = [one["name"] for one in container(of)["volumeMounts"] if one["mountPath"] == "/scratch"]
    assert seen == f"{called}-2"
    assert [one["name"] for one in container(of, "i")["volumeMounts"]] == [seen]
    assert {"name": seen, "emptyDir": {}} in of["spec"]["volumes"]


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ({"spec": "x"}, "BAKEHOUSE_POD_DEFAULTS.spec is 'x', where a mapping is needed"),
        ({"spec": {"containers": ["x"]}}, "BAKEHOUSE_POD_DEFAULTS.spec.containers[0] is 'x'"),
        ({"spec": {"volumes": {"name": "v"}}}, "BAKEHOUSE_POD_DEFAULTS.spec.volumes is {'name': 'v'}, where a list is needed"),
        ({"metadata": {"$retainKeys": []}}, "BAKEHOUSE_POD_DEFAULTS.metadata has $retainKeys"),
    ],
)
def test_defaults_that_fit_no_pod(defaults: JsonObject, said: str) -> None:
    """They are told as the installation's, without anything of the pod, which holds a token."""
    with pytest.raises(BadPod) as raised:
        pod(launch(), replace(INSTALLATION, defaults=defaults))
    assert said in raised.value.message
    assert "TOKEN" not in str(raised.value)


def test_directives_of_defaults_are_followed() -> None:
    """And do not stay in the pod as fields."""
    of = pod(launch(), replace(INSTALLATION, defaults={"spec": {"hostAliases": [{"$patch": "replace"}, {"ip": "10.0.0.1"}], "dnsPolicy": None}}))
    assert of["spec"]["hostAliases"] == [{"ip": "10.0.0.1"}]
    assert "dnsPolicy" not in of["spec"]


def test_a_patch_may_take_away_what_is_not_needed() -> None:
    """What makes the pod ours is put on it at last."""
    of = pod(launch(podPatch=[{"metadata": None}, {"spec": {"nodeSelector": None, "volumes": [{"name": "v", "emptyDir": {}}]}}]))
    assert of["metadata"]["labels"]["bakehouse/home"] == INSTALLATION.home
    assert of["spec"]["nodeSelector"] == {"kubernetes.io/arch": "amd64"}


def test_a_sidecar_needs_a_cluster_that_knows_them() -> None:
    """An older one would wait for its end for ever."""
    with pytest.raises(BadPod, match="hold it up"):
        pod(launch(initContainers=[{"name": "i", "image": "i", "restartPolicy": "Always"}]), replace(INSTALLATION, sidecars=False))


def test_the_workspace_is_a_claim_of_the_run() -> None:
    """As large as the pipeline says, and mounted where KFP mounts it."""
    made = replace(
        launch(workspace={"size": "1Gi", "kubernetes": {"pvcSpecPatch": {"storageClassName": "fast", "volumeName": "no"}}}), workspace="/ws"
    )
    claim = manifests.workspace(made, INSTALLATION)
    _valid(claim)
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}}
    of = pod(made)
    assert {"name": "kfp-workspace", "mountPath": "/ws"} in container(of)["volumeMounts"]
    assert {"name": "kfp-workspace", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}} in of["spec"]["volumes"]
    with pytest.raises(BadPod, match="no size"):
        manifests.workspace(launch(), INSTALLATION)


def test_claims_that_a_step_makes() -> None:
    """All parameters of `CreatePVC`."""
    given = {
        "pvc_name_suffix": "-data",
        "access_modes": ["ReadWriteOnce"],
        "size": "5Gi",
        "storage_class_name": "",
        "volume_name": "disk",
        "annotations": {"a": "b"},
        "data_source": {"api_group": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"},
    }
    claim = manifests.claim(replace(launch("createpvc"), parameters=given), INSTALLATION)
    _valid(claim)
    assert claim["metadata"]["name"].endswith("-data")
    assert claim["metadata"]["annotations"]["a"] == "b"
    assert claim["spec"]["dataSource"] == {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}
    assert (claim["spec"]["volumeName"], claim["spec"]["storageClassName"]) == ("disk", "")
    plain = manifests.claim(replace(launch(), parameters={"pvc_name": "mine", "access_modes": ["ReadWriteMany"], "size": "1Gi"}), INSTALLATION)
    assert (plain["metadata"]["name"], "storageClassName" in plain["spec"]) == ("mine", False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": "1Gi", "access_modes": ["ReadWriteOnce"]}, "neither"),
        ({"size": "1Gi", "access_modes": ["ReadWriteOnce"], "pvc_name": "a", "pvc_name_suffix": "b"}, "both"),
        ({"size": "1 GB", "access_modes": ["ReadWriteOnce"], "pvc_name": "a"}, "no quantity"),
        ({"size": "1Gi", "access_modes": [], "pvc_name": "a"}, "no access_modes"),
        ({"size": "1Gi", "access_modes": ["ReadWriteOnce"], "pvc_name": "My_Claim"}, "'My_Claim', which is no name"),
        ({"size": "1Gi", "access_modes": ["ReadWriteOnce"], "pvc_name_suffix": "data_1"}, "data_1', which is no name"),
        ({"size": "1Gi", "access_modes": ["ReadWriteOnce"], "pvc_name": "a" * 254}, "which is no name"),
    ],
)
def test_claims_that_cannot_be_meant(given: dict[str, Any], said: str) -> None:
    """As told to the author of the pipeline."""
    with pytest.raises(BadPod) as raised:
        manifests.claim(replace(launch(), parameters=given), INSTALLATION)
    assert said in raised.value.message


def test_the_runner_comes_by_a_config_map_that_nobody_changes() -> None:
    """Another program has another name."""
    made = manifests.runner(b"\x7fELF", "ab" * 32, "arm64", INSTALLATION)
    _valid(made)
    assert made["immutable"] is True
    assert base64.b64decode(made["binaryData"]["runner"]) == b"\x7fELF"
    assert made["metadata"]["name"] == "bakehouse-runner-arm64-abababababab"
