"""Branches, loops, exit handlers, pipelines in pipelines and importers, written with our own `dsl` and run as a user does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.own import LOOPS
from tests.home import Home

FILE = Path(__file__).parent / "pipelines" / "control_flow.py"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [([], "<it's 3>"), (["-p", "word=a"], "<other>"), (["-p", "n=5"], "<heads>"), (["-p", "n=4"], "<none>")],
    ids=["a quotation mark", "the inner else", "or", "the else"],
)
def test_the_branch_that_was_meant_is_taken(parameters: list[str], said: str, tmp_path: Path) -> None:
    """Joined decisions, conditionals in branches, and what the branch gives that is taken, in a text."""
    home = Home(tmp_path)
    run = home.run(FILE, "--pipeline", "branches", *parameters)
    assert (run["state"], run["outputs"]) == ("SUCCEEDED", {"Output": said}), run


def test_loops_give_what_their_iterations_make(tmp_path: Path) -> None:
    """In order; whole numbers stay such, also where nothing is known of the items; items are carried into every block."""
    home = Home(tmp_path)
    run = home.run(FILE, "--pipeline", "loops")
    assert run["state"] == "SUCCEEDED", run
    assert run["outputs"] == LOOPS


def test_exit_tasks_run_whatever_happened(tmp_path: Path) -> None:
    """With the status of their block; one of them is a pipeline, and takes its status further."""
    home, notes = Home(tmp_path), tmp_path / "notes"
    run = home.run(FILE, "--pipeline", "handlers", "--keep-going", "-p", f"path={notes}")
    assert run["state"] == "FAILED", run
    assert sorted(notes.read_text(encoding="utf-8").splitlines()) == ["FAILED closed", "SUCCEEDED fine"]


def test_pipelines_are_called_and_artifacts_brought_in(tmp_path: Path) -> None:
    """In a loop and alone, with defaults and other values; an importer whose URI and metadata hold a parameter."""
    home = Home(tmp_path)
    (tmp_path / "rows.txt").write_text("brought", encoding="utf-8")
    run = home.run(FILE, "--pipeline", "nested", "-p", f"folder={tmp_path}")
    assert run["state"] == "SUCCEEDED", run
    assert (run["outputs"]["words"], run["outputs"]["brought"]) == (["x", "y"], "brought")
