"""How functions are written: decorators over several lines, comments, nested functions, odd layouts."""

import functools

from kfp import dsl


def plain(function):
    return function


def wrapped(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@dsl.component(
    packages_to_install=[
        "pandas",  # a comment with def in it
    ],
)
# a comment between
@plain
def several_lines(
    a: int,  # a comment
    b: str = """several
lines
  of text""",
) -> str:
    # a comment with {braces} and a \\ backslash
    def nested(x):
        """A docstring."""
        return x

    return nested("%s %%" % a) + f"{b!r:>10}" + r"\n" + "äöü 'x' \"y\""


@dsl.component
@wrapped
def was_wrapped(a: int = 1) -> int:
    return a


def factory():
    if True:

        @dsl.component
        def deep(a: int) -> int:
            """Deep.

            Indented.
            """
            if a:
                text = """
                a text
                """
                print(text)
            return a

        return deep


@dsl.component
def one_line(a: int = 1) -> int: return a  # fmt: skip


@dsl.component
def trailing(a: int = 1):
    print(a)
    # a comment at the end

    # and another


def not_a_component(): ...


lambda_like = dsl.component(not_a_component)


@dsl.pipeline
def functions():
    several_lines(a=1)
    was_wrapped()
    factory()(a=1)
    one_line()
    trailing()
    lambda_like()
