"""Metrics with a step, as our own API shows them, and as a stream tells that they grew."""

from __future__ import annotations

from bakehouse.api.base import Message, Moment, Number
from bakehouse.api.runs import CachedFrom


class SeriesPoint(Message):
    """A value of a metric, the step that it belongs to, and when it was logged."""

    step: int
    value: Number
    at: Moment


class SeriesPart(Message):
    """The points that one attempt has in a series: `count` of them, from `first_step` on."""

    attempt: int
    first_step: int
    count: int


class Series(Message):
    """A metric with its points by step, of all attempts as one.

    Each attempt goes on from its first step: what earlier ones logged from there on counts no more. Of several values for one step in an attempt
    it is the last.
    """

    output: str
    """The output artifact that it was logged in."""
    metric: str
    count: int
    """All points there are."""
    not_finite: int
    """How many of them are NaN or infinite."""
    min: float | None
    """Of all that are finite; `null` if none is."""
    max: float | None
    last: SeriesPoint
    """That of the largest step."""
    parts: list[SeriesPart]
    points: list[SeriesPoint]
    """All, or as many as were asked for: the first, the last, and of each of equal stretches least, largest, NaN and infinities."""


class SeriesAttempt(Message):
    """How far the points of an attempt were read: `/stream` goes on at byte `next_offset` of it."""

    number: int
    next_offset: int
    complete: bool
    """Whether no point will be added any more."""
    damaged: int = 0
    """Lines that are no points."""
    cut: bool = False
    """Whether the attempt had more points than are kept: the last ones are missing."""
    error: str = ""
    """Why its points could not be read."""


class TaskSeries(Message):
    """The series of a step; of one whose result was reused those of the attempts that made it."""

    task_id: str
    cached_from: CachedFrom | None = None
    attempts: list[SeriesAttempt]
    """Those of the step that made the result, if it was reused."""
    series: list[Series]


class RunSeries(Message):
    """The series of a run, in the order of its steps; only steps that have some, unless one was asked for by name."""

    run_id: str
    tasks: list[TaskSeries]
    truncated: bool = False
    """Whether there are more series, or older points, than one answer takes."""


class SeriesOfRuns(Message):
    """The series of several runs, in the order in which they were named."""

    runs: list[RunSeries]


class NewPoints(Message):
    """Points of one metric, in the order in which they were logged."""

    output: str
    metric: str
    points: list[SeriesPoint]


class SeriesUpdate(Message):
    """Stream message `series`: the next points of an attempt, as it logged them."""

    run_id: str
    task_id: str
    attempt: int
    offset: int
    next_offset: int
    series: list[NewPoints]
    complete: bool
    damaged: int = 0
    """Lines between the two offsets that are no points."""
    cut: bool = False
    """Whether the attempt had more points than are kept: the last ones are missing."""
    error: str = ""
    """Why no more could be read, for now; empty again in the next update when more can be."""
