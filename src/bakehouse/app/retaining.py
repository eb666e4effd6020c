"""While a server runs, the policies of retention are applied by themselves: when it starts, and then once an hour."""

from __future__ import annotations

import logging
import threading

from bakehouse.actions import policies
from bakehouse.actions.context import Context

EVERY = 3600.0  # seconds
_GRACE = 5.0  # seconds in which what is being deleted may come to its end; what is left then is found by the next one
_log = logging.getLogger("bakehouse.retention")


class RetentionThread:
    """Lets go what the policies let go, in a thread; says what went. What cannot be done now is tried again the next time."""

    def __init__(self, context: Context, *, every: float = EVERY) -> None:
        self._context, self._every = context, every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="bakehouse-retention", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, before the next time."""
        self._stopping.set()
        self._thread.join(timeout=_GRACE)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._apply()
            except Exception:  # noqa: BLE001  # the edge of a thread: the server goes on
                _log.exception("the policies of retention could not be applied; once more in %.0f min", self._every / 60)
            self._stopping.wait(self._every)

    def _apply(self) -> None:
        if not policies.list_all(self._context):
            return
        collected = policies.apply(self._context)
        if collected.runs or collected.orphans:
            text = "the policies of retention let go %d runs and %d folders that no run names, %d bytes: %s"
            _log.info(text, len(collected.runs), len(collected.orphans), collected.size, ", ".join(run.id for run in collected.runs))
        for path, why in collected.left.items():
            _log.warning("not removed: %s: %s", path, why)
