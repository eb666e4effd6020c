"""What validation finds, and the names that a reader may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bakehouse.errors import listed

_MOST_NAMED = 8


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a pipeline: `path` is the way to it in the spec."""

    message: str
    path: tuple[str, ...]
    remedy: str | None = None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A sentence that names what was probably meant, or else what there is; `None` where there is nothing."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1) if len(names) <= _MOST_COMPARED else []
    if close:
        return f"Did you mean {close[0]}?"
    if not names:
        return None
    return f"There is {listed(names, _MOST_NAMED)}."


_MOST_COMPARED = 5000
