"""Descriptions: out of docstrings, of decorators, in several styles."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def google(table: Input[Dataset], rate: float, model: Output[Dataset], name: str = "m") -> float:
    """Trains a model.

    It takes a table and
    gives a model.

    Args:
        table: The rows.
        rate: How fast to learn.
            In a second line.
        model: The result.
        name (str): What to call it.
        unknown: There is none.

    Returns:
        How good it is.
    """
    return 1.0


@dsl.component
def several(a: int) -> NamedTuple("Several", [("first", int), ("second", str)]):
    """Gives two.

    Args:
        a: A number.

    Returns:
        first: The first one.
        second: The second one.
    """
    return (a, "")


@dsl.component
def numpy(a: int, b: str) -> int:
    """In numpy's style.

    Parameters
    ----------
    a : int
        The first.
    b : str
        The second.

    Returns
    -------
    int
        A number.
    """
    return a


@dsl.component
def rest(a: int, b: str = "") -> int:
    """In Sphinx's style.

    :param a: The first.
    :param b: The second.
    :returns: A number.
    """
    return a


@dsl.component
def short(a: int):
    """Only one line."""


@dsl.component
def none(a: int):
    pass


@dsl.component
def odd(a: int, b: int) -> int:
    """

    Starts late.
    Args:
    a: not indented
    """
    return a


class Outputs(NamedTuple):
    score: float
    first: int


@dsl.pipeline
def descriptions(table: Input[Dataset], rate: float = 0.1, n: int = 1) -> Outputs:
    """A pipeline.

    Told at length,
    in two lines.

    Args:
        table: What to learn from.
        rate: How fast.
        n: A number.

    Returns:
        score: How good.
        first: The number.
    """
    scored = google(table=table, rate=rate)
    both = several(a=n)
    numpy(a=n, b="")
    rest(a=n)
    short(a=n)
    none(a=n)
    odd(a=1, b=2)
    return Outputs(score=scored.outputs["Output"], first=both.outputs["first"])


@dsl.pipeline(
    name="described-here", description="Told by the decorator.\nIn two lines.", display_name="For people: ä", pipeline_root="gs://bucket/root"
)
def described(n: int = 1) -> int:
    """Not told by the docstring.

    Args:
        n: A number.

    Returns:
        Another one.
    """
    return rest(a=n).output


@dsl.pipeline(display_name="Only a display name")
def single_line() -> int:
    """One line."""
    return rest(a=1).output


@dsl.component
def of_artifacts(n: int, model: Output[Dataset]) -> int:
    """Gives an artifact and a value.

    Args:
        n: A number.
        model: Not told here.
        Output: Nor here.

    Returns:
        Output: The value.
        model: The artifact,
            told at length.
    """
    return n


@dsl.component
def long_text(n: int) -> int:
    """Short, over
    two lines.


    After two empty ones.

    And more.

    Raises:
        ValueError: never.

    Returns:
        A number without a name.
    """
    return n


@dsl.component
def named_numpy(n: int) -> int:
    """In numpy's style.

    Returns
    -------
    Output : int
        Named.
    """
    return n


@dsl.pipeline
def more_descriptions(n: int):
    of_artifacts(n=n)
    long_text(n=n)
    named_numpy(n=n)
