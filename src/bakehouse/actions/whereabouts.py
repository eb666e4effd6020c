"""Where the pod of an attempt is followed, of several homes that share their pods."""

from __future__ import annotations

from bakehouse.actions import access
from bakehouse.actions.context import Context
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import AttemptId
from bakehouse.records.whereabouts import Whereabouts


def of_attempt(context: Context, attempt: AttemptId) -> Whereabouts:
    """As it is recorded now; here, while the records are away: whoever had it has it still."""
    access.own(context)
    try:
        return context.records.whereabouts(attempt)
    except Unavailable:
        return Whereabouts.HERE
