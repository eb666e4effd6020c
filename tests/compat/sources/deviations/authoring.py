"""Types and calls that kfp has no form for: rows of deviations.toml. What is decorated inside a pipeline fails with it alone."""

from dataclasses import dataclass
from enum import Enum
from typing import List, Literal, NamedTuple, Optional, TypedDict

from kfp import dsl
from kfp.dsl import Dataset, Input


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Layer:
    width: int
    color: Color = Color.RED


class Row(TypedDict):
    name: str


class Pair(NamedTuple):
    layer: Layer
    color: Color


class Numbers(NamedTuple):
    first: int
    second: int


@dsl.component
def say(text: str = "", note: Optional[str] = None) -> str:
    """Say it."""
    return text


@dsl.component
def whole(n: int) -> int:
    """A whole number."""
    return n


@dsl.component
def table() -> Dataset:
    """Make a table."""
    return Dataset(uri=dsl.get_uri())


@dsl.component
def gather(tables: Input[List[Dataset]]) -> int:
    """Take tables."""
    return len(tables)


def literal(mode: str = "fast"):
    @dsl.component
    def step(mode: Literal["fast", "slow"]) -> str:
        return mode

    step(mode="slow")


def literal_returned():
    @dsl.component
    def step() -> Literal["fast", "slow"]:
        return "fast"

    step()


def enum_input():
    @dsl.component
    def step(color: Color = Color.RED) -> str:
        return color.name

    step(color=Color.BLUE)


def enum_of_the_pipeline(color: Color = Color.RED):
    say(text=color)


def enum_returned():
    @dsl.component
    def step() -> Color:
        return Color.RED

    say(text=step().output)


def dataclass_input():
    @dsl.component
    def step(layer: Layer, more: List[Layer] = []) -> str:
        return layer.color.name

    step(layer=Layer(3))


def dataclass_given_as_list_item():
    @dsl.component
    def step(layers: list) -> int:
        return len(layers)

    step(layers=[Layer(3)])


def typed_mapping():
    @dsl.component
    def step(row: Row) -> Row:
        return row

    step(row={"name": "a"})


def shapes_returned():
    @dsl.component
    def step() -> Pair:
        return Pair(Layer(1), Color.BLUE)

    say(text=step().outputs["color"])


def enum_compared(color: str = "red"):
    with dsl.If(color == Color.RED):
        say()


def collected_artifacts_in_branch(n: int = 1):
    with dsl.ParallelFor([1, 2]):
        made = table()
    with dsl.If(n == 1):
        gather(tables=dsl.Collected(made.output))


def large_number():
    whole(n=9007199254740993)


def named_tuple_of_the_file():
    @dsl.component
    def step() -> Numbers:
        return Numbers(1, 2)

    whole(n=step().outputs["second"])


def by_position(text: str = "a"):
    say(text)


def none_for_an_optional_input(text: str = "a"):
    say(text=text, note=None)


PIPELINES = [one for one in list(vars().values()) if type(one).__name__ == "function" and one.__module__ == __name__]
