"""`dsl.OneOf`: of parameters and artifacts, in tasks, conditions' branches and loops, returned from pipelines."""

from typing import List

from kfp import dsl
from kfp.dsl import Dataset, Input


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def numbers(text: str = "") -> list:
    """Give a list."""
    return [text]


@dsl.component
def one(n: int = 0) -> int:
    """Give a number."""
    return n


@dsl.component
def take(values: list) -> list:
    """Take a list."""
    return values


@dsl.component
def table(text: str = "") -> Dataset:
    """Make a table."""
    return Dataset(uri=dsl.get_uri())


@dsl.component
def use(rows: Input[Dataset]) -> str:
    """Use a table."""
    return rows.uri


@dsl.pipeline
def parameters(p: str = "a", q: int = 3) -> str:
    """Used and returned."""
    first = say()
    with dsl.If(first.output == "x"):
        a = say(text=p)
    with dsl.Elif(q == 3):
        b = say(text=first.output)
    with dsl.Else():
        c = say()
    joined = dsl.OneOf(a.output, b.output, c.output)
    say(text=joined)
    return joined


@dsl.pipeline
def artifacts(p: str = "", given: Input[Dataset] = None) -> Dataset:
    """Used here, and in another branch."""
    with dsl.If(p == "x"):
        a = table()
    with dsl.Else():
        b = table()
    joined = dsl.OneOf(a.output, b.output)
    use(rows=joined)
    with dsl.If(p == "k"):
        use(rows=joined)
    return joined


@dsl.pipeline
def lists(p: str = "") -> None:
    """What a loop in a branch gives, joined with a list."""
    with dsl.If(p == "x"):
        with dsl.ParallelFor([1]):
            a = one()
        b = take(values=dsl.Collected(a.output))
        with dsl.ParallelFor([1]) as item:
            one(n=item)
    with dsl.Else():
        c = take(values=[])
    take(values=dsl.OneOf(b.output, c.output))


@dsl.pipeline
def in_loops(texts: List[str] = ["x"]) -> List[str]:
    """Joined inside of a loop, twice."""
    with dsl.ParallelFor(texts) as item:
        with dsl.If(item == "x"):
            a = say(text=item)
            d = say()
        with dsl.Else():
            b = say()
            e = say()
        c = say(text=dsl.OneOf(a.output, b.output))
        say(text=dsl.OneOf(d.output, e.output))
    return dsl.Collected(c.output)
