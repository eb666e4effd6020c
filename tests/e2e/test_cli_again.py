"""Runs once more: `runs retry` and `runs clone`, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.home import Home, tasks

_PIPELINE = """
from kfp import dsl


@dsl.component
def first(number: int) -> int:
    return number


@dsl.component
def second(number: int, gate: str) -> int:
    import os

    if not os.path.exists(gate):
        raise FileNotFoundError(gate)
    return number + 1


@dsl.pipeline
def gated(gate: str, number: int = 1) -> int:
    return second(number=first(number=number).output, gate=gate).output
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def file(home: Home) -> Path:
    return home.write(_PIPELINE)


def test_a_failed_run_is_retried_where_it_failed(home: Home, file: Path) -> None:
    """The same run goes on: what succeeded is kept, the attempts are counted on, and the exit code is that of the run."""
    gate = home.folder / "gate"
    failed = home.run(file, "-p", f"gate={gate}")
    assert failed["exit_code"] == 1
    assert home.call("runs", "retry", failed["run_id"]).returncode == 1
    gate.touch()
    done = home.call("runs", "retry", failed["run_id"][:8], "--output", "json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["run_id"], said["state"], said["outputs"]) == (0, failed["run_id"], "SUCCEEDED", {"Output": 2})
    assert {name: task["attempts"] for name, task in tasks(said).items()} == {"first": 1, "second": 3}
    refused = home.call("runs", "retry", "latest")
    assert refused.returncode == 1
    assert "only a run that failed or was canceled can be retried" in refused.stderr


def test_a_run_is_cloned_with_another_parameter(home: Home, file: Path) -> None:
    """A run of its own, with the pipeline, parameters, options and experiment of the other."""
    gate = home.folder / "gate"
    gate.touch()
    before = home.run(file, "-p", f"gate={gate}", "--experiment", "mine", "--name", "one", "--no-cache")
    done = home.call("runs", "clone", "latest", "-p", "number=7", "--output", "json")
    assert done.returncode == 0, done.stderr
    shown = home.show()
    assert shown["run_id"] != before["run_id"]
    assert (shown["name"], shown["experiment"]) == ("Clone of one", "mine")
    assert shown["parameters"] == {"gate": str(gate), "number": 7}
    assert shown["options"]["use_cache"] is False
    assert shown["outputs"] == {"Output": 8}


def test_a_clone_tells_where_the_author_wrote_the_failing_line(home: Home, file: Path) -> None:
    """The places of the components are those of the run that was cloned."""
    home.run(file, "-p", "gate=/nowhere")
    page = home.call("runs", "clone", "latest")
    assert page.returncode == 1
    assert f"{file}:" in page.stdout


def test_a_clone_takes_no_parameter_that_the_pipeline_has_not(home: Home, file: Path) -> None:
    """And records nothing then."""
    home.run(file, "-p", "gate=/nowhere")
    refused = home.call("runs", "clone", "latest", "-p", "nummer=3")
    assert refused.returncode == 2
    assert "nummer" in refused.stderr
    assert "number" in refused.stderr
    assert len(home.runs()) == 1


def test_both_can_be_left_to_the_background(home: Home, file: Path) -> None:
    """The id of the run is the answer."""
    gate = home.folder / "gate"
    failed = home.run(file, "-p", f"gate={gate}")
    gate.touch()
    assert home.call("runs", "retry", "latest", "--detach").stdout.strip() == failed["run_id"]
    home.wait_for("SUCCEEDED", seconds=60)
    cloned = json.loads(home.call("runs", "clone", "latest", "--detach", "--output", "json").stdout)
    assert cloned["run_id"] != failed["run_id"]
    assert home.wait_for("SUCCEEDED", seconds=60)["run_id"] == cloned["run_id"]
