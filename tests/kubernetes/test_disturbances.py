"""Bakehouse, the cluster's API and the kubelet go away while runs go on: nothing runs twice, nothing hangs."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from typing import Any

import pytest

from bakehouse.runners.kubernetes import causes
from bakehouse.runners.kubernetes.cluster import Kind
from tests.kubernetes import parts
from tests.kubernetes.bed import Bed, task, wait

#: How often the server is killed, and by which seed the moments are chosen.
_KILLS = int(os.environ.get("BAKEHOUSE_TEST_SERVER_KILLS", "5"))
_SEED = int(os.environ.get("BAKEHOUSE_TEST_SEED") or time.time())
_EXPIRED = 410
_AWAY = 30.0  # seconds for which the API server does nothing
pytestmark = pytest.mark.slow


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
    running.close()
    return run


def _said(document: dict[str, Any]) -> list[str]:
    lines: list[str] = task(document, "lines")["outputs"]["said"].splitlines()
    return lines


@pytest.mark.parametrize("seed", [_SEED])
def test_a_server_that_is_killed_again_and_again_loses_nothing(bed: Bed, seed: int) -> None:
    """Each start finds the pods that there are; every step has run once. BAKEHOUSE_TEST_SERVER_KILLS says how often."""
    chance, runs = random.Random(seed), [_left_alone(bed)]
    for _ in range(_KILLS):
        time.sleep(chance.uniform(0.0, 3.0))
        bed.server.end(signal.SIGKILL)
        bed.server.start()
        if bed.shown(runs[-1])["state"] == "SUCCEEDED":
            runs.append(_left_alone(bed))
    for run in runs:
        document = _over(bed, run)
        assert document["state"] == "SUCCEEDED", document
        lines = _said(document)
        assert len(lines) == len(set(lines)) == 8


@parts.of_the_bed
def test_an_api_server_that_is_away_is_waited_for(bed: Bed) -> None:
    """It is told, steps that run end meanwhile, and what is to start starts afterwards."""
    running = bed.start("disturbed.py", "--pipeline", "disturbed", "--no-cache", "-p", "seconds=4")
    bed.pod(running, "for-loop-1/0/work", causes.began)
    with parts.stopped("kube-apiserver"):
        began = time.monotonic()
        running.until("the cluster's API cannot be reached")
        time.sleep(max(0.0, began + _AWAY - time.monotonic()))
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    lines = _said(document)
    assert len(lines) == len(set(lines)) == 8


@parts.of_the_bed
def test_a_kubelet_that_is_away_delays_what_is_to_start(bed: Bed) -> None:
    """Steps that run go on and end: their word comes by the keeper. The others wait, and say where."""
    running = bed.start("disturbed.py", "--pipeline", "disturbed", "--no-cache", "-p", "seconds=3")
    bed.pod(running, "for-loop-1/0/work", causes.began)
    with parts.stopped("kubelet"):
        running.until("its containers are being made on")
        time.sleep(10)
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    assert len(_said(document)) == 8


@parts.of_the_bed
def test_a_compaction_while_nobody_listens_is_made_good_by_a_list(bed: Bed) -> None:
    """The watch is cut, a pod goes, and no event tells of it any more: where the watch was is answered by 410."""
    running = bed.start("faults.py", "--pipeline", "waits_at_first", "--no-cache")
    pod = bed.pod(running, "wait-at-first", causes.began)
    before = bed.cluster.list(Kind.POD, {})["metadata"]["resourceVersion"]
    with running.frozen():
        bed.vanish(pod)
        parts.compact()
        parts.restart("kube-apiserver")
        wait(bed.answers, "the cluster's API")
    assert _is_expired(bed, before)
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "wait-at-first")["attempts"] == 2
    first = bed.shown(document["run_id"], "--task", "wait-at-first")["attempt_details"][0]
    assert first["error"]["message"] == "its pod was deleted, and not by Bakehouse"


def _is_expired(bed: Bed, version: str) -> bool:
    asked = {"watch": "true", "resourceVersion": version, "timeoutSeconds": "1"}
    answer = bed.cluster._client.get(f"/api/v1/namespaces/{bed.cluster.namespace}/pods", params=asked)
    return answer.status_code == _EXPIRED or bool(json.loads(answer.text.splitlines()[0])["object"].get("code") == _EXPIRED)


def test_sixty_steps_at_once_are_all_done_once(bed: Bed) -> None:
    """And the cluster's API is asked fewer than 20 times in any second, by its own count of our pods' creations."""
    document = bed.run("disturbed.py", "--pipeline", "many", "--no-cache", BAKEHOUSE_POD_TTL="600s")
    assert document["state"] == "SUCCEEDED", document
    pods = bed.pods(document["run_id"])
    assert [one["attempts"] for one in document["tasks"] if one["name"].endswith("/nothing")] == [1] * 60
    assert 50 < len(pods) <= 60  # one whose containers are slow to end goes at once
    times = sorted(pod["metadata"]["creationTimestamp"] for pod in pods)
    assert max(times.count(one) for one in times) < 20
