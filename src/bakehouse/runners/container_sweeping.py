"""Containers of a home that nobody follows, of attempts that are over or runs that were deleted: they are looked for now and then, and removed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bakehouse.runners import containers
from bakehouse.runners.container_engine import ContainerEngine
from bakehouse.runners.errors import EngineAway, EngineRefused
from bakehouse.runners.fates import Fates, is_left_over
from bakehouse.runners.unreached import After

_log = logging.getLogger(__name__)
_EVERY = 60.0  # seconds between two looks


class Sweeper:
    """Looks from `start` on, as long as `after` does anything."""

    def __init__(self, connect: Callable[[], ContainerEngine], home_id: str, fates: Fates, after: After) -> None:
        """`after`: does something after so many seconds, in a thread that may wait."""
        self._connect, self._home_id, self._fates, self._after = connect, home_id, fates, after
        self._started = threading.Event()

    def start(self) -> None:
        """Begin to look. Does nothing the second time."""
        if not self._started.is_set():
            self._started.set()
            self._after(0.0, self._again)

    def _again(self) -> None:
        try:
            self.sweep()
        except (EngineAway, EngineRefused) as error:
            _log.info("containers that are left cannot be looked for: %s", error.message)
        finally:
            self._after(_EVERY, self._again)

    def sweep(self) -> None:
        """Remove the containers that nobody follows. Raises `EngineAway`, `EngineRefused`."""
        engine = self._connect()
        for name, (_, labels) in engine.containers(self._home_id).items():
            attempt = containers.attempt_of(labels)
            if attempt is not None and is_left_over(self._fates, attempt, f"the container {name}"):
                engine.remove(name)
