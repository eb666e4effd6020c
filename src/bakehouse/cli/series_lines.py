"""The series of metrics that a run is shown with."""

from __future__ import annotations

from bakehouse.actions import series
from bakehouse.actions.context import Context
from bakehouse.actions.series import Wanted
from bakehouse.app.display.texts import Line
from bakehouse.cli.display import curves
from bakehouse.records.views import RunView


def of_run(context: Context, view: RunView) -> list[Line]:
    """The series of a run as lines."""
    return list(curves.curves(view, series.of_run(context, view.summary.id, Wanted(most=curves.CELLS)).tasks))
