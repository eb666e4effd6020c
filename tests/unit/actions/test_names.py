"""What runs, experiments and pipelines may be called."""

from __future__ import annotations

import pytest

from bakehouse.actions import names
from bakehouse.actions.errors import BadName


@pytest.mark.parametrize("name", ["a", "digits 2026-11-24 10:20", "Größe 大小 🧁", " padded ", "x" * 127])
@pytest.mark.parametrize("kind", names.LONGEST)
def test_names_that_can_be_read_may_be_given(kind: str, name: str) -> None:
    """As they are."""
    assert names.check(kind, name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("a\nb", "a line break"),
        ("a\u2028b", "a line break"),
        ("\x1b[2Jx", r"the control character U\+001B"),
        ("tab\there", r"U\+0009"),
        ("nul\0", r"U\+0000"),
        ("half \ud800", r"U\+D800"),
    ],
)
def test_names_that_would_disturb_their_reader_are_refused(name: str, why: str) -> None:
    """A terminal would obey them, or a list would show two lines."""
    with pytest.raises(BadName, match=why):
        names.check("run", name)


@pytest.mark.parametrize(("kind", "longest"), names.LONGEST.items())
def test_names_have_an_end(kind: str, longest: int) -> None:
    """KFP's limits; the message names the limit, not all of the name."""
    names.check(kind, "x" * longest)
    with pytest.raises(BadName, match=f"more than {longest} characters") as raised:
        names.check(kind, "x" * (longest + 1))
    assert len(raised.value.message) < 200
    assert f" {'an' if kind == 'experiment' else 'a'} {kind}: " in raised.value.message
