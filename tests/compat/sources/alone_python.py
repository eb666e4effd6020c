"""A Python component compiled alone."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component(packages_to_install=["pandas"])
def train_a_model(
    table: Input[Dataset],
    model: Output[Dataset],
    rate: float,
    name: str = "m",
    old: Input[Dataset] = None,
) -> NamedTuple("Result", [("score", float), ("label", str)]):
    """Trains.

    Args:
        table: Rows.
        rate: How fast.

    Returns:
        score: How good.
    """
    return (rate, name)


@dsl.component
def _small_(text: str = "x") -> str:
    return text


@dsl.component
def nothing_at_all():
    pass
