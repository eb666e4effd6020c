"""Bakehouse, the cluster's API and the kubelet go away while runs go on: nothing runs twice, nothing hangs."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bakehouse.runners.kubernetes import causes
from tests.kubernetes.bed import Bed, Running, task, wait

#: Where the bed keeps the process ids of the parts of its cluster.
_PARTS = Path(os.environ.get("K8S_DIR", "/tmp/k8s")) / "pid"
pytestmark = pytest.mark.slow
_of_the_bed = pytest.mark.skipif(not _PARTS.exists(), reason="the parts of this cluster are not ours to stop")


def _over(bed: Bed, run: str) -> dict[str, Any]:
    """A run that somebody else drives, once it is over."""

    def found() -> dict[str, Any] | None:
        shown = bed.shown(run)
        return shown if shown["state"] in {"SUCCEEDED", "FAILED", "CANCELED"} else None

    over: dict[str, Any] = wait(found, f"the end of {run}")
    return over


def _left_alone(bed: Bed, *arguments: str) -> str:
    """The id of a run whose driver is killed at once, so that the server drives it."""
    running = bed.start("disturbed.py", "--pipeline", "disturbed", "--no-cache", *arguments)
    run = running.run
    running.until("createpvc: succeeded")
    running.process.kill()
    running.process.wait()
    _close(running)
    return run


def _close(running: Running) -> None:
    for pipe in (running.process.stdout, running.process.stderr):
        if pipe is not None:
            pipe.close()


def _said(document: dict[str, Any]) -> list[str]:
    lines: list[str] = task(document, "lines")["outputs"]["said"].splitlines()
    return lines


@contextmanager
def _stopped(part: str) -> Iterator[None]:
    """A part of the cluster that does nothing for as long as this lasts."""
    number = int((_PARTS / part).read_text())
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)


def test_a_server_that_is_killed_again_and_again_loses_nothing(bed: Bed) -> None:
    """Each start finds the pods that there are; every step has run once."""
    run = _left_alone(bed)
    for _ in range(5):
        time.sleep(1.5)
        bed.server.end(signal.SIGKILL)
        bed.server.start()
    document = _over(bed, run)
    assert document["state"] == "SUCCEEDED", document
    lines = _said(document)
    assert len(lines) == len(set(lines)) == 8


@_of_the_bed
def test_an_api_server_that_is_away_is_waited_for(bed: Bed) -> None:
    """It is told, steps that run end meanwhile, and what is to start starts afterwards."""
    running = bed.start("disturbed.py", "--pipeline", "disturbed", "--no-cache", "-p", "seconds=4")
    bed.pod(running, "for-loop-1/0/work", causes.began)
    with _stopped("kube-apiserver"):
        running.until("the cluster's API cannot be reached")
        time.sleep(20)
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    lines = _said(document)
    assert len(lines) == len(set(lines)) == 8


@_of_the_bed
def test_a_kubelet_that_is_away_delays_what_is_to_start(bed: Bed) -> None:
    """Steps that run go on and end: their word comes by the keeper. The others wait, and say where."""
    running = bed.start("disturbed.py", "--pipeline", "disturbed", "--no-cache", "-p", "seconds=3")
    bed.pod(running, "for-loop-1/0/work", causes.began)
    with _stopped("kubelet"):
        running.until("its containers are being made on")
        time.sleep(10)
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    assert len(_said(document)) == 8


def test_a_compaction_is_survived(bed: Bed) -> None:
    """A watch whose beginning has expired is answered by 410, and a list makes it good."""
    running = bed.start("disturbed.py", "--pipeline", "disturbed", "--no-cache")
    bed.pod(running, "for-loop-1/0/work", causes.began)
    found = bed.asked("GET", f"/api/v1/namespaces/{bed.cluster.namespace}/pods", params={"limit": "1"})
    expired = bed.cluster._client.get(
        f"/api/v1/namespaces/{bed.cluster.namespace}/pods", params={"watch": "true", "resourceVersion": "1", "timeoutSeconds": "1"}
    )
    assert found["metadata"]["resourceVersion"]
    assert expired.status_code == 200
    assert json.loads(expired.text.splitlines()[0])["type"] in {"ERROR", "ADDED", "MODIFIED", "DELETED", "BOOKMARK"}
    assert running.document()["state"] == "SUCCEEDED"


def test_sixty_steps_at_once_are_all_done_once(bed: Bed) -> None:
    """And the cluster's API is asked fewer than 20 times in any second, by its own count of our pods' creations."""
    document = bed.run("disturbed.py", "--pipeline", "many", "--no-cache", BAKEHOUSE_POD_TTL="600s")
    assert document["state"] == "SUCCEEDED", document
    pods = bed.pods(document["run_id"])
    assert len(pods) == 60
    times = sorted(pod["metadata"]["creationTimestamp"] for pod in pods)
    assert max(times.count(one) for one in times) < 20
