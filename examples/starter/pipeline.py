"""A trend in readings: make them, fit a line, see how far off it is, tell.

    bakehouse run pipeline.py -p days=365

Each step is a function that runs in a process of its own, from its source alone: what it needs is imported inside it, or travels
with it (`additional_funcs`). `from kfp import dsl` does the same as the first line below.
"""

from readings import line_at, rows_of

from bakehouse import dsl
from bakehouse.dsl import Dataset, Input, Markdown, Metrics, Model, Output


@dsl.component
def make_readings(days: int, seed: int, readings: Output[Dataset]) -> int:
    """Write a reading for each day as CSV: day, degrees.

    Args:
        days: How many days.
        seed: Decides what the readings are.
        readings: The table.

    Returns:
        How many rows it has.
    """
    import random

    dice = random.Random(seed)
    with open(readings.path, "w") as file:
        file.writelines(f"{day},{10 + 0.02 * day + dice.gauss(0, 2):.2f}\n" for day in range(days))
    readings.metadata["rows"] = days
    return days


@dsl.component(additional_funcs=[rows_of])
def fit_line(readings: Input[Dataset], line: Output[Model]) -> float:
    """Fit a straight line by least squares, and keep it as JSON.

    Args:
        readings: The table.
        line: Its `slope` and `start`.

    Returns:
        The slope, in degrees a day.
    """
    import json
    import statistics

    rows = rows_of(readings.path)
    slope, start = statistics.linear_regression([day for day, _ in rows], [degrees for _, degrees in rows])
    with open(line.path, "w") as file:
        json.dump({"slope": slope, "start": start}, file)
    print(f"{slope:.4f} degrees a day, from {start:.1f}")
    return slope


@dsl.component(additional_funcs=[rows_of, line_at])
def measure_error(readings: Input[Dataset], line: Input[Model], metrics: Output[Metrics]) -> float:
    """Tell how far the readings are from the line.

    Args:
        readings: The table.
        line: What `fit_line` made.
        metrics: The mean distance, and how many readings it is of.

    Returns:
        The mean distance, in degrees.
    """
    rows = rows_of(readings.path)
    error = sum(abs(degrees - line_at(line.path, day)) for day, degrees in rows) / len(rows)
    metrics.log_metric("mean_error", error)
    metrics.log_metric("readings", len(rows))
    return error


@dsl.component
def tell(slope: float, error: float, report: Output[Markdown]):
    """Write down what came out.

    Args:
        slope: In degrees a day.
        error: In degrees.
        report: The text.
    """
    with open(report.path, "w") as file:
        file.write(f"# Trend\n\nIt gets **{slope * 365:.1f}** degrees warmer in a year, give or take {error:.1f} on a day.\n")


@dsl.pipeline
def trend(days: int = 200, seed: int = 1) -> float:
    """Find the trend in daily readings.

    Args:
        days: How many days of readings.
        seed: Decides what the readings are.
    """
    made = make_readings(days=days, seed=seed)
    readings = made.outputs["readings"]
    fitted = fit_line(readings=readings)
    measured = measure_error(readings=readings, line=fitted.outputs["line"])
    tell(slope=fitted.outputs["Output"], error=measured.outputs["Output"])
    return measured.outputs["Output"]
