"""Series of metrics on a terminal: a curve in a few characters, and the numbers that matter. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bakehouse.actions.metrics import Scalar
from bakehouse.actions.points import Curve
from bakehouse.actions.series import Series, TaskSeries
from bakehouse.app.display.failures import label
from bakehouse.app.display.texts import Line, Tone, short, table, visible
from bakehouse.cli.display.ending import number, section, value
from bakehouse.records.views import RunView

#: Points that a curve is drawn from.
CELLS = 240
_WIDTH = 24  # characters
_WIDEST = 40  # characters of a name
_BARS = "▁▂▃▄▅▆▇█"
_NOT_FINITE = "×"


def curves(view: RunView, series: Sequence[TaskSeries]) -> Iterator[Line]:
    """The series of a run, a row for each."""
    names = {task.id: label(task) for task in view.steps}
    rows = [_row(names.get(task.task_id, task.task_id), one) for task in series for one in task.series]
    if rows:
        yield from section("Series")
        yield from (Line(f"  {row}") for row in table(rows))


def listed(scalars: Sequence[Scalar], series: Sequence[TaskSeries]) -> Iterator[Line]:
    """Metrics of a run in columns: those without a step, then series."""
    rows = [
        [visible(one.source.task_id, _WIDEST), visible(one.source.output, _WIDEST), visible(one.key, _WIDEST), "", "", _shown(one.value), "", "", ""]
        for one in scalars
    ]
    rows += [_row_in_full(task.task_id, one) for task in series for one in task.series]
    if not rows:
        yield Line("no metrics so far", Tone.DIM)
        return
    yield from (Line(row) for row in table([["TASK", "OUTPUT", "METRIC", "POINTS", "STEP", "LAST", "MIN", "MAX", "CURVE"], *rows]))


def remarks(series: Sequence[TaskSeries]) -> Iterator[str]:
    """What a reader should know of where they come from, and what is missing."""
    for task in series:
        name, origin = visible(task.task_id, _WIDEST), task.origin
        if origin is not None:
            gone = "" if origin.run_name else ", which was deleted, and its series with it"
            yield f"{name}: its result was reused from {origin.task_id} of run {short(origin.run_id)}{gone}"
        for attempt in task.attempts:
            if attempt.cut:
                yield f"{name}: attempt {attempt.number} logged more points than are kept; the last ones are missing"
            if attempt.damaged:
                several = f"lines of attempt {attempt.number} are no points"
                yield f"{name}: {f'{attempt.damaged} {several}' if attempt.damaged > 1 else f'1 line of attempt {attempt.number} is no point'}"
            if attempt.error:
                yield f"{name}: the points of attempt {attempt.number} cannot be read: {attempt.error}"


def _row(name: str, series: Series) -> list[str]:
    last = series.points.values[-1]
    span = [f"{_number(series.range.least)} to {_number(series.range.largest)}"] if series.range.least is not None else []
    odd = [f"{series.range.not_finite} not finite"] if series.range.not_finite else []
    points = f"{series.range.count} {'point' if series.range.count == 1 else 'points'}"
    step = series.points.steps[-1]
    words = ", ".join([f"{_number(last)} at step {step}", *span, points, *odd])
    return [visible(name, _WIDEST), visible(series.metric, _WIDEST), drawn(series.points), words]


def _row_in_full(task: str, series: Series) -> list[str]:
    names = [visible(name, _WIDEST) for name in (task, series.output, series.metric)]
    steps, values, range_ = series.points.steps, series.points.values, series.range
    return [
        *names,
        str(range_.count),
        str(steps[-1]),
        _number(values[-1]),
        _number(range_.least),
        _number(range_.largest),
        drawn(series.points),
    ]


def _number(given: float | None) -> str:
    return "" if given is None else number(given)


def _shown(given: str | float | bool) -> str:  # noqa: FBT001  # a metric may be one
    return visible(given if isinstance(given, str) else number(given) if isinstance(given, float) else value(given), _WIDEST)


def drawn(curve: Curve) -> str:
    """The values from the first to the last as bars, each the mean of a stretch; where nothing is finite, a cross."""
    count = len(curve)
    width = min(_WIDTH, count)
    stretches = [curve.values[count * cell // width : count * (cell + 1) // width] for cell in range(width)]
    means = [_mean([one for one in stretch if math.isfinite(one)]) for stretch in stretches]
    known = [mean for mean in means if mean is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(_NOT_FINITE if mean is None else _bar(mean, low, high) for mean in means)


def _mean(values: Sequence[float]) -> float | None:
    # Each divided before they are added: the sum of large ones may be infinite.
    return sum(one / len(values) for one in values) if values else None


def _bar(mean: float, low: float, high: float) -> str:
    span = high / 2 - low / 2  # halved, as the difference of large ones may be infinite
    return _BARS[0] if span <= 0 else _BARS[min(len(_BARS) - 1, int((mean / 2 - low / 2) / span * len(_BARS)))]
