"""`bakehouse gc` as a user meets it: on real runs and their files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

_PIPELINE = """
from kfp import dsl


@dsl.component
def make(number: int, data: dsl.Output[dsl.Dataset]):
    with open(data.path, "w") as file:
        file.write(str(number) * 100_000)


@dsl.component
def read(data: dsl.Input[dsl.Dataset]) -> str:
    with open(data.path) as file:
        return file.read()[:3]


@dsl.pipeline
def making(number: int = 1):
    read(data=make(number=number).outputs["data"])
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def file(home: Home) -> Path:
    return home.write(_PIPELINE)


def gc(home: Home, *arguments: str) -> dict[str, Any]:
    """What `bakehouse gc` says."""
    done = home.call("gc", *arguments, "--output", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def datasets(home: Home) -> list[str]:
    """What the datasets that still lie there begin with."""
    return sorted(path.read_text()[0] for path in (home.path / "artifacts").rglob("data") if path.is_file())


def aged(home: Home) -> None:
    """As if nothing had been changed for two hours."""
    before = time.time() - 7200
    for folder in ("runs", "artifacts"):
        for path in (home.path / folder).rglob("*"):
            os.utime(path, (before, before), follow_symlinks=False)


@pytest.mark.parametrize(
    "arguments",
    [["--plan"], ["--orphans", "--keep-last", "1"], ["--older-than", "30"], ["--state", "running"], ["--state", ""], ["--keep-last", "0"],
     ["--drop-cache"], ["--policies", "--keep-last", "1"], ["--policies", "--drop-cache"]],
)  # fmt: skip
def test_nothing_goes_that_was_not_named(home: Home, arguments: list[str]) -> None:
    """Without a criterion, with one that is none, and with what does not fit together: said, and exit code 2."""
    done = home.call("gc", *arguments)
    assert done.returncode == 2
    assert "error" in done.stderr.lower()


def test_a_plan_says_what_would_go_and_changes_nothing(home: Home, file: Path) -> None:
    """The runs, their files and the bytes: just what goes then."""
    runs = [home.run(file, "-p", f"number={number}")["run_id"] for number in (1, 2, 3)]
    planned = gc(home, "--plan", "--keep-last", "1", "--drop-cache")
    assert [one["run_id"] for one in planned["runs"]] == runs[:2]
    assert planned["bytes"] > 200_000
    assert datasets(home) == ["1", "2", "3"]
    assert len(home.runs()) == 3
    text = home.call("gc", "--plan", "--keep-last", "1", "--drop-cache").stdout
    assert text.splitlines()[-1].startswith("would go: 2 runs, ")
    done = gc(home, "--keep-last", "1", "--drop-cache")
    assert done == {**planned, "plan": False}
    assert datasets(home) == ["3"]
    assert [run["run_id"] for run in home.runs()] == runs[2:]
    assert [path.name for path in (home.path / "runs").iterdir()] == runs[2:]
    assert home.show()["state"] == "SUCCEEDED"


def test_what_the_cache_names_stays_and_is_reused(home: Home, file: Path) -> None:
    """Unless it is dropped, with the runs or when they are gone: then the steps run again."""
    home.run(file, "--experiment", "a")
    said = gc(home, "--experiment", "a", "--state", "succeeded,failed")
    assert len(said["runs"]) == 1
    assert datasets(home) == ["1"]
    assert all(task["cached_from"] for task in home.run(file)["tasks"])
    gc(home, "--pipeline", "making", "--drop-cache")
    assert all(task["cached_from"] for task in home.run(file)["tasks"])
    assert datasets(home) == ["1"]
    gc(home, "--pipeline", "making")
    gc(home, "--orphans", "--drop-cache")
    assert datasets(home) == []
    assert [task["cached_from"] for task in home.run(file)["tasks"]] == [None, None]


def test_what_a_gc_that_was_killed_left_goes_with_the_next(home: Home, file: Path) -> None:
    """Rows go first: whatever of the files was not removed yet is named by none, and is found when an hour has passed."""
    home.run(file)
    killing = (
        "import os, signal, sys\n"
        "from bakehouse.storage import local\n"
        "remove, calls = local.LocalStore.remove, []\n"
        "def half(self, uri, *, below):\n"
        "    calls.append(uri)\n"
        "    if len(calls) > 1:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    remove(self, uri, below=below)\n"
        "local.LocalStore.remove = half\n"
        "from bakehouse.cli import root\n"
        "sys.exit(root.main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", killing, "gc", "--keep-last", "1", "--drop-cache"]
    kept = home.run(file, "--no-cache")["run_id"]
    killed = subprocess.run(command, env=home.environ(), cwd=home.folder, capture_output=True, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert [run["run_id"] for run in home.runs()] == [kept]
    left = [path for folder in ("runs", "artifacts/making") for path in (home.path / folder).iterdir() if path.name != kept]
    assert len(left) == 1
    assert gc(home, "--orphans")["orphans"] == {}
    aged(home)
    planned = gc(home, "--orphans", "--plan")
    assert list(planned["orphans"]) == [str(left[0])]
    assert left[0].exists()
    assert gc(home, "--state", "failed") == {**planned, "plan": False}
    assert not left[0].exists()
    assert home.show(kept)["state"] == "SUCCEEDED"
    assert datasets(home) == ["1"]


def test_what_is_no_run_s_is_nobody_s_business(home: Home, file: Path) -> None:
    """Files of the user's in the home, folders of runs that these records never knew, and runs that go on, stay whatever is asked."""
    home.run(file)
    mine = home.path / "artifacts" / "mine" / "model"
    mine.parent.mkdir()
    mine.write_text("mine")
    of_another = home.path / "runs" / "6b1f4d1e-6a2f-4c57-9f0e-0d1c7d0c3a55" / "log"
    of_another.parent.mkdir()
    of_another.touch()
    aged(home)
    assert gc(home, "--orphans") == {"plan": False, "bytes": 0, "runs": [], "files": {}, "orphans": {}, "left": {}}
    assert mine.read_text() == "mine"
    assert of_another.exists()
    assert datasets(home) == ["1"]


def test_a_pinned_run_stays_until_it_is_unpinned(home: Home, file: Path) -> None:
    """With the runs whose results it reuses; lists say so, and whoever wants to delete it is told why."""
    source, pinned, other = (home.run(file, "-p", f"number={number}")["run_id"] for number in (1, 1, 2))
    assert home.call("runs", "pin", pinned, "--reason", "for the paper").returncode == 0
    assert home.show(pinned)["pin_reason"] == "for the paper"
    assert home.show(source)["pinned_at"] is None
    assert "pinned" in home.call("runs", "show", pinned).stdout
    assert home.call("runs", "list").stdout.count("(pinned)") == 1
    refused = home.call("runs", "delete", pinned, "--output", "json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "run_pinned"
    assert "for the paper" in refused.stdout
    assert home.call("runs", "pin", pinned, "--reason", "x" * 501).returncode == 2
    assert [one["run_id"] for one in gc(home, "--state", "succeeded", "--drop-cache")["runs"]] == [other]
    assert datasets(home) == ["1"]
    assert json.loads(home.call("runs", "unpin", pinned, "--output", "json").stdout) == {"run_id": pinned, "pinned": False}
    assert [one["run_id"] for one in gc(home, "--state", "succeeded", "--drop-cache")["runs"]] == [source, pinned]
    assert datasets(home) == []


def test_policies_are_set_listed_applied_and_removed(home: Home, file: Path) -> None:
    """Off unless set; one that says nothing is refused, as is removing one that is not there."""
    runs = [home.run(file, "--experiment", name)["run_id"] for name in ("a", "b", "a")]
    assert "no run goes by itself" in home.call("gc", "policy", "list").stdout
    assert gc(home, "--policies")["runs"] == []
    assert json.loads(home.call("gc", "policy", "set", "--output", "json").stdout)["error"]["code"] == "empty_policy"
    said = home.call("gc", "policy", "set", "--experiment", "a", "--keep-last", "1").stdout
    assert said.startswith("experiment a: but the newest 1. ")
    assert home.call("gc", "policy", "set", "--older-than", "30d").returncode == 0
    listed = json.loads(home.call("gc", "policy", "list", "--output", "json").stdout)
    assert [(one["experiment"], one["older_than_s"], one["keep_last"]) for one in listed] == [(None, 2_592_000, None), ("a", None, 1)]
    assert "all runs" in home.call("gc", "policy", "list").stdout
    planned = gc(home, "--policies", "--plan")
    assert [one["run_id"] for one in planned["runs"]] == runs[:1]
    assert gc(home, "--policies") == {**planned, "plan": False}
    assert home.call("gc", "policy", "remove").returncode == 0
    assert json.loads(home.call("gc", "policy", "remove", "--output", "json").stdout)["error"]["code"] == "no_such_policy"
    assert [run["run_id"] for run in home.runs()] == runs[:0:-1]


def test_runs_go_by_their_tags(home: Home, file: Path) -> None:
    """By hand and by policy; the plan says by which."""
    draft, release, plain = (home.run(file, *tags)["run_id"] for tags in (("--tag", "stage=draft"), ("--tag", "stage=release"), ()))
    assert [one["run_id"] for one in gc(home, "--plan", "--tag", "stage=draft")["runs"]] == [draft]
    assert {one["run_id"] for one in gc(home, "--plan", "--tag", "stage")["runs"]} == {draft, release}
    for policy in (("--older-than", "0s"), ("--tag", "stage", "--older-than", "0s"), ("--tag", "stage=release", "--older-than", "730d")):
        assert home.call("gc", "policy", "set", *policy).returncode == 0
    assert json.loads(home.call("gc", "policy", "set", "--tag", "a.b", "--keep-last", "1", "--output", "json").stdout)["error"]["code"] == "bad_tags"
    planned = gc(home, "--policies", "--plan")["runs"]
    assert {one["run_id"]: one["policy"]["tag"] for one in planned} == {draft: "stage", plain: None}
    assert "tag stage" in home.call("gc", "--policies", "--plan").stdout
    assert home.call("gc", "policy", "remove", "--tag", "stage").returncode == 0
    assert {one["run_id"] for one in gc(home, "--policies")["runs"]} == {draft, plain}
    assert [run["run_id"] for run in home.runs()] == [release]
