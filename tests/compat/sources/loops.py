"""Loops over lists that are written out, over inputs and outputs, in one another; items of every type."""

from typing import Dict, List, Optional

from kfp import dsl
from kfp.dsl import Dataset, Input


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def whole(n: int = 0) -> int:
    """A whole number."""
    return n


@dsl.component
def part(n: float = 0.0) -> float:
    """A number."""
    return n


@dsl.component
def truth(n: bool = True) -> bool:
    """A truth value."""
    return n


@dsl.component
def listed(n: list = []) -> list:
    """A list."""
    return n


@dsl.component
def mapped(n: dict = {}) -> dict:
    """A mapping."""
    return n


@dsl.component
def texts() -> List[str]:
    """Some texts."""
    return ["a"]


@dsl.component
def mappings() -> List[Dict[str, str]]:
    """Some mappings."""
    return []


@dsl.component
def use(rows: Input[Dataset]) -> str:
    """Use a table."""
    return rows.uri


@dsl.pipeline
def written_out() -> None:
    """Items of each type; limits and names."""
    with dsl.ParallelFor(["b", "a"]) as item:
        say(text=item)
    with dsl.ParallelFor([1, 2], parallelism=2) as item:
        whole(n=item)
    with dsl.ParallelFor([1.5, 2], name="parts", parallelism=0) as item:
        part(n=item)
    with dsl.ParallelFor([True, False], parallelism=None) as item:
        truth(n=item)
    with dsl.ParallelFor([[1, 2], [3]]) as item:
        listed(n=item)
    with dsl.ParallelFor([{"b": "c", "a": "é"}]) as item:
        mapped(n=item)
        say(text=item.a)
    with dsl.ParallelFor(items=[{"a": {"c": "b"}}]) as item:
        mapped(n=item.a)
    with dsl.ParallelFor([{"a": [1, 2], "b": "y"}, {"a": [1]}]) as item:
        listed(n=item.a)


@dsl.pipeline
def given(rates: List[float] = [1.0], names: list = [], lists: List[List[int]] = [], perhaps: Optional[List[int]] = None) -> None:
    """Over inputs and outputs, in one another."""
    some = texts()
    with dsl.ParallelFor(rates, parallelism=2) as rate:
        part(n=rate)
        say(text=f"{rate}")
        with dsl.ParallelFor(some.output) as text:
            say(text=text)
    with dsl.ParallelFor(names) as name:
        say(text=name)
    with dsl.ParallelFor(lists) as each:
        listed(n=each)
        with dsl.ParallelFor(each) as number:
            whole(n=number)
    with dsl.ParallelFor(perhaps) as number:
        whole(n=number)


@dsl.pipeline
def values_of_mappings(p: List[Dict[str, int]], q: list, r: List[Dict[str, List[str]]]) -> None:
    """Typed by annotations, or not at all; in tasks, conditions and loops."""
    some = mappings()
    with dsl.ParallelFor(p) as item:
        whole(n=item.a)
        mapped(n=item)
        with dsl.If(item.a == 3):
            whole()
    with dsl.ParallelFor(q) as item:
        mapped(n=item.a)
        whole(n=item.b)
        with dsl.If(item.c == 3):
            whole()
        with dsl.If(item == "x"):
            whole()
        with dsl.If(item.d == "x"):
            say(text=item.e)
        with dsl.Elif(item.d == "y"):
            say()
        with dsl.Else():
            with dsl.ParallelFor(["k"]):
                say(text=item.e)
    with dsl.ParallelFor(some.output) as item:
        with dsl.If(item.a == "x"):
            say(text=item.b)
            with dsl.If(item.b == "y"):
                say(text=item.a)
    with dsl.ParallelFor([{"a": [{"b": 1}], "z": []}]) as item:
        with dsl.ParallelFor(item.a) as inner:
            say(text=inner.c)
            with dsl.If(inner.b == "x"):
                say()
    with dsl.ParallelFor([{"a": "x"}]) as item:
        with dsl.If(item.a == "x"):
            with dsl.ParallelFor(["k"]):
                say()


@dsl.pipeline
def of_artifacts(tables: Input[List[Dataset]]) -> None:
    """Over a list of artifacts."""
    with dsl.ParallelFor(tables) as table:
        use(rows=table)
        with dsl.If(use(rows=table).output == "q"):
            use(rows=table)


@dsl.pipeline
def waiting() -> None:
    """Tasks in and after loops that wait for others."""
    a = say()
    with dsl.ParallelFor([1]):
        b = say().after(a)
    with dsl.ParallelFor([2]):
        c = say().after(b)
        d = say(text=c.output)
        say().after(d)
    say().after(c)
