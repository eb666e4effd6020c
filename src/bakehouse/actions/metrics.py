"""The metrics of a run, out of the metadata of its artifacts as KFP's SDK writes it. Pure.

Steps may write anything into metadata: what is no metric is passed over, what is too long to be drawn is thinned out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bakehouse.actions.artifacts import made
from bakehouse.ir.values import Json, canonical
from bakehouse.records.views import RunView

_SCALARS, _CLASSES, _SLICES = "system.Metrics", "system.ClassificationMetrics", "system.SlicedClassificationMetrics"
_MOST_SCALARS = 5_000
_MOST_CLASSIFICATIONS = 200
_MOST_POINTS = 1_000
_MOST_LABELS = 200
_LONGEST_TEXT = 1_000  # characters


@dataclass(frozen=True)
class Source:
    """The artifact that metrics were read from."""

    task_id: str
    output: str
    artifact_id: str


@dataclass(frozen=True)
class Scalar:
    """One number, text or truth value by its name; of lists and objects their JSON."""

    source: Source
    key: str
    value: str | float | bool


@dataclass(frozen=True)
class Point:
    """A point of a ROC curve; the threshold above all scores, which is infinite, is `None`."""

    threshold: float | None
    fpr: float
    tpr: float


@dataclass(frozen=True)
class Classification:
    """A ROC curve, a confusion matrix (rows: true classes) or both; `title` names the slice of the data, if it is one."""

    source: Source
    title: str
    roc: Sequence[Point]
    labels: Sequence[str]
    matrix: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Metrics:
    """All metrics of a run, in the order of its steps."""

    scalars: Sequence[Scalar]
    classifications: Sequence[Classification]


def of(view: RunView) -> Metrics:
    """The metrics of a run so far."""
    scalars: list[Scalar] = []
    classifications: list[Classification] = []
    for one in made(view):
        source, artifact = Source(one.task_id, one.output, one.artifact.id), one.artifact
        match artifact.type.schema_title:
            case kind if kind == _SCALARS:
                scalars += _scalars(source, artifact.metadata)
            case kind if kind == _CLASSES:
                classifications += _classification(source, "", artifact.metadata)
            case kind if kind == _SLICES:
                classifications += _slices(source, artifact.metadata)
            case _:
                pass
    return Metrics(scalars[:_MOST_SCALARS], classifications[:_MOST_CLASSIFICATIONS])


# ---------------------------------------------------------------- scalars


def _scalars(source: Source, metadata: Mapping[str, Json]) -> Iterator[Scalar]:
    for key, value in metadata.items():
        if isinstance(value, str):
            yield Scalar(source, key, value[:_LONGEST_TEXT])
        elif isinstance(value, bool | int | float):
            yield Scalar(source, key, value)
        elif value is not None:
            yield Scalar(source, key, canonical(value)[:_LONGEST_TEXT])


# ---------------------------------------------------------------- classifications


def _slices(source: Source, metadata: Mapping[str, Json]) -> Iterator[Classification]:
    for each in _list(metadata.get("evaluationSlices")):
        if isinstance(each, dict) and isinstance(each.get("sliceClassificationMetrics"), dict):
            yield from _classification(source, str(each.get("slice", "")), each["sliceClassificationMetrics"])


def _classification(source: Source, title: str, metadata: Mapping[str, Json]) -> Iterator[Classification]:
    roc = _thinned([point for one in _list(metadata.get("confidenceMetrics")) if (point := _point(one)) is not None])
    labels, matrix = _confusion(_mapping(metadata.get("confusionMatrix")))
    if roc or matrix:
        yield Classification(source, title, roc, labels, matrix)


def _point(given: Json) -> Point | None:
    if not isinstance(given, dict):
        return None
    threshold, fpr, tpr = (_float(given.get(name)) for name in ("confidenceThreshold", "falsePositiveRate", "recall"))
    if threshold is None or fpr is None or tpr is None or not (math.isfinite(fpr) and math.isfinite(tpr)):
        return None
    return Point(threshold if math.isfinite(threshold) else None, fpr, tpr)


def _thinned(points: list[Point]) -> list[Point]:
    """At most 1,000 points of a curve, its ends among them."""
    last = len(points) - 1
    if last < _MOST_POINTS:
        return points
    return [points[round(index * last / (_MOST_POINTS - 1))] for index in range(_MOST_POINTS)]


def _confusion(given: Mapping[str, Json]) -> tuple[list[str], list[list[float]]]:
    """Labels and rows of a confusion matrix; nothing if it is not square, or too large to be looked at."""
    labels = [str(_mapping(one).get("displayName", "")) for one in _list(given.get("annotationSpecs"))]
    rows = [_list(one.get("row") if isinstance(one, dict) else one) for one in _list(given.get("rows"))]
    matrix = [[number for cell in row if (number := _float(cell)) is not None and math.isfinite(number)] for row in rows]
    square = len(labels) == len(rows) and all(len(row) == len(raw) == len(labels) for row, raw in zip(matrix, rows, strict=True))
    return (labels, matrix) if square and len(labels) <= _MOST_LABELS else ([], [])


def _float(value: Json) -> float | None:
    """A number; `None` for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _list(value: Json) -> list[Json]:
    """A list, or one in the wrapping that KFP's metadata store gives it."""
    if isinstance(value, dict):
        value = value.get("list")
    return value if isinstance(value, list) else []


def _mapping(value: Json) -> Mapping[str, Json]:
    """An object, or one in the wrapping that KFP's metadata store gives it."""
    if not isinstance(value, dict):
        return {}
    inner = value.get("struct")
    return inner if isinstance(inner, dict) else value
