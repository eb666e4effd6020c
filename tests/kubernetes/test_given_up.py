"""Pods that go on after their attempts were given up: nothing of them is taken, and what the next attempt gives stands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import pytest

from bakehouse.ir.values import JsonObject
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.kubernetes import causes
from bakehouse.runners.kubernetes.cluster import Kind
from tests.kubernetes import parts
from tests.kubernetes.bed import Bed, Running, task, wait

_KEEPER = "/opt/bakehouse/pod"
#: A pod is ended as soon as its node is found silent, and given up 35 s later.
_SHORT_GRACE = """
spec:
  dnsPolicy: Default
  terminationGracePeriodSeconds: 5
  tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 0}]
"""


_NODES = "/api/v1/nodes"
_OTHER: JsonObject = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "bakehouse-tests-other"}, "spec": {"unschedulable": True}}


@contextmanager
def _another_node(bed: Bed) -> Iterator[None]:
    """One that takes no pods and says that it is well: where all nodes are silent, Kubernetes takes itself for cut off, and ends nothing."""
    over = threading.Event()

    def beat() -> None:
        while True:
            ready = {"type": "Ready", "status": "True", "reason": "Tests", "lastHeartbeatTime": datetime.now(timezone.utc).isoformat()}
            headers = {"Content-Type": "application/strategic-merge-patch+json"}
            bed.asked("PATCH", f"{_NODES}/{_OTHER['metadata']['name']}/status", {"status": {"conditions": [ready]}}, headers=headers)
            if over.wait(5.0):
                return

    with bed.made(_NODES, _OTHER):
        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _let_go(pod: JsonObject) -> None:
    """Let the first attempt end well, and see its keeper go."""
    assert parts.processes(pod, _KEEPER)
    (parts.shared(pod) / "go").touch()
    wait(lambda: not parts.processes(pod, _KEEPER), "the end of the keeper")


def _begun(bed: Bed, running: Running) -> JsonObject:
    """The pod of the first attempt, whose first word has arrived."""
    pod = bed.pod(running, "word", causes.began)
    wait(lambda: list((bed.home / "runs").glob(f"{running.run}*/word/1/log")), "the log")
    return pod


def _successor_stands(bed: Bed, running: Running) -> None:
    """The run has the outputs of its last attempt, and nothing of the first one came after that was given up."""
    document: dict[str, Any] = running.document()
    assert document["state"] == "SUCCEEDED", document
    word = task(document, "word")
    assert word["attempts"] > 1
    assert word["outputs"] == {"said": str(word["attempts"])}
    first = AttemptFolder(bed.home / "runs" / document["run_id"] / "word" / "1")
    assert (first.read("exit") or {})["given_up"]["cause"] == "lost"
    assert (first.path / "log").read_text() == "begun\n"


@parts.of_the_bed
def test_a_pod_that_vanished_and_goes_on_is_not_heard(bed: Bed) -> None:
    """Its node does not know yet that it was deleted: its step ends well, too late."""
    running = bed.start("given_up.py", "--no-cache")
    pod = _begun(bed, running)
    with parts.stopped("kubelet"):
        bed.vanish(pod)
        running.until("its pod was deleted, and not by Bakehouse")
        wait(lambda: list((bed.home / "runs").glob(f"{running.run}*/word/1/exit")), "the word that it is given up")
        _let_go(pod)
    _successor_stands(bed, running)


@pytest.mark.slow
@parts.of_the_bed
def test_a_pod_of_a_node_that_was_lost_and_comes_back_is_not_heard(bed: Bed) -> None:
    """The silence of the node is told when the cluster knows of it; the pod is given up when the node does not end it."""
    running = bed.start("given_up.py", "--no-cache", BAKEHOUSE_POD_PATCH=_SHORT_GRACE)
    pod = _begun(bed, running)
    with _another_node(bed), parts.stopped("kubelet"):
        told = running.until("does not answer: whether the step still runs is not known")
        assert told.when < parts.since(bed.cluster.read(Kind.POD, pod["metadata"]["name"]), "Ready") + parts.SOON
        running.until("its pod was to be gone long ago, but its node")
        _let_go(pod)
    _successor_stands(bed, running)
