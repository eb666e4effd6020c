"""What has become of attempts whose pods or containers are there still: those that nobody follows are deleted."""

from __future__ import annotations

import logging
from enum import Enum
from typing import Protocol

from bakehouse.ir.execution import AttemptId, RunId

_log = logging.getLogger(__name__)


class Fate(Enum):
    """What has become of an attempt whose pod or container is there."""

    OPEN = "open"  # somebody follows it, or will
    OVER = "over"
    UNKNOWN = "unknown"  # there is no such run


class Fates(Protocol):
    """Tells of what a cluster or an engine of containers still has something of. Any thread may call."""

    def attempt(self, attempt: AttemptId) -> Fate:
        """What has become of an attempt."""

    def over_since(self, run_id: RunId) -> float:
        """For how many seconds a run has been over; 0: it is not; infinite: there is no such run."""


class EverybodyLives:
    """Where nobody can tell, everything is somebody's."""

    def attempt(self, _attempt: AttemptId) -> Fate:
        """It goes on."""
        return Fate.OPEN

    def over_since(self, _run_id: RunId) -> float:
        """It is not over."""
        return 0.0


def is_left_over(fates: Fates, attempt: AttemptId, what: str) -> bool:
    """Whether nobody follows this attempt, nor ever will; `what` names what is there of it, for the log."""
    fate = fates.attempt(attempt)
    if fate is Fate.UNKNOWN:
        _log.warning("%s belongs to the run %s, which is not recorded here: it is deleted", what, attempt.run_id)
    return fate is not Fate.OPEN
