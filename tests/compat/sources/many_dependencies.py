"""More than ten tasks of a name: how names are ordered."""

from kfp import dsl


@dsl.component
def step(n: int = 0) -> int:
    return n


@dsl.component
def collect(values: list):
    print(values)


@dsl.pipeline
def many_dependencies():
    steps = [step(n=number) for number in range(12)]
    collect(values=[f"{one.output}" for one in steps])
    collect(values=[one.output for one in steps[:2]])
    collect(values=[]).after(*steps)
