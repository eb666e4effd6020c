"""What the keeper of a pod tells of the end of its attempt, and what it is told."""

from __future__ import annotations

from pydantic import Field

from bakehouse.api.base import Message, Text


class PodResult(Message):
    """How an attempt ended. Of a step that its runner saw end, `code` is there; `fault` says what kept the keeper from its work."""

    code: int | None = None
    signal: int = 0
    """The signal that ended it; 0: none did."""
    terminated: bool = False
    """Whether it was told to end, by whomever."""
    timeout: bool = False
    """Whether it was ended since it ran longer than its limit."""
    killed: bool = False
    """Whether its container was dead without a word."""
    fault: Text = Field(default="", max_length=1 << 16)
    cause: Text = Field(default="", max_length=100)
    """What the fault is to be called: `store`, `input missing`, `bad output`, `engine`."""
    times: dict[Text, float] = Field(default={}, max_length=20)
    """Seconds since the epoch: `started`, `staged`, `running`, `ended`."""
    cpu_seconds: float | None = None
    """User and system, with all children."""
    peak_memory: int | None = None
    """Bytes, of the largest process."""
    log_bytes: int = 0
    """What the step wrote to its log."""
    log_kept: int = 0
    """What of it was kept."""


class Taken(Message):
    """What came of it."""

    size: int
    """Bytes that are there now."""


class ResultTaken(Message):
    """What came of it."""

    new: bool
    """Whether this was the word how the attempt ended; else there was one already, which stays."""
