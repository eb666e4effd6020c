"""How long a task rests before its next attempt. Pure."""

from __future__ import annotations

from bakehouse.ir.spec import BACKOFF_DURATION, BACKOFF_FACTOR, BACKOFF_MAX_DURATION, RetryPolicy

#: Attempts that the infrastructure took away (machine restart, lost process) are repeated this often, whatever the author asked for.
INFRASTRUCTURE_RETRIES = 5
_LONGEST_INFRASTRUCTURE_PAUSE = 30.0


def infrastructure_pause(failures: int) -> float | None:
    """Seconds until the next attempt after so many infrastructure faults: 1, 2, 4 … at most 30; `None`: no more attempts."""
    if failures > INFRASTRUCTURE_RETRIES:
        return None
    return min(2.0 ** (failures - 1), _LONGEST_INFRASTRUCTURE_PAUSE)


def user_pause(policy: RetryPolicy, failures: int) -> float | None:
    """Seconds until the next attempt after so many failures of the step itself, by the author's policy; `None`: no more attempts."""
    if failures > policy.max_retry_count:
        return None
    duration = BACKOFF_DURATION if policy.backoff_duration is None else policy.backoff_duration
    factor = policy.backoff_factor or BACKOFF_FACTOR
    longest = policy.backoff_max_duration or BACKOFF_MAX_DURATION
    try:
        return min(duration * factor ** (failures - 1), longest)
    except OverflowError:
        return longest
