"""What was measured of the steps of a run, and what they should ask for by that; what they executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.orchestrator.suggestions import Suggestion, suggestions


def suggested(context: Context, run: str, component: str = "") -> Sequence[Suggestion]:
    """What the steps of a run, or of one component of it, should ask for of their machine. Raises `NoSuchRun`."""
    return suggestions(context.records.measured(runs.summary(context, run).id, component))


def code(context: Context, run: str) -> Mapping[str, Sequence[str]]:
    """The digests of what was executed for a run, by component; what it reused counts as executed. Raises `NoSuchRun`."""
    return context.records.code(runs.summary(context, run).id)
