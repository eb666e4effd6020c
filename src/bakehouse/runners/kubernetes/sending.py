"""Makes pods in the order in which they became ready, and deletes them. What the cluster has no room for now is asked again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from bakehouse.ir import values
from bakehouse.ir.execution import Ending, LaunchSpec
from bakehouse.ir.values import JsonObject
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.kubernetes import names, refusals
from bakehouse.runners.kubernetes.cluster import Cluster, Kind
from bakehouse.runners.kubernetes.desk import Desk
from bakehouse.runners.kubernetes.errors import NoCluster, Refused
from bakehouse.runners.kubernetes.observing import Observer
from bakehouse.runners.kubernetes.preparing import Ready
from bakehouse.runners.kubernetes.refusals import Answer
from bakehouse.runners.kubernetes.watching import Seen
from bakehouse.runners.telling import Telling
from bakehouse.runners.waiting import Waiter
from bakehouse.runners.workers import Workers

_log = logging.getLogger(__name__)
#: The file that says that a pod may have been made. It is gone only while the cluster is known to have refused.
_SENT = "sent"
_SHORTEST, _LONGEST = 0.5, 15.0  # seconds between two attempts


class Sender:
    """One thread makes pods, so that they keep their order; another one deletes them."""

    def __init__(self, cluster: Cluster, desk: Desk, observer: Observer, telling: Telling, waiter: Waiter) -> None:
        self._cluster, self._desk, self._observer, self._telling, self._waiter = cluster, desk, observer, telling, waiter
        self._making, self._deleting = Workers("bakehouse-sender", 1), Workers("bakehouse-deleter", 1)

    def send(self, launch: LaunchSpec, ready: Ready, folder: AttemptFolder) -> None:
        """Make the pod of an attempt that the desk follows."""
        self._making.do(lambda: self._make(launch, ready, folder, _SHORTEST))

    def may_have_sent(self, folder: AttemptFolder) -> bool:
        """Whether a pod of this attempt may have been made, by whomever. Raises `OSError`."""
        return _sent(folder).exists()

    def delete(self, name: str, pause: float = _SHORTEST) -> None:
        """Let the cluster end and delete a pod."""
        self._deleting.do(lambda: self._delete(name, pause))

    def close(self) -> None:
        """Make and delete nothing more."""
        self._making.close()
        self._deleting.close()

    def _make(self, launch: LaunchSpec, ready: Ready, folder: AttemptFolder, pause: float) -> None:
        if not self._desk.is_wanted(launch.attempt):
            return  # somebody wanted it to end meanwhile, or has it now
        try:
            _sent(folder).touch()
            pod = self._made(ready)
        except Refused as error:
            _sent(folder).unlink(missing_ok=True)
            self._refused(launch, error, lambda: self._make(launch, ready, folder, min(pause * 2, _LONGEST)), pause)
            return
        except (NoCluster, OSError) as error:
            self._telling.remark(launch.attempt, str(error).splitlines()[0])
            self._later(pause, lambda: self._make(launch, ready, folder, min(pause * 2, _LONGEST)))
            return
        if pod is None:  # it was there, and has gone in this moment
            self._desk.lacking(launch.attempt, ready.manifest)
            return
        self._observer.made(pod)
        self._desk.changed(Seen(pod))
        if not self._desk.is_wanted(launch.attempt) and not self._desk.is_elsewhere(launch.attempt):
            self._desk.leftover(pod)

    def _made(self, ready: Ready) -> JsonObject | None:
        """The pod, made now or before; `None` if it was made before and is gone. Raises `Refused`, `NoCluster`."""
        try:
            return self._cluster.create(Kind.POD, ready.manifest)
        except Refused as error:
            if refusals.answer(error) is not Answer.EXISTS:
                raise
            pod = self._cluster.read(Kind.POD, ready.name)
            if pod is not None and _identity(pod) != _identity(ready.manifest):
                raise
            return pod

    def _refused(self, launch: LaunchSpec, error: Refused, again: Callable[[], None], pause: float) -> None:
        answer = refusals.answer(error)
        if answer in {Answer.NEVER, Answer.EXISTS}:
            fault = refusals.fault(error)
            self._desk.failed(launch.attempt, Ending(cause=fault.cause, error=fault.error))
            return
        self._telling.remark(launch.attempt, refusals.why(error) if answer is Answer.WAIT else error.message)
        self._later(pause, again)

    def _delete(self, name: str, pause: float) -> None:
        try:
            self._cluster.delete(Kind.POD, name)
        except NoCluster:
            self._later(pause, lambda: self.delete(name, min(pause * 2, _LONGEST)))
        except Refused as error:
            _log.warning("the pod %s cannot be deleted: %s", name, error.message)

    def _later(self, seconds: float, job: Callable[[], None]) -> None:
        self._waiter.after(seconds, lambda: self._making.do(job))


def _sent(folder: AttemptFolder) -> Path:
    return folder.path / _SENT


def _identity(pod: JsonObject) -> tuple[object, ...]:
    """Whose pod it is."""
    labels, annotations = values.at(pod, "metadata", "labels"), values.at(pod, "metadata", "annotations")
    return (labels.get(names.HOME), *(annotations.get(one) for one in (names.RUN, names.TASK, names.ATTEMPT)))
