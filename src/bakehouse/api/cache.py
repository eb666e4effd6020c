"""Messages about the cache: why a step was a hit or a miss."""

from __future__ import annotations

from bakehouse.api.base import Message, Moment
from bakehouse.ir.values import Json


class CacheDifference(Message):
    """A part of the key in which the nearest result differs from what the step would have used."""

    part: str
    """What it is about: `parameter`, `artifact`, `code`, `packages`, `interpreter` and so on."""
    name: str = ""
    """Of the parameter, artifact or variable."""
    text: str
    before: Json = None
    """As the key of that result holds it; `null` where it holds none."""
    after: Json = None
    lines: list[str] = []
    """What changed of code and packages, line by line."""


class CacheResult(Message):
    """A result in the cache."""

    key: str
    run_id: str
    run_name: str = ""
    task_id: str
    attempt: int
    pipeline: str = ""
    created_at: Moment
    invalidated_at: Moment | None = None
    """Since when it is not offered any more."""


class CacheExplanation(Message):
    """Why a step was a hit or a miss."""

    run_id: str
    task_id: str
    verdict: str
    """`hit`, `miss`, `off`, `not asked` or `not asked yet`."""
    reason: str
    """`reused`, `different`, `first`, `damaged`, `expired`, `invalidated` and so on."""
    text: str
    """One sentence for the reader."""
    key: str = ""
    asked_at: Moment | None = None
    entry: CacheResult | None = None
    """The result that was used, or the nearest one that was there."""
    differences: list[CacheDifference] = []
