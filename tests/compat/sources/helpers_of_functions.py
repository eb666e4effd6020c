"""Functions that travel along with a component."""

from kfp import dsl


def double(x: int) -> int:
    """Twice."""
    return 2 * x


def triple(x):
    def inner(y):
        return y

    return inner(3 * x)


@dsl.component(additional_funcs=[double, triple], packages_to_install=["pandas"])
def count(a: int) -> int:
    return double(a) + triple(a)


@dsl.pipeline
def helpers_of_functions():
    count(a=1)
