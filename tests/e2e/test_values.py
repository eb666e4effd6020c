"""Values on their way through a run: whole numbers stay what they are, however large and wherever they stand, and so do None and choices."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home

_FILE = """
from enum import Enum
from typing import List, NamedTuple, Optional

from kfp import dsl


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dsl.component
def make() -> NamedTuple("Made", [("n", int), ("items", list), ("data", dict), ("rate", float), ("typed", List[int])]):
    return (9007199254740993, [1, 2.5, 9007199254740993, [3]], {"a": 1, "b": {"c": [2, 3.0]}}, 3.0, [4])


@dsl.component
def show(n: int = 0, items: list = [], data: dict = {}, rate: float = 0.5, note: Optional[str] = None, color: Color = Color.RED) -> None:
    print(n, items, data, rate, note, color)


@dsl.pipeline
def inner(note: Optional[str] = None):
    show(note=note)


@dsl.pipeline
def middle(note: Optional[str] = None):
    inner(note)
    inner(None)


@dsl.pipeline
def values(color: Color, n: int = 9007199254740993, items: list = [1, 9007199254740993], quoted: str = "it's \\"so\\""):
    made = make()
    show(n, items)
    show(made.outputs["n"], made.outputs["items"], made.outputs["data"], made.outputs["rate"])
    show(9007199254740995, [n, [2]], {"n": n}, 1)
    with dsl.ParallelFor([{"x": 9007199254740993, "y": "it's"}]) as item:
        with dsl.If(item.y == "it's"):
            show(item.x, note=item.y, color=color)
    with dsl.ParallelFor(made.outputs["typed"]) as one:
        show(one)
    with dsl.If((n > 9007199254740992) & (quoted == "it's \\"so\\"")):
        show(note="both")
    middle()
    middle(note="given")
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path)


def test_values_stay_what_they_are(home: Home) -> None:
    """Inputs, outputs, constants, what is inside of lists and mappings, items of loops, None through pipelines in pipelines.

    Of those calls that are equal one runs.
    """
    file = home.folder / "values.py"
    file.write_text(_FILE, encoding="utf-8")
    done = home.call("run", str(file), "--pipeline", "values", "-p", "color=blue")
    said = {line.partition("] ")[0].removeprefix("["): line.partition("] ")[2] for line in done.stdout.splitlines() if line.startswith("[")}
    assert said == {
        "show": "9007199254740993 [1, 9007199254740993] {} 0.5 None Color.RED",
        "show-2": "9007199254740993 [1, 2.5, 9007199254740993, [3]] {'a': 1, 'b': {'c': [2, 3.0]}} 3.0 None Color.RED",
        "show-3": "9007199254740995 [9007199254740993, [2]] {'n': 9007199254740993} 1.0 None Color.RED",
        "for-loop-2/0/condition-3/show-4": "9007199254740993 [] {} 0.5 it's Color.BLUE",
        "for-loop-4/0/show-5": "4 [] {} 0.5 None Color.RED",
        "condition-5/show-6": "0 [] {} 0.5 both Color.RED",
        "middle/inner/show": "0 [] {} 0.5 None Color.RED",
        "middle-2/inner/show": "0 [] {} 0.5 given Color.RED",
    }
    refused = home.call("run", str(file), "--pipeline", "values", "-p", "color=green")
    assert refused.returncode == 2
    assert 'It is one of "red", "blue".' in refused.stderr
