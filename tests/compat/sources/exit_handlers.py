"""Exit handlers: several, with names, inputs and statuses; what is in them, and what runs after them; tasks that ignore failures."""

from kfp import dsl
from kfp.dsl import PipelineTaskFinalStatus


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def clean(status: PipelineTaskFinalStatus, text: str = "") -> None:
    """Clean up."""


@dsl.container_component
def tell(status: PipelineTaskFinalStatus, user: str = "nobody"):
    """Tell somebody."""
    return dsl.ContainerSpec(image="alpine", command=["echo", user, status])


@dsl.pipeline
def handlers(p: str = "a", items: list = []) -> None:
    """Two of them, with groups inside."""
    before = say()
    end = clean(text=p).set_display_name("cleaning")
    with dsl.ExitHandler(end, name="mine"):
        a = say(text=before.output)
        with dsl.If(a.output == "x"):
            say(text=p)
        with dsl.ParallelFor(items) as item:
            say(text=item.a)
        with dsl.ParallelFor(["k"]) as item:
            say(text=item)
    other = tell(user=p)
    with dsl.ExitHandler(exit_task=other) as handler:
        say()
    say().after(handler)
    with dsl.ParallelFor(["k"]):
        say().after(handler)


@dsl.pipeline
def ignoring() -> None:
    """Tasks that run after failures, some with their status."""
    a = say()
    b = say(text=a.output).ignore_upstream_failure()
    clean(text=b.output).ignore_upstream_failure()
    with dsl.ParallelFor([1]):
        c = say()
        clean(text=c.output).ignore_upstream_failure()
    clean(text="x").after(b).ignore_upstream_failure()
