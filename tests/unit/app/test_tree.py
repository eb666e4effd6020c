"""The live tree: what fits, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.app.display import tree
from bakehouse.app.display.progress import Progress, Step
from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.states import TaskState


def _progress(*states: TaskState) -> Progress:
    steps = [Step(TaskId(f"s{number}"), f"s{number}", state) for number, state in enumerate(states)]
    return Progress({step.id: step for step in steps})


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("signs", [tree.UNICODE, tree.ASCII])
def test_every_state_has_a_row(state: TaskState, signs: tree.Glyphs) -> None:
    """No state is without sign or words."""
    (row,) = tree.rows(_progress(state), 1.0, signs, 10)
    assert row.text.startswith(signs.last)
    assert "s0" in row.text


def test_all_rows_are_shown_upstream_first_where_they_fit() -> None:
    """The tree keeps the order of the run."""
    rows = tree.rows(_progress(TaskState.SUCCEEDED, TaskState.RUNNING, TaskState.WAITING), 1.0, tree.ASCII, 3)
    assert [row.text.split()[2] for row in rows] == ["s0", "s1", "s2"]


def test_what_happens_now_is_shown_when_not_all_fit() -> None:
    """Running and failed steps first, and the rest is counted."""
    progress = _progress(*[TaskState.SUCCEEDED] * 50, TaskState.RUNNING, TaskState.FAILED, *[TaskState.WAITING] * 50)
    rows = tree.rows(progress, 1.0, tree.ASCII, 4)
    assert [row.text.split()[2] for row in rows[:3]] == ["s50", "s51", "s52"]
    assert rows[3].text == "`- 99 more · 102 steps: 50 succeeded, 1 running, 1 failed, 50 waiting"


def test_long_names_are_cut() -> None:
    """A name does not push the state out of sight."""
    progress = _progress(TaskState.RUNNING)
    steps = {key: replace(step, name="n" * 100) for key, step in progress.steps.items()}
    (row,) = tree.rows(Progress(steps), 1.0, tree.ASCII, 10)
    assert "running" in row.text[:60]


def test_terminals_without_unicode_get_ascii() -> None:
    """The signs are those that the terminal's encoding has."""
    assert tree.glyphs("utf-8") is tree.UNICODE
    assert tree.glyphs("UTF8") is tree.UNICODE
    assert tree.glyphs("ascii") is tree.ASCII
    assert "".join([tree.ASCII.branch, tree.ASCII.last, tree.ASCII.spinner, *tree.ASCII.states.values()]).isascii()
