"""Types that do not fit, with the check switched off."""

from kfp import dsl

OPTIONS = {"type_check": False}


@dsl.component
def step(n: int) -> int:
    return n


@dsl.pipeline
def no_type_check(n: int = 1):
    step(n=step(n=n).output)
