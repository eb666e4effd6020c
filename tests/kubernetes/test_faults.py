"""What goes wrong on a cluster is told with its reason, waited for where it may pass, and tried again where it is nobody's fault."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import causes
from bakehouse.runners.kubernetes.cluster import Kind
from tests.kubernetes import parts
from tests.kubernetes.bed import Bed, task, wait

_QUOTA: dict[str, Any] = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "bakehouse-tests"}, "spec": {"hard": {"pods": "0"}}}


def _error(document: dict[str, Any], name: str) -> str:
    found: str = task(document, name)["error"]["message"]
    return found


def _known_since(bed: Bed, pod: JsonObject, said: str) -> float:
    """Since when the API server knows something about a pod: by a condition of it, or by an event, which may come after the status that we heard."""
    asked = {"fieldSelector": f"involvedObject.name={pod['metadata']['name']}"}

    def times() -> list[str]:
        events = bed.asked("GET", f"/api/v1/namespaces/{bed.cluster.namespace}/events", params=asked)["items"]
        found = [one["firstTimestamp"] or one["eventTime"] for one in events if said in one.get("message", "")]
        return found + [one["lastTransitionTime"] for one in pod["status"].get("conditions") or () if said in one.get("message", "")]

    return min(parts.moment(one) for one in wait(times, "the time of the reason"))


@pytest.mark.parametrize(
    ("pipeline", "said"),
    [
        ("no_node", "node(s) didn't match"),
        ("too_large", "Insufficient cpu"),
        ("no_claim", 'persistentvolumeclaim "no-such-claim" not found'),
        ("no_secret", 'secret "no-such-secret" not found'),
        ("no_volume", 'secret "no-such-secret" not found'),
    ],
)
def test_what_may_pass_is_waited_for_with_its_reason(bed: Bed, pipeline: str, said: str) -> None:
    """In the words of the scheduler or kubelet; whoever does not want to wait ends the run."""
    running = bed.start("faults.py", "--pipeline", pipeline)
    told = running.until(said)
    assert told.when < _known_since(bed, bed.pod(running, "wait"), said) + parts.SOON
    running.process.send_signal(signal.SIGINT)
    assert running.document()["state"] == "CANCELED"


@pytest.mark.parametrize(
    ("pipeline", "name", "said"),
    [
        ("exit_code", "fail", "exit code 3"),
        ("out_of_memory", "eat", "ran out of memory: its container may take 64Mi"),
        ("no_program", "nothing", "exit code 127"),
        ("no_command", "alone", "names no command"),
        ("bad_beginning", "wait", "its init container fetch ended with exit code 4"),
        ("too_long", "wait", "longer than"),
    ],
)
def test_a_step_that_fails_says_why(bed: Bed, pipeline: str, name: str, said: str) -> None:
    """Once, since it is nobody else's fault."""
    document = bed.run("faults.py", "--pipeline", pipeline)
    assert document["state"] == "FAILED"
    assert said in _error(document, name)
    assert task(document, name)["attempts"] <= 1


def test_an_image_that_does_not_come_is_given_up(bed: Bed) -> None:
    """After its patience, with the kubelet's text."""
    document = bed.run("faults.py", "--pipeline", "no_image", BAKEHOUSE_POD_PATIENCE="3s")
    assert "its image cannot be pulled" in _error(document, "missing")
    assert "no-such-image" in _error(document, "missing")


def test_a_quota_of_nothing_is_waited_for(bed: Bed) -> None:
    """The run goes on when it is gone."""
    with bed.made("resourcequotas", _QUOTA):
        running = bed.start("faults.py", "--pipeline", "waits", "-p", "seconds=0", "--no-cache")
        assert "waits for room in the namespace: exceeded quota: bakehouse-tests" in running.until("exceeded quota").text
    document = running.document()
    assert document["state"] == "SUCCEEDED"
    assert task(document, "wait")["attempts"] == 1


def test_a_pod_that_is_deleted_gets_a_successor(bed: Bed) -> None:
    """Somebody deleted it: not the user's fault, and not on the user's account."""
    running = bed.start("faults.py", "--pipeline", "waits_at_first", "--no-cache")
    pod = bed.pod(running, "wait-at-first", causes.began)
    bed.cluster.delete(Kind.POD, pod["metadata"]["name"])
    document = running.document()
    assert document["state"] == "SUCCEEDED"
    assert task(document, "wait-at-first")["attempts"] == 2
    assert any("its pod was deleted, and not by Bakehouse" in one.text for one in running.told)


def test_an_evicted_pod_gets_a_successor(bed: Bed) -> None:
    """As when its node is drained."""
    running = bed.start("faults.py", "--pipeline", "waits_at_first", "--no-cache")
    pod = bed.pod(running, "wait-at-first", causes.began)
    name = pod["metadata"]["name"]
    eviction: JsonObject = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": name}}
    if bed.cluster.version() >= (1, 22):
        eviction = {**eviction, "apiVersion": "policy/v1"}
    bed.asked("POST", f"/api/v1/namespaces/{bed.cluster.namespace}/pods/{name}/eviction", eviction)
    document = running.document()
    assert document["state"] == "SUCCEEDED"
    assert task(document, "wait-at-first")["attempts"] == 2


def test_a_run_that_is_ended_ends_its_pods(bed: Bed) -> None:
    """TERM to the step, and what it printed until then is there."""
    running = bed.start("faults.py", "--pipeline", "waits", "-p", "seconds=300", "--no-cache")
    bed.pod(running, "wait", causes.began)
    running.process.send_signal(signal.SIGINT)
    document = running.document()
    assert document["state"] == "CANCELED"
    assert task(document, "wait")["state"] == "CANCELED"
