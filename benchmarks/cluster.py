"""A chain of trivial pods, beside a script that makes pods like them one after another. It takes the cluster that KUBECONFIG names."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.kubernetes import bed as beds
from tests.kubernetes.bed import Bed

from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import manifests, names
from bakehouse.runners.kubernetes.cluster import Connection, Kind
from benchmarks.serving import Figure

_LENGTH = 10
_CHAIN_BAR, _START_BAR, _NEXT_BAR = 1.15, 1.3, 0.3
#: Seconds since the machine was started, as a step and this program read them alike.
_CLOCK = "/proc/uptime"
_PIPELINE = f"""
from kfp import dsl


@dsl.container_component
def look():
    return dsl.ContainerSpec(image="busybox:1.36", command=["cat", "{_CLOCK}"])


@dsl.pipeline
def chain():
    before = None
    for _ in range({_LENGTH}):
        task = look().set_caching_options(False)
        if before is not None:
            task.after(before)
        before = task
"""
#: The keeper of a pod that has nobody to tell: the same program starts, and ends.
_IDLE = ("python3", "-SEI", "-c", "pass")
_LABEL = "bakehouse-bench"


def figures(rounds: int) -> Iterator[Figure]:
    """The chain beside the script, a pod's way to its process beside that of a pod of one container, and from one step to the next."""
    if reason := beds.missing():
        print(f"pods are not measured: {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as folder, beds.opened(Path(folder)) as bed, _seen(bed.cluster) as seen:
        file = Path(folder) / "chain.py"
        file.write_text(_PIPELINE)
        _chain(bed, file, seen)  # what is measured is no cold machine
        chains, pairs, bare = [], [], []
        for number in range(rounds):
            chains.append(_chain(bed, file, seen))
            pairs.append(_script(bed, seen, _alike(chains[-1].pod), f"pair-{number}"))
            bare.append(_script(bed, seen, _alone(chains[-1].pod), f"bare-{number}"))
        yield from _told(chains, pairs, bare)


@dataclass(frozen=True)
class _Sample:
    """Seconds: for the whole, of each pod from the moment at which the cluster had it until its process ran, from each result to the next pod."""

    whole: float
    starts: list[float]
    gaps: list[float]
    pod: JsonObject


def _told(chains: list[_Sample], pairs: list[_Sample], bare: list[_Sample]) -> Iterator[Figure]:
    ours, theirs = (statistics.median(start for one in several for start in one.starts) for several in (chains, bare))
    gaps = sorted(gap for one in chains for gap in one.gaps)
    none = float("inf")
    yield Figure(f"{_LENGTH} such pods in a script", statistics.median(one.whole for one in pairs), none, "s")
    yield Figure(f"a chain of {_LENGTH} pods", statistics.median(one.whole for one in chains), none, "s")
    yield Figure("the chain beside the script", statistics.median(a.whole / b.whole for a, b in zip(chains, pairs, strict=True)), _CHAIN_BAR, "x")
    yield Figure("a pod of one container, made until it runs", theirs, none, "s")
    yield Figure("a step, its pod made until it runs", ours, none, "s")
    yield Figure("a step beside a pod of one container", ours / theirs, _START_BAR, "x")
    yield Figure("from a result to the next pod, p95", gaps[int(len(gaps) * 0.95)], _NEXT_BAR, "s")


@dataclass
class _Seen:
    """When the watch told of a pod, by its name: on the clock of `_CLOCK`; and how each is now."""

    made: dict[str, float] = field(default_factory=dict)
    pods: dict[str, JsonObject] = field(default_factory=dict)


@contextmanager
def _seen(cluster: Connection) -> Iterator[_Seen]:
    seen, over = _Seen(), threading.Event()

    def watch() -> None:
        version = cluster.list(Kind.POD, {})["metadata"]["resourceVersion"]
        while not over.is_set():
            for event in cluster.watch(Kind.POD, {}, version, 5):
                pod = event["object"]
                version = pod["metadata"]["resourceVersion"]
                if event["type"] == "ADDED":
                    seen.made[pod["metadata"]["name"]] = time.clock_gettime(time.CLOCK_BOOTTIME)
                if event["type"] in {"ADDED", "MODIFIED"}:
                    seen.pods[pod["metadata"]["name"]] = pod

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _chain(bed: Bed, file: Path, seen: _Seen) -> _Sample:
    document = bed.run(str(file), BAKEHOUSE_POD_TTL="600s")
    assert document["state"] == "SUCCEEDED", document
    pods = sorted(bed.pods(document["run_id"]), key=lambda pod: seen.made[pod["metadata"]["name"]])
    assert len(pods) == _LENGTH
    made = [seen.made[pod["metadata"]["name"]] for pod in pods]
    attempts = [_attempt(bed.home, pod) for pod in pods]
    starts = [_uptime((attempt / "log").read_text()) - when for attempt, when in zip(attempts, made, strict=True)]
    # The word of a step's end is written when it arrives.
    since = time.clock_gettime(time.CLOCK_BOOTTIME) - time.time()
    ends = [(attempt / "exit").stat().st_mtime + since for attempt in attempts]
    gaps = [after - end for end, after in zip(ends, made[1:], strict=False)]
    for pod in pods:
        bed.cluster.delete(Kind.POD, pod["metadata"]["name"])
    return _Sample(_seconds(bed.shown(document["run_id"])), starts, gaps, pods[0])


def _attempt(home: Path, pod: JsonObject) -> Path:
    marks: Mapping[str, str] = pod["metadata"]["annotations"]
    return home / "runs" / marks[names.RUN] / marks[names.TASK] / marks[names.ATTEMPT]


def _seconds(document: Mapping[str, Any]) -> float:
    begun, ended = (datetime.fromisoformat(document[name].replace("Z", "+00:00")) for name in ("created_at", "finished_at"))
    return (ended - begun).total_seconds()


def _alike(pod: JsonObject) -> JsonObject:
    """The same pod, whose step runs at once and whose keeper has nothing to do."""
    made = _alone(pod)
    keeper, main = deepcopy(pod["spec"]["containers"])
    keeper["command"], main["command"] = list(_IDLE), ["cat", _CLOCK]
    return {**made, "spec": {**made["spec"], "containers": [keeper, main]}}


def _alone(pod: JsonObject) -> JsonObject:
    """The same pod with the step's container alone, which runs at once."""
    spec = {key: value for key, value in deepcopy(pod["spec"]).items() if key not in {"nodeName", "serviceAccount"}}
    [main] = [one for one in spec["containers"] if one["name"] == manifests.MAIN]
    return {"apiVersion": "v1", "kind": "Pod", "spec": {**spec, "containers": [{**main, "command": ["cat", _CLOCK]}]}}


def _script(bed: Bed, seen: _Seen, pod: JsonObject, name: str) -> _Sample:
    """One pod after another, each when the one before has ended."""
    made = [f"bench-{name}-{number}" for number in range(_LENGTH)]
    begun = time.monotonic()
    for one in made:
        bed.cluster.create(Kind.POD, {**pod, "metadata": {"name": one, "labels": {_LABEL: "true"}}})
        beds.wait(partial(_is_over, seen, one), one, 0.005)
    whole = time.monotonic() - begun
    starts = [_uptime(bed.log(one, manifests.MAIN)) - seen.made[one] for one in made]
    for one in made:
        bed.cluster.delete(Kind.POD, one)
    return _Sample(whole, starts, [], pod)


def _is_over(seen: _Seen, pod: str) -> bool:
    return bool(seen.pods.get(pod, {}).get("status", {}).get("phase") == "Succeeded")


def _uptime(said: str) -> float:
    return float(said.split(maxsplit=1)[0])
