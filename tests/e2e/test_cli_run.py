"""`bakehouse run` and `bakehouse compile` as a user meets them."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.home import Home, tasks

_HELLO = """
from kfp import Client, compiler, dsl
from kfp.dsl import Input, Metrics, Model, Output

print("the file is loaded")


@dsl.component
def greet(name: str, pause: float = 0.0) -> str:
    import time

    print("about to greet")
    time.sleep(pause)
    return f"Hello, {name}!"


@dsl.component
def measure(text: str, metrics: Output[Metrics], model: Output[Model]):
    metrics.log_metric("length", len(text))
    with open(model.path, "w") as file:
        file.write(text)


@dsl.pipeline
def hello(name: str = "world", pause: float = 0.0) -> str:
    greeting = greet(name=name, pause=pause)
    measure(text=greeting.output)
    return greeting.output
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def file(home: Home) -> Path:
    return home.write(_HELLO, "hello.py")


def test_a_run_tells_its_story_in_plain_lines(home: Home, file: Path) -> None:
    """Which SDK and where, what happens, what was printed, what came out, where it lies, what to do next; no escape codes."""
    done = home.call("run", str(file), "-p", "name=Ada")
    assert done.returncode == 0, done.stdout + done.stderr
    first, *rest = done.stdout.splitlines()
    assert re.fullmatch(
        rf"hello · compiled by bakehouse \S+ · runs here \(local\), records in {re.escape(str(home.path))} · run [0-9a-f]{{8}}", first
    )
    said = "\n".join(rest)
    for part in ("[greet] about to greet", "greet: succeeded in ", "Metrics", "length", "Outputs", "Hello, Ada!", "Model", "bakehouse runs show"):
        assert part in said, said
    assert "\x1b" not in done.stdout
    assert done.stderr == "the file is loaded\n"


def test_a_second_run_says_from_where_it_has_its_results(home: Home, file: Path) -> None:
    """Which run, and how old."""
    first = home.run(file)
    done = home.call("run", str(file))
    assert re.search(rf"greet: reused from run {first['run_id'][:8]} \(hello [^)]*\), \d+ s old", done.stdout), done.stdout
    assert "2 steps, 2 reused" in done.stdout


def test_json_is_one_document(home: Home, file: Path) -> None:
    """The fields that scripts rely on; everything else is on standard error."""
    done = home.call("run", str(file), "--output", "json", "--name", "first", "--experiment", "tries")
    said = json.loads(done.stdout)
    assert said["name"] == "first"
    assert said["state"] == "SUCCEEDED"
    assert said["outputs"] == {"Output": "Hello, world!"}
    assert said["error"] is None
    greet, measure = said["tasks"]
    assert greet.keys() == {"name", "kind", "state", "attempts", "cached_from", "duration_s", "outputs", "error", "note", "warnings"}
    assert (greet["name"], greet["attempts"], greet["cached_from"]) == ("greet", 1, None)
    assert greet["outputs"] == {"Output": "Hello, world!"}
    assert greet["duration_s"] > 0
    metrics = measure["outputs"]["metrics"]
    assert metrics["metadata"] == {"length": 13}
    assert "[greet] about to greet" in done.stderr
    (listed,) = home.runs()
    assert (listed["run_id"], listed["name"], listed["state"], listed["experiment"]) == (said["run_id"], "first", "SUCCEEDED", "tries")


def test_parameters_come_from_a_file_and_the_command_line(home: Home, file: Path) -> None:
    """`-p` wins."""
    values = home.write("name: Grace\npause: 0\n", "values.yaml")
    assert home.run(file, "--params-file", str(values))["outputs"] == {"Output": "Hello, Grace!"}
    assert home.run(file, "--params-file", str(values), "-p", "name=Ada")["outputs"] == {"Output": "Hello, Ada!"}


