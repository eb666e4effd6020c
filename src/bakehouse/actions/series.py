"""Metrics with a step as series, while a step runs and after it: of the attempts of a step as one, of a run, of several runs beside each other.

A step whose result was reused shows the series of the attempts that made it. Every call reads and answers a bounded part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.actions import logs, points, runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoSuchAttempt, NoSuchTask
from bakehouse.actions.points import Curve, Found, Key, Part, Range
from bakehouse.errors import BadInput
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.records.views import TaskView
from bakehouse.runners.attempts import AttemptFolder

#: Points of one series, unless fewer or more are asked for; and the most.
POINTS = 1_000
MOST_POINTS = 10_000
#: Runs that one call compares.
MOST_RUNS = 20
_MOST_SERIES = 500  # of one answer
_MOST_IN_ALL = 100_000  # points of one answer
_MOST_OF_A_STEP = 128 << 20  # bytes that are read
_MOST_READ = 512 << 20  # bytes that are read for one answer
#: Bytes of a piece that a stream tells.
PIECE = 1 << 16


@dataclass(frozen=True)
class Wanted:
    """Which series: of one step or of all, of one attempt or of all as one; of these outputs and metrics, if any are named.

    `most`: points of each, 10 to 10,000; `None` for every point of every series.
    """

    task: str = ""
    attempt: int | None = None
    outputs: Sequence[str] = ()
    metrics: Sequence[str] = ()
    most: int | None = POINTS

    def includes(self, key: Key) -> bool:
        """Whether the series of an output and a metric is among them."""
        output, metric = key
        return (not self.outputs or output in self.outputs) and (not self.metrics or metric in self.metrics)


@dataclass(frozen=True)
class Series:
    """The points of one metric of an output, perhaps thinned out; `range` and `parts` are of all of them, and `parts` name their attempts."""

    output: str
    metric: str
    range: Range
    parts: Sequence[Part]
    points: Curve

    def attempt(self, step: int) -> int:
        """The number of the attempt whose point of that step it has."""
        return max(part.attempt for part in self.parts if part.first_step <= step)


@dataclass(frozen=True)
class Attempt:
    """How far the file of an attempt was read: a stream goes on at byte `next_offset`, unless it is `complete`.

    `damaged`: lines that are no points. `cut`: there were too many points for the file, and the last ones are missing. `error`: why it could
    not be read.
    """

    number: int
    next_offset: int
    complete: bool
    damaged: int
    cut: bool
    error: str


@dataclass(frozen=True)
class Origin:
    """The step whose result was reused; `run_name` is empty if its run was deleted, and the series with it."""

    run_id: RunId
    run_name: str
    task_id: TaskId
    attempt: int
    at: float | None


@dataclass(frozen=True)
class TaskSeries:
    """The series of a step, and the attempts that they were read of; those of its `origin` if its result was reused."""

    task_id: TaskId
    origin: Origin | None
    attempts: Sequence[Attempt]
    series: Sequence[Series]


@dataclass(frozen=True)
class RunSeries:
    """The series of a run by steps, in their order. `truncated`: there is more than one answer takes."""

    run_id: RunId
    tasks: Sequence[TaskSeries]
    truncated: bool


def of_run(context: Context, run: str, wanted: Wanted) -> RunSeries:
    """The series of a run so far. Raises `NoSuchRun`, `NoSuchTask`, `NoSuchAttempt`; `BadInput` for an attempt without a task."""
    return _thinned([_Reading(context, wanted).run(runs.summary(context, run).id)], wanted)[0]


def of_runs(context: Context, ids: Sequence[str], wanted: Wanted) -> Sequence[RunSeries]:
    """The series of 1 to 20 runs, in the order in which they are named; a step that is not there has none. Raises `NoSuchRun`, `BadInput`."""
    if not 1 <= len(ids) <= MOST_RUNS:
        remedy = f"Name 1 to {MOST_RUNS} of them."
        raise BadInput(f"the series of {len(ids)} runs cannot be compared", place="query.run_id", remedy=remedy)
    named = list(dict.fromkeys(runs.summary(context, one).id for one in ids))
    reading = _Reading(context, wanted)
    return _thinned([reading.run_among_others(one) for one in named], wanted)


# ---------------------------------------------------------------- as they grow


def find(context: Context, attempt: AttemptId) -> logs.Log:
    """Where the points of one attempt lie, and whether none will be added. Raises `NoSuchRun`, `NoSuchTask`, `NoSuchLog`."""
    log = logs.find(context, attempt)
    return replace(log, path=AttemptFolder(log.path.parent).series)


def tail(path: Path, offset: int) -> Found:
    """The points in a file from `offset` on, in the order in which they were logged: those of a piece of the file."""
    return points.read(path, lambda _: True, most_bytes=PIECE, most_curves=PIECE, offset=offset)  # more curves do not fit


# ---------------------------------------------------------------- read


def _file(context: Context, attempt: AttemptId) -> Path:
    return AttemptFolder(runs.attempt_folder(context, attempt.path)).series


@dataclass
class _Reading:
    """What may still be read for one answer, and whether more was there of the run that is being read."""

    context: Context
    wanted: Wanted
    bytes_left: int = _MOST_READ
    series_left: int = _MOST_SERIES
    truncated: bool = False
    _names: dict[RunId, str] = field(default_factory=dict)

    def run(self, run_id: RunId) -> RunSeries:
        """The series of a run."""
        self.truncated = False
        found = [one for task in self._tasks(run_id) if (one := self._task(run_id, task)) is not None]
        return RunSeries(run_id, found, self.truncated)

    def run_among_others(self, run_id: RunId) -> RunSeries:
        """The same; none where the run does not have the step that is wanted."""
        try:
            return self.run(run_id)
        except NoSuchTask:
            return RunSeries(run_id, (), truncated=False)

    def _tasks(self, run_id: RunId) -> Sequence[TaskView]:
        if self.wanted.task:
            return [runs.task(self.context, run_id, self.wanted.task)]
        if self.wanted.attempt is not None:
            raise BadInput("an attempt is one of a task, but none is named", place="query.attempt", remedy="Name the task too.")
        return runs.get(self.context, run_id).steps

    def _task(self, run_id: RunId, task: TaskView) -> TaskSeries | None:
        """The series of a step; of one that was not asked for by name, only if it has any."""
        numbers = {one.number: "ended" in one.times for one in task.attempts}
        origin = None
        if task.cached_from is not None:
            made_by = task.cached_from_attempt or 1
            numbers = dict.fromkeys(range(1, made_by + 1), True)
            origin = Origin(task.cached_from, "", task.cached_from_task or task.id, made_by, task.cached_at)
        numbers = self._chosen(run_id, task, numbers)
        folder = (origin.run_id, origin.task_id) if origin is not None else (run_id, task.id)
        files = {number: _file(self.context, AttemptId(*folder, number)) for number in numbers}
        attempts, series = self._joined(files, numbers)
        if not self.wanted.task and not any(one.next_offset or one.error for one in attempts):
            return None
        if origin is not None:
            origin = replace(origin, run_name=self._name(origin.run_id))
        return TaskSeries(task.id, origin, attempts, series)

    def _chosen(self, run_id: RunId, task: TaskView, numbers: dict[int, bool]) -> dict[int, bool]:
        """The attempt that is wanted, or all of them."""
        wanted = self.wanted.attempt
        if wanted is None:
            return numbers
        if wanted not in numbers:
            raise NoSuchAttempt(run=run_id, task=task.id, attempt=str(wanted), attempts=", ".join(map(str, numbers)) or "none")
        return {number: ended for number, ended in numbers.items() if number == wanted}

    def _name(self, run_id: RunId) -> str:
        if run_id not in self._names:
            found = runs.summaries(self.context, [run_id])
            self._names[run_id] = found[0].name if found else ""
        return self._names[run_id]

    def _joined(self, files: Mapping[int, Path], ended: Mapping[int, bool]) -> tuple[Sequence[Attempt], Sequence[Series]]:
        """The attempts in order, and their series as one; the last ones are read first, so that what is left out is the oldest."""
        attempts, curves = list[Attempt](), dict[Key, list[tuple[int, Curve]]]()
        bytes_left = _MOST_OF_A_STEP
        for number in sorted(files, reverse=True):
            found = points.read(files[number], self.wanted.includes, most_bytes=min(bytes_left, self.bytes_left), most_curves=self.series_left)
            bytes_left, self.bytes_left = bytes_left - found.next_offset, self.bytes_left - found.next_offset
            self.truncated |= found.truncated
            attempts.append(Attempt(number, found.next_offset, ended[number], found.damaged, found.cut, found.error))
            for key, curve in found.curves.items():
                curves.setdefault(key, []).append((number, points.ordered(curve)))
        return attempts[::-1], list(self._made(curves))

    def _made(self, curves: Mapping[Key, list[tuple[int, Curve]]]) -> Iterator[Series]:
        for output, metric in sorted(curves, key=lambda key: key[0]):  # metrics stay in the order in which they were logged
            if not self.series_left:
                self.truncated = True
                return
            self.series_left -= 1
            whole, parts = points.joined(curves[output, metric][::-1])
            few = points.thinned(whole, self.wanted.most) if self.wanted.most is not None else whole
            yield Series(output, metric, points.measured(whole), parts, few)


def _thinned(found: Sequence[RunSeries], wanted: Wanted) -> Sequence[RunSeries]:
    """The same with fewer points, where all together are too many for one answer."""
    every = [series for run in found for task in run.tasks for series in task.series]
    if wanted.most is None or sum(len(one.points) for one in every) <= _MOST_IN_ALL:
        return found
    most = max(points.FEWEST, _MOST_IN_ALL // len(every))
    return [replace(run, tasks=[_fewer(task, lambda curve: points.thinned(curve, most)) for task in run.tasks]) for run in found]


def _fewer(task: TaskSeries, fewer: Callable[[Curve], Curve]) -> TaskSeries:
    return replace(task, series=[replace(one, points=fewer(one.points)) for one in task.series])
