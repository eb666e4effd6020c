"""What keeps a pod from its node, or takes it away from there: told in the cluster's words as soon as it knows, and waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import causes
from tests.kubernetes import parts
from tests.kubernetes.bed import Bed, Running, task

_NODES = "/api/v1/nodes"
_HIGH: JsonObject = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "bakehouse-tests-high"}, "value": 1000}
_CLAIM: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "bakehouse-tests-unbound"},
    "spec": {"storageClassName": "bakehouse-tests", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
}
_VOLUME: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "bakehouse-tests-unbound"},
    "spec": {
        "storageClassName": "bakehouse-tests",
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Mi"},
        "hostPath": {"path": "/mnt", "type": "Directory"},
    },
}


def _is_unscheduled(pod: JsonObject) -> bool:
    return any(one["type"] == "PodScheduled" and one["status"] == "False" for one in pod["status"].get("conditions") or ())


def _soon(bed: Bed, running: Running, said: str) -> None:
    """The reason why a pod has no node is told as soon as the cluster knows it."""
    told = running.until(said)
    pod = bed.pod(running, "wait", _is_unscheduled)
    assert told.when < parts.since(pod, "PodScheduled") + parts.SOON


def _went_on(running: Running) -> None:
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "wait")["attempts"] == 1


def test_a_claim_without_a_volume_is_waited_for(bed: Bed) -> None:
    """Until it has one."""
    with bed.made("persistentvolumeclaims", _CLAIM):
        running = bed.start("faults.py", "--pipeline", "unbound", "--no-cache")
        _soon(bed, running, "unbound immediate PersistentVolumeClaims")
        with bed.made("/api/v1/persistentvolumes", _VOLUME):
            _went_on(running)


@pytest.fixture
def node(bed: Bed) -> JsonObject:
    """The only node of the cluster."""
    found = bed.asked("GET", _NODES)["items"]
    if len(found) != 1:
        pytest.skip("a cluster of several nodes has another place for a pod")
    node: JsonObject = found[0]
    return node


@contextmanager
def _cordoned(bed: Bed, node: JsonObject) -> Iterator[None]:
    path, headers = f"{_NODES}/{node['metadata']['name']}", {"Content-Type": "application/merge-patch+json"}
    bed.asked("PATCH", path, {"spec": {"unschedulable": True}}, headers=headers)
    try:
        yield
    finally:
        bed.asked("PATCH", path, {"spec": {"unschedulable": None}}, headers=headers)


@parts.of_the_bed
def test_a_cordoned_node_is_waited_for(bed: Bed, node: JsonObject) -> None:
    """Until it takes pods again."""
    with _cordoned(bed, node):
        running = bed.start("faults.py", "--pipeline", "waits", "-p", "seconds=0", "--no-cache")
        _soon(bed, running, "node(s) were unschedulable")
    _went_on(running)


@parts.of_the_bed
def test_a_pod_gives_way_to_one_of_a_higher_priority(bed: Bed, node: JsonObject) -> None:
    """And gets a successor, which waits until there is room: not the user's fault, and not on the user's account."""
    running = bed.start("faults.py", "--pipeline", "large", "--no-cache")
    bed.pod(running, "wait-at-first", causes.began)
    with bed.made("/apis/scheduling.k8s.io/v1/priorityclasses", _HIGH), bed.made("pods", _greedy(node)):
        running.until("gave way" if bed.cluster.version() >= (1, 26) else "its pod was deleted, and not by Bakehouse")
        running.until("Insufficient cpu")
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "wait-at-first")["attempts"] == 2


def _greedy(node: JsonObject) -> JsonObject:
    """A pod that leaves less than a core of the node to others."""
    cores = int(node["status"]["allocatable"]["cpu"])
    container = {
        "name": "main",
        "image": "busybox:1.36",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "600"],
        "resources": {"requests": {"cpu": f"{1000 * cores - 800}m"}},
    }
    spec = {"priorityClassName": _HIGH["metadata"]["name"], "terminationGracePeriodSeconds": 0, "dnsPolicy": "Default", "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bakehouse-tests-greedy"}, "spec": spec}
