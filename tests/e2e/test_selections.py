"""Runs of a part of a pipeline, and runs that take results of another one: `--from`, `--refresh`, `--only`, `--until`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.home import Home, tasks

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

_PIPELINE = """
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def prepare(rows: int, data: Output[Dataset]):
    with open(data.path, "w") as file:
        file.write("x" * (rows // 10))


@dsl.component
def train(data: Input[Dataset], lr: float) -> float:
    with open(data.path) as file:
        return lr * len(file.read())


@dsl.component
def beside(rows: int) -> int:
    return rows


@dsl.component
def report(score: float) -> str:
    return f"score {score}"


@dsl.pipeline
def whole(rows: int = 100, lr: float = 0.5) -> str:
    data = prepare(rows=rows).outputs["data"]
    beside(rows=rows)
    return report(score=train(data=data, lr=lr).output).output
"""
#: A pipeline that KFP's SDK compiled: loops, branches and an exit task.
FLOW = Path(__file__).parents[1] / "fixtures" / "control_flow.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def file(home: Home) -> Path:
    return home.write(_PIPELINE)


def became(home: Home) -> dict[str, str]:
    """The latest run as its page compares it with the run that it was started from."""
    page = home.call("runs", "show", "latest").stdout
    lines = page.partition("Compared with run ")[2].splitlines()[1:]
    return {name: what.strip() for name, _, what in (line.strip().partition(" ") for line in lines)}


def states(said: dict[str, Any]) -> dict[str, str]:
    """`reused`, or the state of each task."""
    return {name: "reused" if task["cached_from"] else task["state"].lower() for name, task in tasks(said).items()}


def test_a_changed_parameter_runs_what_depends_on_it(home: Home, file: Path) -> None:
    """Each step says what became of it, and why."""
    home.run(file)
    done = home.run(file, "--from", "latest", "-p", "lr=0.25")
    assert (done["exit_code"], done["outputs"]) == (0, {"Output": "score 2.5"})
    told = {"beside": "reused", "prepare": "reused", "train": "runs: parameter lr 0.5 → 0.25", "report": "runs: upstream (score of train)"}
    assert became(home) == told
    assert tasks(done)["train"]["note"] == "parameter lr 0.5 → 0.25"


def test_changed_code_runs_again_and_equal_output_spares_the_rest(home: Home, file: Path) -> None:
    """What comes after a step that gives the same bytes as before is reused."""
    home.run(file, "--no-cache")  # nothing was looked up for it; what it recorded with its keys can be reused all the same
    file.write_text(_PIPELINE.replace('"x" * (rows // 10)', '"x" * int(rows / 10)'))
    done = home.run(file, "--from", "latest")
    assert done["exit_code"] == 0
    assert became(home) == {"beside": "reused", "prepare": "runs: code changed (2 lines)", "train": "reused", "report": "reused"}


def test_results_are_taken_from_that_run_and_no_other(home: Home, file: Path) -> None:
    """Also those that it took from the cache itself."""
    first = home.run(file)
    second = home.run(file, "-p", "lr=0.25")
    assert states(second)["prepare"] == "reused"
    assert states(home.run(file, "--from", second["run_id"], "-p", "lr=0.5")) == {
        "beside": "reused", "prepare": "reused", "train": "succeeded", "report": "succeeded",
    }  # fmt: skip
    assert set(states(home.run(file, "--from", first["run_id"])).values()) == {"reused"}


def test_an_artifact_that_was_changed_on_disk_is_not_reused(home: Home, file: Path) -> None:
    """It is said of which step, and where it lies."""
    before = home.run(file)
    data = Path(tasks(before)["prepare"]["outputs"]["data"]["uri"])
    data.chmod(0o600)
    data.write_text("something else")
    assert home.run(file, "--from", "latest")["exit_code"] == 0
    told = became(home)
    assert told["prepare"] == f"runs: data at {data} was changed after it was recorded"
    assert (told["beside"], told["train"], told["report"]) == ("reused", "reused", "reused")  # the same bytes again


def test_a_result_that_was_invalidated_is_not_reused(home: Home, file: Path) -> None:
    """Though the run has it: somebody said that it is wrong."""
    before = home.run(file)["run_id"]
    assert home.call("cache", "invalidate", "--run", before, "--task", "prepare").returncode == 0
    home.run(file, "--from", before)
    told = became(home)
    assert (told["prepare"], told["beside"]) == ("runs: its result was invalidated", "reused")


def test_a_step_that_the_other_run_does_not_have_runs(home: Home, file: Path) -> None:
    """Or one that failed there."""
    file.write_text(_PIPELINE.replace("    beside(rows=rows)\n", ""))
    home.run(file)
    file.write_text(_PIPELINE)
    home.run(file, "--from", "latest")
    assert became(home)["beside"] == "runs: the other run recorded no result of it"


def test_what_is_refreshed_runs_whatever_the_cache_says(home: Home, file: Path) -> None:
    """What comes after it goes by content, as always; the choice is part of the record."""
    home.run(file)
    done = home.run(file, "--refresh", "train", "--refresh", "beside")
    assert states(done) == {"beside": "succeeded", "prepare": "reused", "train": "succeeded", "report": "reused"}
    assert home.show()["options"]["selection"]["refresh"] == ["train", "beside"]
    assert "selection   --refresh train --refresh beside" in home.call("runs", "show", "latest").stdout


def test_until_a_step_runs_what_it_needs(home: Home, file: Path) -> None:
    """The rest is skipped, and says why; a retry or a clone is of the same part."""
    done = home.run(file, "--until", "train")
    assert (done["exit_code"], done["outputs"]) == (0, {})
    assert states(done) == {"beside": "skipped", "prepare": "succeeded", "train": "succeeded", "report": "skipped"}
    assert tasks(home.show())["report"]["why"] == "not asked for: --until train"
    assert home.call("runs", "clone", "latest").returncode == 0
    assert states(home.show()) == {"beside": "skipped", "prepare": "reused", "train": "reused", "report": "skipped"}


def test_only_a_step_takes_the_rest_from_the_cache(home: Home, file: Path) -> None:
    """Where a result is missing, nothing starts, and it is said which."""
    refused = home.run(file, "--only", "report")
    assert refused["exit_code"] == 1
    assert refused["error"]["message"].startswith("prepare: the cache has no result of it that can be reused")
    assert not any(task["attempts"] for task in refused["tasks"])
    first = home.run(file)
    done = home.run(file, "--only", "train", "--refresh", "train")
    assert states(done) == {"beside": "skipped", "prepare": "reused", "train": "succeeded", "report": "skipped"}
    refused = home.run(file, "--only", "train", "--from", first["run_id"], "-p", "rows=7")
    assert "prepare: run " in refused["error"]["message"]
    assert "(parameter rows 100 → 7)" in refused["error"]["message"]


def test_steps_in_loops_are_named_with_or_without_a_round(home: Home) -> None:
    """`loop/1/step` is one round, `loop/step` are all of them, the loop itself is everything in it."""
    home.run(FLOW)
    loop = "exit-handler-1/for-loop-8"
    rounds = {f"{loop}/{number}/fail-op" for number in range(3)}

    def ran(name: str) -> set[str]:
        done = home.run(FLOW, "--refresh", name)
        return {task["name"] for task in done["tasks"] if task["attempts"] and task["name"].startswith("exit-handler-1/")}

    assert ran(f"{loop}/1/fail-op") == {f"{loop}/1/fail-op"}
    assert ran(f"{loop}/fail-op") == ran(loop) == rounds
    until = states(home.run(FLOW, "--until", f"{loop}/2/fail-op"))
    assert until[f"{loop}/2/fail-op"] == "reused"
    assert {name for name, state in until.items() if state == "skipped"} >= {f"{loop}/0/fail-op", f"{loop}/1/fail-op", "cleanup", "inner"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "tain"], "Did you mean train?"),
        (["--refresh", "a/b"], "There is beside, prepare, report, train."),
        (["--until", "train", "--only", "train"], "exclude each other"),
        (["--from", "0815"], "no run has an id"),
        (["--only", "train", "--no-cache"], "--refresh train"),
    ],
)
def test_what_cannot_be_meant_is_refused(home: Home, file: Path, arguments: list[str], said: str) -> None:
    """Before anything is recorded; the words name what there is."""
    done = home.call("run", str(file), *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert home.runs() == []
