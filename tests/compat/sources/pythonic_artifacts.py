"""Artifacts as plain arguments and return values."""

from typing import List

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Model


@dsl.component(packages_to_install=["dill==0.3.7"])
def make(rows: int) -> Dataset:
    """Writes rows.

    Args:
        rows: How many.

    Returns:
        The table.
    """
    table = Dataset(uri=dsl.get_uri(), metadata={"rows": rows})
    with open(table.path, "w") as file:
        file.write("x\n" * rows)
    return table


@dsl.component
def train(table: Dataset) -> Model:
    return Model(uri=dsl.get_uri("model"))


@dsl.component
def look(anything: Artifact, optional: Dataset = None) -> str:
    return anything.uri


@dsl.component
def merge(tables: List[Dataset], models: dsl.Input[List[Model]]) -> int:
    return len(tables) + len(models)


@dsl.pipeline
def pythonic_artifacts(tables: dsl.Input[List[Dataset]], models: List[Model], one: Dataset) -> Model:
    made = make(rows=3)
    model = train(table=made.output)
    look(anything=model.output)
    look(anything=one, optional=made.output)
    merge(tables=tables, models=models)
    train(table=one)
    return model.output
