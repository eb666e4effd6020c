"""A pipeline that KFP's SDK compiled, with branches, loops, an exit task and a pipeline in it, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.home import Home

FLOW = Path(__file__).parents[1] / "fixtures" / "control_flow.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path)


def test_a_nested_run_is_shown_group_by_group(home: Home) -> None:
    """Steps under their paths; the item of each round; the branch that was not wanted, with its condition."""
    done = home.call("run", str(FLOW))
    assert "exit-handler-1/for-loop-8/2/fail-op: succeeded" in done.stdout
    shown = home.call("runs", "show", "latest").stdout
    assert "exit-handler-1/for-loop-8/1: succeeded" in shown
    assert "input  pipelinechannel--loop-item-param-7  2" in shown
    assert "condition-4: skipped, its condition is false: !(inputs.parameter_values['pipelinechannel--flip-Output'] == 'heads')" in shown


def test_json_says_what_each_task_is(home: Home) -> None:
    """Groups hold what stands below their path."""
    tasks = {task["name"]: task for task in json.loads(home.call("run", str(FLOW), "--output", "json").stdout)["tasks"]}
    kinds = {name: tasks[name]["kind"] for name in ("exit-handler-1", "exit-handler-1/for-loop-8", "exit-handler-1/for-loop-8/0", "cleanup")}
    assert list(kinds.values()) == ["dag", "loop", "iteration", "step"]
    assert tasks["exit-handler-1/for-loop-5/1/condition-6"]["state"] == "SKIPPED"
    assert "exit-handler-1/for-loop-5/1/condition-6/say-4" not in tasks


def test_a_log_is_found_by_its_path_or_a_name_that_only_one_step_has(home: Home) -> None:
    """A name that several steps have is answered with their paths."""
    home.call("run", str(FLOW))
    assert home.call("runs", "logs", "latest", "exit-handler-1/for-loop-8/0/fail-op").returncode == 0
    assert home.call("runs", "logs", "latest", "cleanup").returncode == 0
    refused = home.call("runs", "logs", "latest", "fail-op")
    assert refused.returncode == 2
    assert "exit-handler-1/for-loop-8/0/fail-op, exit-handler-1/for-loop-8/1/fail-op" in refused.stderr
