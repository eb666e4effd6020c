"""Several outputs, by `NamedTuple` as a call and as a class, of parameters and of artifacts."""

from typing import Dict, List, NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Model, Output


@dsl.component
def called(n: int) -> NamedTuple("Result", [("total", int), ("label", str), ("parts", List[int])]):
    from collections import namedtuple

    Result = namedtuple("Result", ["total", "label", "parts"])
    return Result(n, "n", [n])


@dsl.component
def by_keyword(n: int) -> NamedTuple("Result", total=int, label=str):
    return (n, "n")


class Scores(NamedTuple):
    accuracy: float
    by_class: Dict[str, float]
    good: bool


@dsl.component
def mixed(extra: Output[Model]) -> NamedTuple("Mixed", [("rows", int), ("table", Dataset), ("model", Model)]):
    Mixed = NamedTuple("Mixed", [("rows", int), ("table", Dataset), ("model", Model)])
    table = Dataset(uri=dsl.get_uri("table"), metadata={"rows": 1})
    return Mixed(1, table, Model(uri=dsl.get_uri("model")))


@dsl.component
def take(total: int, label: str, table: Dataset, model: Model) -> str:
    return label


class Outputs(NamedTuple):
    total: int
    table: Dataset
    model: Model


@dsl.pipeline
def named_tuples(n: int = 2) -> Outputs:
    first = called(n=n)
    second = by_keyword(n=first.outputs["total"])
    third = mixed()
    take(
        total=second.outputs["total"],
        label=second.outputs["label"],
        table=third.outputs["table"],
        model=third.outputs["extra"],
    )
    return Outputs(total=first.outputs["total"], table=third.outputs["table"], model=third.outputs["model"])


@dsl.pipeline
def named_tuple_in_order() -> NamedTuple("Both", [("b", int), ("a", str)]):
    made = called(n=1)
    Both = NamedTuple("Both", [("b", int), ("a", str)])
    return Both(b=made.outputs["total"], a=made.outputs["label"])
