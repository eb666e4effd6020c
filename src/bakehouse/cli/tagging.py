"""Answers of `bakehouse runs tag`."""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.actions import runs
from bakehouse.actions import tags as tag_rules
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import visible
from bakehouse.cli import answers


def tag(run: str, given: Sequence[str], removed: Sequence[str], *, as_json: bool) -> int:
    """Give a run tags and remove some; the exit code. Those that it has then are printed, one on a line."""
    tags = tag_rules.split(given)
    with wiring.opened(settings.from_environment()) as context:
        run_id = runs.named(context, run)
        found = runs.tag(context, run_id, tags, removed=removed)
    if as_json:
        answers.document({"run_id": run_id, "tags": dict(found)})
    else:
        answers.lines(visible(f"{key}={value}") for key, value in sorted(found.items()))
    return 0
