"""How fast the cluster's API is asked."""

from __future__ import annotations

from bakehouse.runners.kubernetes.pace import Pace


def test_a_few_at_once_and_then_one_after_another() -> None:
    """Sixty who ask in the same moment get their turns in order, and never more in a second than rate and burst."""
    pace = Pace(rate=12, burst=6)
    turns = [pace.turn(100.0) for _ in range(60)]
    assert turns == sorted(turns)
    assert turns[5] == 0.0
    assert turns[6] > 0.0
    for begin in turns:
        assert sum(begin <= one < begin + 1 for one in turns) <= 18


def test_a_pause_fills_the_bucket_and_no_more() -> None:
    """Nobody who was silent for an hour may ask a thousand times."""
    pace = Pace(rate=10, burst=2)
    for _ in range(5):
        pace.turn(0.0)
    assert [pace.turn(3600.0) > 0 for _ in range(4)] == [False, False, True, True]
