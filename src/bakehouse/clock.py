"""The time. Stations take a `Clock` as a value, so that tests move it by hand."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Returns the time in seconds since 1970-01-01T00:00:00Z.
Clock = Callable[[], float]

system: Clock = time.time


def rfc3339(seconds: float) -> str:
    """Seconds since the epoch (UTC) as RFC 3339 text with milliseconds, as KFP's API writes times."""
    whole = int(seconds)
    milliseconds = int((seconds - whole) * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{milliseconds:03d}Z"
