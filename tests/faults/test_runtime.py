"""Steps that end in every way there is, a supervisor that is killed, paused and signalled: the folder tells the truth, nothing hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.unit.task.attempts import Attempt, alive, number_in, until

#: A step that says its process id and then does nothing, whatever it is told.
STUBBORN = """
    def step():
        import os, signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
        time.sleep(60)
    """


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    """An attempt of a component that does nothing; nothing of it outlives the test."""
    made = Attempt(tmp_path / "attempt")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait(10)
    for name in ("pid", "child"):
        pid = number_in(made.folder / "work" / name)
        if pid and alive(pid):
            os.kill(pid, signal.SIGKILL)


def pid_of(attempt: Attempt, name: str = "pid") -> int:
    """The process id that the step wrote down, once it has."""
    return int(until(lambda: number_in(attempt.folder / "work" / name)))


def children(pid: int) -> list[int]:
    """The processes that this one has forked and not reaped."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# ---------------------------------------------------------------- the supervisor dies, and what guards against it


def test_killing_the_supervisor_kills_the_step_at_once(attempt: Attempt) -> None:
    """Even a step that ignores all signals, with what it started; the lock is free then and there is no word how it ended."""
    attempt.body = (
        STUBBORN.replace("time.sleep(60)", "")
        + """
        if os.fork() == 0:
            with open("child", "w") as file:
                file.write(str(os.getpid()))
        time.sleep(60)
    """
    )
    attempt.start()
    step, child = pid_of(attempt), pid_of(attempt, "child")
    assert attempt.process is not None
    guard = next(pid for pid in children(attempt.process.pid) if pid != step)
    os.kill(attempt.process.pid, signal.SIGKILL)
    killed = time.monotonic()
    until(lambda: not alive(step) and not alive(child) and not alive(guard), within=2)
    assert time.monotonic() - killed < 0.5
    attempt.wait()
    assert not attempt.locked()
    assert not (attempt.folder / "exit").exists()


def test_killing_the_supervisors_group_kills_the_step(attempt: Attempt) -> None:
    """The guard is not in it."""
    attempt.body = STUBBORN
    attempt.start()
    step = pid_of(attempt)
    assert attempt.process is not None
    os.killpg(attempt.process.pid, signal.SIGKILL)
    until(lambda: not alive(step), within=2)


def test_killing_the_supervisor_at_any_moment_leaves_nothing(tmp_path: Path) -> None:
    """From the first millisecond on: no process of the attempt is left a moment later."""
    for milliseconds in range(0, 60, 3):
        one = Attempt(tmp_path / str(milliseconds), body=STUBBORN).start()
        time.sleep(milliseconds / 1000)
        assert one.process is not None
        os.kill(one.process.pid, signal.SIGKILL)
        one.wait()
        until(partial(gone, one.folder), within=2)


def gone(folder: Path) -> bool:
    """Whether no process is left whose command line names this folder: forks have that of the supervisor."""
    found = [entry.name for entry in Path("/proc").glob("[0-9]*") if str(folder).encode() in command_line(entry)]
    return not any(alive(int(name)) for name in found)


