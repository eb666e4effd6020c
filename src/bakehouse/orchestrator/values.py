"""`replace` for the frozen values of a run: an event makes a dozen of them, and `dataclasses.replace` is most of what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

Value = TypeVar("Value")

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414  # what type checkers know of it holds here too
else:

    def replace(value: Value, /, **fields: Any) -> Value:
        """The same value but for these fields. Only for dataclasses without slots, `__post_init__` and `init=False` fields."""
        made = object.__new__(type(value))
        made.__dict__.update(value.__dict__, **fields)
        return made
