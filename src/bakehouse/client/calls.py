"""What an author's file called, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """A method that was called, and where; or, with `is_component`, a component or pipeline of the file."""

    method: str
    place: str
    is_component: bool = False
