"""An engine lives as long as its lock is held, and no longer."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bakehouse.records import engines
from bakehouse.records.engines import EngineLock, Holder, Lookout
from bakehouse.records.errors import HomeUnusable


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with a folder for engines."""
    (tmp_path / "engines").mkdir()
    return tmp_path


def test_alive_from_acquire_to_release(place: Path) -> None:
    """The file goes with the engine; releasing twice is releasing once."""
    lock = EngineLock.acquire(place)
    assert engines.is_alive(place, lock.id)
    assert engines.any_alive(place)
    lock.release()
    lock.release()
    assert not engines.is_alive(place, lock.id)
    assert list((place / "engines").iterdir()) == []


def test_every_engine_has_an_id_of_its_own(place: Path) -> None:
    """Two in one process do not take each other for dead."""
    one, other = EngineLock.acquire(place), EngineLock.acquire(place)
    assert one.id != other.id
    one.release()
    assert engines.is_alive(place, other.id)
    other.release()


def test_a_file_that_nobody_holds_is_a_dead_engine(place: Path) -> None:
    """It is taken away: that id never comes again."""
    path = engines.lock_path(place, "dead")
    path.touch()
    assert not engines.is_alive(place, "dead")
    assert not path.exists()


def test_an_engine_that_never_was_is_dead(place: Path) -> None:
    """No file, no engine; no folder, no engine."""
    assert not engines.is_alive(place, "nobody")
    assert not engines.any_alive(place / "nowhere")


def test_a_home_without_room_for_engines_is_refused(place: Path) -> None:
    """An error that can be shown, not one of the operating system."""
    with pytest.raises(HomeUnusable, match="lock of an engine"):
        EngineLock.acquire(place / "nowhere")


def test_a_lock_that_gets_no_name_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, and no descriptor that stays open."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = {entry.name for entry in Path("/proc/self/fd").iterdir()}
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(HomeUnusable, match="No space left"):
        EngineLock.acquire(place)
    assert list((place / "engines").iterdir()) == []
    assert {entry.name for entry in Path("/proc/self/fd").iterdir()} == before


def test_many_may_look_at_the_same_time(place: Path) -> None:
    """Those who look do not take each other for the engine."""
    path = engines.lock_path(place, "dead")
    path.touch()
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert not engines.is_alive(place, "dead")
    lock = EngineLock.acquire(place)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: engines.is_alive(place, lock.id), range(200)))
    lock.release()


def test_the_lock_ends_with_its_process_and_not_before(place: Path) -> None:
    """Killed, even while a child of its goes on: dead at once. Stopped: alive."""
    program = (
        "import pathlib, subprocess, sys, time\n"
        "from bakehouse.records.engines import EngineLock\n"
        "lock = EngineLock.acquire(pathlib.Path(sys.argv[1]))\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "print(lock.id, child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(place)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        engine_id, child = process.stdout.readline().split()
        try:
            process.send_signal(signal.SIGSTOP)
            assert engines.is_alive(place, engine_id)
            process.kill()
            process.wait(10)
            deadline = time.monotonic() + 5
            while engines.is_alive(place, engine_id):
                assert time.monotonic() < deadline
        finally:
            os.kill(int(child), signal.SIGKILL)


@pytest.mark.parametrize(
    ("holder", "lives"),
    [
        (Holder(None, None, None), False),
        (Holder("nobody", None, None), False),
        (Holder("nobody", "mine", 1000.0), False),
        (Holder("far", "theirs", 995.0), True),
        (Holder("far", "theirs", 985.0), False),
        (Holder("far", "theirs", None), False),
    ],
)
def test_who_counts_as_alive(place: Path, holder: Holder, *, lives: bool) -> None:
    """Engines of this home by their lock, others by their heartbeat."""
    assert Lookout(place, "mine").sees(holder, now=1000.0) is lives


@pytest.mark.parametrize("what", ["a pipe", "a device"])
def test_what_lies_in_the_place_of_a_lock_is_no_engine(place: Path, what: str) -> None:
    """A step may put anything there; nobody waits for it."""
    path = place / "engines" / "0123456789abcdef.lock"
    if what == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    assert not engines.is_alive(place, path.stem)
    assert not engines.any_alive(place)
