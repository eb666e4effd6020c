"""Two threads that listen to a namespace: one to the pods of a home, one to the cluster's warnings. What they hear they hand on at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from bakehouse.errors import BakehouseError
from bakehouse.ir import values
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import names, watching
from bakehouse.runners.kubernetes.cluster import Cluster, Kind
from bakehouse.runners.kubernetes.errors import NoCluster, Refused
from bakehouse.runners.kubernetes.watching import Change, Watch

_log = logging.getLogger(__name__)
#: A watch is taken up anew after so many seconds, and a list asked for after so many: whatever was missed is known then.
_WATCH, _LIST = 60.0, 300.0
_SHORTEST, _LONGEST = 0.25, 5.0  # seconds between attempts to reach the cluster
_EXPIRED = 410
#: What the scheduler says, and what the kubelet says of images, stands in the pod's status, too.
_SAID_ELSEWHERE = frozenset({"FailedScheduling", "Failed", "BackOff", "ErrImageNeverPull", "InspectFailed"})

#: Hears what has become of a pod.
OnChange = Callable[[Change], None]
#: Hears a warning about the pod of that name.
OnWarning = Callable[[str, str], None]
#: Hears why the cluster cannot be heard; an empty text: it can again.
OnTrouble = Callable[[str], None]


class Observer:
    """Listens until it is closed."""

    def __init__(self, cluster: Cluster, home: str, changed: OnChange, warned: OnWarning, troubled: OnTrouble) -> None:
        self._cluster, self._selector = cluster, {names.HOME: names.label(home)}
        self._changed, self._warned, self._troubled = changed, warned, troubled
        self._watch, self._listed_at = Watch(), 0.0
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin to listen."""
        for listen, name in ((self._listen, "pods"), (self._listen_to_warnings, "warnings")):
            threading.Thread(target=self._again, args=(listen, name == "pods"), name=f"bakehouse-{name}", daemon=True).start()

    def made(self, pod: JsonObject) -> None:
        """Somebody has made or found a pod: whether it goes is told from now on."""
        with self._lock:
            self._watch = self._watch.made(pod)

    def pods(self) -> list[JsonObject]:
        """All pods of the home as they were last heard of."""
        with self._lock:
            return list(self._watch.pods.values())

    def close(self) -> None:
        """Stop listening; a thread that waits for the cluster ends when that says something."""
        self._closed.set()

    def _again(self, listen: Callable[[], None], tells: bool) -> None:  # noqa: FBT001  # of two threads one tells of trouble
        pause = 0.0
        while not self._closed.wait(pause):
            error = self._heard(listen)
            pause = 0.0 if error is None else min(max(pause * 2, _SHORTEST), _LONGEST)
            if error is None or self._closed.is_set():
                continue
            if tells:
                self._missed(error, pause)
            elif isinstance(error, Refused) and error.status != _EXPIRED:
                _log.warning("warnings of the cluster are not heard: %s", error.message)
                return

    def _heard(self, listen: Callable[[], None]) -> Exception | None:
        """Listen as long as there is something to hear; what ended it, unless it ended well."""
        try:
            listen()
        except (NoCluster, Refused) as error:
            return error
        except Exception as error:  # noqa: BLE001  # a thread that listens must not end; a list makes good whatever it was
            if not self._closed.is_set():  # a connection that is closed under a thread that reads may say anything
                _log.exception("what the cluster said was not understood")
            return error
        return None

    def _missed(self, error: Exception, pause: float) -> None:
        """A broken watch is taken up; one whose beginning has expired, or that was refused or not understood, needs a list."""
        if not isinstance(error, NoCluster):
            with self._lock:
                self._watch = replace(self._watch, version="")
        if pause > _SHORTEST:
            self._troubled(error.message if isinstance(error, BakehouseError) else str(error))

    # ------------------------------------------------------------ pods

    def _listen(self) -> None:
        """Take the watch up, with a list before it where that is needed or due."""
        if not self._watch.version or time.monotonic() - self._listed_at >= _LIST:
            with self._lock:
                self._watch = self._watch.asking()
            found = self._cluster.list(Kind.POD, self._selector)
            self._listed_at = time.monotonic()
            self._apply(lambda watch: watch.listed(found.get("items") or [], watching.version_of(found)))
        self._troubled("")
        for event in self._cluster.watch(Kind.POD, self._selector, self._watch.version, _WATCH):
            self._apply(lambda watch, event=event: watch.told(event))  # type: ignore[misc]  # the event of this turn
            if self._closed.is_set() or not self._watch.version:
                return

    def _apply(self, change: Callable[[Watch], tuple[Watch, list[Change]]]) -> None:
        with self._lock:
            self._watch, changes = change(self._watch)
        for one in changes:
            self._changed(one)

    # ------------------------------------------------------------ warnings

    def _listen_to_warnings(self) -> None:
        for event in self._cluster.watch(Kind.EVENT, {}, "", _WATCH):
            said = values.at(event, "object")
            if event.get("type") in {"ADDED", "MODIFIED"} and said.get("reason") not in _SAID_ELSEWHERE:
                self._warned(str(values.at(said, "involvedObject").get("name", "")), str(said.get("message") or said.get("reason") or "").strip())
            if self._closed.is_set():
                return
