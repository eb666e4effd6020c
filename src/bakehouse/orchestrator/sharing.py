"""What engines on one machine take of it together. Pure: each says what it holds and what it wants, and heeds what the others say.

An engine takes what is free. Where others want the same it takes no more than an equal share. A step that asks for more than a share waits
for its turn: the engine that has not been served for the longest comes first, and until then nobody else takes of what it wants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_ROUNDING = 1e-9


@dataclass(frozen=True)
class EngineReport:
    """What an engine says of itself: by kind what its steps `held` and what the next ones want and do not get, unserved `since` then.

    `running` counts its steps by pipeline and by namespace. Times are seconds of the machine's own clock.
    """

    held: Mapping[str, float]
    running: Mapping[str, int]
    wants: Mapping[str, float]
    since: float = 0.0


class Others:
    """All other engines of the machine; false where there are none."""

    def __init__(self, said: Sequence[EngineReport] = ()) -> None:
        self._said = said
        self.held = _sums(one.held for one in said)
        self.running = _sums(one.running for one in said)

    def __bool__(self) -> bool:
        return bool(self._said)

    def come_first(self, kind: str, amount: float, *, mine: float, total: float, since: float) -> bool:
        """Whether somebody else takes of this kind before an engine that holds `mine` of `total`, unserved `since`, and wants `amount`."""
        rivals = [one for one in self._said if kind in one.wants]
        if not rivals:
            return False
        share = total / (1 + len(rivals))
        earlier = [one for one in rivals if one.since < since]
        if any(one.wants[kind] > share + _ROUNDING for one in earlier):
            return True
        within_share = mine + amount <= share + _ROUNDING
        return not within_share and not (mine <= _ROUNDING and not earlier)


def _sums(amounts: Iterable[Mapping[str, float]]) -> defaultdict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for each in amounts:
        for name, amount in each.items():
            sums[name] += amount
    return sums


NOBODY = Others()
