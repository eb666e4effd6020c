"""The runner of the container `main`: every byte, every signal, every way to end. docs/reference/pods.md is what it keeps to."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.pod.mains import Main, compiled, skip_reason, words
from tests.unit.task.attempts import until

pytestmark = skip_reason()

#: A Python program that has told that it runs.
READY = "import os, signal, sys, time\nprint('ready', flush=True)\n"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("sh", "-c", "echo out; echo err >&2"), 0, b"out\nerr\n"),
        (("sh", "-c", "exit 3"), 3, b""),
        (("sh", "-c", "kill -SEGV $$"), 139, b""),
        (("no-such-program",), 127, b"bakehouse: no-such-program: No such file or directory\n"),
        (("/etc",), 126, b"bakehouse: /etc: Permission denied\n"),
        (("/bin/echo", "a b", ""), 0, b"a b \n"),
    ],
    ids=["both streams", "code", "signal", "not found", "not executable", "words"],
)
def test_a_command_runs_and_its_end_is_written_down(main: Main, command: tuple[str, ...], code: int, said: bytes) -> None:
    """Its output is in the log and on stdout, its exit code is the container's and in the file."""
    before = time.time()
    assert main.start(*command).wait() == code
    assert (main.log, main.printed, main.complaints) == (said, said, b"")
    left = main.left
    assert (left["code"], left["signal"]) == (code, 11 if code == 139 else 0)
    assert (left["terminated"], left["timeout"]) == (False, False)
    assert left["log"] == {"bytes": len(said), "kept": len(said)}
    assert before <= left["started"] <= left["ended"] <= time.time()
    assert left["cpu_seconds"] >= 0
    assert left["peak_memory"] >= 0


def test_what_the_command_sees(main: Main) -> None:
    """Its image's environment without the runner's own variables, an empty stdin, a session of its own, no descriptor more than three."""
    main.variables = {"BAKEHOUSE_TIMEOUT": "60", "BAKEHOUSE_KILL_AFTER": "5", "BAKEHOUSE_LOG_LIMIT": "100000", "OF_THE_IMAGE": "1"}
    main.python(
        "import os, signal, sys\n"
        "print(sorted(name for name in os.environ if name.startswith('BAKEHOUSE')), os.environ['OF_THE_IMAGE'], repr(sys.stdin.read()))\n"
        "print(os.getsid(0) == os.getpid(), sorted(map(int, os.listdir('/proc/self/fd')))[:3], len(os.listdir('/proc/self/fd')))\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, ()), os.umask(0o22) == 0o22)\n"
    ).wait()
    assert main.log.decode().splitlines() == ["[] 1 ''", "True [0, 1, 2] 4", "set() True"]


def test_a_command_that_is_too_long_for_a_manifest(main: Main) -> None:
    """Its words are in a file; each may have what the kernel allows one, 128 KiB."""
    main.folder.mkdir()
    (main.folder / "command").write_bytes(words("/bin/echo", "-n", "x" * 100_000, "y" * 100_000))
    assert main.start().wait() == 0
    assert main.log == b"x" * 100_000 + b" " + b"y" * 100_000


def test_a_command_whose_last_word_has_no_end(main: Main) -> None:
    """It was cut: nothing is run."""
    main.folder.mkdir()
    (main.folder / "command").write_bytes(words("/bin/echo", "word")[:-1])
    assert main.start().wait() == 125
    assert b"has no end" in main.complaints


@pytest.mark.parametrize("value", ["0.5", "10m", "-1", "1e6", "9999999999999999999"])
@pytest.mark.parametrize("name", ["BAKEHOUSE_KILL_AFTER", "BAKEHOUSE_TIMEOUT", "BAKEHOUSE_LOG_LIMIT"])
def test_settings_that_are_no_whole_numbers(main: Main, name: str, value: str) -> None:
    """None of them is taken for another one."""
    main.variables = {name: value}
    assert main.start("true").wait() == 125
    assert name.encode() in main.complaints


def test_a_command_that_fills_the_disk(main: Main) -> None:
    """How it ended is told all the same: the room for that was taken before."""
    main.folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "bakehouse-test", main.folder], check=True)
    try:
        assert main.start("sh", "-c", f"cat /dev/zero >{main.folder}/outputs/n; exit 7").wait() == 7
        assert main.left["code"] == 7
    finally:
        subprocess.run(["umount", "--lazy", main.folder], check=True)


def test_nothing_starts_before_the_keeper_is_there(main: Main) -> None:
    """The command waits for it; TERM ends the waiting."""
    main.start("touch", str(main.folder / "outputs" / "ran"), keeper=False)
    until(main.waits_for_its_keeper)
    assert not (main.folder / "log").exists()
    main.open()
    assert main.wait() == 0
    assert (main.folder / "outputs" / "ran").exists()


def test_term_while_it_waits(main: Main) -> None:
    """Process 1 has no default for it: the runner has."""
    main.start("true", keeper=False)
    until((main.folder / "alive").exists)
    main.terminate()
    assert main.wait() == 143
    assert not (main.folder / "exit.code").exists()


