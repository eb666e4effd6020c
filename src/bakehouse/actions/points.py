"""The points of metrics in the file of an attempt, as `bakehouse/task/series.py` writes them: read in order, put in order, joined, thinned out.

A step may write anything into that file, at any time, and be killed amid a line: what is no point is counted and passed over.
"""

from __future__ import annotations

import json
import math
import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from bakehouse.ir.values import Json
from bakehouse.runners import reading

#: Fewer points than these cannot hold both ends and each kind of extreme.
FEWEST = 10
_BLOCK = 1 << 20  # bytes that are read at a time
_LARGEST_STEP = 1 << 53
_LAST_MOMENT = 253_402_300_800  # seconds: the year 10000
_FIELDS = 5  # of a line

#: The output artifact, and the metric.
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points as columns of equal length, 24 bytes for each: steps, values (any float), times (seconds since the epoch)."""

    steps: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    times: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[tuple[int, float, float]]:
        """Step, value and time of each point."""
        return zip(self.steps, self.values, self.times, strict=True)

    def add(self, step: int, value: float, at: float) -> None:
        """Append a point."""
        self.steps.append(step)
        self.values.append(value)
        self.times.append(at)

    def picked(self, places: Iterable[int]) -> Curve:
        """Only the points at these places."""
        kept = Curve()
        for place in places:
            kept.add(self.steps[place], self.values[place], self.times[place])
        return kept

    def before(self, step: int) -> Curve:
        """Of points in order, those of smaller steps."""
        end = bisect_left(self.steps, step)
        return self if end == len(self) else Curve(self.steps[:end], self.values[:end], self.times[:end])


@dataclass(frozen=True)
class Found:
    """What a part of a file holds, by output and metric in the order in which they were logged first.

    `next_offset` is the end of its last whole line. `damaged`: lines that are no points. `cut`: the step's points were too many for the file.
    `truncated`: it holds more than was read. `error`: why nothing, or no more, could be read.
    """

    curves: Mapping[Key, Curve]
    next_offset: int
    damaged: int = 0
    cut: bool = False
    truncated: bool = False
    error: str = ""


# ---------------------------------------------------------------- read


def read(path: Path, wanted: Callable[[Key], bool], *, most_bytes: int, most_curves: int, offset: int = 0) -> Found:
    """The points in a file from `offset` on, those of at most so many curves that are wanted. A line that has no end yet is left alone.

    A file that is not there has none.
    """
    lines, truncated, trouble = _Lines(wanted, most_curves, offset), False, ""
    try:
        truncated = _taken(path, lines, most_bytes)
    except FileNotFoundError:
        return Found({}, offset)
    except OSError as error:  # what a step left there need not be a file, nor readable
        trouble = error.strerror or str(error)
    return Found(lines.curves, lines.end, lines.damaged, cut=lines.cut, truncated=truncated or lines.too_many, error=trouble)


def _taken(path: Path, lines: _Lines, most_bytes: int) -> bool:
    """Take the whole lines of a file from `lines.end` on: whether there are more than so many bytes of them. Raises `OSError`."""
    with reading.opened(path) as file:
        size, last = file.seek(0, os.SEEK_END), lines.end + most_bytes
        longest, limit = min(_BLOCK, most_bytes), min(size, last)
        while lines.end < limit:
            file.seek(lines.end)
            block = file.read(min(longest, limit - lines.end))
            whole = block.rfind(b"\n") + 1
            if whole:
                lines.take(block[:whole])
            elif len(block) == longest:  # no point has so long a line
                lines.pass_over(longest)
            else:
                break
    return size > last


class _Lines:
    """Takes lines, and keeps the points that are wanted; `end` is where the last whole line ends that was taken."""

    def __init__(self, wanted: Callable[[Key], bool], most: int, offset: int) -> None:
        self.curves: dict[Key, Curve] = {}
        self.end = offset
        self.damaged, self.cut, self.too_many = 0, False, False
        self._wanted, self._most = wanted, most
        self._unwanted: set[Key] = set()

    def take(self, data: bytes) -> None:
        """Take whole lines."""
        lines = [line for line in data.split(b"\n") if line]
        for entry in _entries(lines):
            if not self._add(entry):
                if entry == {"cut": True}:
                    self.cut = True
                else:
                    self.damaged += 1
        self.end += len(data)

    def pass_over(self, size: int) -> None:
        """Take so many bytes that are no line."""
        self.damaged += 1
        self.end += size

    def _add(self, entry: Json) -> bool:
        """Take a point. False for what is none."""
        if type(entry) is not list or len(entry) != _FIELDS:
            return False
        output, metric, step, value, at = entry
        if type(output) is not str or type(metric) is not str or type(step) is not int or type(value) not in {int, float}:
            return False
        if type(at) not in {int, float} or not 0 <= at < _LAST_MOMENT or not -_LARGEST_STEP < step < _LARGEST_STEP:
            return False
        try:
            number = float(value)
        except OverflowError:
            return False
        key = (output, metric)
        if key in self.curves or self._begins(key):
            self.curves[key].add(step, number, at)
        return True

    def _begins(self, key: Key) -> bool:
        """Whether a curve begins that is wanted, and not too many."""
        if key in self._unwanted:
            return False
        if not self._wanted(key):
            if len(self._unwanted) < self._most:
                self._unwanted.add(key)
            return False
        if len(self.curves) >= self._most:
            self.too_many = True
            return False
        self.curves[key] = Curve()
        return True


def _entries(lines: Sequence[bytes]) -> Iterable[Json]:
    """The values of lines of JSON; `None` for a line that is none."""
    try:
        # At once, which takes a third of the time; but two broken lines may make one value.
        found: list[Json] = json.loads(b"[" + b",".join(lines) + b"]")
    except (ValueError, RecursionError):
        found = []
    return found if len(found) == len(lines) else map(_entry, lines)


def _entry(line: bytes) -> Json:
    try:
        found: Json = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found


# ---------------------------------------------------------------- in order, and joined


def ordered(curve: Curve) -> Curve:
    """The points by step; of several of one step the one that was logged last."""
    if all(one < other for one, other in pairwise(curve.steps)):
        return curve
    places = sorted(range(len(curve)), key=curve.steps.__getitem__)
    last = [place for place, after in pairwise(places) if curve.steps[place] != curve.steps[after]]
    return curve.picked([*last, places[-1]])


@dataclass(frozen=True)
class Part:
    """The points that one attempt has in a joined curve: `count` of them, from `first_step` on."""

    attempt: int
    first_step: int
    count: int


def joined(attempts: Sequence[tuple[int, Curve]]) -> tuple[Curve, Sequence[Part]]:
    """The curves of attempts, each in order, as one: an attempt goes on where it began, and what earlier ones logged from there on counts no more."""
    parts, curves, bound = list[Part](), list[Curve](), _LARGEST_STEP
    for number, curve in reversed(attempts):
        kept = curve.before(bound)
        if len(kept):
            parts.append(Part(number, kept.steps[0], len(kept)))
            curves.append(kept)
        if len(curve):
            bound = min(bound, curve.steps[0])
    whole = Curve()
    for curve in reversed(curves):
        whole.steps.extend(curve.steps)
        whole.values.extend(curve.values)
        whole.times.extend(curve.times)
    return whole, parts[::-1]


# ---------------------------------------------------------------- thinned out


@dataclass(frozen=True)
class Range:
    """What the values of a curve are: how many there are, how many of them are NaN or infinite, and the extremes of the others, if there are any."""

    count: int
    not_finite: int
    least: float | None
    largest: float | None


def measured(curve: Curve) -> Range:
    """The range of a curve."""
    finite = curve.values if not _kinds(curve.values) else array("d", filter(math.isfinite, curve.values))
    return Range(len(curve), len(curve) - len(finite), min(finite, default=None), max(finite, default=None))


def thinned(curve: Curve, most: int) -> Curve:
    """At most so many (10 or more) of the points of a curve: its ends, and of each of equal stretches the least and the largest value, NaN, infinity.

    So neither a spike nor a NaN gets lost, however long the curve is.
    """
    inner = len(curve) - 2
    if len(curve) <= most:
        return curve
    kinds = _kinds(curve.values)
    stretches = (max(FEWEST, most) - 2) // (2 + len(kinds))
    places = [0]
    for stretch in range(stretches):
        begin, end = 1 + inner * stretch // stretches, 1 + inner * (stretch + 1) // stretches
        places += _extremes(curve.values, begin, end, finite=not kinds)
    return curve.picked([*places, inner + 1])


def _kinds(values: array[float]) -> Sequence[str]:
    """Which values there are that are not finite."""
    found = {"inf": math.inf in values, "-inf": -math.inf in values, "nan": any(map(math.isnan, values))}
    return [kind for kind, there in found.items() if there]


def _extremes(values: array[float], begin: int, end: int, *, finite: bool) -> list[int]:
    """The places of the extremes of a stretch, and of the first NaN and the first infinities."""
    if finite:
        stretch = values[begin:end]
        return sorted({begin + stretch.index(min(stretch)), begin + stretch.index(max(stretch))}) if stretch else []
    firsts: dict[str, int] = {}
    numbers: list[int] = []
    for place in range(begin, end):
        if math.isfinite(values[place]):
            numbers.append(place)
        else:
            firsts.setdefault(str(values[place]), place)
    extremes = {min(numbers, key=values.__getitem__), max(numbers, key=values.__getitem__)} if numbers else set()
    return sorted({*extremes, *firsts.values()})
