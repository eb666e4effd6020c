"""What an author's file called, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """A method that was called, and where; or, with `is_component`, a component or pipeline of the file, and what it was given."""

    method: str
    place: str
    is_component: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)
