"""Artifacts of pods in a bucket that goes away and comes back, and that are far larger than the memory of whoever passes them on."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bakehouse.runners.kubernetes import causes
from tests import memory, stores
from tests.kubernetes import parts
from tests.kubernetes.bed import PATIENCE, Bed, Running, task

#: Seconds for which the store is away, and the size of the artifact.
_AWAY = float(os.environ.get("BAKEHOUSE_TEST_STORE_AWAY", "10"))
_GIGABYTES = float(os.environ.get("BAKEHOUSE_TEST_GIGABYTES", "0.5"))
_MOST_MEMORY = 300 << 20
_KEEPER = "/opt/bakehouse/pod"
_IN_BUCKET = ("--no-cache", "--pipeline-root", "s3://bucket/root")
pytestmark = [pytest.mark.slow, parts.of_the_bed]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[stores.S3]:
    """A store that the engine reaches; pods know nothing of it."""
    with stores.running(stores.S3, tmp_path / "s3") as server:
        yield server


@contextmanager
def _silent(store: stores.S3) -> Iterator[None]:
    """It takes connections and answers nothing."""
    assert store.process is not None
    store.process.send_signal(signal.SIGSTOP)
    yield
    store.process.send_signal(signal.SIGCONT)


@contextmanager
def _ended(store: stores.S3) -> Iterator[None]:
    store.stop()
    yield
    store.start()


def _let_go(bed: Bed, running: Running, name: str) -> None:
    pod = bed.pod(running, name, causes.began)
    (parts.shared(pod) / "go").touch()


def test_a_store_that_is_away_is_waited_for(bed: Bed, store: stores.S3) -> None:
    """When a step has ended, and before the next one begins: each is run once, and says what it waits for."""
    running = bed.start("stores.py", "--pipeline", "held", *_IN_BUCKET, **store.environ)
    bed.pod(running, "hold", causes.began)
    with _silent(store):
        _let_go(bed, running, "hold")
        running.until("hold: what the step left cannot be collected yet: the store of s3://bucket cannot be reached")
        time.sleep(_AWAY)
    bed.pod(running, "pause", causes.began)
    with _ended(store):
        _let_go(bed, running, "pause")
        running.until("read: the store of s3://bucket cannot be reached")
        time.sleep(_AWAY)
    document = running.document()
    assert document["state"] == "SUCCEEDED", document
    assert [one["attempts"] for one in document["tasks"]] == [1, 1, 1]
    assert task(document, "read")["outputs"]["digest"] == hashlib.sha256(b"rows\n").hexdigest()


class _Peaks:
    """The most memory that processes took which come and go, by their numbers."""

    def __init__(self, found: Callable[[], list[int]]) -> None:
        self._found, self.most = found, dict[int, int]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Mapping[int, int]:
        self._thread.start()
        return self.most

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.3):
            for process in self._found():
                with suppress(OSError):  # it has ended meanwhile
                    self.most[process] = max(self.most.get(process, 0), memory.peak(process))


def test_gigabytes_pass_through_little_memory(bed: Bed, store: stores.S3) -> None:
    """From a pod to the bucket and on to the next pod: no keeper, nor the server or the engine, takes 300 MB. BAKEHOUSE_TEST_GIGABYTES: how many."""
    running = bed.start("stores.py", "--pipeline", "large", "-p", f"gigabytes={_GIGABYTES}", *_IN_BUCKET, **store.environ)
    ours = [running.process.pid, *([bed.server.process.pid] if bed.server.process else [])]
    with _Peaks(lambda: [*ours, *(number for pod in bed.pods() for number in parts.processes(pod, _KEEPER))]) as most:
        document: dict[str, Any] = running.document(patience=PATIENCE + 600.0 * _GIGABYTES)
    assert document["state"] == "SUCCEEDED", document
    assert task(document, "read")["outputs"]["digest"] == task(document, "write")["outputs"]["digest"]
    assert len(most) == 4
    assert max(most.values()) < _MOST_MEMORY, most
