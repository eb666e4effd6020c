"""The git state of a file in one line."""

from __future__ import annotations

import pytest

from bakehouse.cli.display.committed import git_words
from bakehouse.ir.git import GitState

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
CASES = {
    GitState("p.py", _COMMIT, "main"): "p.py at 0123456789ab on main, nothing changed",
    GitState("p.py", _COMMIT, "", changes=1, changed=("a",)): "p.py at 0123456789ab on no branch, 1 change: a",
    GitState("p.py", "", "main", tracked=False, changes=5, changed=("a", "b", "c", "d", "e"), remote="https://h/x"): (
        "p.py, which git does not track, before the first commit on main, 5 changes: a, b, c and 2 more; from https://h/x"
    ),
    GitState(unknown="the file lies in no git repository"): "unknown: the file lies in no git repository",
    GitState("a\nb.py", unknown="git says: no"): "a\\nb.py: unknown: git says: no",
}


@pytest.mark.parametrize(("state", "words"), CASES.items())
def test_a_state_is_one_line(state: GitState, words: str) -> None:
    """What is known, and why nothing more is."""
    assert git_words(state) == words
