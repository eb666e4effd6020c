"""W1: one trivial step."""

from kfp import dsl


@dsl.component
def add(n: int) -> int:
    return n + 1


@dsl.pipeline(name="hello")
def pipeline() -> int:
    return add(n=0).output
