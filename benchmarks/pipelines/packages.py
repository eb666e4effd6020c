"""W6: 5 steps, each after the other, with a package to install."""

from kfp import dsl


@dsl.component(packages_to_install=["tomli==2.0.1"])
def add(n: int) -> int:
    import tomli

    return tomli.loads(f"n = {n}")["n"] + 1


@dsl.pipeline(name="packages")
def pipeline() -> int:
    last = add(n=0)
    for _ in range(4):
        last = add(n=last.output)
    return last.output