def test_it_must_be_process_1(runner: Path) -> None:
    """In a pod whose containers share their processes it would end those of others."""
    found = subprocess.run([runner, "true"], check=False, capture_output=True, text=True)
    assert found.returncode == 125
    assert "shareProcessNamespace" in found.stderr


def test_a_large_output(main: Main, tmp_path: Path) -> None:
    """Of 100 MB not a byte is lost or turned around."""
    main.variables = {"BAKEHOUSE_LOG_LIMIT": str(1 << 30)}
    pieces = "import random\nrandom.seed(7)\npieces = (random.randbytes(1_000_003) for _ in range(100))\n"
    with (tmp_path / "printed").open("wb") as printed:
        main.stdout = printed.fileno()
        assert main.python(f"{pieces}import sys\nfor each in pieces: sys.stdout.buffer.write(each)").wait(within=60) == 0
    random.seed(7)
    expected = hashlib.sha1(usedforsecurity=False)
    for _ in range(100):
        expected.update(random.randbytes(1_000_003))
    for path in (tmp_path / "printed", main.folder / "log"):
        found = hashlib.sha1(path.read_bytes(), usedforsecurity=False)
        assert found.digest() == expected.digest()
    assert main.left["log"] == {"bytes": 100_000_300, "kept": 100_000_300}


def test_a_log_that_is_too_long_keeps_both_ends(main: Main) -> None:
    """As a local step's: the beginning, a line that says how much is missing, whole lines of the end; stdout has all of it."""
    main.variables = {"BAKEHOUSE_LOG_LIMIT": "1003"}
    main.python("for i in range(50_000): print('%09d' % i)").wait()
    begin, _, rest = main.log.partition(b"\n[bakehouse: ")
    assert begin == b"".join(b"%09d\n" % number for number in range(101))[:1003]
    dropped, _, end = rest.partition(b" bytes left out here]\n")
    assert end == b"".join(b"%09d\n" % number for number in range(50_000))[-len(end) :]
    assert 65_500 < len(end) <= 65_536
    assert int(dropped) == 500_000 - 1003 - len(end)
    assert main.left["log"] == {"bytes": 500_000, "kept": 1003 + len(end)}
    assert len(main.printed) == 500_000


def test_a_full_disk_does_not_end_the_command(main: Main) -> None:
    """The log says that something is missing, if it can; stdout has it."""
    main.folder.mkdir()
    (main.folder / "log").symlink_to("/dev/full")  # a link is not followed: there is no log at all then
    assert main.start("sh", "-c", "echo words").wait() == 0
    assert main.printed == b"words\n"
    assert main.left["log"] == {"bytes": 6, "kept": 0}


# ---------------------------------------------------------------- ends


def test_term_goes_to_the_group(main: Main) -> None:
    """The command may clean up; what it then says and its own exit code count."""
    listening = "import signal, sys, time\ndef end(*_):\n  print('bye')\n  sys.exit(9)\nsignal.signal(signal.SIGTERM, end)\n"
    main.python(listening + "print('ready', flush=True)\ntime.sleep(60)")
    until(lambda: (main.folder / "log").exists() and main.log)
    main.terminate()
    assert main.wait() == 9
    assert main.log == b"ready\nbye\n"
    assert (main.left["code"], main.left["terminated"]) == (9, True)


