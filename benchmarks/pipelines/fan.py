"""W3: 100 steps that do not know each other, and one after all of them."""

from kfp import dsl


@dsl.component
def add(n: int) -> int:
    return n + 1


@dsl.pipeline(name="fan")
def pipeline() -> int:
    return add(n=100).after(*[add(n=n) for n in range(100)]).output
