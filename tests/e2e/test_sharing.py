"""Steps that ask for CPUs, memory or accelerators, on one machine."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.home import Home, tasks

_PIPELINE = """
from kfp import dsl


@dsl.component
def work(folder: str, number: int):
    import time
    with open(f"{folder}/{number}", "w") as file:
        begun = time.time()
        time.sleep(0.3)
        file.write(f"{begun} {time.time()}")


@dsl.component
def rest():
    pass


@dsl.pipeline
def pipeline(folder: str, cpus: str = "2"):
    for number in range(3):
        work(folder=folder, number=number).set_cpu_request(cpus).set_caching_options(False)
    rest().set_memory_request("1Ti").set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def file(home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pipeline, on a machine with 2 CPUs and no accelerator."""
    monkeypatch.setenv("BAKEHOUSE_CPUS", "2")
    monkeypatch.setenv("BAKEHOUSE_ACCELERATORS", "nvidia.com/gpu=0")
    monkeypatch.setenv("BAKEHOUSE_MEMORY", "8Gi")
    return home.write(_PIPELINE)


def test_steps_that_need_all_cpus_run_one_after_the_other(home: Home, file: Path) -> None:
    """Though four slots are free. What a step asks for beyond the machine is told at the start, and it runs."""
    (home.folder / "times").mkdir()
    done = home.call("run", str(file), "-p", f"folder={home.folder / 'times'}", "--output", "json")
    said = json.loads(done.stdout)
    assert said["state"] == "SUCCEEDED", done.stderr
    spans = sorted(tuple(map(float, one.read_text().split())) for one in (home.folder / "times").iterdir())
    assert len(spans) == 3
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert (
        "note: rest asks for 1 Ti of memory, and this machine has 8 Gi; asks for 1 nvidia.com/gpu, and this machine has 0; it gets all there is"
        in (" ".join(done.stderr.split()))
    )


def test_commands_on_one_home_share_its_cpus(home: Home, file: Path) -> None:
    """Two `bakehouse run` at the same time never run two steps that need all CPUs."""
    folder = home.folder / "times"
    folder.mkdir()
    other = home.write(_PIPELINE.replace("{folder}/{number}", "{folder}/other-{number}"), "other.py")
    with home.start("run", str(file), "-p", f"folder={folder}") as one, home.start("run", str(other), "-p", f"folder={folder}") as two:
        assert [process.wait(timeout=60) for process in (one, two)] == [0, 0]
    spans = sorted(tuple(map(float, one.read_text().split())) for one in folder.iterdir())
    assert len(spans) == 6
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_strict_resources_fail_what_is_too_large(home: Home, file: Path) -> None:
    """With what it asks for, what there is, and the way out."""
    said = home.run(file, "-p", f"folder={home.folder}", "--strict-resources", "--keep-going")
    assert {name: task["state"] for name, task in tasks(said).items()} == {
        "work": "SUCCEEDED",
        "work-2": "SUCCEEDED",
        "work-3": "SUCCEEDED",
        "rest": "FAILED",
    }
    assert "asks for 1 Ti of memory, and this machine has 8 Gi" in json.dumps(said)


def test_a_request_that_is_no_quantity_fails_its_step(home: Home, file: Path) -> None:
    """It may come from a parameter, so it is known only when the step is made ready."""
    said = home.run(file, "-p", f"folder={home.folder}", "-p", "cpus=many")
    assert said["exit_code"] == 1
    assert "its request for CPUs is 'many', which is no quantity" in json.dumps(said)
