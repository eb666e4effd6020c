"""`bakehouse runs …` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.home import Home

_PIPELINE = """
from kfp import dsl


@dsl.component
def step(number: int) -> int:
    import sys

    for line in range(3):
        print(f"{number}: line {line}")
    if number > 1:
        raise ValueError(f"{number} is too much")
    return number


@dsl.pipeline
def two(second: int = 1):
    first = step(number=0)
    step(number=second).after(first)
"""
_LOOP = """
    with dsl.ParallelFor([1]) as number:
        step(number=number)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def file(home: Home) -> Path:
    return home.write(_PIPELINE)


def test_an_empty_home_lists_nothing_and_says_what_to_do(home: Home) -> None:
    """And JSON is an empty list."""
    assert "bakehouse demo" in home.call("runs", "list").stdout
    assert home.runs() == []


def test_runs_are_listed_newest_first(home: Home, file: Path) -> None:
    """As a table and as objects; by experiment and state; `| head` is quiet."""
    first = home.run(file, "--experiment", "a")
    second = home.run(file, "--experiment", "b", "-p", "second=2")
    assert [run["run_id"] for run in home.runs()] == [second["run_id"], first["run_id"]]
    table = home.call("runs", "list").stdout.splitlines()
    assert table[0].split()[:2] == ["RUN", "STATE"]
    assert table[1].split()[:2] == [second["run_id"][:8], "FAILED"]
    assert len(home.call("runs", "list", "--limit", "1").stdout.splitlines()) == 2
    assert first["run_id"][:8] not in home.call("runs", "list", "--experiment", "b").stdout
    assert second["run_id"][:8] not in home.call("runs", "list", "--state", "succeeded").stdout
    nothing = home.call("runs", "list", "--experiment", "nope", "--state", "failed", "--state", "canceled").stdout
    assert nothing == "no run of experiment nope that is failed or canceled\n"
    command = f"{sys.executable} -m bakehouse runs list | head -c 1"
    piped = subprocess.run(["/bin/sh", "-c", command], env=home.environ(), capture_output=True, text=True, check=False)
    assert piped.stderr == ""


def test_a_run_is_shown_by_id_prefix_and_latest(home: Home, file: Path) -> None:
    """All names lead to the same run; what is recorded is there."""
    run_id = home.run(file, "-p", "second=2")["run_id"]
    for name in (run_id, run_id[:8], "latest"):
        assert home.show(name)["run_id"] == run_id
    shown = home.show()
    assert shown["parameters"] == {"second": 2}
    failed = next(task for task in shown["tasks"] if task["state"] == "FAILED")
    (attempt,) = failed["attempt_details"]
    assert attempt["cause"] == "user error"
    assert attempt["cpu_seconds"] > 0
    assert attempt["peak_memory"] > 1_000_000
    assert failed["inputs"]["parameters"] == {"number": 2}
    page = home.call("runs", "show", run_id[:8], "--events").stdout
    for part in (run_id, "second  2", "ValueError: 2 is too much", "exit code 1", "Events", "| 2: line 2"):
        assert part in page, page


def test_a_step_is_shown_with_all_that_is_recorded_of_its_attempts(home: Home, file: Path) -> None:
    """As text and as an object, with what it executed; `runs show` says of each attempt what it ran on, and suggests nothing for short steps."""
    home.run(file)
    done = home.call("runs", "show", "latest", "--task", "step-2", "--output", "json")
    assert done.returncode == 0, done.stderr
    step = json.loads(done.stdout)
    (attempt,) = step["attempt_details"]
    assert step["inputs"]["parameters"] == {"number": 1}
    assert attempt["executed"]["function"] == "step"
    assert "def step(number: int)" in attempt["executed"]["source"]
    assert list(attempt["phases_s"]) == ["preparing", "queued", "starting", "running", "collecting"]
    assert step["suggestions"] == []
    first, second = (task["attempt_details"][0] for task in home.show()["tasks"])
    assert first["code_digest"] == second["code_digest"] == attempt["code_digest"]
    assert first["environment_digest"] == attempt["environment_digest"]
    assert "executed" not in first
    text = home.call("runs", "show", "latest", "--task", "step").stdout
    assert text.startswith("step: succeeded")
    assert f"function     step at {file}:" in text.replace("~", str(Path.home()))
    assert home.call("runs", "show", "latest", "--task", "step", "--events").returncode == 2
    missing = home.call("runs", "show", "latest", "--task", "stop")
    assert (missing.returncode, "step, step-2" in missing.stderr) == (2, True)


