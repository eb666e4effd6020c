"""Times as text."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import example, given
from hypothesis import strategies as st

from bakehouse.ir.times import rfc3339


@given(st.integers(-62_135_596_800, 253_402_300_799))  # the years 1 to 9999
@example(951_782_400)  # 2000-02-29
@example(4_107_542_400)  # 2100-03-01
def test_every_second_is_written_as_the_calendar_has_it(seconds: int) -> None:
    """As `datetime` writes it, leap years included."""
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    assert rfc3339(seconds) == moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + ".000Z"


def test_milliseconds_are_kept_and_nothing_is_rounded_up() -> None:
    """0.9999 s is not the next second."""
    assert rfc3339(1_700_000_000.25) == "2023-11-14T22:13:20.250Z"
    assert rfc3339(1_700_000_000.9999) == "2023-11-14T22:13:20.999Z"
