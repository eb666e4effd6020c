"""Answers of `bakehouse runs pin` and `unpin`."""

from __future__ import annotations

from bakehouse.actions import pinning
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import short
from bakehouse.cli import answers


def pin(run: str, reason: str, *, as_json: bool) -> int:
    """Keep a run from being deleted; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        run_id = pinning.pin(context, run, reason)
    if as_json:
        answers.document({"run_id": run_id, "pinned": True, "reason": reason or None})
    else:
        answers.lines([f"run {short(run_id)} is pinned: it is not deleted until `bakehouse runs unpin {short(run_id)}`"])
    return 0


def unpin(run: str, *, as_json: bool) -> int:
    """Let a run be deleted again; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        run_id = pinning.unpin(context, run)
    if as_json:
        answers.document({"run_id": run_id, "pinned": False})
    else:
        answers.lines([f"run {short(run_id)} is not pinned any more"])
    return 0
