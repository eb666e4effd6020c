"""What an author compares is compiled to CEL that decides as the author meant, whatever is in the texts."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse import dsl
from bakehouse.compiler import compile_pipeline, conditions
from bakehouse.dsl.graph import GraphComponent
from bakehouse.ir import expression_syntax, expressions
from bakehouse.ir.expression_nodes import Literal

RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
TEXTS = [
    "", "a", "5", "true", "it's", "'", "''", "'''", "a'", "x' or 'a'=='a", "a' && 'b", "a' == 'a", 'say "hi"', "it's \"both\"", "{'a': \"b\"}",
    "{{$.inputs.parameters['s']}}", "{x}", "one\ntwo's", "one\rtwo", "C:\\new\\temp", "C:\\dir\\", "\\", "\\'", "é ☃ 𝄞", "\u2028", "\x7f\x01",
    "// x", "#",
]  # fmt: skip
NUMBERS = [0, 5, -3, 10**20, 5.0, 5.5, -3.25, 1e-7, 1e20]


@dsl.component
def step() -> None:
    pass


def _condition(decide: Callable[[Any, Any, Any, Any], Any]) -> str:
    """The condition of the only branch of a pipeline that decides by its inputs."""

    def deciding(s: str = "", i: int = 0, f: float = 0.0, *, b: bool = False) -> None:
        with dsl.If(decide(s, i, f, b)):
            step()

    return _conditions(dsl.pipeline(deciding))[-1]


def _conditions(pipeline: GraphComponent) -> list[str]:
    spec = compile_pipeline(pipeline).file.spec
    dags = [one.dag for one in (spec.root, *spec.components.values()) if one.dag is not None]
    found = {name: task.trigger.condition for dag in dags for name, task in dag.tasks.items() if task.trigger}
    return [found[name] for name in sorted(found, key=lambda name: int(name.rpartition("-")[2]))]


def _taken(condition: str, **values: Any) -> bool:
    return expressions.condition(expressions.parse(condition), {f"pipelinechannel--{name}": value for name, value in values.items()})


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_equal_to_itself_alone(text: str) -> None:
    """Quotation marks, braces, backslashes and line ends are what they are."""
    condition = _condition(lambda s, _i, _f, _b: s == text)
    for other in TEXTS:
        assert _taken(condition, s=other) is (other == text), (condition, other)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_back_by_cel(text: str) -> None:
    """By its own rules, without guessing."""
    assert expression_syntax.tree(conditions.text(text)) == Literal(text)


@pytest.mark.parametrize("relation", RELATIONS)
def test_numbers_are_compared_as_numbers(relation: str) -> None:
    """Whole ones and others, in either order, with constants and with each other."""
    compare = RELATIONS[relation]
    for constant, value in itertools.product(NUMBERS, NUMBERS):
        name = "i" if isinstance(value, int) else "f"
        condition = _condition(lambda _s, i, f, _b: compare(i if name == "i" else f, constant))  # noqa: B023  # called at once
        assert _taken(condition, **{name: value}) is compare(value, constant), (condition, value)
    both = _condition(lambda _s, i, f, _b: compare(i, f))
    for whole, part in itertools.product([0, 5, -3], [5.0, 5.5, -3.25]):
        assert _taken(both, i=whole, f=part) is compare(whole, part)


def test_truth_values_stand_alone_or_are_compared() -> None:
    """A bool alone is one that is true."""
    for decide, wanted in ((lambda _s, _i, _f, b: b, True), (lambda _s, _i, _f, b: b == False, False)):  # noqa: E712  # as users write
        condition = _condition(decide)
        assert [_taken(condition, b=value) for value in (True, False)] == [wanted, not wanted]


def test_a_text_is_compared_with_what_it_says_of_a_number() -> None:
    """As KFP compiles it."""
    assert _taken(_condition(lambda s, _i, _f, _b: s == 5), s="5")
    assert _taken(_condition(lambda s, _i, _f, _b: s != True), s="false")  # noqa: E712  # as users write


@pytest.mark.parametrize(("i", "s"), list(itertools.product([1, 4, 6], ["a", "b"])))
@pytest.mark.parametrize("b", [True, False])
def test_decisions_are_joined_as_in_python(i: int, s: str, *, b: bool) -> None:
    """`&`, `|` and `~` are `and`, `or` and `not`, in any depth; a comparison of three becomes one of two and two."""
    joined = _condition(lambda s, i, _f, b: (i > 1) & (i < 5) & (s == "a") | ~(b == True))  # noqa: E712  # as users write
    assert _taken(joined, i=i, s=s, b=b) is ((1 < i < 5 and s == "a") or not b)
    other = _condition(lambda s, i, _f, b: ~((s == "a") | (i == 4)) & b)
    assert _taken(other, i=i, s=s, b=b) is (not (s == "a" or i == 4) and b)
    alone = _condition(lambda _s, i, _f, b: ~b | (b & (i == 4)))
    assert _taken(alone, i=i, b=b) is (not b or (b and i == 4))


@pytest.mark.parametrize(("i", "s"), list(itertools.product([1, 4, 6], ["a", "it's"])))
def test_of_the_branches_of_a_conditional_one_is_taken(i: int, s: str) -> None:
    """The first whose condition holds, also where decisions are joined by or."""

    @dsl.pipeline
    def branches(i: int = 0, s: str = "") -> None:
        with dsl.If((i == 1) | (i == 4)):
            step()
        with dsl.Elif((s == "it's") | (i == 6)):
            step()
        with dsl.Else():
            step()

    wanted = 0 if i in {1, 4} else 1 if s == "it's" or i == 6 else 2
    assert [_taken(one, i=i, s=s) for one in _conditions(branches)] == [index == wanted for index in range(3)]


def test_a_value_of_which_nothing_is_known_is_compared_as_what_it_is_compared_with() -> None:
    """With a number in the order of numbers."""

    @dsl.pipeline
    def unknown(rows: list = [], n: int = 1) -> None:  # type: ignore[type-arg]  # noqa: B006  # as users write
        with dsl.ParallelFor(rows) as row:
            with dsl.If(row.size > 9):
                step()
            with dsl.If(row.size == n):
                step()
            with dsl.If(row.size == "10"):
                step()

    more, same, text = _conditions(unknown)
    assert [_taken(more, **{"rows-loop-item-subvar-size": value}) for value in (10, 9.5, 9, "10")] == [True, True, False, True]
    assert _taken(same, **{"rows-loop-item-subvar-size": 3, "n": 3})
    assert _taken(text, **{"rows-loop-item-subvar-size": "10"})
