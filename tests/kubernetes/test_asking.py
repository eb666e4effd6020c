"""What the functions of `kfp.kubernetes` ask for is there inside a running pod, or in the pod as the cluster has it."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bakehouse.client import Client
from bakehouse.ir import values
from bakehouse.ir.values import JsonObject
from bakehouse.pod import settings
from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.cluster import Kind
from tests.kubernetes.bed import PIPELINES, Bed, task, wait

_CALLED = "bakehouse-tests"
_NAME = {"name": _CALLED}
#: What a node is given for the time of these tests.
_OVEN, _HOT = "bakehouse.example/oven", "bakehouse.example/hot"
#: What a cluster must be to know ephemeral volumes, and containers that run beside the step.
_EPHEMERAL, _BESIDE = (1, 21), (1, 29)
_DEFAULTS = "{metadata: {annotations: {from: defaults, why: defaults}}}"
_PATCH = "{spec: {dnsPolicy: Default, containers: [{name: main, env: [{name: PATCHED, value: by the installation}]}]}}"


@dataclass(frozen=True)
class Looked:
    """A step that told what it found in its pod, by function; its pod as the cluster has it, and that of the step before it."""

    said: dict[str, str]
    pod: JsonObject
    before: JsonObject
    node: str
    run_id: str

    @property
    def main(self) -> JsonObject:
        """The container of the step."""
        found: JsonObject = next(one for one in self.pod["spec"]["containers"] if one["name"] == "main")
        return found


#: What the step found.
_INSIDE: dict[str, Callable[[Looked], str]] = {
    "use_secret_as_env": lambda _: "hidden",
    "use_secret_as_volume": lambda _: "hidden",
    "use_config_map_as_env": lambda _: "shown",
    "use_config_map_as_volume": lambda _: "shown",
    "use_field_path_as_env": lambda looked: looked.node,
    "add_pod_label": lambda _: "bakers",
    "add_pod_annotation": lambda _: "a test",
    "empty_dir_mount": lambda _: "1",
    "enable_shared_memory": lambda _: "1",
    "add_init_container": lambda _: "fetched",
    "set_ephemeral_storage": lambda _: str(1 << 30),
    "set_security_context": lambda _: "1000 1001",
    "patch_pod": lambda _: "closed",
    "BAKEHOUSE_POD_PATCH": lambda _: "by the installation",
    "BAKEHOUSE_POD_SERVICE_ACCOUNT": lambda _: _CALLED,
}
#: What the cluster has of it: the scheduler placed the pod by it, or the kubelet ran it so.
_IN_THE_POD: dict[str, tuple[Callable[[Looked], Any], Any]] = {
    "add_node_selector": (lambda looked: looked.before["spec"]["nodeSelector"][_HOT], "yes"),
    "add_node_selector_json": (lambda looked: looked.pod["spec"]["nodeSelector"][_HOT], "yes"),
    "add_node_affinity": (
        lambda looked: _affinity(looked, "nodeAffinity", "required")["nodeSelectorTerms"],
        [{"matchExpressions": [{"key": _HOT, "operator": "In", "values": ["yes"]}]}],
    ),
    "add_node_affinity_json": (
        lambda looked: _affinity(looked, "nodeAffinity", "preferred"),
        [{"weight": 1, "preference": {"matchExpressions": [{"key": _HOT, "operator": "Exists"}]}}],
    ),
    "add_pod_affinity": (
        lambda looked: [_affinity(looked, kind, "required")[0]["labelSelector"]["matchLabels"] for kind in ("podAffinity", "podAntiAffinity")],
        [{"team": "bakers"}, {"team": "nobody"}],
    ),
    "add_toleration": (lambda looked: _tolerated(looked, "static"), [{"key": "static", "operator": "Exists", "effect": "NoSchedule"}]),
    "add_toleration_json": (
        lambda looked: [*_tolerated(looked, "one"), *_tolerated(looked, "several")],
        [
            {"key": "one", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
            {"key": "several", "operator": "Equal", "value": "a"},
            {"key": "several", "operator": "Equal", "value": "b"},
        ],
    ),
    "set_image_pull_policy": (lambda looked: looked.main["imagePullPolicy"], "Never"),
    "set_image_pull_secrets": (lambda looked: looked.pod["spec"]["imagePullSecrets"], [{"name": _CALLED}, {"name": "no-such-secret"}]),
    "set_timeout": (lambda looked: looked.pod["spec"]["activeDeadlineSeconds"], 3900),
    "set_accelerator_type": (lambda looked: looked.main["resources"]["limits"][_OVEN], "1"),
    "set_memory_limit": (lambda looked: looked.main["resources"]["limits"]["memory"], "62500Ki"),
    "set_cpu_request": (lambda looked: looked.main["resources"]["requests"]["cpu"], "10m"),
    "BAKEHOUSE_POD_PRIORITY_CLASS": (lambda looked: looked.pod["spec"]["priority"], 7),
    "BAKEHOUSE_POD_QUEUE": (lambda looked: looked.pod["metadata"]["labels"]["kueue.x-k8s.io/queue-name"], "bakers"),
    "BAKEHOUSE_POD_DEFAULTS": (lambda looked: [looked.pod["metadata"]["annotations"][one] for one in ("from", "why")], ["defaults", "a test"]),
}


def _affinity(looked: Looked, kind: str, how: str) -> Any:
    return looked.pod["spec"]["affinity"][kind][f"{how}DuringSchedulingIgnoredDuringExecution"]


def _tolerated(looked: Looked, key: str) -> list[JsonObject]:
    return [one for one in looked.pod["spec"]["tolerations"] if one.get("key") == key]


@contextmanager
def _node(bed: Bed) -> Iterator[str]:
    """A node with a label and a resource that no other one has."""
    found = next(one for one in bed.asked("GET", "/api/v1/nodes")["items"] if not one["spec"].get("unschedulable"))
    name: str = found["metadata"]["name"]
    path = f"/api/v1/nodes/{name}"

    def change(label: str | None, resource: str | None) -> None:
        amounts = {kind: {_OVEN: resource} for kind in ("capacity", "allocatable")}
        for at, body in ((path, {"metadata": {"labels": {_HOT: label}}}), (f"{path}/status", {"status": amounts})):
            bed.asked("PATCH", at, body, headers={"Content-Type": "application/merge-patch+json"})

    change("yes", "1")
    try:
        yield name
    finally:
        change(None, None)


@contextmanager
def _objects(bed: Bed) -> Iterator[None]:
    """A Secret, a ConfigMap, a service account without rights, a priority class."""
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": _NAME, "data": {"key": base64.b64encode(b"hidden").decode()}}
    config: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _NAME, "data": {"key": "shown"}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _NAME, "automountServiceAccountToken": False}
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": _NAME, "value": 7}
    with ExitStack() as made:
        for kind, one in (("secrets", secret), ("configmaps", config), ("serviceaccounts", account)):
            made.enter_context(bed.made(kind, one))
        made.enter_context(bed.made("/apis/scheduling.k8s.io/v1/priorityclasses", priority))
        yield


@pytest.fixture(scope="module")
def looked(bed: Bed) -> Iterator[Looked]:
    """One pod that asks for all of it, with values of the run wherever such are taken, and the defaults of an installation."""
    said = {"PRIORITY_CLASS": _CALLED, "QUEUE": "bakers", "SERVICE_ACCOUNT": _CALLED, "DEFAULTS": _DEFAULTS, "PATCH": _PATCH, "TTL": "600s"}
    with _objects(bed), _node(bed) as node:
        document = bed.run(
            "asking.py",
            "--pipeline",
            "asking",
            "--no-cache",
            "--name",
            "a run of theirs",
            **{f"BAKEHOUSE_POD_{name}": value for name, value in said.items()},
        )
        assert document["state"] == "SUCCEEDED", document
        pods = {one["metadata"]["annotations"][names.TASK]: one for one in bed.pods(document["run_id"])}
        lines = dict(line.split(" ", 1) for line in task(document, "look")["outputs"]["said"].splitlines())
        yield Looked(lines, pods["look"], pods["choose"], node, document["run_id"])


@pytest.mark.parametrize("function", _INSIDE)
def test_a_step_finds_in_its_pod_what_it_asked_for(looked: Looked, function: str) -> None:
    """As it told itself."""
    assert looked.said[function] == _INSIDE[function](looked)


@pytest.mark.parametrize("function", _IN_THE_POD)
def test_the_cluster_has_what_a_step_asked_for(looked: Looked, function: str) -> None:
    """And ran the pod with it, on the node that has what it asked for."""
    found, expected = _IN_THE_POD[function]
    assert found(looked) == expected
    assert looked.pod["spec"]["nodeName"] == looked.before["spec"]["nodeName"] == looked.node


def test_a_pod_has_the_marks_of_kfp_s(looked: Looked) -> None:
    """Others go by them."""
    marks = looked.pod["metadata"]
    assert marks["labels"]["pipeline/runid"] == looked.run_id
    assert marks["labels"]["pipelines.kubeflow.org/v2_component"] == "true"
    assert marks["annotations"]["sidecar.istio.io/inject"] == "false"
    assert looked.said["run_name"] == marks["annotations"]["pipelines.kubeflow.org/run_name"] == "a run of theirs"


def test_the_token_in_its_manifest_opens_nothing(bed: Bed, looked: Looked) -> None:
    """Whoever may read pods has it; its keeper was the first to show it."""
    (keeper,) = (one for one in looked.pod["spec"]["containers"] if one["name"] == "keeper")
    told = {one["name"]: one["value"] for one in keeper["env"]}
    url = settings.Settings({**told, settings.SERVER: f"http://127.0.0.1:{bed.server.port}"}).url
    answer = httpx.get(f"{url}/launch", headers={"Authorization": f"Bearer {told[settings.TOKEN]}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "other_keeper")


def test_the_service_account_of_a_run_is_that_of_its_steps(bed: Bed, tmp_path: Path) -> None:
    """As a client asks for it, and as the step reads it from its pod."""
    compiled = str(tmp_path / "account.yaml")
    words = ["compile", str(PIPELINES / "asking.py"), "--pipeline", "account", "-o", compiled]
    subprocess.run([sys.executable, "-m", "bakehouse", *words], env=bed.environ, check=True, capture_output=True)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bakers"}, "automountServiceAccountToken": False}
    with bed.made("serviceaccounts", account):
        client = Client(host=f"http://127.0.0.1:{bed.server.port}")
        run = client.create_run_from_pipeline_package(compiled, enable_caching=False, service_account="bakers")
        assert client.wait_for_run_completion(run.run_id, 120).state == "SUCCEEDED"
    assert task(bed.shown(run.run_id), "tell")["outputs"]["said"] == "bakers"


def test_a_claim_is_made_mounted_and_deleted(bed: Bed) -> None:
    """Without a pod for making or deleting it; a folder of it is mounted, and then the whole."""
    running = bed.start("asking.py", "--pipeline", "claims", "--no-cache")
    run = running.run

    def found() -> JsonObject | None:
        claims = bed.of_the_home(Kind.CLAIM)
        return next((one for one in claims if one["metadata"]["annotations"][names.RUN].startswith(run)), None)

    there = wait(found, "the claim")
    assert there["metadata"]["annotations"]["why"] == "a test"
    assert (there["spec"]["accessModes"], there["spec"]["resources"]["requests"]["storage"]) == (["ReadWriteOnce"], "1Mi")
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "read")["outputs"]["said"] == "through a claim"
    claim = task(document, "createpvc")["outputs"]["name"]
    assert claim == there["metadata"]["name"]
    assert claim.endswith("-tests")
    left = bed.cluster.read(Kind.CLAIM, claim)
    assert left is None or left["metadata"]["deletionTimestamp"]


def test_what_needs_a_newer_cluster_is_refused_by_an_older_one(bed: Bed) -> None:
    """Ephemeral volumes, containers beside the step: with a reason, before anything begins. A newer one runs them."""
    document = bed.run("asking.py", "--pipeline", "newer", "--no-cache", "--keep-going")
    version = bed.cluster.version()
    errors = {name: values.at(task(document, name), "error").get("message", "") for name in ("write", "read")}
    if version < _EPHEMERAL:
        assert "must specify a volume type" in errors["write"]
    else:
        assert not errors["write"]
    if version < _BESIDE:
        assert "which this cluster cannot" in errors["read"]
    else:
        assert task(document, "read")["outputs"]["said"] == "served"


def test_the_steps_of_a_run_share_a_workspace(bed: Bed) -> None:
    """A claim that is the run's."""
    document = bed.run("asking.py", "--pipeline", "workspace", "--no-cache")
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "find")["outputs"]["Output"] == "kept"
    assert task(document, "keep")["outputs"]["Output"] == "/kfp-workspace"


#: What has its effect in a test of its own.
_ELSEWHERE: dict[str, Callable[..., None]] = {
    "CreatePVC": test_a_claim_is_made_mounted_and_deleted,
    "DeletePVC": test_a_claim_is_made_mounted_and_deleted,
    "mount_pvc": test_a_claim_is_made_mounted_and_deleted,
    "add_ephemeral_volume": test_what_needs_a_newer_cluster_is_refused_by_an_older_one,
}


#: All that is shown here, by function.
SHOWN = (*_INSIDE, *_IN_THE_POD, *_ELSEWHERE)
