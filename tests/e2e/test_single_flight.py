"""Equal steps at the same time are executed once; whoever waits for one never waits in vain."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.home import Home, tasks

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

_SLOW = """
from kfp import dsl


@dsl.component
def work(proof: str, gate: str, number: int) -> int:
    import os
    import time

    line = " ".join(os.environ[name] for name in ("BAKEHOUSE_RUN_ID", "BAKEHOUSE_TASK", "BAKEHOUSE_ATTEMPT"))
    descriptor = os.open(proof, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{line}\\n".encode())
    os.close(descriptor)
    while not os.path.exists(gate):
        time.sleep(0.05)
    with open(gate) as file:
        if file.read().strip() == line.split()[0]:
            raise ValueError("told to fail")
    return number


@dsl.pipeline
def one(proof: str, gate: str) -> int:
    return work(proof=proof, gate=gate, number=1).output


@dsl.pipeline
def many(proof: str, gate: str):
    for _ in range(6):
        work(proof=proof, gate=gate, number=1)
    work(proof=proof, gate=gate, number=2)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.write(_SLOW)
    return made


def gate(home: Home) -> Path:
    """While it is not there, steps go on; the run whose id is in it fails."""
    return home.folder / "gate"


def arguments(home: Home, pipeline: str = "one") -> list[str]:
    """What is run."""
    return ["run", "pipeline.py", "--pipeline", pipeline, "-p", f"proof={home.proof}", "-p", f"gate={gate(home)}"]


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)


def reason(home: Home) -> str:
    """Why the first step of the latest run waits."""
    runs = home.runs()
    return str(home.show(runs[0]["run_id"])["tasks"][0]["why"]) if runs else ""


def second(home: Home) -> tuple[str, subprocess.Popen[bytes]]:
    """The id of the run that is at it, and the process of another one that waits for it."""
    until(home.proofs)
    ((first, _, _),) = home.proofs()
    waiting = home.start(*arguments(home))
    until(lambda: reason(home).startswith(f"the same step runs in run {first[:8]}"))
    return first, waiting


def test_two_runs_at_once_execute_an_equal_step_once(home: Home) -> None:
    """The second one says for whom it waits, and has the result of the first."""
    driver = home.start(*arguments(home))
    first, waiting = second(home)
    gate(home).touch()
    assert driver.wait(60) == 0
    assert waiting.wait(60) == 0
    assert sum(home.proofs().values()) == 1
    assert tasks(home.show())["work"]["cached_from"] == first


def test_equal_steps_of_one_run_are_executed_once(home: Home) -> None:
    """They hold no slot meanwhile: another step of the run starts though there are but two."""
    driver = home.start(*arguments(home, "many"), "--max-parallel", "2")
    until(lambda: sum(home.proofs().values()) == 2)
    gate(home).touch()
    assert driver.wait(120) == 0
    assert sum(home.proofs().values()) == 2
    reused = [task["name"] for task in home.show()["tasks"] if task["cached_from"]]
    assert len(reused) == 5


def test_when_the_first_fails_the_second_runs(home: Home) -> None:
    """It does not fail with it."""
    driver = home.start(*arguments(home))
    first, waiting = second(home)
    aside = home.folder / "aside"
    aside.write_text(first)
    aside.rename(gate(home))
    assert driver.wait(60) == 1
    assert waiting.wait(60) == 0
    assert sum(home.proofs().values()) == 2


def test_when_the_first_is_terminated_the_second_runs(home: Home) -> None:
    """What waits is not ended with it."""
    driver = home.start(*arguments(home))
    first, waiting = second(home)
    assert home.call("runs", "terminate", first).returncode == 0
    assert driver.wait(60) == 130
    until(lambda: sum(home.proofs().values()) == 2)
    gate(home).touch()
    assert waiting.wait(60) == 0


def test_when_the_engine_of_the_first_dies_the_second_runs(home: Home) -> None:
    """Nobody need take the first run over."""
    driver = home.start(*arguments(home))
    _, waiting = second(home)
    driver.kill()
    driver.wait()
    until(lambda: sum(home.proofs().values()) == 2)
    gate(home).touch()
    assert waiting.wait(60) == 0
    home.kill_steps()


def test_who_waits_can_be_ended(home: Home) -> None:
    """By Ctrl-C, at once: nothing of it runs."""
    driver = home.start(*arguments(home))
    _, waiting = second(home)
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(60) == 130
    gate(home).touch()
    assert driver.wait(60) == 0


def test_a_run_without_the_cache_does_not_wait(home: Home) -> None:
    """Its step runs beside the equal one."""
    driver = home.start(*arguments(home))
    until(home.proofs)
    beside = home.start(*arguments(home), "--no-cache")
    until(lambda: sum(home.proofs().values()) == 2)
    gate(home).touch()
    assert (driver.wait(60), beside.wait(60)) == (0, 0)
