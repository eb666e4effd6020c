"""The command line with a container engine: what a user does, and what happens when Bakehouse is killed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.containers.bed import PYTHON, SCRATCH, Bed
from tests.home import Home, tasks

pytestmark = pytest.mark.containers

_PIPELINE = f"""
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.container_component
def say(text: str, data: Output[Dataset], number: dsl.OutputPath(int)):
    script = 'echo "said $0"; echo "$0" > "$1"; echo 5 > "$2"; /bin/busybox sleep "$3"'
    return dsl.ContainerSpec(image="{SCRATCH}", command=["/bin/busybox", "sh", "-ec", script], args=[text, data.path, number, "0"])


@dsl.component(base_image="{PYTHON}")
def use(data: Input[Dataset], number: int) -> str:
    with open(data.path) as file:
        return file.read().strip() * number


@dsl.pipeline
def talk(text: str = "a"):
    said = say(text=text)
    use(data=said.outputs["data"], number=said.outputs["number"])
"""
_LONG = f"""
from kfp import dsl


@dsl.container_component
def tick(proof: dsl.OutputPath(str)):
    script = 'echo started >> "$0"; for n in $(/bin/busybox seq 0 99); do echo "tick $n"; /bin/busybox sleep 0.05; done'
    return dsl.ContainerSpec(image="{SCRATCH}", command=["/bin/busybox", "sh", "-ec", script], args=[proof])


@dsl.pipeline
def long():
    tick()
"""


@dataclass
class WithEngine(Home):
    """A home whose commands find the container engine of these tests."""

    socket: str = ""

    def environ(self) -> dict[str, str]:
        """The environment of the command line."""
        return {**super().environ(), "CONTAINER_HOST": self.socket, "DOCKER_HOST": ""}


@pytest.fixture
def home(bed: Bed, tmp_path: Path) -> Iterator[WithEngine]:
    """A home of its own."""
    yield WithEngine(tmp_path, socket=bed.socket)
    assert bed.containers() == []


@pytest.mark.parametrize("runner", ["auto", "container"])
def test_a_user_runs_plans_and_repeats(home: WithEngine, runner: str) -> None:
    """States and outputs are the same wherever Python components run; a second run reuses all, and a plan says so."""
    file = home.write(_PIPELINE)
    ran = home.run(file, "--runner", runner)
    assert ran["state"] == "SUCCEEDED", ran
    assert tasks(ran)["use"]["outputs"]["Output"] == "aaaaa"
    plan = json.loads(home.call("plan", str(file), "--runner", runner, "--output", "json").stdout)
    assert [step["fate"] for step in plan["steps"]] == ["reused", "reused"]
    again = home.run(file, "--runner", runner)
    assert {name: task["cached_from"] for name, task in tasks(again).items()} == dict.fromkeys(("say", "use"), ran["run_id"])
    assert home.call("runs", "logs", ran["run_id"], "say").stdout.strip().endswith("said a")
    replayed = home.call("replay", ran["run_id"], "use")
    assert (replayed.returncode, "equal" in replayed.stdout) == (0, True), replayed.stderr
    assert "runs the program of an image" in home.call("replay", ran["run_id"], "say").stderr
    assert home.call("runs", "clone", ran["run_id"]).returncode == 0


def test_nothing_is_recorded_where_no_engine_answers(tmp_path: Path) -> None:
    """Each step that needs one is named, what was tried, and what to do."""
    home = WithEngine(tmp_path, socket=f"unix://{tmp_path}/none")
    done = home.call("run", str(home.write(_PIPELINE)))
    assert done.returncode == 2
    assert "the task say runs a container" in done.stderr
    assert f"CONTAINER_HOST=unix://{tmp_path}/none: No such file or directory" in done.stderr
    assert "podman.socket" in done.stderr
    assert home.runs() == []


def test_bakehouse_is_killed_while_a_container_runs(home: WithEngine) -> None:
    """The next engine takes it over: one attempt, one start, no line of its log lost or twice."""
    first = home.start("run", str(home.write(_LONG)))
    deadline = time.monotonic() + 60
    while "tick 20" not in (words := home.folder / "words").read_text(errors="replace"):
        assert time.monotonic() < deadline, words.read_text(errors="replace")
        time.sleep(0.05)
    first.kill()
    first.wait()
    second = home.start("engine", "--idle-exit", "2")
    shown = home.wait_for("SUCCEEDED", seconds=60)
    second.wait(60)
    [task] = shown["tasks"]
    assert task["attempts"] == 1
    assert task["outputs"]["proof"] == "started\n"
    lines = home.call("runs", "logs", shown["run_id"], "tick").stdout.splitlines()
    assert [line for line in lines if line.startswith("tick")] == [f"tick {number}" for number in range(100)]
