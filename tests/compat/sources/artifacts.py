"""Artifacts of every class, in and out, with their metadata."""

from kfp import dsl
from kfp.dsl import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Input,
    Markdown,
    Metrics,
    Model,
    Output,
    SlicedClassificationMetrics,
)


@dsl.component
def make(
    rows: int,
    any_kind: Output[Artifact],
    table: Output[Dataset],
    model: Output[Model],
    metrics: Output[Metrics],
    curves: Output[ClassificationMetrics],
    slices: Output[SlicedClassificationMetrics],
    page: Output[HTML],
    text: Output[Markdown],
) -> int:
    with open(table.path, "w") as file:
        file.write("x\n" * rows)
    metrics.log_metric("rows", rows)
    return rows


@dsl.component
def take(
    rows: int,
    any_kind: Input[Artifact],
    table: Input[Dataset],
    model: Input[Model],
    metrics: Input[Metrics],
    curves: Input[ClassificationMetrics],
    slices: Input[SlicedClassificationMetrics],
    page: Input[HTML],
    text: Input[Markdown],
):
    print(table.path)


@dsl.component
def take_any(anything: Input[Artifact], other: Input[Artifact] = None):
    print(anything.uri)


@dsl.pipeline(name="artifacts")
def artifacts(rows: int = 3):
    made = make(rows=rows)
    take(
        rows=made.outputs["Output"],
        any_kind=made.outputs["any_kind"],
        table=made.outputs["table"],
        model=made.outputs["model"],
        metrics=made.outputs["metrics"],
        curves=made.outputs["curves"],
        slices=made.outputs["slices"],
        page=made.outputs["page"],
        text=made.outputs["text"],
    )
    take_any(anything=made.outputs["table"])
    take_any(anything=made.outputs["model"], other=made.outputs["page"])
    # An artifact of any kind goes wherever an artifact goes.
    take(
        rows=1,
        any_kind=made.outputs["any_kind"],
        table=made.outputs["any_kind"],
        model=made.outputs["any_kind"],
        metrics=made.outputs["any_kind"],
        curves=made.outputs["any_kind"],
        slices=made.outputs["any_kind"],
        page=made.outputs["any_kind"],
        text=made.outputs["any_kind"],
    )
