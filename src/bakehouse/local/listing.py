"""The runs of the home as a table for programs and notebooks."""

from __future__ import annotations

import html
import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from bakehouse import clock
from bakehouse.actions import metrics
from bakehouse.actions import runs as all_runs
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import duration, short, table, visible
from bakehouse.records.views import RunSummary, RunView

_LONGEST = 40  # characters of a value in the table
#: What every run has.
_COLUMNS = ("id", "name", "pipeline", "experiment", "state", "created", "duration")


class Runs(list[Mapping[str, Any]]):
    """The runs, the newest first, each as a mapping; shown as a table."""

    @property
    def columns(self) -> list[str]:
        """The names of all columns that any run has."""
        return list(dict.fromkeys(name for run in self for name in run))

    def __repr__(self) -> str:
        return "\n".join(table(self._cells())) if self else "no runs"

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        head, *rows = self._cells()
        lines = [_row("th", head), *(_row("td", row) for row in rows)]
        return f"<table>{''.join(lines)}</table>"

    def _cells(self) -> list[list[str]]:
        columns = self.columns
        return [columns, *([_cell(name, run.get(name)) for name in columns] for run in self)]


def _row(kind: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{kind}>{html.escape(cell)}</{kind}>' for cell in cells)}</tr>"


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column == "id":
        return short(value)
    if column == "duration":
        return duration(value)
    return visible(value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value), _LONGEST)


def runs(limit: int, experiment: str | None, tags: Sequence[str]) -> Any:
    """As `bakehouse.local.runs` says."""
    with wiring.opened(settings.from_environment()) as context:
        found = all_runs.list_runs(context, limit=limit, experiment=experiment, tags=tags)
        rows = Runs(_record(view, clock.system()) for view in all_runs.results(context, found))
    if importlib.util.find_spec("pandas") is None:
        return rows
    return importlib.import_module("pandas").DataFrame(list(rows), columns=list(dict.fromkeys([*_COLUMNS, *rows.columns])))


def _record(view: RunView, now: float) -> Mapping[str, Any]:
    summary = view.summary
    return {
        "id": summary.id,
        "name": summary.name,
        "pipeline": summary.pipeline_name,
        "experiment": summary.experiment,
        "state": summary.state.value,
        "created": datetime.fromtimestamp(summary.created_at, timezone.utc),
        "duration": _lasted(summary, now),
        **{f"parameters.{name}": value for name, value in view.parameters.items()},
        **{f"metrics.{one.key}": one.value for one in metrics.of(view).scalars},
        **{f"tags.{key}": value for key, value in summary.tags.items()},
    }


def _lasted(summary: RunSummary, now: float) -> float | None:
    if summary.started_at is None:
        return None
    return (summary.finished_at or now) - summary.started_at
