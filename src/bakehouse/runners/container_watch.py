"""The one thread that looks at all containers of an engine until they are over. Looks are close where one has just begun, and rare later."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bakehouse.errors import BakehouseError

_SHORTEST, _LONGEST = 0.02, 0.5  # seconds between looks
_SHARE = 0.1  # of the time for which the youngest container has run


@dataclass(frozen=True)
class _Watched:
    since: float
    over: Callable[[], None]
    unseen: Callable[[str], None]
    seen: Callable[[], None]


class ContainerWatch:
    """`running` asks the engine for the names of the containers that run. Any thread may call; what is called must return at once."""

    def __init__(self, running: Callable[[], Collection[str]]) -> None:
        self._running = running
        self._condition = threading.Condition()
        self._watched: dict[str, _Watched] = {}
        self._closed = False
        self._away = False
        self._thread: threading.Thread | None = None

    def add(self, name: str, over: Callable[[], None], unseen: Callable[[str], None], seen: Callable[[], None]) -> None:
        """Call `over` once when this container runs no more, `unseen` with the reason while that cannot be told, and `seen` when it can again."""
        with self._condition:
            self._watched[name] = _Watched(time.monotonic(), over, unseen, seen)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._watch, name="bakehouse-containers", daemon=True)
                self._thread.start()
            self._condition.notify()

    def forget(self, name: str) -> None:
        """Tell nothing more of this container, if it is being looked at."""
        with self._condition:
            self._watched.pop(name, None)

    def close(self) -> None:
        """Look no more; containers go on."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def _watch(self) -> None:
        while self._waited():
            with self._condition:
                watched = dict(self._watched)
            try:
                self._tell(watched, self._running())
            except Exception as error:  # noqa: BLE001  # whatever it is, this thread alone sees that containers end
                self._away = True
                why = error.message if isinstance(error, BakehouseError) else f"{type(error).__name__}: {error}"
                for one in watched.values():
                    one.unseen(why)

    def _tell(self, watched: Mapping[str, _Watched], running: Collection[str]) -> None:
        came_back, self._away = self._away, False
        for name, one in watched.items():
            if came_back:
                one.seen()
            if name not in running and self._watched.get(name) is one:  # it may have been forgotten meanwhile
                one.over()
                with self._condition:
                    if self._watched.get(name) is one:
                        del self._watched[name]

    def _waited(self) -> bool:
        """Wait until it is time to look; false once it is closed."""
        with self._condition:
            while not self._closed and not self._watched:
                self._condition.wait()
            if not self._closed:
                self._condition.wait(self._pause())
            return not self._closed

    def _pause(self) -> float:
        youngest = max((one.since for one in self._watched.values()), default=0.0)
        return _LONGEST if self._away else min(_LONGEST, max(_SHORTEST, (time.monotonic() - youngest) * _SHARE))
