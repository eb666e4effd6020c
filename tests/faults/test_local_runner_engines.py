"""Engines come and go, and race: an attempt is started at most once, and its end is told to whoever drives it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.ir.execution import Cause
from bakehouse.orchestrator.events import Ended, Event, Remarked
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.storage import whole
from tests.faults.local_attempts import Running, attempt, message, proofs, until

REPOSITORY = Path(__file__).parents[2]
#: An engine in a process of its own: launches the steps named on its command line and waits for them.
ENGINE = """
import sys, time
from pathlib import Path
from tests.faults.local_attempts import Running, attempt

home, body, *tasks = sys.argv[1:]
running = Running(Path(home))
launches = [running.placed(attempt(Path(home), task, body=body)) for task in tasks]
print("ready", flush=True)
sys.stdin.readline()
for launch in launches:
    running.runner.launch(launch)
print("launched", flush=True)
time.sleep(60)
"""


class Engine:
    """That process."""

    def __init__(self, home: Path, body: str, *tasks: str) -> None:
        command = [sys.executable, "-c", ENGINE, str(home), body, *tasks]
        self.process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.says("ready")

    def says(self, word: str) -> None:
        """Wait until it says this."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == word

    def go(self) -> None:
        """Let it launch."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """Without a word of farewell."""
        self.process.kill()
        self.process.communicate()


def supervisor(folder: Path) -> int:
    """The process id of the supervisor of an attempt that we launched: our own child that was given the attempt's folder."""
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return int(pid)
    raise AssertionError(f"nobody watches over {folder}")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.runner.close()


def test_two_runners_race_for_each_attempt(tmp_path: Path) -> None:
    """Only one starts it; the other keeps silent about it."""
    one, other = Running(tmp_path), Running(tmp_path)
    launches = [one.placed(attempt(tmp_path, f"step-{number}")) for number in range(30)]
    barrier = threading.Barrier(2)

    def launch_all(running: Running) -> None:
        barrier.wait()
        for launch in launches:
            running.runner.launch(launch)

    threads = [threading.Thread(target=launch_all, args=(running,)) for running in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: one.events.qsize() + other.events.qsize() >= 60, seconds=60)
    assert sorted(proofs(tmp_path)) == sorted(launch.attempt.task_id for launch in launches)
    time.sleep(0.3)
    assert one.events.qsize() + other.events.qsize() == 60
    one.runner.close()
    other.runner.close()


def test_two_engines_race_for_each_attempt(tmp_path: Path) -> None:
    """The same between processes."""
    tasks = [f"step-{number}" for number in range(10)]
    engines = [Engine(tmp_path, "", *tasks) for _ in range(2)]
    for engine in engines:
        engine.go()
    until(lambda: len(proofs(tmp_path)) >= 10)
    time.sleep(0.5)
    assert sorted(proofs(tmp_path)) == tasks
    for engine in engines:
        engine.kill()


def test_a_step_outlives_its_engine_and_is_adopted(running: Running) -> None:
    """The engine is killed: the step goes on, the next engine sees it running, then gets its result; its log is whole."""
    engine = Engine(running.home, "import time\nfor n in range(10):\n    print(n)\n    time.sleep(0.1)", "step")
    engine.go()
    until(lambda: proofs(running.home))
    engine.kill()
    running.runner.adopt(launch := attempt(running.home, "step"))
    running.started()
    ending = running.ended()
    assert ending.cause is None
    assert ending.outputs.parameters == {"Output": 5}
    assert running.log(launch).split() == [str(n).encode() for n in range(10)]
    assert proofs(running.home) == ["step"]


def test_an_engine_killed_at_any_moment_starts_nothing_twice(tmp_path: Path) -> None:
    """Whatever it had done so far: what it started is adopted, what it did not is fenced off."""
    for round_ in range(8):
        home = tmp_path / str(round_)
        home.mkdir()
        tasks = [f"step-{number}" for number in range(5)]
        engine = Engine(home, "import time; time.sleep(0.1)", *tasks)
        engine.go()
        time.sleep(0.004 * round_)
        engine.kill()
        running = Running(home)
        for task in tasks:
            running.runner.adopt(attempt(home, task))
        ended: dict[str, Cause | None] = {}
        while len(ended) < len(tasks):
            event = running.events.get(timeout=30)
            if isinstance(event, Ended):
                ended[event.task_id] = event.ending.cause
        assert all(cause in {None, Cause.LOST} for cause in ended.values())
        started = proofs(home)
        assert sorted(started) == sorted(set(started))
        assert {task for task, cause in ended.items() if cause is None} <= set(started)
        running.runner.close()


