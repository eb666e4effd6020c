"""What a reader of a list asks for: conditions, an order, and where the page begins. Pure values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")

#: A value that a field is compared with. Times are seconds since the epoch: a float is a moment, an int the whole second that begins there.
Scalar = str | int | float | bool | None


class Operation(str, Enum):
    """How a field is compared."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT_EQUALS"
    GREATER_THAN = "GREATER_THAN"
    GREATER_THAN_EQUALS = "GREATER_THAN_EQUALS"
    LESS_THAN = "LESS_THAN"
    LESS_THAN_EQUALS = "LESS_THAN_EQUALS"
    IN = "IN"  # one of several values
    IS_SUBSTRING = "IS_SUBSTRING"  # upper and lower case are the same in ASCII


@dataclass(frozen=True)
class Predicate:
    """A condition on one field; `IN` takes a tuple, all others one value."""

    field: str
    operation: Operation
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True)
class Sort:
    """By which field, and which way. Items that are equal in it are told apart by their ids."""

    field: str = "created_at"
    descending: bool = False


@dataclass(frozen=True)
class Cursor:
    """The last item of a page: its value of the sorted field, and its id."""

    value: Scalar
    id: str


@dataclass(frozen=True)
class Query:
    """All conditions must hold. The page begins after `after`, or with the first item."""

    where: tuple[Predicate, ...] = ()
    sort: Sort = Sort("created_at", descending=True)
    limit: int = 20
    after: Cursor | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items in order, and where the next page begins: `None` after the last one."""

    items: Sequence[T]
    next: Cursor | None
    #: Where a page would begin after each of the items.
    cursors: Sequence[Cursor] = ()

    def first(self, count: int) -> Page[T]:
        """A page that ends after so many of its items."""
        return self if count >= len(self.items) else Page(self.items[:count], self.cursors[count - 1], self.cursors[:count])
