"""The git state of the author's file is recorded with a run, and nothing of it keeps the run from going on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home
from tests.repositories import commit, git, repository

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

_PIPELINE = """
from kfp import dsl


@dsl.component
def one() -> int:
    return 1


@dsl.pipeline
def ones():
    one()
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose folder is a repository without a commit; no settings of whoever runs the tests count."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    repository(tmp_path)
    (tmp_path / ".gitignore").write_text("home/\n")
    return Home(tmp_path)


def _state(home: Home, file: Path) -> dict[str, Any]:
    """The state that a new run of the file has; the run succeeds."""
    said = home.run(file)
    assert said["exit_code"] == 0, said
    state: dict[str, Any] = home.show()["git"]
    return state


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_a_run_tells_from_which_commit_it_was_started(home: Home) -> None:
    """Before the first commit, clean, with changes, without a branch; a retry and a clone run the same code, so they tell the same."""
    file = home.write(_PIPELINE)
    state = _state(home, file)
    assert (state["file"], state["commit"], state["branch"], state["tracked"]) == ("pipeline.py", "", "main", False)
    first = commit(home.folder)
    git(home.folder, "remote", "add", "origin", "https://me:secret@host.example/x.git")
    state = _state(home, file)
    assert state == {
        "file": "pipeline.py", "commit": first, "branch": "main", "tracked": True, "changes": 0, "changed": [],
        "remote": "https://host.example/x.git", "unknown": "",
    }  # fmt: skip
    file.write_text(f"{_PIPELINE}\n# changed\n")
    changed = _state(home, file)
    assert changed == {**state, "changes": 1, "changed": ["pipeline.py"]}
    assert (
        f"git         pipeline.py at {first[:12]} on main, 1 change: pipeline.py; from https://host.example/x.git\n"
        in home.call("runs", "show", "latest").stdout
    )
    second = commit(home.folder)
    git(home.folder, "checkout", "--quiet", "--detach")
    assert home.call("runs", "clone", "latest").returncode == 0
    assert home.show()["git"] == changed
    assert _state(home, file) == {**state, "commit": second, "branch": ""}


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_what_is_not_known_has_its_reason(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A repository of another user, no git, no repository: the run goes on, and says why there is no commit."""
    file = home.write(_PIPELINE)
    commit(home.folder)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    state = _state(home, file)
    assert (state["file"], state["commit"]) == ("pipeline.py", "")
    assert state["unknown"].startswith("git says: detected dubious ownership in repository at")
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))
    assert _state(home, file)["unknown"] == "there is no git on the PATH"
    elsewhere = Home(tmp_path_factory.mktemp("elsewhere"))
    assert _state(elsewhere, elsewhere.write(_PIPELINE))["unknown"] == "the file lies in no git repository"
    assert "git         unknown: the file lies in no git repository\n" in elsewhere.call("runs", "show", "latest").stdout
