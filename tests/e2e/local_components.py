"""Components and a pipeline, written as users write them, for calls outside a pipeline."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from bakehouse import dsl


class Color(Enum):
    """What can be chosen."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Paint:
    """What is made of it."""

    color: Color
    liters: float = 1.0


@dsl.component
def mix(color: Color, liters: float = 0.5) -> Paint:
    return Paint(color, 2 * liters)


@dsl.component
def add(a: int, b: int = 1) -> int:
    print("adding")
    return a + b


@dsl.component
def load(n: int, data: dsl.Output[dsl.Dataset], metrics: dsl.Output[dsl.Metrics]) -> None:
    with open(data.path, "w") as file:
        file.write("x" * n)
    data.metadata["rows"] = n
    metrics.log_metric("loss", 0.5)


@dsl.component
def count(data: dsl.Input[dsl.Dataset], metrics: dsl.Input[dsl.Metrics] | None = None) -> NamedTuple(
    "Counted", [("size", int), ("names", list), ("rows", dict)]
):
    found = {"rows": data.metadata["rows"]}
    with open(data.path) as file:
        return (len(file.read()), [] if metrics is None else sorted(metrics.metadata), found)


@dsl.component
def tell(status: dsl.PipelineTaskFinalStatus) -> str:
    return f"{status.pipeline_task_name} {status.state}: {status.error_message}"


@dsl.component
def fail(text: str) -> None:
    print("about to")
    raise ValueError(text)


@dsl.component
def nested() -> int:
    from bakehouse import dsl

    with open("called.py", "w") as file:
        file.write("def inner() -> int:\n    return 1\n")
    import called

    return dsl.component(called.inner)().output


@dsl.pipeline
def sums(a: int = 2) -> int:
    return add(a=add(a=a).output, b=3).output


@dsl.component
def wait(started: str) -> None:
    import time

    with open(started, "w"):
        pass
    time.sleep(600)
