"""Spans of time are read as people write them, and written as people read them."""

from __future__ import annotations

import pytest

from bakehouse.ir.durations import iso, seconds, shown


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30", 30),
        ("30s", 30),
        ("5 min", 300),
        (" 2 Hours ", 7200),
        ("2 weeks", 1_209_600),
        ("", None),
        ("1.5h", None),
        ("1 month", None),
        ("-1s", None),
    ],
)
def test_what_is_a_span(text: str, span: float | None) -> None:
    """A whole number and a unit."""
    assert seconds(text) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [(0.5, "0.5 s"), (60, "1 min"), (90, "90 s"), (150, "2 min 30 s"), (3600, "1 h"), (5400, "90 min"), (9000, "2 h 30 min"), (172_800, "2 d")],
)
def test_spans_are_short_to_read(span: float, text: str) -> None:
    """Two units at most."""
    assert shown(span) == text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("P7D", 604_800),
        ("p1dt12h", 129_600),
        ("P2W", 1_209_600),
        ("PT90S", 90),
        ("P", None),
        ("PT", None),
        ("P1M", None),
        ("P1Y", None),
        ("7d", None),
    ],
)
def test_what_iso_8601_calls_a_span(text: str, span: float | None) -> None:
    """Months and years have no one length."""
    assert iso(text) == span