def test_a_step_is_named_by_id_or_display_name(home: Home) -> None:
    """The same words for what is recorded, logs and metrics; a loop is no step."""
    looped = _PIPELINE.replace("first = step(number=0)", 'first = step(number=0).set_display_name("the first")') + _LOOP
    home.run(home.write(looped))
    shown = [home.call("runs", "show", "latest", "--task", name, "--output", "json").stdout for name in ("step", "the first")]
    assert json.loads(shown[0]) == json.loads(shown[1])
    for command in ["logs", "latest"], ["metrics", "latest"], ["show", "latest", "--task"]:
        done = [home.call("runs", *command, name) for name in ("the first", "for-loop-2")]
        assert [one.returncode for one in done] == [0, 2], done
        assert "has no task for-loop-2" in done[1].stderr


def test_logs_of_a_step_are_what_it_printed(home: Home, file: Path) -> None:
    """Byte by byte; all steps with their names when none is given; a missing one is named with those there are."""
    home.run(file)
    assert home.call("runs", "logs", "latest", "step").stdout == "0: line 0\n0: line 1\n0: line 2\n"
    assert home.call("runs", "logs", "latest", "step-2", "--attempt", "1").stdout.startswith("1: line 0\n")
    every = home.call("runs", "logs", "latest").stdout.splitlines()
    assert every[0] == "[step] 0: line 0"
    assert every[-1] == "[step-2] 1: line 2"
    assert home.call("runs", "logs", "latest", "--follow").stdout.splitlines() == every
    refused = home.call("runs", "logs", "latest", "stop")
    assert refused.returncode == 2
    assert "step, step-2" in refused.stderr
    assert home.call("runs", "logs", "latest", "step", "--attempt", "7").returncode == 2


def test_a_run_is_ended_and_deleted(home: Home, file: Path) -> None:
    """A run that is over cannot be ended (1); `cancel` is `terminate`; what is deleted is gone."""
    run_id = home.run(file)["run_id"]
    for command in ("terminate", "cancel"):
        done = home.call("runs", command, run_id, "--output", "json")
        assert done.returncode == 1
        assert "error" in json.loads(done.stdout)
    assert json.loads(home.call("runs", "delete", run_id, "--output", "json").stdout) == {"run_id": run_id, "deleted": True}
    assert home.runs() == []
    assert home.call("runs", "show", run_id).returncode == 2
    assert not (home.path / "runs" / run_id).exists()


def test_runs_are_tagged_and_found(home: Home, file: Path) -> None:
    """At the start and later; a clone has them too; what is no tag starts nothing."""
    first = home.run(file, "--tag", "team=vision", "--tag", "draft=")["run_id"]
    assert home.call("runs", "tag", first, "team=text", "note=a = b", "--remove", "draft").stdout.splitlines() == ["note=a = b", "team=text"]
    clone = json.loads(home.call("runs", "clone", first, "--output", "json").stdout)["run_id"]
    assert home.show(clone)["tags"] == {"team": "text", "note": "a = b"}
    assert "tags        note=a = b, team=text" in home.call("runs", "show", first).stdout
    assert {run["run_id"] for run in home.runs("--tag", "team=text", "--tag", "note")} == {first, clone}
    assert home.runs("--tag", "team=vision") == []
    assert "no run with tag draft" in home.call("runs", "list", "--tag", "draft").stdout
    assert "team=text" in home.call("runs", "list").stdout.splitlines()[1]
    assert json.loads(home.call("runs", "tag", clone, "--output", "json").stdout) == {"run_id": clone, "tags": {"team": "text", "note": "a = b"}}
    refused = home.call("run", str(file), "--tag", "team")
    assert (refused.returncode, "'team' is not key=value" in refused.stderr) == (2, True)
    assert len(home.runs()) == 2
