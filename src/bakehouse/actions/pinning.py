"""Keeping runs from being deleted, and letting them go again."""

from __future__ import annotations

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import BadReason
from bakehouse.ir.execution import RunId

LONGEST = 500


def pin(context: Context, run: str, reason: str = "") -> RunId:
    """Pin a run, by id, prefix or `latest`: it is not deleted, nor is what it needs collected. Of one that is pinned the reason changes.

    Raises `NotFound`, `BadReason`.
    """
    if len(reason) > LONGEST or len(reason.splitlines()) > 1:
        raise BadReason(longest=LONGEST)
    run_id = runs.named(context, run)
    context.records.retention.pin(run_id, reason.strip())
    return run_id


def unpin(context: Context, run: str) -> RunId:
    """Let a run go again; of one that is not pinned nothing changes. Raises `NotFound`."""
    run_id = runs.named(context, run)
    context.records.retention.unpin(run_id)
    return run_id
