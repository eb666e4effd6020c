"""Pods and workspaces of a home that nobody follows: they are looked for now and then, told, and deleted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bakehouse.ir import values
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.ir.values import JsonObject
from bakehouse.runners.fates import is_left_over
from bakehouse.runners.kubernetes import names, watching
from bakehouse.runners.kubernetes.cluster import Cluster, Kind
from bakehouse.runners.kubernetes.desk import Desk
from bakehouse.runners.kubernetes.errors import NoCluster, Refused
from bakehouse.runners.kubernetes.observing import Observer
from bakehouse.runners.kubernetes.options import Options

_log = logging.getLogger(__name__)
_EVERY = 60.0  # seconds between two looks


class Sweeper:
    """Looks until it is closed."""

    def __init__(
        self, cluster: Cluster, observer: Observer, desk: Desk, options: Options, later: Callable[[float, Callable[[], None]], None]
    ) -> None:
        """`later`: does something after so many seconds, in a thread that may wait."""
        self._cluster, self._observer, self._desk, self._options, self._later = cluster, observer, desk, options, later
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        self._later(_EVERY, self._again)

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _again(self) -> None:
        if self._closed.is_set():
            return
        try:
            self.sweep()
            self.sweep_workspaces()
        except (NoCluster, Refused) as error:
            _log.warning("what is left in the cluster cannot be looked for: %s", error.message)
        finally:
            self.start()

    def sweep_workspaces(self) -> None:
        """Delete the claims of runs that have been over for long enough. Raises `NoCluster`, `Refused`."""
        ours = {names.HOME: names.label(self._options.installation.home), names.WORKSPACE: "true"}
        for claim in self._cluster.list(Kind.CLAIM, ours).get("items") or []:
            run_id = str(values.at(claim, "metadata", "annotations").get(names.RUN) or "")
            if run_id and self._options.fates.over_since(RunId(run_id)) > self._options.workspace_ttl:
                self._cluster.delete(Kind.CLAIM, watching.name_of(claim))

    def sweep(self) -> None:
        """Hand pods that nobody follows to the desk, which deletes them: those of attempts that are over when they are old enough."""
        for pod in self._observer.pods():
            name, attempt = watching.name_of(pod), attempt_of(pod)
            if self._desk.knows(name) or attempt is None:
                continue
            if is_left_over(self._options.fates, attempt, f"the pod {name}"):
                self._desk.leftover(pod)


def attempt_of(pod: JsonObject) -> AttemptId | None:
    """The attempt that a pod was made for; `None` where it does not say so."""
    marks = values.at(pod, "metadata", "annotations")
    run_id, task_id, number = (str(marks.get(one) or "") for one in (names.RUN, names.TASK, names.ATTEMPT))
    return AttemptId(RunId(run_id), TaskId(task_id), int(number)) if run_id and task_id and number.isdecimal() else None
