"""The same component many times, different components of one name, and names that look like numbered ones."""

from kfp import dsl


@dsl.component
def add(a: int, b: int) -> int:
    return a + b


def make(factor: int):
    if factor == 1:

        @dsl.component
        def scale(a: int) -> int:
            return a

    else:

        @dsl.component
        def scale(a: int, b: int = 2) -> int:
            return a * b

    return scale


@dsl.component
def add_2(a: int) -> int:
    return a


@dsl.component
def AddUpper_Case__Twice(a: int) -> int:
    return a


@dsl.component
def _hidden_(a: int) -> int:
    return a


@dsl.pipeline(name="reused")
def reused(n: int = 1):
    first = add(a=n, b=1)
    second = add(a=first.output, b=n)
    add_2(a=second.output)
    third = add(a=second.output, b=first.output)
    make(1)(a=third.output)
    make(2)(a=third.output)
    add_2(a=1)
    AddUpper_Case__Twice(a=1)
    AddUpper_Case__Twice(a=2)
    _hidden_(a=3)
