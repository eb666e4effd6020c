"""What the functions of `kfp.kubernetes` ask for is there inside a running pod, or in the pod as the cluster has it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.cluster import Kind
from tests.kubernetes.bed import Bed, task

_NAME = {"name": "bakehouse-tests"}


@pytest.fixture
def _objects(bed: Bed) -> Iterator[None]:
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": _NAME, "data": {"key": base64.b64encode(b"hidden ").decode()}}
    config: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _NAME, "data": {"key": "shown\n"}}
    with bed.made("secrets", secret), bed.made("configmaps", config):
        yield


@pytest.mark.usefixtures("_objects")
def test_a_step_gets_all_that_it_asks_for(bed: Bed) -> None:
    """Secrets, config maps, facts of the pod, volumes, what ran before it, another user, a closed root."""
    document = bed.run("asking.py", "--pipeline", "asking", "--no-cache", BAKEHOUSE_POD_TTL="600s")
    assert document["state"] == "SUCCEEDED", document
    (pod,) = [one for one in bed.pods(document["run_id"]) if one["metadata"]["annotations"][names.TASK] == "look"]
    node = pod["spec"]["nodeName"]
    said = task(document, "look")["outputs"]["said"].split()
    assert said == ["1000", "hidden", "shown", "hidden", "shown", node, "bakers", "1", "1", "fetched", "closed"]
    assert pod["metadata"]["annotations"]["why"] == "a test"
    assert pod["metadata"]["annotations"]["sidecar.istio.io/inject"] == "false"
    assert pod["metadata"]["labels"]["pipeline/runid"] == document["run_id"]
    assert pod["spec"]["nodeSelector"]["kubernetes.io/os"] == "linux"
    assert pod["spec"]["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert any(one.get("key") == "no-such-taint" for one in pod["spec"]["tolerations"])
    assert pod["spec"]["activeDeadlineSeconds"] > 300


def test_a_claim_is_made_mounted_and_deleted(bed: Bed) -> None:
    """Without a pod for making or deleting it."""
    document = bed.run("asking.py", "--pipeline", "claims", "--no-cache")
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "read")["outputs"]["said"] == "through a claim"
    claim = task(document, "createpvc")["outputs"]["name"]
    assert claim.endswith("-tests")
    left = bed.cluster.read(Kind.CLAIM, claim)
    assert left is None or left["metadata"]["deletionTimestamp"]


def test_the_steps_of_a_run_share_a_workspace(bed: Bed) -> None:
    """A claim that is the run's."""
    document = bed.run("asking.py", "--pipeline", "workspace", "--no-cache")
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "find")["outputs"]["Output"] == "kept"
    assert task(document, "keep")["outputs"]["Output"] == "/kfp-workspace"
