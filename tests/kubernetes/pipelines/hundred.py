"""A loop of many rounds, each of two steps that do nothing."""

from kfp import dsl


@dsl.container_component
def nothing():
    return dsl.ContainerSpec("busybox:1.36", ["true"])


@dsl.pipeline
def hundred(rounds: list = list(range(100))):
    with dsl.ParallelFor(rounds) as _:
        nothing().after(nothing())
