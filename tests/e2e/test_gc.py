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
    [[], ["--plan"], ["--orphans", "--keep-last", "1"], ["--older-than", "30"], ["--state", "running"], ["--state", ""], ["--keep-last", "0"],
     ["--drop-cache"]],
)  # fmt: skip
def test_nothing_goes_that_was_not_named(home: Home, arguments: list[str]) -> None:
    """Without a criterion, with one that is none, and with what does not fit together: said, and exit code 2; `gc` alone is told how."""
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
    """Files of the user's in the home, and runs that go on, stay whatever is asked."""
    home.run(file)
    mine = home.path / "artifacts" / "mine" / "model"
    mine.parent.mkdir()
    mine.write_text("mine")
    aged(home)
    assert gc(home, "--orphans") == {"plan": False, "bytes": 0, "runs": [], "files": {}, "orphans": {}, "left": {}}
    assert mine.read_text() == "mine"
    assert datasets(home) == ["1"]
