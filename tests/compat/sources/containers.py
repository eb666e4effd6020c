"""Container components: every kind of placeholder in commands and arguments."""

from typing import Dict, List, Optional

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model, Output, OutputPath


@dsl.container_component
def nothing():
    return dsl.ContainerSpec(image="alpine")


@dsl.container_component
def say() -> dsl.ContainerSpec:
    """Says something."""
    return dsl.ContainerSpec(image="alpine:3.19", command=["echo", "hello"], args=["world", "{{$.pipeline_job_name}}"])


@dsl.container_component
def values(
    text: str,
    number: int,
    items: List[str],
    mapping: Dict[str, int],
    truth: bool = True,
    real: float = 0.5,
    maybe: Optional[str] = None,
):
    """Takes values.

    Args:
        text: A text.
        number: A number.
    """
    return dsl.ContainerSpec(
        image="alpine",
        command=["sh", "-c", 'echo "$0" "$@"'],
        args=[text, number, items, mapping, truth, real, maybe, f"--text={text}", f"{text}-{number}"],
    )


@dsl.container_component
def files(
    table: Input[Dataset],
    anything: Input[Artifact],
    model: Output[Model],
    text: OutputPath(str),
    count: OutputPath(int),
    path: Output[Dataset],
    optional: Input[Dataset] = None,
):
    return dsl.ContainerSpec(
        image="alpine",
        command=["cp", table.path, model.path],
        args=[
            table.uri,
            model.uri,
            anything.metadata,
            anything.metadata["key"],
            f"{model.metadata['other']}/x",
            f"{table.uri}/part",
            f"{model.path}.json",
            text,
            count,
            path.path,
            optional.path,
        ],
    )


@dsl.container_component
def pieces(text: str, other: str, rate: float, model: Output[Model], maybe: str = None, many: list = ["a"], table: Input[Dataset] = None):
    return dsl.ContainerSpec(
        image="alpine",
        command=[dsl.ConcatPlaceholder(["--text=", text, "/", other]), "plain"],
        args=[
            dsl.IfPresentPlaceholder(input_name="maybe", then="--maybe"),
            dsl.IfPresentPlaceholder(input_name="maybe", then=["--maybe", maybe], else_=["--none"]),
            dsl.IfPresentPlaceholder(input_name="table", then=["--table", table.path], else_="none"),
            dsl.ConcatPlaceholder([rate, ":", dsl.ConcatPlaceholder([text, model.uri])]),
            dsl.ConcatPlaceholder(["a", dsl.IfPresentPlaceholder(input_name="many", then=many, else_="nothing")]),
            dsl.IfPresentPlaceholder(input_name="many", then=[dsl.ConcatPlaceholder(["x", many]), "y"]),
        ],
    )


@dsl.pipeline
def containers(text: str, table: Input[Dataset]):
    nothing()
    say().set_cpu_limit("1").set_env_variable("A", "b")
    values(text=text, number=1, items=["a"], mapping={"a": 1})
    made = files(table=table, anything=table)
    pieces(text=made.outputs["text"], other=text, rate=0.1)
    pieces(text="t", other="o", rate=1.0, maybe="m", table=made.outputs["path"])
    values(text=text, number=made.outputs["count"], items=[], mapping={})
