"""The base classes of all errors. Each station derives its own in its `errors.py`.

BakehouseError            something went wrong while acting            exit code 1
├── BadInput              what the user gave cannot be accepted        exit code 2
│   ├── Problems          several of them, reported all at once
│   └── NotFound          a name or id that nothing answers to
├── Conflict              the thing is no longer in the state that was expected
└── Unavailable           something outside (a disk, a database, an index) cannot be used now
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

__all__ = ["BadInput", "BakehouseError", "Conflict", "NotFound", "Problem", "Problems", "Unavailable", "by_lines", "listed", "short"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what happened, where (`FILE:LINE`, a path in the spec), and what to do about it.

    `path` is the place in the spec once more, name by name, where it is one: whoever knows the author's file can say the line.
    """

    message: str
    place: str | None = None
    remedy: str | None = None
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f"\n  {self.remedy}" if self.remedy else ""
        return f"{where}{self.message}{then}"


class Placed(Protocol):
    """What has a place, if that is known."""

    @property
    def place(self) -> str | None:
        """`FILE:LINE`, perhaps with more behind it."""


_P = TypeVar("_P", bound=Placed)
#: `FILE:LINE`, with whatever follows.
_LINE = re.compile(r"(.+?):([0-9]+)(?![0-9])")


def by_lines(found: Iterable[_P]) -> list[_P]:
    """What was found, in the order in which a reader meets it: by file, the first named first, and line; at the end what has neither."""
    files: dict[str, int] = {}

    def where(one: _P) -> tuple[bool, int, int]:
        line = _LINE.match(one.place or "")
        return (False, files.setdefault(line[1], len(files)), int(line[2])) if line else (True, 0, 0)

    return sorted(found, key=where)


def short(text: str, most: int = 100) -> str:
    """What a user gave, as a message repeats it: the beginning of it where it is long (characters)."""
    return text if len(text) <= most else f"{text[:most]}…"


def listed(things: Sequence[str], most: int) -> str:
    """The first of some things, and how many more there are: `a, b and 3 more`."""
    shown = ", ".join(things[:most])
    return f"{shown} and {len(things) - most} more" if len(things) > most else shown


class BakehouseError(Exception):
    """Base of all errors that Bakehouse raises on purpose: a message, a place and a remedy, each text for the reader.

    `told` is what the error says as a text, where the message has place and remedy in it already.
    """

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, place: str | None = None, remedy: str | None = None, told: str = "") -> None:
        self.message, self.place, self.remedy = message, place, remedy
        super().__init__(told or str(Problem(message, place, remedy)))

    @property
    def problems(self) -> Sequence[Problem]:
        """All problems this error reports; one, unless it is a `Problems`."""
        return (Problem(self.message, self.place, self.remedy),)


class BadInput(BakehouseError):
    """What the user gave cannot be accepted."""

    code = "bad_input"
    exit_code = 2


class Problems(BadInput):
    """Several problems with one input, found and reported together."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = tuple(problems)
        first = self._problems[0]
        message = "\n".join(str(problem) for problem in self._problems)
        super().__init__(message, place=first.place, remedy=first.remedy, told=message)

    @property
    def problems(self) -> Sequence[Problem]:
        """All of them, in the order in which they were found."""
        return self._problems


class NotFound(BadInput):
    """A name or id that nothing answers to."""

    code = "not_found"


class Conflict(BakehouseError):
    """The thing is no longer in the state that was expected: somebody else was first."""

    code = "conflict"


class Unavailable(BakehouseError):
    """Something outside Bakehouse cannot be used now: a disk, a database, a package index."""

    code = "unavailable"
