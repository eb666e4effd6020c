"""What a step printed before it was killed: all that is older than two seconds is there, and where the rest may be missing, that is said."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.kubernetes import parts
from tests.kubernetes.bed import Bed, Running

_ARRIVES = 2.0  # seconds in which a line leaves its pod
_BUSY = 1.0  # seconds that a busy machine may add


def _arrived(bed: Bed, running: Running) -> list[list[float]]:
    """The numbers that the first attempt told, each with its time, as far as they have arrived."""
    logs: list[Path] = list((bed.home / "runs").glob(f"{running.run}*/count/1/log"))
    lines = [line for log in logs for line in log.read_text().splitlines(keepends=True)]
    return [[float(word) for word in line.split()] for line in lines if line.endswith("\n")]


@pytest.mark.parametrize(
    ("victim", "note"),
    [("/opt/bakehouse/pod", "the log may be cut"), ("/bakehouse-bin/runner", ""), ("", "the log may be cut")],
    ids=["keeper", "main", "pod"],
)
@parts.of_the_bed
def test_a_log_survives_a_kill(bed: Bed, victim: str, note: str) -> None:
    """Without a gap; and the attempt gets a successor."""
    running = bed.start("logs.py", "--no-cache")
    pod = bed.pod(running, "count", lambda _: len(_arrived(bed, running)) > 20)
    for process in parts.processes(pod, victim):
        os.kill(process, signal.SIGKILL)
    killed = time.time()
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    arrived = _arrived(bed, running)
    assert [number for number, _ in arrived] == list(range(len(arrived)))
    assert arrived[-1][1] > killed - _ARRIVES - _BUSY
    details = bed.shown(document["run_id"], "--task", "count")["attempt_details"]
    assert [one["cause"] for one in details] == ["lost", None]
    assert details[0]["log_note"].startswith(note)
    assert bool(details[0]["log_note"]) is bool(note)
