"""The answer of `bakehouse runs metrics`: metrics of a run, and series of those that were logged with a step, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence

from bakehouse.actions import metrics as run_metrics
from bakehouse.actions import runs, series
from bakehouse.actions.context import Context
from bakehouse.actions.metrics import Scalar
from bakehouse.actions.series import RunSeries, Series, TaskSeries, Wanted
from bakehouse.app import settings, wiring
from bakehouse.cli import answers
from bakehouse.cli.display import curves
from bakehouse.cli.metrics import CSV, Asked
from bakehouse.ir.scalars import json_number
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import JsonObject

_COLUMNS = ("task", "output", "metric", "attempt", "step", "value", "time")


def metrics(run: str, task: str | None, asked: Asked) -> int:
    """All metrics that are wanted; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        scalars, found = _found(context, run, task, asked)
    match asked.output:
        case answers.JSON:
            answers.document(_document(scalars, found))
        case kind if kind == CSV:
            _table(scalars, found.tasks)
        case _:
            answers.lines(line.text for line in curves.listed(scalars, found.tasks))
    for remark in curves.remarks(found.tasks):
        answers.notice(f"note: {remark}")
    if found.truncated:
        answers.notice("note: there is more than is read at once: name a TASK, or a --metric")
    return 0


def _found(context: Context, run: str, task: str | None, asked: Asked) -> tuple[Sequence[Scalar], RunSeries]:
    """The values without a step, and the series."""
    view = runs.get(context, run)
    step = runs.step(view, task).id if task is not None else ""
    most = asked.points if asked.output != answers.TEXT else curves.CELLS
    found = series.of_run(context, view.summary.id, Wanted(task=step, attempt=asked.attempt, metrics=asked.metric, most=most))
    known = {(one.task_id, each.output, each.metric) for one in found.tasks for each in one.series}
    scalars = [
        one
        for one in run_metrics.of(view).scalars
        if (not step or one.source.task_id == step)
        and (not asked.metric or one.key in asked.metric)
        and (one.source.task_id, one.source.output, one.key) not in known
    ]
    return ([] if asked.attempt is not None else scalars), found


def _document(scalars: Sequence[Scalar], found: RunSeries) -> JsonObject:
    return {
        "run_id": found.run_id,
        "metrics": [{"task": one.source.task_id, "output": one.source.output, "metric": one.key, "value": one.value} for one in scalars],
        "series": [_series(task, one) for task in found.tasks for one in task.series],
        "truncated": found.truncated,
    }


def _series(task: TaskSeries, one: Series) -> JsonObject:
    points = [{"step": step, "value": value, "time": rfc3339(at), "attempt": one.attempt(step)} for step, value, at in one.points]
    return {
        "task": task.task_id,
        "cached_from": task.origin.run_id if task.origin is not None else None,
        "output": one.output,
        "metric": one.metric,
        "count": one.range.count,
        "not_finite": one.range.not_finite,
        "min": one.range.least,
        "max": one.range.largest,
        "last": points[-1],
        "points": points,
    }


def _table(scalars: Sequence[Scalar], found: Sequence[TaskSeries]) -> None:
    """A line for each value; of one without a step attempt, step and time are empty."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for one in scalars:
        given = json_number(one.value) if isinstance(one.value, float) else one.value
        rows.writerow([one.source.task_id, one.source.output, one.key, "", "", given, ""])
    for task in found:
        for each in task.series:
            for step, value, at in each.points:
                rows.writerow([task.task_id, each.output, each.metric, each.attempt(step), step, json_number(value), rfc3339(at)])
