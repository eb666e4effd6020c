"""`dsl.Collected`: of parameters and artifacts, through several loops, in branches and other groups, returned."""

from typing import List

from kfp import dsl
from kfp.dsl import Dataset, Input


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def table(text: str = "") -> Dataset:
    """Make a table."""
    return Dataset(uri=dsl.get_uri())


@dsl.component
def join(values: list) -> str:
    """Join texts."""
    return "".join(values)


@dsl.component
def use(rows: Input[List[Dataset]]) -> str:
    """Use tables."""
    return str(len(rows))


@dsl.pipeline
def nested() -> List[str]:
    """Of an inner loop: inside of the outer one, and outside of both."""
    with dsl.ParallelFor([1, 2]):
        with dsl.ParallelFor(["a"]) as text:
            a = say(text=text)
            b = table(text=text)
        join(values=dsl.Collected(a.output))
    join(values=dsl.Collected(a.output))
    use(rows=dsl.Collected(b.output))
    return dsl.Collected(a.output)


@dsl.pipeline
def in_branch_of_loop(p: str = "") -> None:
    """Of an inner loop, in a branch of the outer one."""
    with dsl.ParallelFor(["a"]):
        with dsl.ParallelFor(["b"]) as text:
            made = say(text=text)
        with dsl.If(p == "x"):
            join(values=dsl.Collected(made.output))


@dsl.pipeline
def through_groups(p: str = "") -> List[Dataset]:
    """Of a task in a branch of the loop, and used in a branch."""
    with dsl.ParallelFor(["1", "2"]) as text:
        b = table(text=text)
        with dsl.If(text == "1"):
            a = say(text=text)
    join(values=dsl.Collected(a.output))
    with dsl.If(p == "x"):
        join(values=dsl.Collected(a.output))
    return dsl.Collected(b.output)
