"""Order without data: `.after()`, in every combination with data."""

from kfp import dsl


@dsl.component
def step(n: int = 0) -> int:
    return n


@dsl.component
def last():
    print("last")


@dsl.pipeline
def order(n: int = 1):
    z = step(n=n).set_display_name("z")
    a = step(n=z.output)
    b = step(n=a.output).after(z, a)
    c = last().after(b).after(a).after(b)
    last().after(c, b, a, z)
    step(n=a.output).after()
