"""Durations, ages, sizes and foreign output, as a terminal shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bakehouse.app.display import texts

_DURATIONS = json.loads((Path(__file__).parents[2] / "fixtures" / "durations.json").read_text())


@pytest.mark.parametrize(("seconds", "expected"), _DURATIONS)
def test_a_duration_has_the_units_one_would_say(seconds: float, expected: str) -> None:
    """Never `60 s`; the tests of the web UI read the same examples."""
    assert texts.duration(seconds) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(-1, "0 s"), (0.96, "0 s"), (3.9, "3 s"), (60, "1 min"), (125.7, "2 min 5 s")])
def test_what_goes_on_ticks_in_whole_seconds(seconds: float, expected: str) -> None:
    """Those that have passed; as in the web UI."""
    assert texts.so_far(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(3, "3 s old"), (125, "2 min old"), (7300, "2 h old"), (90000, "1 day old"), (200000, "2 days old")]
)
def test_an_age_is_in_the_largest_unit(seconds: float, expected: str) -> None:
    """How old a cached result is."""
    assert texts.age(seconds) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, "0 B"), (812, "812 B"), (98_300_000, "98.3 MB"), (5e13, "50.0 TB")])
def test_sizes_are_decimal(count: float, expected: str) -> None:
    """Bytes for people."""
    assert texts.size(count) == expected


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x1b[2J\x1b[Hb", "ab"),
        ("10%\r20%\r100%\r", "100%"),
        ("bell\a and null\0", "bell and null"),
        ("a\tb", "a   b"),
        ("\x1b]8;;http://evil", ""),
        ("\x9b31mx", "31mx"),
    ],
)
def test_output_of_steps_moves_no_cursor(printed: str, shown: str) -> None:
    """Escape sequences and control characters are left out; a progress bar is what it ended as."""
    assert texts.harmless(printed) == shown


def test_a_table_has_columns() -> None:
    """They are as wide as their widest cell, numbers to the right where that is wanted, and no line ends in spaces."""
    rows = [["name", "x"], ["a", "10"], ["bcd", "1.5"]]
    assert texts.table(rows) == ["name  x", "a     10", "bcd   1.5"]
    assert texts.table(rows, numbers=True) == ["name    x", "a      10", "bcd   1.5"]
