"""Runs attempts as pods: implements `orchestrator.ports.Runner` with a few threads that only put events.

Workers make an attempt's folder ready, one sender makes pods in that order, the observer hears of them, and the desk decides. What a step
leaves comes to the attempt's folder by the server: the waiter sees its last word there, and a worker collects it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bakehouse.ir.execution import AttemptId, Cause, Ending, LaunchSpec, Place, RunId, StepError
from bakehouse.ir.pods import CREATES_CLAIM, DELETES_CLAIM
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.ports import Put
from bakehouse.runners import collecting, fetching, inputs
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector
from bakehouse.runners.inputs import Known
from bakehouse.runners.kubernetes import claiming, names
from bakehouse.runners.kubernetes.cluster import Cluster, Kind
from bakehouse.runners.kubernetes.desk import Desk
from bakehouse.runners.kubernetes.errors import BadPod, NoCluster, Refused
from bakehouse.runners.kubernetes.observing import Observer
from bakehouse.runners.kubernetes.options import Options
from bakehouse.runners.kubernetes.pacing import Paced
from bakehouse.runners.kubernetes.preparing import Preparing, Ready
from bakehouse.runners.kubernetes.sending import Sender
from bakehouse.runners.kubernetes.sweeping import Sweeper
from bakehouse.runners.starting import failed_to_start
from bakehouse.runners.telling import Telling
from bakehouse.runners.waiting import Waiter
from bakehouse.runners.workers import Workers
from bakehouse.storage.errors import Away
from bakehouse.storage.files import Files

_WORKERS = 4
#: Where KFP mounts the folder that all steps of a run share.
WORKSPACE = "/kfp-workspace"


class KubernetesRunner:
    """Implements `orchestrator.ports.Runner` on a cluster. Methods return at once and may be called from any thread."""

    def __init__(self, home: Path, put: Put, store: Files, *, cluster: Cluster, options: Options) -> None:
        self._home, self._options, self._cluster = home, options, Paced(cluster)
        self._known = Known(store, home)
        self._collector = Collector(store, self._known, options.clock, options.objects, apart=True)
        self._workers = Workers("bakehouse-pods", _WORKERS)
        self._waiter = Waiter()
        self._telling = Telling(put, options.clock, self._later)
        self._desk = Desk(self, ttl=options.ttl, patience=options.patience, clock=options.monotonic)
        self._observer = Observer(self._cluster, options.installation.home, self._desk.changed, self._desk.warned, self._desk.troubled)
        self._preparing = Preparing(home, options, self._cluster)
        self._sender = Sender(self._cluster, self._desk, self._observer, self._telling, self._waiter)
        self._sweeper = Sweeper(self._cluster, self._observer, self._desk, options, self._later)
        self._lock = threading.Lock()
        self._is_open = False

    def _open(self) -> None:
        """Begin to listen, once there is something to hear."""
        with self._lock:
            if not self._is_open:
                self._is_open = True
                self._desk.open()
                self._observer.start()
                self._sweeper.start()

    def _later(self, seconds: float, job: Callable[[], None]) -> None:
        self._waiter.after(seconds, lambda: self._workers.do(job))

    def folder(self, attempt: AttemptId) -> AttemptFolder:
        """The folder of an attempt: its log and what else came of it."""
        return AttemptFolder(self._home / "runs" / attempt.path)

    # ------------------------------------------------------------ the port

    def prepare(self, launch: LaunchSpec) -> None:
        """The place of a pod is known at once: `Prepared`, or `NotPrepared` where there can be none."""
        self._telling.place(launch, self.known(launch))

    def known(self, launch: LaunchSpec) -> Place | StepError:
        """The place of the attempt: its image stands for what is in it."""
        if launch.importing is not None or launch.image in {CREATES_CLAIM, DELETES_CLAIM}:
            return Place(interpreter="", python="", platform="")
        if launch.program is None and not launch.command:
            return StepError(
                message=f"the step names no command, and what the image {launch.image} would run is known to nobody but its node",
                remedy=f'Write it down: command=[…] in the ContainerSpec; `podman image inspect {launch.image}` shows the image\'s "Entrypoint".',
            )
        required = sorted(launch.program.requirements) if launch.program else []
        return Place(interpreter="", python="", platform="kubernetes", lock="\n".join([launch.image, *required]))

    def launch(self, launch: LaunchSpec) -> None:
        """Make the pod of the attempt, at most once in all the time of this home: `Started`, then `Ended`; `Remarked` while it waits."""
        self._open()
        self._desk.take(launch.attempt)
        self._workers.do(lambda: self._launch(launch))

    def adopt(self, launch: LaunchSpec) -> None:
        """Find an attempt that an earlier engine launched; one whose pod nobody can have made yet is launched."""
        self._open()
        self._desk.take(launch.attempt)
        self._workers.do(lambda: self._adopt(launch))

    def stop(self, attempt: AttemptId) -> None:
        """Let the pod end with its grace: TERM to the step, KILL after it, and what it left is still sent."""
        self._workers.do(lambda: self._leave_word(attempt))
        self._telling.unreached.end(attempt)
        self._desk.stopped(attempt)

    def leave(self, attempt: AttemptId) -> None:
        """Make no pod for it any more, and follow none; one that is there is that of another engine."""
        self._desk.leave(attempt)
        self._telling.unreached.forget(attempt)

    def workspace(self, run_id: RunId) -> str:
        """Where steps find the volume that all of a run share."""
        del run_id
        return WORKSPACE

    def close(self) -> None:
        """Let go of everything: pods go on."""
        self._observer.close()
        self._sweeper.close()
        self._desk.close()
        self._sender.close()
        self._waiter.close()
        self._workers.close()
        self._cluster.close()

    # ------------------------------------------------------------ launching and adopting, in a worker's thread

    def _launch(self, launch: LaunchSpec) -> None:
        if self._desk.is_elsewhere(launch.attempt):
            return
        try:
            if launch.importing is not None:
                self._telling.imported(launch, self._known, self._options.objects)
            elif launch.image in {CREATES_CLAIM, DELETES_CLAIM}:
                self._claim(launch)
            elif self.folder(launch.attempt).claim(self._options.engine, self._options.clock()):
                self._send(launch)
        except Away as error:
            self._telling.away(launch, error, lambda: self._launch(launch))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            self._telling.ended(launch, _not_started(error))

    def _claim(self, launch: LaunchSpec) -> None:
        """The whole attempt of a step that makes or deletes a claim: no pod is needed. A cluster that is away is asked again."""
        try:
            ending = claiming.ending(launch, self._cluster, self._options.installation, self._options.clock)
        except NoCluster as error:
            self._telling.unreached.again(launch.attempt, error.message, lambda: self._launch(launch))
            return
        self._telling.started(launch)
        self._telling.ended(launch, ending)

    def _send(self, launch: LaunchSpec) -> None:
        inputs.check(launch, self._known)
        folder = self.folder(launch.attempt)
        if folder.asked_to_stop():
            self._telling.ended(launch, Ending(cause=Cause.TERMINATED, error=StepError(message="terminated before it started")))
            return
        try:
            fetching.reach(launch, folder, self._options.objects)
            ready = self._preparing.ready(launch, folder)
        except Away as error:
            self._telling.away(launch, error, lambda: self._resend(launch))
            return
        except NoCluster as error:
            self._telling.unreached.again(launch.attempt, error.message, lambda: self._resend(launch))
            return
        self._telling.unreached.reached(launch.attempt)
        self._follow(launch, ready)
        self._sender.send(launch, ready, self.folder(launch.attempt))

    def _resend(self, launch: LaunchSpec) -> None:
        try:
            self._send(launch)
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            self._telling.ended(launch, _not_started(error))

    def _follow(self, launch: LaunchSpec, ready: Ready, pod: JsonObject | None = None) -> None:
        self._desk.follow(launch, ready.name, pod)
        self._waiter.attempt(lambda: self._has_left(launch.attempt), lambda: self._desk.left(launch.attempt))

    def _has_left(self, attempt: AttemptId) -> bool:
        return self.folder(attempt).ended() or not self._desk.is_followed(attempt)

    def _adopt(self, launch: LaunchSpec) -> None:
        folder = self.folder(launch.attempt)
        if launch.importing is not None or launch.image in {CREATES_CLAIM, DELETES_CLAIM} or not folder.claimed():
            self._launch(launch)  # nothing has begun that could begin twice
            return
        name = names.pod(self._options.installation.home, launch.pipeline_name, launch.attempt)
        try:
            pod = None if folder.ended() else self._cluster.read(Kind.POD, name)
            if pod is None and not folder.ended() and not self._sender.may_have_sent(folder):
                self._resend(launch)
                return
        except (NoCluster, Refused, OSError) as error:
            what = f"whether the step runs cannot be told: {error}"
            self._telling.unreached.again(launch.attempt, what, lambda: self._adopt(launch))
            return
        self._telling.unreached.reached(launch.attempt)
        if pod is not None:
            self._observer.made(pod)
        self._follow(launch, Ready(name, {}), pod)
        if pod is None:
            self._desk.lacking(launch.attempt, {"metadata": {"name": name}})

    def _leave_word(self, attempt: AttemptId) -> None:
        folder = self.folder(attempt)
        try:
            folder.ask_to_stop()
        except OSError as error:
            self._telling.remark(attempt, f"the step cannot be told to stop yet: {error}")

    # ------------------------------------------------------------ acting for the desk

    def start(self, launch: LaunchSpec) -> None:
        """Tell that the process of the step runs."""
        self._telling.started(launch)

    def remark(self, attempt: AttemptId, what: str) -> None:
        """Tell what its reader should know."""
        self._telling.remark(attempt, what)

    def collect(self, launch: LaunchSpec) -> None:
        """Read what the step left."""
        self._workers.do(lambda: self._collect(launch))

    def _collect(self, launch: LaunchSpec) -> None:
        ending = self._telling.left(launch, self.folder(launch.attempt), self._collector, lambda: self._collect(launch))
        if ending is not None:
            self._desk.collected(launch.attempt, ending)

    def give_up(self, launch: LaunchSpec, ending: Ending) -> None:
        """Write down how it ended, so that its keeper cannot any more. The waiter sees whatever is written."""
        self._workers.do(lambda: self._give_up(launch, ending))

    def _give_up(self, launch: LaunchSpec, ending: Ending) -> None:
        try:
            self.folder(launch.attempt).end(collecting.given_up(ending, self._options.clock()))
        except OSError as error:
            what = f"that the step is given up cannot be written down: {error}"
            self._telling.unreached.again(launch.attempt, what, lambda: self._give_up(launch, ending))

    def finish(self, launch: LaunchSpec, ending: Ending) -> None:
        """Tell how it ended."""
        now = self._options.clock()
        self._telling.ended(launch, ending if ending.times else replace(ending, times={"ended": now, "collected": now}))

    def delete(self, pod: str) -> None:
        """Let the cluster end and delete a pod."""
        self._sender.delete(pod)


def _not_started(error: Exception) -> Ending:
    """The ending of an attempt of which there can be no pod."""
    if isinstance(error, BadPod):
        return Ending(cause=Cause.ENVIRONMENT, error=StepError(message=error.message, type="BadPod", remedy=error.remedy or ""))
    if isinstance(error, Refused):
        return Ending(cause=Cause.ENGINE, error=StepError(message=error.message, remedy=error.remedy or ""))
    return failed_to_start(error)
