"""What the keeper of a pod tells of the end of its attempt, and what it is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bakehouse.api.base import Message, Text

_END_OF_TIME = 253_402_300_799  # seconds since the epoch: the year 9999
#: Seconds since the epoch that every calendar has.
Seconds = Annotated[float, Field(ge=0, le=_END_OF_TIME, allow_inf_nan=False)]
#: Bytes that every database can hold.
Bytes = Annotated[int, Field(ge=0, lt=1 << 63)]


class PodResult(Message):
    """How an attempt ended. Of a step that its runner saw end, `code` is there; `fault` says what kept the keeper from its work.

    Its numbers have bounds: a step can make up whatever its keeper reads.
    """

    code: Annotated[int, Field(ge=-255, le=255)] | None = None
    signal: int = Field(default=0, ge=0, le=64)
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
    times: dict[Text, Seconds] = Field(default={}, max_length=20)
    """Seconds since the epoch: `started`, `staged`, `running`, `ended`."""
    cpu_seconds: Seconds | None = None
    """User and system, with all children."""
    peak_memory: Bytes | None = None
    """Bytes, of the largest process."""
    log_bytes: Bytes = 0
    """What the step wrote to its log."""
    log_kept: Bytes = 0
    """What of it was kept."""
    log_sent: Bytes = 0
    """What of it the keeper has brought."""
    series_sent: Bytes = 0
    """Bytes that it has brought of the points of metrics."""
    brought: int = Field(default=0, ge=0)
    """How many outputs, files, artifacts and checkpoints it has brought whole."""


class Taken(Message):
    """What came of it."""

    size: int
    """Bytes that are there now."""


class ResultTaken(Message):
    """What came of it."""

    new: bool
    """Whether this was the word how the attempt ended; else there was one already, which stays."""