def test_kill_before_the_grace_ends(main: Main) -> None:
    """A command that does not listen, and its children, which left the group, are killed while the keeper still lives."""
    main.variables = {"BAKEHOUSE_KILL_AFTER": "1"}
    main.python(
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if not os.fork():\n  os.setsid()\n"
        "else:\n  print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    until(lambda: (main.folder / "log").exists() and main.log)
    main.terminate()
    assert main.wait(within=5) == 137
    assert (main.left["signal"], main.left["terminated"]) == (9, True)


def test_a_limit_of_time(main: Main) -> None:
    """TERM, and the file says that it was for that."""
    main.variables = {"BAKEHOUSE_TIMEOUT": "1"}
    assert main.start("sleep", "60").wait(within=5) == 143
    assert (main.left["timeout"], main.left["terminated"]) == (True, False)


def test_children_that_hold_the_output(main: Main) -> None:
    """They are ended with the command, deaf to TERM or not, in the group or not; so is what they print for ever."""
    main.python(
        "import os, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "for i in range(3):\n"
        "  if not os.fork():\n"
        "    os.setsid()\n"
        "    while True: os.write(1, b'x')\n"
        "os.write(1, b'END')\n"
    )
    assert main.wait(within=5) == 0
    assert b"END" in main.log


def test_a_user_without_rights(main: Main) -> None:
    """The runner is that user, too, and needs nothing."""
    main.user = 1000
    assert main.start("sh", "-c", "id -u; exit 4").wait() == 4
    assert main.log == b"1000\n"


def test_a_command_that_closes_its_output_and_runs_on(main: Main) -> None:
    """That is not its end, and costs no time of the processor."""
    main.python("import os, time\nos.write(1, b'words')\nos.close(1); os.close(2)\ntime.sleep(0.5)\nos._exit(5)")
    assert main.wait() == 5
    assert main.log == b"words"
    assert main.left["ended"] - main.left["started"] > 0.4


def test_an_output_that_is_opened_again_by_its_name(main: Main) -> None:
    """`/dev/stdout` is the pipe: nothing is cut, as it would be of a file."""
    main.start("sh", "-c", "echo one; echo two >/dev/stdout; echo three >>/proc/self/fd/2").wait()
    assert main.log == b"one\ntwo\nthree\n"


def test_a_stdout_that_nobody_reads_does_not_hold_up_the_end(main: Main) -> None:
    """The pipe of the container is full: TERM arrives all the same, and the log has what was read."""
    reading, writing = os.pipe()
    main.stdout = writing
    main.python(READY + "while True: os.write(1, b'x' * 1000)")
    os.close(writing)
    until(lambda: (main.folder / "log").exists() and len(main.log) > 60_000)  # a full pipe holds 64,000: a page takes four such lines
    main.terminate()
    assert main.wait(within=5) == 143
    assert main.left["log"]["bytes"] == len(main.log)
    os.close(reading)


def test_a_closed_stdout(main: Main) -> None:
    """Nobody wants to see it any more: the command goes on, and the log has it all."""
    reading, writing = os.pipe()
    main.stdout = writing
    os.close(reading)
    main.python("for i in range(20_000): print(i)")
    os.close(writing)
    assert main.wait() == 0
    assert main.log == b"".join(b"%d\n" % number for number in range(20_000))


def test_no_standard_descriptors_at_all(main: Main) -> None:
    """None of our own files gets the number of one."""
    main.start("sh", "-c", "echo words; echo more >&2")
    first = main.wait()
    shell = f"exec unshare --pid --fork --mount-proc {main.runner} sh -c 'echo words' >&- 2>&- <&-"
    other = Main(main.runner, main.folder.parent / "closed")
    other.folder.mkdir()
    other.open()
    found = subprocess.run(["sh", "-c", shell], check=False, env={"PATH": os.environ["PATH"], "BAKEHOUSE_FOLDER": str(other.folder)})
    assert (first, found.returncode, other.log) == (0, 0, b"words\n")
    other.close()


def test_a_killed_runner_leaves_no_word(main: Main) -> None:
    """That is how the keeper knows; what was in the pipe is still there for it."""
    main.stdout = subprocess.DEVNULL
    main.python(READY + "while True: os.write(1, b'x' * 1000)")
    until(lambda: (main.folder / "log").exists() and main.log)
    os.kill(main.pid(), signal.SIGKILL)
    assert main.wait() != 0
    assert not (main.folder / "exit.code").exists()
    rest = b"".join(iter(lambda: os.read(main.out, 65536), b""))
    assert rest.replace(b"x", b"") == b""


# ---------------------------------------------------------------- what is left


@pytest.mark.parametrize("user", [0, 1000])
def test_what_it_wrote_can_be_read_by_another_user(main: Main, user: int) -> None:
    """Whatever its umask; links and pipes are left alone."""
    main.user = user
    script = (
        "umask 077; mkdir -p artifacts/data/deep; : >outputs/n; : >artifacts/data/deep/rows; : >error.json; chmod 200 outputs/n;"
        "mkfifo outputs/pipe; ln -s /etc/shadow outputs/link; : >outputs/program; chmod 500 outputs/program"
    )
    assert main.start("sh", "-c", f"cd {main.folder}; {script}").wait() == 0
    modes = {str(each.relative_to(main.folder)): stat.S_IMODE(each.lstat().st_mode) for each in main.folder.rglob("*")}
    assert {name: oct(modes[name]) for name in ("outputs/n", "outputs/pipe", "outputs/program", "artifacts/data/deep", "error.json")} == {
        "outputs/n": "0o644",
        "outputs/pipe": "0o600",
        "outputs/program": "0o555",
        "artifacts/data/deep": "0o755",
        "error.json": "0o644",
    }
    assert modes["artifacts/data/deep/rows"] == 0o644
    assert Path("/etc/shadow").stat().st_mode & 0o004 == 0


def test_the_sanitizers_of_gcc_find_nothing(main: Main, tmp_path: Path) -> None:
    """A command with all of it: output beyond the limit, children, files, TERM."""
    main.runner = compiled(tmp_path, sanitized=True)
    main.variables, main.stdout = {"BAKEHOUSE_LOG_LIMIT": "1000", "BAKEHOUSE_KILL_AFTER": "5"}, subprocess.DEVNULL
    main.python(
        "import os, signal, sys, time\n"
        "os.fork() or time.sleep(60)\n"
        "for i in range(100_000): print('%09d' % i)\n"
        f"os.makedirs({str(main.folder)!r} + '/outputs/a/b', exist_ok=True)\n"
        "sys.stdout.flush()\n"
        "time.sleep(60)"
    )
    until((main.folder / "outputs" / "a" / "b").exists)
    main.terminate()
    assert main.wait() == 143
    assert main.complaints == b""
    assert main.left["terminated"] is True
