"""One thread waits for all processes, and touches none that is not its own."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.waiting import Waiter


@pytest.fixture
def waiter() -> Iterator[Waiter]:
    waiter = Waiter()
    yield waiter
    waiter.close()


@pytest.mark.parametrize("pidfd", [True, False])
def test_children_are_reaped_when_they_end(waiter: Waiter, pidfd: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001  # a case
    """At once where the system can tell, soon where it cannot."""
    if not pidfd:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    gone = [threading.Event() for _ in range(5)]
    children = [subprocess.Popen(["sleep", "0.1"]) for _ in gone]
    for child, event in zip(children, gone, strict=True):
        waiter.child(child, event.set)
    for child, event in zip(children, gone, strict=True):
        assert event.wait(5)
        assert child.returncode == 0


def test_a_child_that_has_ended_before_is_seen_too(waiter: Waiter) -> None:
    """It may be quicker than its watcher."""
    child = subprocess.Popen(["true"])
    time.sleep(0.05)
    gone = threading.Event()
    waiter.child(child, gone.set)
    assert gone.wait(5)


def test_other_engines_attempts_are_watched_by_their_lock(waiter: Waiter, tmp_path: Path) -> None:
    """No pid is needed."""
    folder = AttemptFolder(tmp_path)
    descriptor = folder.open_lock()
    gone = threading.Event()
    waiter.attempt(lambda: not folder.running(), gone.set)
    assert not gone.wait(0.2)
    os.close(descriptor)
    assert gone.wait(2)


def test_what_the_disk_refuses_is_tried_again(waiter: Waiter) -> None:
    """Until it is done, and not once more; other waiting goes on meanwhile."""
    answers: Iterator[OSError | bool] = iter((OSError("no space"), False, True))
    done, gone = threading.Event(), threading.Event()

    def tried() -> bool:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        if answer:
            done.set()
        return answer

    waiter.until(tried)
    waiter.child(subprocess.Popen(["true"]), gone.set)
    assert done.wait(5)
    assert gone.wait(5)
    assert not list(answers)


def test_a_reaped_child_is_not_signalled(waiter: Waiter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another process's by then."""
    child = subprocess.Popen(["true"])
    gone = threading.Event()
    waiter.child(child, gone.set)
    assert gone.wait(5)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    waiter.terminate(child)


def test_closing_lets_children_live() -> None:
    """Steps go on when their engine leaves; nobody complains, no descriptor stays open; what comes later is let go at once."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    waiter = Waiter()
    child, late = subprocess.Popen(["sleep", "30"]), subprocess.Popen(["sleep", "30"])
    waiter.child(child, lambda: pytest.fail("it has not ended"))
    waiter.close()
    waiter.close()
    waiter.child(late, lambda: pytest.fail("nobody watches"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    for pid in (child.pid, late.pid):
        os.kill(pid, 0)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
