"""The time. Stations take a `Clock` as a value, so that tests move it by hand."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Returns the time in seconds since 1970-01-01T00:00:00Z.
Clock = Callable[[], float]

system: Clock = time.time
