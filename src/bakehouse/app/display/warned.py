"""What the author should know of steps of a run that succeeded all the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.app.display.failures import label
from bakehouse.app.display.texts import Line, Tone, short, visible
from bakehouse.records.views import RunView

_MOST = 10


def warnings(view: RunView, margin: str) -> Iterator[Line]:
    """One line each, behind `margin`; many of them are counted."""
    found = [(label(task), warning) for task in view.steps for warning in task.warnings]
    for whose, warning in found[:_MOST]:
        yield Line(f"{margin}{visible(whose)}: {visible(warning)}", Tone.STRONG)
    if len(found) > _MOST:
        yield Line(f"{margin}… {len(found) - _MOST} more: bakehouse runs show {short(view.summary.id)} --task STEP", Tone.DIM)
