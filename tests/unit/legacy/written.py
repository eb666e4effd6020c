# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, F821, FBT001, FBT002, PLC0415, PLR0913, PLR0917, PTH123
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


def say(text_path: OutputPath(str)):
    with open(text_path, "w") as file:
        file.write("hello\n")


def show(text_path: InputPath(str)):
    with open(text_path) as file:
        return file.read()


def meeting(data: str, data_path: InputPath(str), text_path: InputPath(str), text_file: InputPath(str), out_path: OutputPath(str)) -> NamedTuple(
    "Out", [("out", str)]
):
    return ("",)


def double(n: int, text):
    return [2 * n, text]


def gather(text: str, items: list, flag: bool = False) -> str:
    import json

    return json.dumps([text, items, flag])


@dsl.component
def typed(a: Integer(), b: GCSPath(), c: Float(), d: Bool(), e: List(), f: Dict()):
    pass
