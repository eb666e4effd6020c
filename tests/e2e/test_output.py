"""Steps that print much, strangely, or not at all, and steps that do not want to end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.home import Home, tasks

_PIPELINE = """
from kfp import dsl


@dsl.component
def step():
    import os
    import sys
    import time

BODY


@dsl.pipeline
def one():
    step().set_caching_options(False)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _file(home: Home, *body: str) -> Path:
    return home.write(_PIPELINE.replace("BODY", "\n".join(f"    {line}" for line in body)))


def _log(home: Home) -> bytes:
    (path,) = home.path.glob("runs/*/step/1/log")
    return path.read_bytes()


def test_a_hundred_megabytes_are_cut_with_a_note(home: Home) -> None:
    """The log keeps its beginning and its end, and says between them how much is left out; `runs show` says so too."""
    said = home.run(_file(home, "for number in range(1_000_000):", "    print(f'{number:099}')"))
    assert said["exit_code"] == 0
    log = _log(home)
    lines = log.splitlines()
    assert lines[0].endswith(b"0")
    assert lines[-1] == b"%099d" % 999_999
    (note,) = [line for line in lines if line.startswith(b"[bakehouse:")]
    assert b"bytes left out here" in note
    assert len(log) < 70 << 20


def test_output_without_newline_and_in_binary_is_kept_byte_by_byte(home: Home) -> None:
    """What a step writes is what its log holds."""
    home.run(_file(home, "os.write(1, bytes(range(256)) * 100)", "os.write(2, b'no newline')"))
    assert _log(home) == bytes(range(256)) * 100 + b"no newline"


def test_a_daemon_that_keeps_the_output_open_does_not_keep_the_step(home: Home) -> None:
    """The step is over when its main process is; the daemon, a process of its own, is left alone."""
    started = time.monotonic()
    said = home.run(
        _file(
            home,
            "if os.fork() == 0:",
            "    os.setsid()",
            "    if os.fork() == 0:",
            "        time.sleep(25)",
            "    os._exit(0)",
            "print('done')",
        )
    )
    assert said["exit_code"] == 0
    assert time.monotonic() - started < 20
    assert _log(home) == b"done\n"


def test_a_step_that_ignores_term_is_killed(home: Home) -> None:
    """Ctrl-C, TERM, and KILL ten seconds later; the run ends as canceled."""
    driver = home.start("run", str(_file(home, "import signal", "signal.signal(signal.SIGTERM, signal.SIG_IGN)", "print('deaf')", "time.sleep(60)")))
    while not list(home.path.glob("runs/*/step/1/log")) or not _log(home):
        assert driver.poll() is None
        time.sleep(0.05)
    started = time.monotonic()
    driver.send_signal(signal.SIGINT)
    assert driver.wait(timeout=40) == 130
    assert 9 < time.monotonic() - started < 20
    assert home.show()["state"] == "CANCELED"
    assert home.step_processes() == []


def test_prints_appear_while_the_step_runs(home: Home) -> None:
    """A line is in the terminal, and in `runs logs --follow`, within 2 s of its printing."""
    driver = home.start("run", str(_file(home, "print('first')", "time.sleep(6)", "print('second')")))
    deadline = time.monotonic() + 20
    while not list(home.path.glob("runs/*/step/1/log")) or not _log(home):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    printed = time.monotonic()
    follower = home.start("runs", "logs", "latest", "step", "--follow")
    words = home.folder / "words"
    while words.read_text().count("first") < 2:
        assert time.monotonic() - printed < 2.5, words.read_text()
        time.sleep(0.05)
    assert "second" not in words.read_text()
    assert driver.wait(timeout=30) == 0
    assert follower.wait(timeout=30) == 0
    assert words.read_text().count("second") == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (["sys.exit(3)"], "exit code 3"),
        (["os.kill(os.getpid(), 9)"], "killed by SIGKILL"),
        (["os.abort()"], "killed by SIGABRT"),
        (["raise ValueError('too hot')"], "ValueError: too hot"),
    ],
)
def test_every_way_to_fail_is_named(home: Home, body: list[str], message: str) -> None:
    """Exit codes, signals and exceptions of a step are told apart."""
    said = home.run(_file(home, *body))
    assert said["exit_code"] == 1
    assert said["state"] == "FAILED"
    error = tasks(said)["step"]["error"]
    assert message in f"{error['type']}: {error['message']}"


def test_an_exception_shows_the_authors_own_line(home: Home) -> None:
    """FILE:LINE and the source line of the author's file; no frame of ours; the last lines of the log; the command for the rest."""
    file = _file(home, "print('about to fail')", "oven = {}", "oven['bread']")
    done = home.call("run", str(file))
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "oven['bread']" in text)
    assert done.returncode == 1
    for expected in (f"{file}:{line}", "oven['bread']", "KeyError", "about to fail", "bakehouse runs logs"):
        assert expected in done.stdout + done.stderr, done.stdout + done.stderr
    assert f"{os.sep}bakehouse{os.sep}task" not in done.stdout + done.stderr


def test_a_retry_is_made_as_often_as_the_author_asked(home: Home) -> None:
    """`set_retry(2)` makes three attempts, each with a number of its own."""
    text = _PIPELINE.replace("BODY", "    print(os.environ['BAKEHOUSE_ATTEMPT'])\n    sys.exit(int(os.environ['BAKEHOUSE_ATTEMPT']) < 3)")
    said = home.run(home.write(text.replace("set_caching_options(False)", "set_retry(2, backoff_duration='0s')")))
    assert said["exit_code"] == 0
    assert tasks(said)["step"]["attempts"] == 3
