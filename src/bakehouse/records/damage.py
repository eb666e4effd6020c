"""What cannot be read of a row is the trouble of one run, and says so."""

from __future__ import annotations

from collections.abc import Callable
from json import JSONDecodeError
from typing import TypeVar

from bakehouse.errors import Problems
from bakehouse.orchestrator.errors import Unreadable

Given = TypeVar("Given")
Found = TypeVar("Found")


def read(run_id: str, what: str, reader: Callable[[Given], Found], given: Given) -> Found:
    """What a reader makes of a column or row. Raises `Unreadable`, which names `what` it is of the run."""
    try:
        return reader(given)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, Problems) as error:
        raise Unreadable(run=run_id, what=what, why=_said(error)) from error


def number(given: Given) -> Given:
    """What a column of numbers holds: a number, or nothing. Raises `ValueError`: SQLite keeps anything that was written there."""
    if given is not None and not isinstance(given, (int, float)):
        raise ValueError(f"{given!r} is no number")  # like what readers of texts raise
    return given


def _said(error: Exception) -> str:
    if isinstance(error, Problems):
        first = error.problems[0]
        return f"{first.message} ({first.place})" if first.place else first.message
    if isinstance(error, JSONDecodeError):
        return f"it is not JSON: {error}"
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__
