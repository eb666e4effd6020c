"""Engines that are killed, stopped, doubled and interrupted while real runs go on; the proof is taken from outside."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.home import Home, faulty

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _run(home: Home, *, length: int = 3, seconds: float = 0.4) -> list[str]:
    file = home.write(faulty(length))
    return ["run", str(file), "-p", f"proof={home.proof}", "-p", f"seconds={seconds}"]


def _once_each(home: Home) -> None:
    proofs = home.proofs()
    assert proofs
    assert set(proofs.values()) == {1}, proofs


def _wait_for_proofs(home: Home, count: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while len(home.proofs()) < count:
        assert time.monotonic() < deadline, "steps do not start"
        time.sleep(0.05)


@pytest.mark.parametrize("seed", range(3))
def test_thirty_kills_of_the_engine_lose_and_repeat_nothing(home: Home, seed: int) -> None:
    """`kill -9` of whoever drives the run, ten times for each of three seeds: steps go on, the next engine takes over."""
    rng = random.Random(seed)
    driver = home.start(*_run(home, length=8, seconds=0.8))
    _wait_for_proofs(home, 1)
    for _ in range(10):
        time.sleep(rng.uniform(0.05, 1.2))
        driver.kill()
        driver.wait()
        driver = home.start("engine", "--idle-exit", "2")
    shown = home.wait_for("SUCCEEDED", seconds=60)
    driver.wait(timeout=30)
    _once_each(home)
    # An attempt that was recorded but never begun has a successor; no work is done twice.
    assert len(home.proofs()) == len(shown["tasks"]) == 17
    home.logs_are_whole(shown)


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_of_the_machine_repeats_only_what_was_running(home: Home, seed: int) -> None:
    """Engine and steps are all killed: what had ended is kept, what was running gets a new attempt number."""
    rng = random.Random(100 + seed)
    driver = home.start(*_run(home, length=3, seconds=0.8))
    _wait_for_proofs(home, rng.randint(1, 4))
    time.sleep(rng.uniform(0, 0.5))
    driver.kill()
    home.kill_steps()
    driver.wait()
    before = home.proofs()
    driver = home.start("engine", "--idle-exit", "2")
    shown = home.wait_for("SUCCEEDED", seconds=60)
    driver.wait(timeout=30)
    _once_each(home)
    assert before.keys() <= home.proofs().keys()
    assert max(task["attempts"] for task in shown["tasks"]) == 2
    home.logs_are_whole(shown)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_step_that_something_else_terminates_is_started_again(home: Home) -> None:
    """SIGTERM to the supervisors, though nobody ended the run: their tasks get another attempt, and the run goes well."""
    driver = home.start(*_run(home, length=1, seconds=1.5))
    _wait_for_proofs(home, 2)
    processes = home.step_processes()
    supervisors = [pid for pid in processes if os.getpgid(pid) == pid and _parent(pid) not in processes]
    assert len(supervisors) == 2
    for pid in supervisors:
        os.kill(pid, signal.SIGTERM)
    assert driver.wait(timeout=60) == 0
    shown = home.show()
    assert shown["state"] == "SUCCEEDED"
    assert sorted(task["attempts"] for task in shown["tasks"]) == [1, 2, 2]
    _once_each(home)


def test_a_stopped_engine_goes_on_where_it_was(home: Home) -> None:
    """`kill -STOP`, 90 s, `-CONT`: another engine on the home leaves its run alone; steps have gone on; nothing runs twice."""
    driver = home.start(*_run(home, length=3, seconds=0.6))
    _wait_for_proofs(home, 2)
    os.kill(driver.pid, signal.SIGSTOP)
    other = home.start("engine", "--idle-exit", "5")
    time.sleep(float(os.environ.get("BAKEHOUSE_TEST_STOP_SECONDS", "15")))
    os.kill(driver.pid, signal.SIGCONT)
    assert driver.wait(timeout=60) == 0
    other.wait(timeout=60)
    shown = home.wait_for("SUCCEEDED", seconds=10)
    _once_each(home)
    home.logs_are_whole(shown)


def test_two_engines_on_one_home_share_the_work(home: Home) -> None:
    """Two engines and four detached runs: every run is driven by one of them, no attempt starts twice."""
    engines = [home.start("engine", "--idle-exit", "4") for _ in range(2)]
    runs = [home.start(*_run(home, length=2, seconds=0.3), "--detach") for _ in range(4)]
    assert [run.wait(timeout=60) for run in runs] == [0, 0, 0, 0]
    for engine in engines:
        engine.wait(timeout=120)
    assert [run["state"] for run in home.runs()] == ["SUCCEEDED"] * 4
    _once_each(home)
    assert len(home.proofs()) == 4 * 5


def test_ctrl_c_once_cancels(home: Home) -> None:
    """One Ctrl-C ends the steps and the run; the exit code is 130; no process is left."""
    driver = home.start(*_run(home, seconds=20))
    _wait_for_proofs(home, 2)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(timeout=30) == 130
    shown = home.show()
    assert shown["state"] == "CANCELED"
    assert home.step_processes() == []
    _once_each(home)


def test_ctrl_c_twice_leaves_the_run_to_others(home: Home) -> None:
    """The second Ctrl-C ends the command at once; the run is taken over by an engine, which carries the termination out."""
    driver = home.start(*_run(home, seconds=3))
    _wait_for_proofs(home, 2)
    driver.send_signal(signal.SIGINT)
    time.sleep(0.05)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(timeout=15) == 130
    engine = home.start("engine", "--idle-exit", "2")
    engine.wait(timeout=60)
    assert home.show()["state"] == "CANCELED"
    _once_each(home)


def _reborn(pid: int) -> subprocess.Popen[bytes]:
    """A process of somebody else's that has this number."""
    last = Path("/proc/sys/kernel/ns_last_pid")
    for _ in range(200):
        last.write_text(str(pid - 1))
        process = subprocess.Popen(["sleep", "60"], start_new_session=True)
        if process.pid == pid:
            return process
        process.kill()
        process.wait()
    raise AssertionError(f"no process got number {pid}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may choose the number of the next process")
def test_a_foreign_process_is_never_touched(home: Home) -> None:
    """A process that got the number of a dead step is neither waited for nor killed: engines know attempts by locks, not by numbers."""
    driver = home.start(*_run(home, length=1, seconds=1.5))
    _wait_for_proofs(home, 2)
    driver.kill()
    driver.wait()
    steps = home.step_processes()
    home.kill_steps()
    time.sleep(0.2)
    freed = [pid for pid in steps if not Path(f"/proc/{pid}").exists()]
    if not freed:
        pytest.skip("nobody reaps orphans on this machine: the numbers of dead steps stay taken")
    bystanders = [_reborn(pid) for pid in freed[:2]]
    engine = home.start("engine", "--idle-exit", "2")
    try:
        engine.wait(timeout=60)
        assert home.show()["state"] == "SUCCEEDED"
        assert [process.poll() for process in bystanders] == [None] * len(bystanders)
        assert bystanders
    finally:
        for process in bystanders:
            process.kill()
            process.wait()
