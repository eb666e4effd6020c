"""The source of a function travels from its `def` on, at the left margin, and its place is known."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors, sources


def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


@_kept
# a comment between
@_kept
def decorated(a: int) -> str:
    # def in a comment
    return "def text"


@_wrapped
def wrapped(a: int) -> int:
    return a


def _nested() -> Callable[..., Any]:
    for _ in range(1):

        @_kept
        def deep(a: int) -> str:
            """Deep.

            Inside.
            """
            return """
            text
            """

        return deep
    return _kept


def _with_text_at_the_margin() -> Callable[..., Any]:
    def deep(a: int) -> str:
        text = """
one
  two
"""
        if a:
            return text
        return f"""{a}
three"""

    return deep


def test_decorators_are_dropped() -> None:
    """Also with comments between; the line is that of the `def`."""
    source = sources.of(decorated)
    assert source.text == 'def decorated(a: int) -> str:\n    # def in a comment\n    return "def text"\n'
    assert source.file == __file__
    assert source.line == decorated.__code__.co_firstlineno + 3
    assert sources.of(decorated, decorated=True).text.startswith("@_kept\n# a comment between\n@_kept\ndef decorated")


def test_what_a_decorator_wraps_is_found() -> None:
    """By `functools.wraps`."""
    assert sources.of(wrapped).text == "def wrapped(a: int) -> int:\n    return a\n"


def test_a_nested_function_moves_to_the_margin() -> None:
    """With its texts, as kfp moves them."""
    assert sources.of(_nested()).text == ('def deep(a: int) -> str:\n    """Deep.\n\n    Inside.\n    """\n    return """\n    text\n    """\n')


def test_texts_at_the_margin_stay_as_they_are() -> None:
    """Where moving all lines would leave no Python, only lines of code move: the function does what it did."""
    function = _with_text_at_the_margin()
    space: dict[str, Any] = {}
    exec(sources.of(function).text, space)  # noqa: S102  # that is what a step does
    for a in (0, 1):
        assert space["deep"](a) == function(a)


def test_the_lines_of_parameters_are_known() -> None:
    """For messages: each at its own line."""
    first = test_the_lines_of_parameters_are_known.__code__.co_firstlineno

    def function(
        a: int,
        *b: int,
        c: str = """
        """,
    ) -> None: ...

    assert sources.lines(function) == {"": first + 4, "a": first + 5, "b": first + 6, "c": first + 7, "return": first + 9}


def _without_file() -> Any:
    space: dict[str, Any] = {}
    exec("def made(a: int): pass", space)  # noqa: S102  # a function that no file holds
    return space["made"]


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (lambda a: a, "lambda"),
        (print, "builtin"),
        (functools.partial(decorated, 1), "partial"),
        (_without_file(), "cannot be read"),
    ],
    ids=["a lambda", "a builtin", "a partial", "made by exec"],
)
def test_what_has_no_source_is_refused(function: Any, word: str) -> None:
    """With the way out."""
    with pytest.raises(errors.InvalidFunction, match=word) as caught:
        sources.of(function)
    assert caught.value.remedy


def test_the_source_of_a_component() -> None:
    """Four import lines, then the function; its origin is the place of the `def`."""

    @dsl.component(
        packages_to_install=[
            "numpy",
        ],
    )
    def step(a: int) -> int:
        return a

    assert step.executor.command[-1] == (
        "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\ndef step(a: int) -> int:\n    return a\n\n"
    )
    assert step.origin is not None
    assert step.origin.file == __file__
    assert step.origin.line == step.python_func.__code__.co_firstlineno + 5
