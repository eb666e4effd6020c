"""What tests stop and look into beneath the cluster: its parts and the processes of its pods, where the bed runs them on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bakehouse.ir.values import JsonObject

_BED = Path(os.environ.get("K8S_DIR", "/tmp/k8s"))
#: What the API server knows is told within 5 s; its times are whole seconds, and a busy machine is slow.
SOON = 5.0 + 1.0 + 2.0
#: What runs a program in the network of the cluster.
_INSIDE = ("nsenter", "--net=/run/netns/k8s")
#: For tests that need the bed's own cluster.
of_the_bed = pytest.mark.skipif(not (_BED / "pid").exists(), reason="the parts of this cluster are not ours to stop")

_TRIES, _SETTLED = 10, 2.0  # seconds


@contextmanager
def stopped(part: str) -> Iterator[None]:
    """A part of the cluster that does nothing for as long as this lasts."""
    number = int((_BED / "pid" / part).read_text())
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)


def restart(part: str) -> None:
    """Kill a part of the cluster and start it again as it was; whoever needs it waits until it answers."""
    file = _BED / "pid" / part
    number = int(file.read_text())
    command = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")[:-1]
    os.kill(number, signal.SIGKILL)
    while _told(number, "cmdline"):
        time.sleep(0.05)
    started = _started(part, command)
    file.write_text(str(started.pid))
    started.returncode = 0  # it outlives these tests: without this, `Popen` complains about it


def _started(part: str, command: list[bytes]) -> subprocess.Popen[bytes]:
    """A part of the cluster that goes on: for a moment the kernel keeps the port of the one before, and what finds that taken ends at once."""
    with (_BED / "log" / f"{part}.log").open("ab") as log:
        for _ in range(_TRIES):
            started = subprocess.Popen([*_INSIDE, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            try:
                started.wait(timeout=_SETTLED)
            except subprocess.TimeoutExpired:
                return started
    raise AssertionError(f"{part} does not start: see {log.name}")


def compact() -> None:
    """Let the cluster's store forget all but what is, and so all from which a watch of before could be taken up."""
    revision = _etcd("kv/range", key="AA==", limit=1)["header"]["revision"]
    _etcd("kv/compaction", revision=revision, physical=True)


def _etcd(route: str, **asked: Any) -> Any:
    """An answer of the cluster's store, by its gateway for JSON: https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/."""
    command = [*_INSIDE, "curl", "--silent", "--fail", f"http://127.0.0.1:2379/v3/{route}", "--data", json.dumps(asked)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def shared(pod: JsonObject) -> Path:
    """The folder on the node that the containers of a pod share: `/bakehouse` in them."""
    uid: str = pod["metadata"]["uid"]
    (alive,) = (_BED / "kubelet" / "pods" / uid / "volumes" / "kubernetes.io~empty-dir").glob("*/alive")
    return alive.parent


def processes(pod: JsonObject, program: str) -> list[int]:
    """The processes in the containers of a pod with this in their command line."""
    uid, everything = pod["metadata"]["uid"], (int(one.name) for one in Path("/proc").glob("[0-9]*"))
    return [one for one in everything if program in _told(one, "cmdline") and uid in _told(one, "cgroup")]


def _told(process: int, file: str) -> str:
    try:
        return Path(f"/proc/{process}/{file}").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


def since(pod: JsonObject | None, kind: str) -> float:
    """When a condition of a pod became what it is, in seconds since the epoch: whole ones, rounded down."""
    (found,) = [one for one in (pod or {})["status"]["conditions"] if one["type"] == kind]
    return moment(found["lastTransitionTime"])


def moment(text: str) -> float:
    """A time of the API in seconds since the epoch."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
