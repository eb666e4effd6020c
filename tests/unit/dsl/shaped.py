"""Components whose parameters JSON does not have, and the classes that travel with them."""

from __future__ import annotations

import enum
import inspect
from dataclasses import dataclass, field
from enum import Enum
from typing import Dict, List, Literal, NamedTuple, Optional, TypedDict  # noqa: UP035  # as users write

from pydantic import BaseModel, Field

from bakehouse import dsl

LARGEST = 3


class Color(Enum):
    """Of texts."""

    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    """Of numbers."""

    SMALL = 1
    LARGE = 2


Renamed = Color


def no_tags() -> List[str]:  # noqa: UP006  # as users write
    """What a field is filled with."""
    return []


@dataclass(frozen=True)
class Layer:
    """A part of another one."""

    width: int
    color: Color = Color.RED


@dataclass
class Network:
    """With fields of every kind."""

    rate: float
    layers: List[Layer]  # noqa: UP006  # as users write
    tags: List[str] = field(default_factory=no_tags)  # noqa: UP006  # as users write
    size: Optional[Size] = None  # noqa: UP045  # as users write
    extra: Dict[str, Layer] = field(default_factory=dict)  # noqa: UP006  # as users write
    made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.rate < 0:
            raise ValueError("the rate is negative")
        assert self.rate < 10


class Row(TypedDict):
    """A mapping whose keys are known."""

    name: str
    count: int


class Rules(BaseModel):
    """Of pydantic."""

    limit: int = Field(default=3, le=9)
    color: Color = Color.BLUE


@dataclass
class TaskConfig:
    """What another one is called that the runtime fills in."""

    rate: float


@dsl.component
def configure(config: TaskConfig, named: Dict[Color, int]) -> Dict[Color, float]:  # noqa: UP006  # as users write
    """Look something up by a member."""
    return {color: config.rate * count for color, count in named.items() if count and isinstance(color, Color)}


Functional = Enum("Functional", {"A": "a"})


@dataclass
class Limited:
    """With a default that stands elsewhere."""

    limit: int = LARGEST


LINE = inspect.getsourcelines(Limited)[1] + 4


class Given(NamedTuple):
    """Several results."""

    network: Network
    color: Color
    total: int


@dsl.component
def build(  # noqa: PLR0913, PLR0917  # every kind
    network: Network,
    color: Renamed = Color.BLUE,
    mode: Literal["fast", "slow"] = "fast",
    size: Optional[Size] = None,  # noqa: UP045  # as users write
    layers: Optional[List[Layer]] = None,  # noqa: UP006, UP045  # as users write
    row: Row = {"name": "a", "count": 1},  # noqa: B006  # as users write
) -> Given:
    """Give back what was taken, once it is what it should be."""
    assert color is Color.BLUE, color
    assert isinstance(network.layers[0], Layer), network
    assert network.layers[0].color is Color.RED, network
    assert size is None or size is Size.LARGE, size
    assert all(isinstance(layer, Layer) for layer in layers or []), layers
    assert mode == "slow", mode
    network.tags.append(row["name"])
    return Given(network, Color.RED, len(layers or []))


@dsl.component
def checked(rules: Rules) -> Rules:
    """A model in, a model out."""
    assert rules.color is Color.BLUE, rules
    return Rules(limit=rules.limit + 1)


@dsl.component
def chosen(size: Size) -> Literal["small", "large"]:
    """Literals come back too."""
    return "large" if size is Size.LARGE else "huge"  # type: ignore[return-value]  # that is the mistake


@dsl.pipeline
def all_shapes(color: Color = Color.BLUE, network: Network = Network(0.5, [Layer(3)], size=Size.LARGE), size: Literal[1, 2] = 2) -> Color:  # noqa: B008  # as users write
    built = build(network, color, "slow", layers=[Layer(1), {"width": 2, "color": "blue"}])
    build(network=built.outputs["network"], mode="slow")
    with dsl.If(built.outputs["color"] == Color.RED):
        chosen(size)
    return built.outputs["color"]
