"""Series as a terminal shows them."""

from __future__ import annotations

import math
import sys

import pytest

from bakehouse.actions import points
from bakehouse.actions.metrics import Scalar, Source
from bakehouse.actions.points import Curve, Part
from bakehouse.actions.series import Attempt, Origin, Series, TaskSeries
from bakehouse.cli.display import curves
from bakehouse.cli.display.ending import ending
from bakehouse.cli.display.page import page
from bakehouse.ir.execution import RunId, TaskId
from tests.unit.app import samples


def series(*values: float, metric: str = "loss") -> Series:
    """A series with the steps 0, 1, 2 and so on."""
    curve = Curve()
    for step, value in enumerate(values):
        curve.add(step, value, 0.0)
    return Series("m", metric, points.measured(curve), (Part(1, 0, len(values)),), curve)


def of_task(*found: Series, origin: Origin | None = None, attempt: Attempt | None = None) -> TaskSeries:
    """The series of `train`."""
    return TaskSeries(TaskId("train"), origin, (attempt or Attempt(1, 9, complete=True, damaged=0, cut=False, error=""),), found)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([0.0], "▁"),
        ([1.0, 1.0], "▁▁"),
        ([0.0, 1.0], "▁█"),
        ([float(number) for number in range(8)], "▁▂▃▄▅▆▇█"),
        ([7.0, math.nan, 0.0], "█×▁"),
        ([math.nan, math.inf], "××"),
        ([-sys.float_info.max, sys.float_info.max], "▁█"),
        ([float(number) for number in range(480)], "▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███"),
    ],
)
def test_a_curve_is_a_bar_for_each_stretch(values: list[float], drawn: str) -> None:
    """From the least to the largest mean; where nothing is finite there is a cross."""
    assert curves.drawn(series(*values).points) == drawn


def test_the_page_of_a_run_has_its_series() -> None:
    """Also of a run that has no metrics yet, since its step still runs; names of steps move no cursor."""
    run = samples.run(samples.task("train"))
    lines = list(curves.curves(run, [of_task(series(1.0, math.nan, 0.25), series(3.0, metric="\x1b[2J"))]))
    shown = [line.text for line in page(run, {}, 0.0, lines)]
    assert [line.text for line in ending(run, {}, lines)].count("Series") == shown.count("Series") == 1
    assert "  train  loss     █×▁  0.25 at step 2, 0.25 to 1, 3 points, 1 not finite" in shown
    assert "  train  \\x1b[2J  ▁    3 at step 0, 3 to 3, 1 point" in shown


def test_metrics_are_listed_with_and_without_steps() -> None:
    """In the same columns."""
    scalars = [Scalar(Source("eval", "m", "1"), "accuracy", 0.93), Scalar(Source("eval", "m", "1"), "name", "a\nb")]
    lines = [line.text.split() for line in curves.listed(scalars, [of_task(series(1.0, 0.25))])]
    assert lines == [
        ["TASK", "OUTPUT", "METRIC", "POINTS", "STEP", "LAST", "MIN", "MAX", "CURVE"],
        ["eval", "m", "accuracy", "0.93"],
        ["eval", "m", "name", "a\\nb"],
        ["train", "m", "loss", "2", "1", "0.25", "0.25", "1", "█▁"],
    ]
    assert [line.text for line in curves.listed([], [])] == ["no metrics so far"]


def test_what_is_missing_is_said() -> None:
    """Where the points come from, and which there are not."""
    bad = Attempt(2, 9, complete=True, damaged=1, cut=True, error="Permission denied")
    reused = Origin(RunId("1a2b3c4d-1"), "first", TaskId("train"), 1, 0.0)
    deleted = Origin(RunId("1a2b3c4d-1"), "", TaskId("train"), 1, 0.0)
    assert list(curves.remarks([of_task(series(1.0), attempt=bad), of_task(origin=reused), of_task(origin=deleted)])) == [
        "train: attempt 2 logged more points than are kept; the last ones are missing",
        "train: 1 line of attempt 2 is no point",
        "train: the points of attempt 2 cannot be read: Permission denied",
        "train: its result was reused from train of run 1a2b3c4d",
        "train: its result was reused from train of run 1a2b3c4d, which was deleted, and its series with it",
    ]
