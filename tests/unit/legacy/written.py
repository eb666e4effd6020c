# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, F821, PLR0913, PLR0917
"""Functions as users of KFP 1 write them: annotations are calls, texts and missing; no linter of today is asked."""

from typing import NamedTuple

from bakehouse import components as comp
from bakehouse import dsl
from bakehouse.components import InputPath, OutputPath
from bakehouse.legacy.types import Bool, Dict, Float, GCSPath, Integer, List


# fmt: off
def train(
    rows_path: InputPath("CSV"),
    steps, rate=0.5,
    model_file_path: comp.OutputPath(
        "TFModel",
    ) = None,
    score_path: OutputPath(float) = None,
    kind: "GCSPath" = "x",
) -> NamedTuple("Out", [
    ("count", int), ("mlpipeline_metrics", "Metrics"), ("where", "GCPRegion"),
]):
    """Train."""
    return (1, "{}", kind)
# fmt: on


def make(rows_path: OutputPath("CSV")):
    pass


@dsl.component
def typed(a: Integer(), b: GCSPath(), c: Float(), d: Bool(), e: List(), f: Dict()):
    pass
