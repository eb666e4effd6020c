"""Pipelines that kfp compiles to something else than they say, or not at all: the rows of deviations.toml. Each is decorated on its own."""

from typing import Dict, List

from kfp import dsl
from kfp.dsl import Dataset, Input, Output, PipelineTaskFinalStatus


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def whole(n: int = 0) -> int:
    """A whole number."""
    return n


@dsl.component
def texts() -> List[str]:
    """Some texts."""
    return ["a"]


@dsl.component
def join(values: list) -> str:
    """Join texts."""
    return "".join(values)


@dsl.component
def table(rows: Output[Dataset]):
    """Make a table."""


@dsl.component
def use(rows: Input[Dataset]) -> str:
    """Use a table."""
    return ""


@dsl.component
def clean(status: PipelineTaskFinalStatus, text: str = "") -> None:
    """Clean up."""


@dsl.pipeline
def inner(text: str, number: int = 3) -> str:
    """A pipeline that is called."""
    return say(text=text).output


@dsl.pipeline
def tables() -> List[Dataset]:
    """A pipeline that gives a list of artifacts."""
    with dsl.ParallelFor([1, 2]):
        made = table()
    return dsl.Collected(made.outputs["rows"])


def quotation_mark(s: str = ""):
    with dsl.If(s == "it's"):
        say()


def backslash(s: str = ""):
    with dsl.If(s == "C:\\new"):
        say()


def line_end(s: str = ""):
    with dsl.If(s == "one\ntwo"):
        say()


def order_of_unknown(rows: list = []):
    with dsl.ParallelFor(rows) as row:
        with dsl.If(row.size > 9):
            say()


def item_in_branch():
    with dsl.ParallelFor([{"a": "x", "b": "y"}]) as item:
        with dsl.If(item.a == "x"):
            say(text=item.b)


def item_in_handler():
    with dsl.ExitHandler(clean()):
        with dsl.ParallelFor([{"a": "b"}]) as item:
            say(text=item.a)


def item_in_inner_loop():
    with dsl.ParallelFor([{"a": "x"}]) as item:
        with dsl.ParallelFor(["k"]):
            say(text=item.a)


def item_in_text(rows: List[Dict[str, str]] = []):
    with dsl.ParallelFor(rows) as item:
        say(text=f"{item.a}!")


def item_in_condition_around():
    with dsl.ParallelFor([{"a": "x"}]) as item:
        with dsl.If(item.a == "x"):
            say()
        with dsl.Else():
            say()


def mixed_values():
    with dsl.ParallelFor([{"a": 1, "b": "y"}]) as item:
        whole(n=item.a)
        say(text=item.b)


def mixed_values_compared():
    with dsl.ParallelFor([{"a": 1, "b": "y"}]) as item:
        with dsl.If(item.b == "y"):
            say()


def mixed_items():
    with dsl.ParallelFor([1, 2.5]) as item:
        say(text=f"{item}")


def value_called_name(rows: list = []):
    with dsl.ParallelFor(rows) as row:
        say(text=row.name)


def same_list_twice():
    made = texts()
    with dsl.ParallelFor(made.output) as one:
        with dsl.ParallelFor(made.output) as other:
            say(text=f"{one}-{other}")


def loop_in_loop():
    made = texts()
    with dsl.ParallelFor([1]):
        with dsl.ParallelFor(made.output):
            say()


def unused_item():
    made = texts()
    with dsl.ParallelFor(made.output):
        say()


def collected_in_text():
    with dsl.ParallelFor(["a"]) as item:
        made = say(text=item)
    say(text=f"all: {dsl.Collected(made.output)}")


def loop_over_collected():
    with dsl.ParallelFor(["a"]) as item:
        made = say(text=item)
    with dsl.ParallelFor(dsl.Collected(made.output)) as item:
        say(text=item)


def oneof_in_oneof(p: str = "") -> str:
    with dsl.If(p == "x"):
        with dsl.If(p == "y"):
            a = say()
        with dsl.Else():
            b = say()
        c = dsl.OneOf(a.output, b.output)
    with dsl.Else():
        d = say()
    return dsl.OneOf(c, d.output)


def oneof_collected() -> List[str]:
    with dsl.ParallelFor(["a"]) as item:
        with dsl.If(item == "x"):
            a = say()
        with dsl.Else():
            b = say()
        made = dsl.OneOf(a.output, b.output)
    return dsl.Collected(made)


def oneof_in_text(p: str = ""):
    with dsl.If(p == "x"):
        a = say()
    with dsl.Else():
        b = say()
    say(text=f"{dsl.OneOf(a.output, b.output)}!")


def oneof_compared(p: str = ""):
    with dsl.If(p == "x"):
        a = say()
    with dsl.Else():
        b = say()
    with dsl.If(dsl.OneOf(a.output, b.output) == "x"):
        say()


def oneof_looped_over(p: str = ""):
    with dsl.If(p == "x"):
        a = texts()
    with dsl.Else():
        b = texts()
    with dsl.ParallelFor(dsl.OneOf(a.output, b.output)) as item:
        say(text=item)


def joined_decisions(n: int = 1, p: str = ""):
    with dsl.If((n > 3) & ~(p == "x") | (p == "y")):
        say()


def truth_alone(flag: bool = True):
    with dsl.If(flag):
        say()


def optional_input_ignores_failures(p: str = ""):
    clean().after(say()).ignore_upstream_failure()


def pipeline_ignores_failures(p: str = ""):
    inner(text=p).ignore_upstream_failure()


def importer_with_text(folder: str = "gs://x"):
    dsl.importer(artifact_uri=f"{folder}/b", artifact_class=Dataset)


def artifacts_in_artifacts():
    with dsl.ParallelFor(tables().output):
        with dsl.ParallelFor(tables().output) as inside:
            use(rows=inside)


PIPELINES = [one for one in list(vars().values()) if type(one).__name__ == "function" and one.__module__ == __name__]
