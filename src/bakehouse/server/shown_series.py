"""Series of metrics as our own API shows them: views to messages. Pure."""

from __future__ import annotations

from bakehouse.actions.points import Curve, Found
from bakehouse.actions.series import Origin, RunSeries, Series, TaskSeries
from bakehouse.api import series as messages
from bakehouse.api.base import moment
from bakehouse.api.runs import CachedFrom
from bakehouse.ir.execution import AttemptId
from bakehouse.server.shown import optional_moment


def of_run(found: RunSeries) -> messages.RunSeries:
    """The series of a run."""
    return messages.RunSeries(run_id=found.run_id, tasks=[_task(one) for one in found.tasks], truncated=found.truncated)


def _task(found: TaskSeries) -> messages.TaskSeries:
    return messages.TaskSeries(
        task_id=found.task_id,
        cached_from=_origin(found.origin) if found.origin is not None else None,
        attempts=[
            messages.SeriesAttempt(
                number=one.number, next_offset=one.next_offset, complete=one.complete, damaged=one.damaged, cut=one.cut, error=one.error
            )
            for one in found.attempts
        ],
        series=[_series(one) for one in found.series],
    )


def _origin(origin: Origin) -> CachedFrom:
    return CachedFrom(run_id=origin.run_id, run_name=origin.run_name, task_id=origin.task_id, attempt=origin.attempt, at=optional_moment(origin.at))


def _series(found: Series) -> messages.Series:
    points = _points(found.points)
    return messages.Series(
        output=found.output,
        metric=found.metric,
        count=found.range.count,
        not_finite=found.range.not_finite,
        min=found.range.least,
        max=found.range.largest,
        last=points[-1],
        parts=[messages.SeriesPart(attempt=one.attempt, first_step=one.first_step, count=one.count) for one in found.parts],
        points=points,
    )


def _points(curve: Curve) -> list[messages.SeriesPoint]:
    return [messages.SeriesPoint(step=step, value=value, at=moment(at)) for step, value, at in curve]


def update(attempt: AttemptId, offset: int, found: Found, *, complete: bool) -> messages.SeriesUpdate:
    """What an attempt has logged since."""
    return messages.SeriesUpdate(
        run_id=attempt.run_id,
        task_id=attempt.task_id,
        attempt=attempt.number,
        offset=offset,
        next_offset=found.next_offset,
        series=[messages.NewPoints(output=output, metric=metric, points=_points(curve)) for (output, metric), curve in found.curves.items()],
        complete=complete,
        damaged=found.damaged,
        cut=found.cut,
        error=found.error,
    )