def test_what_the_file_would_start_is_ignored_and_named(home: Home) -> None:
    """A client's call and a compilation at the end of a file do nothing, and are told."""
    end = (
        "\ncompiler.Compiler().compile(hello, 'out.yaml')\nClient(host='http://nowhere.invalid').create_run_from_pipeline_func(hello, arguments={})\n"
    )
    done = home.call("run", str(home.write(_HELLO + end, "hello.py")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "create_run_from_pipeline_func" in done.stderr
    assert "compile" in done.stderr
    assert not (home.folder / "out.yaml").exists()
    assert len(home.runs()) == 1


def test_a_compiled_file_runs_like_its_source(home: Home, file: Path) -> None:
    """`compile`, then `run` of what it wrote; a second `compile` says that it replaces."""
    assert "wrote hello.yaml" in home.call("compile", str(file)).stdout
    assert "replaced hello.yaml" in home.call("compile", str(file)).stdout
    assert home.run(home.folder / "hello.yaml", "-p", "name=Ada")["outputs"] == {"Output": "Hello, Ada!"}
    assert home.call("compile", str(file), "-o", "-").stdout == (home.folder / "hello.yaml").read_text()
    said = json.loads(home.call("compile", str(file), "-o", "other.yaml", "--output", "json").stdout)
    assert said["file"] == "other.yaml"
    refused = home.call("compile", "hello.yaml")
    assert (refused.returncode, "compiled already" in refused.stderr) == (2, True)
    assert home.call("compile", str(file), "-o", "nowhere/x.yaml").returncode == 1
    assert home.call("compile", str(file), "-o", "hello.py").returncode == 2


def test_a_detached_run_goes_on_by_itself(home: Home, file: Path) -> None:
    """The id is all of standard output; an engine in the background drives the run."""
    done = home.call("run", str(file), "--detach")
    assert done.returncode == 0, done.stderr
    (run_id,) = done.stdout.split()
    assert f"bakehouse runs show {run_id[:8]}" in done.stderr
    assert home.wait_for("SUCCEEDED", seconds=30)["run_id"] == run_id


def test_keep_going_runs_what_does_not_depend_on_the_failure(home: Home) -> None:
    """Without it nothing new starts after the failure."""
    text = """
from kfp import dsl


@dsl.component
def fails():
    raise ValueError("burnt")


@dsl.component
def works(seconds: float):
    import time
    time.sleep(seconds)


@dsl.pipeline
def mixed():
    fails()
    first = works(seconds=1.5)
    works(seconds=0.0).after(first)
"""
    said = home.run(home.write(text), "--keep-going")
    assert {name: task["state"] for name, task in tasks(said).items()} == {"fails": "FAILED", "works": "SUCCEEDED", "works-2": "SUCCEEDED"}
    assert said["exit_code"] == 1
    said = home.run(home.write(text), "--no-cache")
    assert tasks(said)["works-2"]["state"] == "SKIPPED"


def test_a_file_that_hangs_is_given_up_by_ctrl_c(home: Home) -> None:
    """Exit code 130, nothing recorded, no process left behind."""
    file = home.write("import os, time\nopen('pid', 'w').write(str(os.getpid()))\nwhile True:\n    time.sleep(1)\n", "hangs.py")
    driver = home.start("run", str(file), "--output", "json")
    pid = home.folder / "pid"
    while not pid.exists() or not pid.read_text():
        assert driver.poll() is None
        time.sleep(0.05)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(timeout=10) == 130
    assert json.loads((home.folder / "words").read_text())["error"]["code"] == "cancelled"
    assert not Path(f"/proc/{pid.read_text()}").exists()
    assert home.runs() == []


# ---------------------------------------------------------------- on a terminal


class _Terminal:
    """`bakehouse` on a pseudo-terminal, and what was shown there."""

    def __init__(self, home: Home, *arguments: str) -> None:
        main, other = pty.openpty()
        self._main, self.shown = main, ""
        environ = {**home.environ(), "TERM": "xterm", "COLUMNS": "120", "LINES": "30"}
        command = [sys.executable, "-m", "bakehouse", *arguments]
        self.process = subprocess.Popen(command, env=environ, cwd=home.folder, stdin=other, stdout=other, stderr=other, start_new_session=True)
        os.close(other)

    def until(self, text: str, seconds: float = 20.0) -> str:
        """Wait until this is shown (escape codes taken out); all that was shown so far."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            self._read()
        return self.shown

    def ended(self) -> int:
        """Wait for the end; the exit code."""
        deadline = time.monotonic() + 30
        while self._read():
            assert time.monotonic() < deadline, self.shown
        return self.process.wait(timeout=10)

    def _read(self) -> bool:
        if not select.select([self._main], [], [], 0.2)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._main, 1 << 16)
        except OSError:
            return False
        self.shown += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data.decode("utf-8", "replace"))
        return bool(data)


def test_a_terminal_shows_a_live_tree(home: Home, file: Path) -> None:
    """Steps with state and duration, prints above them while the step goes on, and in the end the whole tree."""
    terminal = _Terminal(home, "run", str(file), "-p", "pause=2")
    terminal.until("[greet] about to greet")
    terminal.until("running, 1")
    assert "succeeded" not in terminal.shown
    assert terminal.ended() == 0
    final = terminal.shown[terminal.shown.rindex("hello · compiled by") :]
    assert re.search(r"├─ ✓ greet    succeeded in 2\.\d s", final), final
    assert re.search(r"└─ ✓ measure  succeeded in ", final), final
    assert "Hello, world!" in final


def test_ctrl_c_asks_and_a_second_one_leaves(home: Home, file: Path) -> None:
    """What happens, and what to do, is said on the terminal."""
    terminal = _Terminal(home, "run", str(file), "-p", "pause=20")
    terminal.until("running, 0")
    terminal.process.send_signal(signal.SIGINT)
    terminal.until("Once more")
    assert terminal.ended() == 130
    assert home.show()["state"] == "CANCELED"


def test_a_terminated_command_leaves_the_run_to_others(home: Home, file: Path) -> None:
    """TERM to `bakehouse run`: its steps go on, and the next engine drives the run to its end."""
    driver = home.start("run", str(file), "-p", "pause=3")
    while not list(home.path.glob("runs/*/greet/1/log")):
        assert driver.poll() is None
        time.sleep(0.05)
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(timeout=10) == 128 + signal.SIGTERM
    assert "bakehouse engine" in (home.folder / "words").read_text()
    home.start("engine", "--idle-exit", "1").wait(timeout=30)
    assert home.show()["state"] == "SUCCEEDED"


def test_another_engine_may_drive_the_run_that_is_shown(home: Home, file: Path) -> None:
    """An engine that was quicker drives the run; the command shows it all the same."""
    driver = home.start("run", str(file), "-p", "pause=6")
    words = home.folder / "words"
    while "about to greet" not in (words.read_text() if words.exists() else ""):
        assert driver.poll() is None
        time.sleep(0.05)
    driver.send_signal(signal.SIGSTOP)
    assert home.call("runs", "terminate", "latest").returncode == 0
    driver.send_signal(signal.SIGCONT)
    assert driver.wait(timeout=30) == 130
    assert "canceled" in words.read_text()
