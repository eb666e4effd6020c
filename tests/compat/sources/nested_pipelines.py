"""Pipelines as components: with defaults, outputs and artifacts, in groups, as exit tasks, several levels deep."""

from typing import List, NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, PipelineTaskFinalStatus


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def table(text: str = "") -> Dataset:
    """Make a table."""
    return Dataset(uri=dsl.get_uri())


@dsl.component
def use(rows: Input[Dataset] = None) -> str:
    """Use a table."""
    return ""


@dsl.component
def look(status: dict) -> str:
    """Look at a status."""
    return status["state"]


@dsl.pipeline
def inner(text: str, number: int = 3) -> str:
    """The innermost one.

    Args:
        text: What is said.
    """
    return say(text=text).output


@dsl.pipeline(name="middle-one", display_name="Middle")
def middle(text: str = "x", rows: Input[Dataset] = None) -> NamedTuple("Both", [("word", str), ("rows", Dataset)]):
    """One with a condition and another pipeline."""
    a = say(text=text)
    b = inner(text=a.output)
    c = table(text=b.output)
    use(rows=rows)
    with dsl.If(a.output == "k"):
        say().set_display_name("nice")
    both = NamedTuple("Both", [("word", str), ("rows", Dataset)])
    return both(word=b.output, rows=c.output)


@dsl.pipeline
def closing(status: PipelineTaskFinalStatus, text: str = "") -> None:
    """One that is an exit task."""
    look(status=status)
    with dsl.If(text == "FAILED"):
        say(text=text)


@dsl.pipeline
def outer(text: str = "z") -> str:
    """Calls them."""
    a = say()
    inner(text=a.output).set_caching_options(False).set_display_name("hey")
    inner(text="x", number=4).set_retry(2)
    d = middle(text=text)
    use(rows=d.outputs["rows"])
    middle(text=text, rows=d.outputs["rows"]).after(a)
    return d.outputs["word"]


@dsl.pipeline
def in_groups(texts: List[str] = ["z"]) -> List[str]:
    """Calls them in a loop and a branch."""
    with dsl.ParallelFor(texts) as text:
        a = inner(text=text)
        with dsl.If(a.output == "x"):
            middle(text=a.output)
    return dsl.Collected(a.output)


@dsl.pipeline
def as_exit_task(text: str = "z") -> None:
    """Ends with one."""
    end = closing(text=text)
    with dsl.ExitHandler(end):
        say()
    other = middle(text=text)
    with dsl.ExitHandler(other):
        say()
