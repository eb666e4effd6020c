"""`bakehouse plan`: what a run would do, and that nothing has happened when it was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.home import Home, tasks

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

_PIPELINE = """
from kfp import dsl


@dsl.component
def make(number: int) -> int:
    return number % 10


@dsl.component
def double(number: int) -> int:
    return number * 2


@dsl.component
def tell(number: int, factor: int):
    print(number * factor)


@dsl.pipeline
def planned(number: int = 1, factor: int = 3):
    made = make(number=number)
    double(number=made.output)
    tell(number=made.output, factor=factor)
    tell(number=7, factor=factor).set_caching_options(False)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    write(made, _PIPELINE)
    return made


def write(home: Home, source: str) -> None:
    """The pipeline, compiled, with a condition on its third step: that the number is 1."""
    target = home.folder / "planned.yaml"
    assert home.call("compile", str(home.write(source)), "-o", str(target)).returncode == 0
    (spec, *_) = yaml.safe_load_all(target.read_text())
    spec["root"]["dag"]["tasks"]["tell"]["triggerPolicy"] = {"condition": "inputs.parameter_values['number'] == 1"}
    target.write_text(yaml.safe_dump(spec))


def plan(home: Home, *arguments: str) -> dict[str, Any]:
    """What it says, as JSON."""
    done = home.call("plan", "planned.yaml", *arguments, "--output", "json")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def fates(said: dict[str, Any]) -> dict[str, str]:
    """What becomes of each step."""
    return {one["task"]: one["fate"] for one in said["steps"]}


def test_on_a_fresh_home_the_first_steps_run_and_the_rest_is_unknown(home: Home) -> None:
    """Nothing is recorded by asking."""
    said = plan(home)
    assert fates(said) == {"make": "runs", "double": "unknown", "tell": "unknown", "tell-2": "runs"}
    assert {one["task"]: one["text"] for one in said["steps"]}["double"] == "unknown: depends on make"
    assert said["counts"] == {"reused": 0, "runs": 2, "unknown": 2, "skipped": 0, "fails": 0}
    assert home.runs() == []
    assert not (home.path / "runs").exists() or list((home.path / "runs").iterdir()) == []


def test_what_is_foreseen_comes_true(home: Home) -> None:
    """The same again, another parameter that makes the same, one that makes something else: reused, run and skipped as it was said."""
    home.run(home.folder / "planned.yaml")
    for arguments in ([], ["-p", "number=11"], ["-p", "number=2"], ["-p", "factor=4"], ["--no-cache"]):
        said = plan(home, *arguments)
        done = tasks(home.run(home.folder / "planned.yaml", *arguments))
        for name, fate in fates(said).items():
            became = "reused" if done[name]["cached_from"] else "skipped" if done[name]["state"] == "SKIPPED" else "runs"
            assert fate in {became, "unknown"}, (arguments, name)
        assert said["counts"]["unknown"] == (2 if fates(said)["make"] == "runs" else 0)


def test_it_says_why_a_step_would_run(home: Home) -> None:
    """With the nearest result, as `cache explain` says it afterwards."""
    first = home.run(home.folder / "planned.yaml")["run_id"]
    steps = {one["task"]: one for one in plan(home, "-p", "number=11")["steps"]}
    assert steps["make"]["text"].startswith(f"runs: parameter number 1 → 11; nearest entry: run {first}")
    assert (steps["make"]["nearest_run"], steps["make"]["differences"][0]["after"]) == (first, 11)
    assert steps["tell-2"]["text"] == "runs: the pipeline switches the cache off for it"
    text = home.call("plan", "planned.yaml").stdout.splitlines()
    assert text[0] == "planned: 3 reused, 1 runs"


@pytest.mark.parametrize("arguments", [["-p", "numbre=1"], ["-p", "number=x"], ["--params-file", "nothing.yaml"]])
def test_mistakes_are_those_of_a_run(home: Home, arguments: list[str]) -> None:
    """The same words, the same exit code."""
    planned, run = home.call("plan", "planned.yaml", *arguments), home.call("run", "planned.yaml", *arguments)
    assert (planned.returncode, planned.stderr) == (2, run.stderr)


def test_an_environment_that_is_not_there_is_not_built_for_it(home: Home) -> None:
    """What its step would see is not known, so nor is whether it is reused."""
    write(home, _PIPELINE.replace("@dsl.component\ndef make", '@dsl.component(packages_to_install=["wheel"])\ndef make'))
    said = plan(home)
    assert {one["task"]: one["text"] for one in said["steps"]}["make"] == "unknown: its environment has still to be built"
    assert not (home.path / "environments").exists() or not list((home.path / "environments").glob("*/bin"))