def command_line(entry: Path) -> bytes:
    """Of the process of this entry of /proc; empty if it has ended."""
    try:
        return (entry / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_the_guard_ends_with_the_attempt(attempt: Attempt) -> None:
    """After a normal end no process of the attempt is left, and the supervisor reaped what it forked."""
    attempt.body = "def step():\n    import time\n    time.sleep(0.3)\n"
    attempt.start()
    assert attempt.process is not None
    forked = until(lambda: attempt.process and len(children(attempt.process.pid)) == 2 and children(attempt.process.pid))
    attempt.wait()
    assert attempt.exit["code"] == 0
    assert not [pid for pid in forked if Path(f"/proc/{pid}").exists()]


def test_the_guard_holds_nothing_but_its_line(attempt: Attempt) -> None:
    """Neither the lock nor a log: whoever waits for those does not wait for the guard."""
    attempt.body = STUBBORN
    attempt.start()
    step = pid_of(attempt)
    assert attempt.process is not None
    guard = next(pid for pid in children(attempt.process.pid) if pid != step)
    assert [str(each.readlink()).partition(":")[0] for each in Path(f"/proc/{guard}/fd").iterdir()] == ["pipe"]
    assert os.getsid(guard) == guard


def test_a_killed_guard_does_not_matter(attempt: Attempt) -> None:
    """The attempt goes on and ends as it would."""
    attempt.body = (
        "def step() -> int:\n    import time\n    open('pid', 'w').write(str(__import__('os').getpid()))\n    time.sleep(0.3)\n    return 1\n"
    )
    attempt.start()
    step = pid_of(attempt)
    assert attempt.process is not None
    os.kill(next(pid for pid in children(attempt.process.pid) if pid != step), signal.SIGKILL)
    assert attempt.wait().values == {"Output": 1}


def test_a_paused_supervisor_goes_on(attempt: Attempt) -> None:
    """The step runs meanwhile, and what it wrote is all there."""
    attempt.body = "def step() -> int:\n    for n in range(3):\n        print(n)\n    open('pid', 'w').write('1')\n    return 1\n"
    attempt.start()
    assert attempt.process is not None
    os.kill(attempt.process.pid, signal.SIGSTOP)
    time.sleep(0.3)
    assert attempt.locked()
    os.kill(attempt.process.pid, signal.SIGCONT)
    assert attempt.wait().values == {"Output": 1}
    assert attempt.log == "0\n1\n2\n"


def test_stray_signals_to_the_supervisor_are_ignored(attempt: Attempt) -> None:
    """Only SIGTERM means stop."""
    attempt.body = "def step() -> int:\n    import os, time\n    open('pid', 'w').write(str(os.getpid()))\n    time.sleep(0.4)\n    return 1\n"
    attempt.start()
    pid_of(attempt)
    assert attempt.process is not None
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGCHLD):
        os.kill(attempt.process.pid, number)
    assert attempt.wait().values == {"Output": 1}
    assert attempt.exit["stopped"] is False


# ---------------------------------------------------------------- stopping


def test_a_word_to_stop_ends_the_step(attempt: Attempt) -> None:
    """Within half a second the step gets TERM, and may clean up."""
    attempt.body = """
        def step():
            import os, signal, sys, time
            def leave(*_):
                print("cleaning up")
                sys.exit(7)
            signal.signal(signal.SIGTERM, leave)
            open("pid", "w").write(str(os.getpid()))
            time.sleep(60)
        """
    attempt.start()
    pid_of(attempt)
    attempt.stop()
    attempt.wait(within=2)
    assert (attempt.exit["code"], attempt.exit["signal"], attempt.exit["stopped"]) == (7, None, True)
    assert attempt.log == "cleaning up\n"


def test_sigterm_alone_means_stop(attempt: Attempt) -> None:
    """For an engine whose disk is full; and at once, not at the next look."""
    attempt.body = STUBBORN.replace("(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)", "()")
    attempt.start()
    pid_of(attempt)
    assert attempt.process is not None
    attempt.process.terminate()
    attempt.wait(within=0.5)
    assert (attempt.exit["code"], attempt.exit["signal"], attempt.exit["stopped"]) == (None, signal.SIGTERM, True)


def test_a_step_that_ignores_term_is_killed(attempt: Attempt) -> None:
    """After `kill_after` seconds."""
    attempt.body, attempt.changes = STUBBORN, {"kill_after": 0.3}
    attempt.start()
    pid_of(attempt)
    asked = time.monotonic()
    attempt.stop()
    attempt.wait(within=3)
    assert 0.3 <= time.monotonic() - asked < 1.5
    assert (attempt.exit["signal"], attempt.exit["stopped"]) == (signal.SIGKILL, True)


def test_a_paused_step_can_be_stopped(attempt: Attempt) -> None:
    """TERM reaches it although it was stopped."""
    attempt.body = """
        def step():
            import os, signal, time
            open("pid", "w").write(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(60)
        """
    attempt.start()
    step = pid_of(attempt)
    until(lambda: Path(f"/proc/{step}/stat").read_text().split()[2] == "T")
    attempt.stop()
    attempt.wait(within=2)
    assert (attempt.exit["signal"], attempt.exit["stopped"]) == (signal.SIGTERM, True)


@pytest.mark.parametrize("staged", [True, False])
def test_a_stop_before_the_start_starts_nothing(attempt: Attempt, tmp_path: Path, *, staged: bool) -> None:
    """Not even the copies of the inputs are made."""
    if staged:
        (tmp_path / "big").write_bytes(b"x" * 1000)
        attempt.changes = {"stage": [{"from": str(tmp_path / "big"), "to": str(attempt.folder / "inputs" / "big")}]}
    attempt.folder.mkdir()
    attempt.stop()
    attempt.run()
    assert (attempt.exit["code"], attempt.exit["signal"], attempt.exit["stopped"]) == (None, None, True)
    assert not (attempt.folder / "inputs" / "big").exists()
    assert not (attempt.folder / "log").exists()


