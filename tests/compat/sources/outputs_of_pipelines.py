"""What a pipeline gives: nothing, a parameter, an artifact, parameters of every type."""

from typing import Dict, List, NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Output


@dsl.component
def text() -> str:
    return "text"


@dsl.component
def table(rows: Output[Dataset]):
    pass


@dsl.component
def all_types() -> NamedTuple("All", [("i", int), ("f", float), ("b", bool), ("l", List[int]), ("d", Dict[str, str])]):
    return (1, 1.5, True, [1], {"a": "b"})


@dsl.pipeline
def gives_nothing():
    text()


@dsl.pipeline
def gives_text() -> str:
    return text().output


@dsl.pipeline
def gives_table() -> Dataset:
    return table().outputs["rows"]


@dsl.pipeline
def gives_all() -> NamedTuple("Everything", [("i", int), ("f", float), ("b", bool), ("l", List[int]), ("d", Dict[str, str])]):
    found = all_types()
    Everything = NamedTuple("Everything", [("i", int), ("f", float), ("b", bool), ("l", List[int]), ("d", Dict[str, str])])
    return Everything(
        i=found.outputs["i"],
        f=found.outputs["f"],
        b=found.outputs["b"],
        l=found.outputs["l"],
        d=found.outputs["d"],
    )
