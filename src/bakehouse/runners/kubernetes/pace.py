"""How fast the cluster's API is asked: so many requests a second on average, and a few at once. Pure; time comes in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Pace:
    """A bucket of tokens: `rate` more a second, `burst` at most. Whoever asks is given a turn, in the order of asking.

    In no second are there more than `rate + burst` turns.
    """

    rate: float
    burst: int
    _next: float = 0.0

    def turn(self, now: float) -> float:
        """For how many seconds the one who asks now has to wait for its turn."""
        interval = 1.0 / self.rate
        # The time at which the bucket would be full again, were nothing more taken; never further back than a full bucket.
        self._next = max(self._next, now - self.burst * interval) + interval
        return max(0.0, self._next - now)
