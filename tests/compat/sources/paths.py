"""Paths of inputs and outputs instead of objects."""

from kfp import dsl
from kfp.dsl import Dataset, InputPath, Model, OutputPath


@dsl.component
def make(
    table: OutputPath("Dataset"),
    model: OutputPath(Model),
    anything: OutputPath(),
    text: OutputPath(str),
    whole: OutputPath(int),
    real: OutputPath(float),
    truth: OutputPath(bool),
    items: OutputPath(list),
    mapping: OutputPath(dict),
):
    import json

    for path in (table, model, anything):
        with open(path, "w") as file:
            file.write("bytes")
    for path, value in {text: "t", whole: 1, real: 1.5, truth: True, items: [1], mapping: {"a": 1}}.items():
        with open(path, "w") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))


@dsl.component
def take(
    table: InputPath("Dataset"),
    model: InputPath("Model"),
    anything: InputPath(),
    whole: int,
    items: list,
    unused: InputPath(Dataset) = None,
):
    print(open(table).read(), model, anything, whole, items)


@dsl.component
def same(value: str, path: OutputPath(str)):
    with open(path, "w") as file:
        file.write(value)


@dsl.component
def made_by_words(path: InputPath("CSV"), small: InputPath("dataset"), odd: OutputPath("My table!"), own: OutputPath("google.Thing")):
    for written in (odd, own):
        with open(written, "w") as file:
            file.write(open(path).read() + open(small).read())


@dsl.pipeline
def paths():
    made = make()
    take(
        table=made.outputs["table"],
        model=made.outputs["model"],
        anything=made.outputs["anything"],
        whole=made.outputs["whole"],
        items=made.outputs["items"],
    )
    worded = made_by_words(path=made.outputs["anything"], small=made.outputs["table"])
    made_by_words(path=worded.outputs["odd"], small=made.outputs["table"])
    same(value=same(value="x").output)
    same(value=made.outputs["text"])
