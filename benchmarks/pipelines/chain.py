"""W2 and W4: 20 steps, each after the other."""

from kfp import dsl


@dsl.component
def add(n: int) -> int:
    return n + 1


@dsl.pipeline(name="chain")
def pipeline() -> int:
    last = add(n=0)
    for _ in range(19):
        last = add(n=last.output)
    return last.output
