"""Durations are read as people and ISO 8601 write them."""

from __future__ import annotations

import pytest

from bakehouse.ir import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("1.5h", 5400),
        ("7d", 604_800),
        ("7 D", 604_800),
        ("2w", 1_209_600),
        ("P7D", 604_800),
        ("p1dt12h", 129_600),
        ("PT0.5S", 0.5),
        ("P2W", 1_209_600),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    """In seconds, in either way of writing."""
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "P", "PT", "P1M", "P1Y", "1d12h", "seven days", "1e3s", "٣d"])
def test_what_is_none_is_told(text: str) -> None:
    """Months and years have no one length."""
    assert durations.seconds(text) is None


@pytest.mark.parametrize(("seconds", "shown"), [(604_800, "1 w"), (172_800, "2 d"), (5400, "90 m"), (90, "90 s"), (0.5, "0.5 s")])
def test_a_duration_is_shown_in_its_largest_unit(seconds: float, shown: str) -> None:
    """The largest in which it is a whole number."""
    assert durations.shown(seconds) == shown