def test_an_attempt_that_was_never_launched_is_fenced_off(running: Running) -> None:
    """Its first engine may only have been slow: whatever it does later, the step does not start."""
    launch = running.placed(attempt(running.home))
    running.runner.adopt(launch)
    ending = running.ended()
    assert ending.cause is Cause.LOST
    assert "never started" in message(ending)
    slow = Running(running.home)
    slow.runner.launch(slow.placed(launch))
    assert slow.silent()
    assert proofs(running.home) == []
    slow.runner.close()


def test_an_attempt_that_has_ended_meanwhile_is_collected(running: Running) -> None:
    """By whoever adopts it."""
    engine = Engine(running.home, "", "step")
    engine.go()
    until(lambda: proofs(running.home))
    engine.kill()
    launch = attempt(running.home, "step")
    until((running.runner.folder(launch.attempt).path / "exit").exists)
    until(lambda: not running.runner.folder(launch.attempt).running())
    running.runner.adopt(launch)
    assert running.ended().outputs.parameters == {"Output": 5}


def test_a_step_whose_supervisor_was_killed_is_lost(running: Running) -> None:
    """And dead: no step runs that nobody watches."""
    running.launched(launch := attempt(running.home, body="import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)"))
    until(lambda: running.log(launch).endswith(b"\n"))
    step = int(running.log(launch))
    os.kill(supervisor(running.runner.folder(launch.attempt).path), signal.SIGKILL)
    ending = running.ended()
    assert ending.cause is Cause.LOST
    until(lambda: not Path(f"/proc/{step}/cmdline").exists() or not Path(f"/proc/{step}/cmdline").read_bytes())


def test_an_adopted_step_can_be_stopped(running: Running) -> None:
    """By word alone: its process is not ours to signal."""
    engine = Engine(running.home, "import time; time.sleep(60)", "step")
    engine.go()
    until(lambda: proofs(running.home))
    engine.kill()
    launch = attempt(running.home, "step")
    running.runner.adopt(launch)
    running.started()
    running.runner.stop(launch.attempt)
    assert running.ended(5).cause is Cause.TERMINATED


def no_room(*_: object, **__: object) -> None:
    """What writing says on a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_adopted_step_is_stopped_though_the_disk_was_full(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The word is left as soon as there is room for it."""
    engine = Engine(running.home, "import time; time.sleep(60)", "step")
    engine.go()
    until(lambda: proofs(running.home))
    engine.kill()
    launch = attempt(running.home, "step")
    running.runner.adopt(launch)
    running.started()
    with monkeypatch.context() as full:
        full.setattr(whole, "write", no_room)
        running.runner.stop(launch.attempt)
        remark = running.events.get(timeout=30)
        assert isinstance(remark, Remarked)
        assert remark.what.startswith("the step cannot be told to stop yet")
        assert running.silent()
    assert running.ended(5).cause is Cause.TERMINATED


def test_an_engine_that_takes_its_own_run_back_hears_of_it_once(running: Running) -> None:
    """Lost to another engine and taken again: the attempt is still its own child."""
    launch = running.launched(attempt(running.home, body="import time; time.sleep(0.5)"))
    running.runner.adopt(launch)
    running.started()
    assert running.ended().cause is None
    assert running.silent()


def test_an_attempt_that_is_left_is_asked_for_no_more(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its disk can be reached again, it is for another engine to tell what has become of it."""
    left, other = attempt(running.home, "left"), attempt(running.home, "other")
    with monkeypatch.context() as away:
        away.setattr(AttemptFolder, "claim", no_room)
        for launch in (left, other):
            running.runner.adopt(launch)
            assert isinstance(running.events.get(timeout=30), Remarked)
        running.runner.leave(left.attempt)
    told: list[Event] = []
    while not told or not isinstance(told[-1], Ended):
        told.append(running.events.get(timeout=30))
    running.runner.close()
    assert {event.task_id for event in told if isinstance(event, Ended | Remarked)} == {"other"}
    assert not running.runner.folder(left.attempt).claimed()
