"""Runs once more: `runs retry` and `runs clone`, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.home import Home, tasks

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

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


_ARTIFACTS = """
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def prepare(rows: int, data: Output[Dataset]) -> float:
    raise ValueError("cannot prepare")


@dsl.component
def train(data: Input[Dataset], rate: float) -> str:
    with open(data.path) as file:
        return f"{file.read()} at {rate}"


@dsl.pipeline
def marked(rows: int = 3) -> str:
    prepared = prepare(rows=rows)
    return train(data=prepared.outputs["data"], rate=prepared.outputs["Output"]).output
"""


def test_a_failed_step_is_marked_as_succeeded_and_the_run_goes_on(home: Home) -> None:
    """With outputs in the types of its component; who said so is shown; the next run does not find them in the cache."""
    file, data = home.write(_ARTIFACTS), home.folder / "by hand.txt"
    failed = home.run(file)
    assert failed["exit_code"] == 1
    data.write_text("rows")
    refused = home.call("runs", "succeed", "latest", "prepare", "-o", "Output=much", "-o", f"data={data}")
    assert refused.returncode == 2
    assert 'the output Output must be a number, not "much"' in refused.stderr
    marked = home.call("runs", "succeed", "latest", "prepare", "-o", "Output=2", "-o", "data=by hand.txt")
    assert marked.returncode == 0, marked.stderr
    assert "prepare: marked succeeded by " in home.call("runs", "show", "latest").stdout
    done = json.loads(home.call("runs", "retry", "latest", "--output", "json").stdout)
    assert (done["run_id"], done["state"], done["outputs"]) == (failed["run_id"], "SUCCEEDED", {"Output": "rows at 2.0"})
    assert tasks(done)["prepare"]["outputs"]["data"]["uri"] == str(data)
    assert home.run(file)["state"] == "FAILED"


def test_only_a_step_that_failed_can_be_marked(home: Home, file: Path) -> None:
    """Of a run that is over; a step that is not there is told with those that are."""
    home.run(file, "-p", "gate=/nowhere")
    assert "it is SUCCEEDED" in home.call("runs", "succeed", "latest", "first", "-o", "Output=1").stderr
    unknown = home.call("runs", "succeed", "latest", "frist", "-o", "Output=1")
    assert unknown.returncode == 2
    assert "first, second" in unknown.stderr
    assert home.call("runs", "succeed", "latest", "second", "-o", "Output").returncode == 2
