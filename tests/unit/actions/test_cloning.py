"""What a clone is called."""

from __future__ import annotations

import pytest

from bakehouse.actions.cloning import clone_name


@pytest.mark.parametrize(
    ("name", "clone"),
    [("a run", "Clone of a run"), ("Clone of a run", "Clone of a run (2)"), ("Clone of a run (9)", "Clone of a run (10)"), ("", "Clone of ")],
)
def test_a_clone_of_a_clone_counts(name: str, clone: str) -> None:
    """As the pages name it."""
    assert clone_name(name) == clone
