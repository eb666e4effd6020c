"""Whether a task is tried again after an attempt that failed, and when. Pure: what looks like chance is a digest, the same after a restart."""

from __future__ import annotations

from bakehouse.ir.digests import digest_text
from bakehouse.ir.execution import INFRASTRUCTURE, AttemptId, Cause, Ending
from bakehouse.ir.policies import RetryRules
from bakehouse.ir.spec import BACKOFF_DURATION, BACKOFF_FACTOR, BACKOFF_MAX_DURATION, RetryPolicy

#: Attempts that the infrastructure took away (machine restart, lost process) are repeated this often, whatever the author asked for.
INFRASTRUCTURE_RETRIES = 5
#: What ended an attempt from outside; a termination that no user of Bakehouse asked for is one of them.
TAKEN_AWAY = INFRASTRUCTURE | {Cause.TERMINATED}
_LONGEST_INFRASTRUCTURE_PAUSE = 30.0
_DIGITS = 12  # hexadecimal ones of a digest: enough for any fraction


def infrastructure_pause(failures: int) -> float | None:
    """Seconds until the next attempt after so many infrastructure faults: 1, 2, 4 … at most 30; `None`: no more attempts."""
    if failures > INFRASTRUCTURE_RETRIES:
        return None
    return min(2.0 ** (failures - 1), _LONGEST_INFRASTRUCTURE_PAUSE)


def user_pause(policy: RetryPolicy, failures: int) -> float | None:
    """Seconds until the next attempt after so many failures of the step itself, before jitter; `None`: no more attempts."""
    if failures > policy.max_retry_count:
        return None
    duration = BACKOFF_DURATION if policy.backoff_duration is None else policy.backoff_duration
    factor = policy.backoff_factor or BACKOFF_FACTOR
    try:
        return min(duration * factor ** (failures - 1), _longest(policy))
    except OverflowError:
        return _longest(policy)


def jittered(pause: float, rules: RetryRules, policy: RetryPolicy, attempt: AttemptId) -> float:
    """The pause after this attempt, so that tasks that failed together do not come again together; never beyond the policy's longest."""
    chance = fraction(attempt)
    return pause * chance if rules.full_jitter else min(pause * (1 + rules.jitter * chance), _longest(policy))


def fraction(attempt: AttemptId) -> float:
    """A number from 0 to 1, always the same for an attempt, and without pattern from one to the next."""
    return int(digest_text(f"{attempt.run_id}\n{attempt.task_id}\n{attempt.number}")[:_DIGITS], 16) / 16.0**_DIGITS


def refused(rules: RetryRules, ending: Ending) -> str:
    """Why this failure is not worth another attempt, by the author's rules or the step's own word; empty if it may be."""
    cause, code = ending.cause, ending.exit_code
    if not ending.retryable:
        return "it would be refused again" if ending.cause is Cause.STORE else "the step said that another attempt is of no use"
    if cause is None:
        return ""
    if cause in rules.never or (rules.on is not None and cause not in rules.on and cause not in TAKEN_AWAY):
        return f"its retry policy leaves out the cause {cause.value!r}"
    if cause is Cause.EXIT_CODE and (code in rules.never_exit_codes or (rules.exit_codes is not None and code not in rules.exit_codes)):
        return f"its retry policy leaves out the exit code {code}" if code is not None else "its retry policy names exit codes, and it had none"
    return ""


def _longest(policy: RetryPolicy) -> float:
    return policy.backoff_max_duration or BACKOFF_MAX_DURATION
