"""What has become of the runs and attempts that a cluster or a container engine still has something of, by the records."""

from __future__ import annotations

import math

from bakehouse.clock import Clock
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import AttemptId, RunId
from bakehouse.records.database import Records
from bakehouse.records.errors import NoSuchRun
from bakehouse.runners.fates import Fate

_OPEN = frozenset({"OPENED", "RUNNING"})


class RecordedFates:
    """Implements `runners.fates.Fates`. While the records cannot be read, everything is somebody's."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records, self._clock = records, clock

    def attempt(self, attempt: AttemptId) -> Fate:
        """What has become of an attempt."""
        try:
            view = self._records.task(attempt.run_id, attempt.task_id)
        except NoSuchRun:
            return Fate.UNKNOWN
        except Unavailable:
            return Fate.OPEN
        states = {one.number: one.state for one in view.attempts} if view is not None else {}
        if attempt.number not in states:
            return Fate.UNKNOWN
        return Fate.OPEN if states[attempt.number] in _OPEN else Fate.OVER

    def over_since(self, run_id: RunId) -> float:
        """For how many seconds a run has been over; 0: it is not; infinite: there is no such run."""
        try:
            finished_at = self._records.head(run_id).summary.finished_at
        except NoSuchRun:
            return math.inf
        except Unavailable:
            return 0.0
        return 0.0 if finished_at is None else max(0.0, self._clock() - finished_at)