def test_a_stop_at_any_moment_is_obeyed(tmp_path: Path) -> None:
    """Whoever starts the runtime with SIGTERM held back can send it from the first moment on."""
    for milliseconds in range(0, 60, 3):
        one = Attempt(tmp_path / str(milliseconds), body="def step():\n    import time\n    time.sleep(60)\n")
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            one.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        time.sleep(milliseconds / 1000)
        assert one.process is not None
        one.process.terminate()
        one.wait(within=3)
        assert one.exit["stopped"] is True
        assert (one.exit["code"], one.exit["signal"]) in {(None, None), (None, signal.SIGTERM)}


# ---------------------------------------------------------------- what a step may do to itself


def test_a_daemon_that_keeps_the_output_open(attempt: Attempt) -> None:
    """The attempt ends with the step, the daemon lives on, and holds neither the lock nor anybody up, even if it goes on writing."""
    attempt.body = """
        def step() -> int:
            import os, time
            print("from the step")
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    open("child", "w").write(str(os.getpid()))
                    while True:
                        os.write(1, b"daemon " * 1000)
                os._exit(0)
            os.wait()
            while not os.path.exists("child"):
                time.sleep(0.001)
            return 1
        """
    begin = time.monotonic()
    attempt.run(within=5)
    assert time.monotonic() - begin < 3
    assert attempt.values == {"Output": 1}
    assert attempt.log.startswith("from the step\n")
    assert not attempt.locked()


def test_what_the_step_started_in_its_group_ends_with_it(attempt: Attempt) -> None:
    """Background processes do not outlive the step; what they wrote in time is in the log."""
    attempt.body = """
        def step() -> int:
            import os, subprocess
            child = subprocess.Popen(["sh", "-c", "trap '' TERM; echo background; echo > ready; sleep 60"])
            open("child", "w").write(str(child.pid))
            while not os.path.exists("ready"):
                pass
            return 1
        """
    attempt.run(within=5)
    assert attempt.values == {"Output": 1}
    assert attempt.log == "background\n"
    assert not alive(number_in(attempt.folder / "work" / "child"))


def test_a_step_that_kills_its_group(attempt: Attempt) -> None:
    """It kills itself, not us."""
    attempt.body = "def step():\n    import os\n    print('last words')\n    os.killpg(0, 9)\n"
    attempt.run()
    assert (attempt.exit["code"], attempt.exit["signal"], attempt.exit["stopped"]) == (None, 9, False)
    assert attempt.log == "last words\n"


def test_a_step_that_closes_everything(attempt: Attempt) -> None:
    """It runs to its end without output, and without load on the supervisor."""
    attempt.body = "def step() -> int:\n    import os, time\n    os.closerange(0, 256)\n    time.sleep(0.5)\n    return 1\n"
    attempt.start()
    assert attempt.process is not None
    time.sleep(0.4)
    ticks = sum(int(each) for each in Path(f"/proc/{attempt.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13])
    attempt.wait(within=5)
    assert attempt.exit["signal"] is None
    assert attempt.output == {"parameterValues": {"Output": 1}}
    assert ticks < 10


def test_a_double_fork(attempt: Attempt) -> None:
    """A grandchild whose parent is gone is still of the step's group."""
    attempt.body = """
        def step():
            import os, time
            if os.fork() == 0:
                if os.fork() == 0:
                    open("child", "w").write(str(os.getpid()))
                    time.sleep(60)
                os._exit(0)
            while not os.path.exists("child"):
                time.sleep(0.001)
        """
    attempt.run(within=5)
    assert attempt.exit["code"] == 0
    assert not alive(number_in(attempt.folder / "work" / "child"))


@pytest.mark.parametrize("what", ["work", "attempt"])
def test_a_step_that_removes_its_folders(attempt: Attempt, what: str) -> None:
    """The word how it ended is there all the same."""
    folder = "os.getcwd()" if what == "work" else "os.path.dirname(os.getcwd())"
    attempt.body = f"def step():\n    import os, shutil\n    shutil.rmtree({folder})\n    os._exit(5)\n"
    attempt.run(within=5)
    assert attempt.exit["code"] == 5


def test_a_step_in_threads_that_dies_hard(attempt: Attempt) -> None:
    """`os._exit` from a thread is an end like others."""
    attempt.body = "def step():\n    import os, threading, time\n    threading.Thread(target=os._exit, args=(9,)).start()\n    time.sleep(60)\n"
    attempt.run(within=5)
    assert attempt.exit["code"] == 9
