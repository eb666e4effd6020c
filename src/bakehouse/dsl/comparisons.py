"""Comparisons of values that exist only when the pipeline runs, and what joins them: they are recorded for `dsl.If`, not made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bakehouse.dsl.errors import NotKnownNow
from bakehouse.dsl.places import here

#: The operators that ask for no order.
EQUALITY = frozenset(("==", "!="))


class Decision:
    """Base of what `dsl.If` can decide by. `&`, `|` and `~` join decisions; Python's own words cannot, for they ask for a truth now."""

    def __bool__(self) -> bool:
        raise NotKnownNow(
            "Python asks whether a comparison of pipeline values is true (`if`, `and`, `or`, `not`, `in`, `1 < n < 5`), "
            "and that is known only when the pipeline runs",
            place=here(),
            remedy="Decide by `with dsl.If(…):`. In it, write `(a == 1) & (b == 2)` for `and`, `(a == 1) | (a == 2)` for `or` and `in`, "
            "`~(a == 1)` for `not`.",
        )

    def __and__(self, other: object) -> Decision:
        return Joined("&&", (self, other))

    def __rand__(self, other: object) -> Decision:
        return Joined("&&", (other, self))

    def __or__(self, other: object) -> Decision:
        return Joined("||", (self, other))

    def __ror__(self, other: object) -> Decision:
        return Joined("||", (other, self))

    def __invert__(self) -> Decision:
        return Joined("!", (self,))


class ConditionOperation(Decision):
    """A comparison. One side is a channel, the other a channel or a constant."""

    def __init__(self, operator: str, left_operand: Any, right_operand: Any) -> None:
        self.operator, self.left_operand, self.right_operand = operator, left_operand, right_operand


class Joined(Decision):
    """Decisions joined by `&&` or `||`, or one that is turned round by `!`. What the author joined may be anything."""

    def __init__(self, operator: str, parts: tuple[Any, ...]) -> None:
        self.operator, self.parts = operator, parts


def comparisons(decision: Any) -> Iterator[ConditionOperation]:
    """The comparisons in a decision, from left to right."""
    if isinstance(decision, Joined):
        for part in decision.parts:
            yield from comparisons(part)
    elif isinstance(decision, ConditionOperation):
        yield decision
