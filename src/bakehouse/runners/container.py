"""Runs attempts in containers of an engine of this machine: one container each, whose name is that of its attempt.

The folder of an attempt, its inputs and our runtime are mounted under their own paths. A Python component runs under the same supervisor as
a local one; of any other container the engine keeps the log and the exit code, and both are written down as a supervisor would.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bakehouse import clock
from bakehouse.clock import Clock
from bakehouse.ir.execution import AttemptId, Cause, Ending, LaunchSpec, Place, RunId, StepError, folder_name
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.ports import Put
from bakehouse.runners import container_leavings, containers, fetching, inputs
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector, lost
from bakehouse.runners.container_engine import ContainerEngine, Status
from bakehouse.runners.container_images import Images
from bakehouse.runners.container_logs import Following
from bakehouse.runners.container_surroundings import Surroundings
from bakehouse.runners.container_sweeping import Sweeper
from bakehouse.runners.container_watch import ContainerWatch
from bakehouse.runners.containers import Container
from bakehouse.runners.errors import Elsewhere, EngineAway, EngineRefused
from bakehouse.runners.fates import EverybodyLives, Fates
from bakehouse.runners.inputs import Known
from bakehouse.runners.kubernetes.errors import BadPod
from bakehouse.runners.launch import Limits
from bakehouse.runners.starting import RUNTIME, failed_to_start
from bakehouse.runners.telling import Telling, not_collected
from bakehouse.runners.waiting import Waiter
from bakehouse.runners.workers import UnderWay, Workers
from bakehouse.storage.errors import Away
from bakehouse.storage.files import Files
from bakehouse.storage.objects import NoObjects, Objects

_WORKERS = 4
_AGAIN = 1.0  # seconds
_PATIENCE = 10.0  # seconds after which a supervisor is killed that should have killed its step
_LAST = 10.0  # seconds for removals that have begun: an engine of containers may give up one that nobody waits for, half way
_TERMINATED = Ending(cause=Cause.TERMINATED, error=StepError(message="terminated before it started"))
_NEVER_STARTED = lost("the engine that was to start the step is gone; the step never started")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """How a container runner works. `engine` names who claims attempts, `home_id` whose containers they are.

    `environ` is the engine's own environment, which steps do not get. `create`: further arguments of the Docker SDK's `containers.create`.
    `objects`: where artifacts lie that do not lie on this machine.
    `fates` tells what has become of attempts: containers of those that are over are removed.
    """

    engine: str = ""
    home_id: str = ""
    clock: Clock = clock.system
    limits: Limits = field(default_factory=Limits)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    create: JsonObject = field(default_factory=dict)
    runtime: Path = RUNTIME
    objects: Objects = field(default_factory=NoObjects)
    fates: Fates = field(default_factory=EverybodyLives)


class ContainerRunner:
    """Implements `orchestrator.ports.Runner` below `home`, whose id is `home_id`, with the engine that `connect` gives.

    Methods return at once and may be called from any thread; what comes of them arrives by `put`.
    """

    def __init__(self, home: Path, put: Put, store: Files, *, connect: Callable[[], ContainerEngine], options: Options | None = None) -> None:
        self._home, self._connect = home, connect
        self._options = options or Options()
        self._known = Known(store, home)
        self._collector = Collector(store, self._known, self._options.clock, self._options.objects, apart=True)
        self._images = Images(connect, self._options.create)
        self._workers = Workers("bakehouse-container", _WORKERS)
        self._waiter = Waiter()
        self._telling = Telling(put, self._options.clock, self._later)
        self._watch = ContainerWatch(self._running)
        self._sweeper = Sweeper(connect, self._options.home_id, self._options.fates, self._later)
        self._removals = UnderWay()
        self._logs: dict[AttemptId, Following] = {}
        self._surroundings = Surroundings(
            home,
            self._options.home_id,
            store,
            runtime=self._options.runtime,
            environ=self._options.environ,
            limits=self._options.limits,
            create=self._options.create,
        )

    def folder(self, attempt: AttemptId) -> AttemptFolder:
        """The folder of an attempt: its log and what else its container left."""
        return AttemptFolder(self._home / "runs" / attempt.path)

    # ------------------------------------------------------------ the port

    def prepare(self, launch: LaunchSpec) -> None:
        """Find or pull the image of the step: `Preparing` while that takes time, then `Prepared` or `NotPrepared`."""
        if launch.importing is not None:
            self._telling.place(launch, Place(interpreter="", python="", platform=""))
        else:
            self._images.ask(launch, lambda what: self._telling.preparing(launch, what), lambda answer: self._telling.place(launch, answer))

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of the attempt if its image is there, `None` if not; or why there can be none."""
        return Place(interpreter="", python="", platform="") if launch.importing is not None else self._images.known(launch)

    def launch(self, launch: LaunchSpec) -> None:
        """Start the attempt in a thread: `Started`, then `Ended`. Nothing at all if somebody else has claimed it."""
        self._sweeper.start()
        self._workers.do(lambda: self._launch(launch))

    def adopt(self, launch: LaunchSpec) -> None:
        """Find an attempt that an earlier engine launched. If it never did, it is fenced off: nobody can start it any more."""
        self._sweeper.start()
        self._workers.do(lambda: self._adopt(launch))

    def stop(self, attempt: AttemptId) -> None:
        """Leave word in the attempt's folder and send TERM to its container, and KILL after a while."""
        self._telling.unreached.end(attempt)
        self._workers.do(lambda: self._stop(attempt))

    def leave(self, attempt: AttemptId) -> None:
        """Look no more at the container of the attempt: it is not removed when it is over."""
        self._telling.unreached.forget(attempt)
        self._watch.forget(self._name(attempt))
        if (following := self._logs.pop(attempt, None)) is not None:
            self._workers.do(following.close)

    def workspace(self, run_id: RunId) -> str:
        """The folder that all steps of a run share."""
        return str(self._home / "runs" / folder_name(run_id) / "workspace")

    def close(self) -> None:
        """Let go of everything: no more events, containers go on. What is being removed is gone then. May be called again."""
        self._watch.close()
        self._waiter.close()
        self._workers.close()
        self._removals.wait(_LAST)
        for following in list(self._logs.values()):
            following.close()

    # ------------------------------------------------------------ starting, in a worker's thread

    def _launch(self, launch: LaunchSpec) -> None:
        try:
            if launch.importing is not None:
                self._telling.imported(launch, self._known, self._options.objects)
                return
            inputs.check(launch, self._known)
            fetching.reach(launch, self.folder(launch.attempt), self._options.objects)
            self._telling.unreached.reached(launch.attempt, "its object store answers again")
            container = self._claimed(launch)
        except Elsewhere:
            return  # whoever claimed it tells its engine
        except Away as error:
            self._telling.away(launch, error, lambda: self._launch(launch))
        except EngineAway as error:  # nothing is claimed yet
            self._telling.unreached.again(launch.attempt, error.message, lambda: self._launch(launch))
        except BadPod as error:
            said = StepError(message=error.message, type="BadPod", remedy=error.remedy or "")
            self._telling.ended(launch, Ending(cause=Cause.ENVIRONMENT, error=said))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            self._telling.ended(launch, failed_to_start(error))
        else:
            self._make(launch, container)

    def _claimed(self, launch: LaunchSpec) -> Container | None:
        """The container of an attempt that is ours, to be made; `None`: it is to end. Raises `Elsewhere` and what keeps it from being made."""
        folder = self.folder(launch.attempt)
        container = None if folder.asked_to_stop() else self._wanted(launch, folder)
        if not folder.claim(self._options.engine, self._options.clock()):
            raise Elsewhere(attempt=launch.attempt.path)
        return container

    def _wanted(self, launch: LaunchSpec, folder: AttemptFolder) -> Container:
        return self._surroundings.container(launch, folder, self._images.of(launch))

    def _make(self, launch: LaunchSpec, container: Container | None) -> None:
        """Make the container of an attempt that we claimed, and start it. Only who claimed an attempt comes here, so it is started by nobody else."""
        folder = self.folder(launch.attempt)
        try:
            if container is None or folder.asked_to_stop():
                self._remove(launch.attempt)
                self._telling.ended(launch, _TERMINATED)
                return
            engine = self._connect()
            engine.create(container)
            self._telling.unreached.reached(launch.attempt)
            is_to_start = not folder.fenced()
        except EngineAway as error:
            # It may have been made all the same: that one is taken then. None was started.
            self._telling.unreached.again(launch.attempt, error.message, lambda: self._make(launch, container))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            self._telling.ended(launch, failed_to_start(error))
        else:
            if is_to_start:
                self._start(engine, launch)
            else:
                self._remove(launch.attempt)  # whoever adopted it has told that it never started

    def _start(self, engine: ContainerEngine, launch: LaunchSpec) -> None:
        """Start a container that was never started, once: an engine that is told to start one that has ended runs it again."""
        try:
            engine.start(self._name(launch.attempt))
        except EngineAway as error:
            # It may have started it all the same, and that may be over by now.
            self._telling.unreached.again(launch.attempt, error.message, lambda: self._look(launch))
        except EngineRefused as error:
            self._refused(launch, error)
        else:
            self._running_now(engine, launch)

    def _refused(self, launch: LaunchSpec, error: EngineRefused) -> None:
        if self.folder(launch.attempt).fenced():
            return  # it was removed by whoever adopted it, who tells
        self._remove(launch.attempt)
        remedy = containers.remedy(launch, error.why)
        said = StepError(message=error.message, type="NotStarted", remedy=remedy or error.remedy or "")
        # The image or the command is wrong, or else the engine has some trouble of its own, which may be over next time.
        self._telling.ended(launch, Ending(cause=Cause.ENVIRONMENT if remedy else Cause.ENGINE, error=said))

    def _look(self, launch: LaunchSpec) -> None:
        """See what has become of an attempt whose container may have been started. It is not started here, and by nobody else from now on."""
        try:
            self._looked(launch)
        except (EngineAway, EngineRefused) as error:
            self._telling.unreached.again(launch.attempt, error.message, lambda: self._look(launch))
        except OSError as error:
            self._telling.unreached.again(launch.attempt, f"whether the step runs cannot be told: {error}", lambda: self._look(launch))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            self._telling.ended(launch, failed_to_start(error))

    def _looked(self, launch: LaunchSpec) -> None:
        engine, name, folder = self._connect(), self._name(launch.attempt), self.folder(launch.attempt)
        folder.fence()  # first: whoever makes the container after we have looked sees it
        state = engine.state(name)
        self._telling.unreached.reached(launch.attempt)
        if state is None:
            self._collect(launch)
        elif state.status is Status.OVER:
            self._finish(launch)
        elif state.status is Status.CREATED:
            engine.remove(name, force=False)  # refused where it was started meanwhile: it is looked at again then
            self._telling.ended(launch, _TERMINATED if folder.asked_to_stop() else _NEVER_STARTED)
        else:
            self._running_now(engine, launch)

    def _running_now(self, engine: ContainerEngine, launch: LaunchSpec) -> None:
        """Tell that it runs, and watch it from now on."""
        attempt, name, folder = launch.attempt, self._name(launch.attempt), self.folder(launch.attempt)
        self._telling.started(launch)
        if launch.program is None:
            ask = partial(engine.log, name, follow=True, terminal=bool(self._options.create.get("tty")))
            self._logs[attempt] = Following(ask, folder.path / "log", self._options.limits.log_bytes)
        self._watch.add(
            name,
            over=lambda: self._workers.do(lambda: self._finish(launch)),
            unseen=lambda why: self._telling.unreached.say(attempt, why),
            seen=lambda: self._telling.unreached.reached(attempt),
        )
        if folder.asked_to_stop():
            self._stop(attempt)

    def _running(self) -> Collection[str]:
        """The names of the containers of this home that are not over."""
        found = self._connect().containers(self._options.home_id)
        return {name for name, (status, _) in found.items() if status is not Status.OVER}

    # ------------------------------------------------------------ stopping, in a worker's thread

    def _stop(self, attempt: AttemptId) -> None:
        folder = self.folder(attempt)
        if folder.ended():
            return
        try:
            folder.ask_to_stop()
            self._connect().signal(self._name(attempt), "TERM")
        except (OSError, EngineAway, EngineRefused) as error:
            self._telling.unreached.say(attempt, f"the step cannot be told to stop yet: {error}")
            self._later(_AGAIN, lambda: self._stop(attempt))
            return
        # A supervisor kills its step by itself, and is killed itself where it does not.
        patience = self._options.limits.kill_after + (_PATIENCE if folder.launch.exists() else 0.0)
        self._later(patience, lambda: self._kill(attempt))

    def _kill(self, attempt: AttemptId) -> None:
        if self.folder(attempt).ended():
            return
        try:
            self._connect().signal(self._name(attempt), "KILL")
        except (EngineAway, EngineRefused) as error:
            self._telling.unreached.say(attempt, f"the step cannot be killed yet: {error}")
            self._later(_AGAIN, lambda: self._kill(attempt))

    def _later(self, seconds: float, job: Callable[[], None]) -> None:
        self._waiter.after(seconds, lambda: self._workers.do(job))

    # ------------------------------------------------------------ adopting and collecting, in a worker's thread

    def _adopt(self, launch: LaunchSpec) -> None:
        if launch.importing is not None:
            self._launch(launch)  # it changes nothing but the records: it may be done again
            return
        try:
            fenced = self.folder(launch.attempt).claim(self._options.engine, self._options.clock())
        except OSError as error:
            # It may run, or have ended well: whoever took it for lost would run it twice.
            self._telling.unreached.again(launch.attempt, f"whether the step runs cannot be told: {error}", lambda: self._adopt(launch))
            return
        if fenced:
            self._telling.ended(launch, _NEVER_STARTED)
        else:
            self._look(launch)

    def _finish(self, launch: LaunchSpec) -> None:
        """Take what the container of an attempt left, tell it, and remove the container."""
        folder, limit = self.folder(launch.attempt), self._options.limits.log_bytes
        try:
            if (following := self._logs.pop(launch.attempt, None)) is not None:
                following.close()
            taken = container_leavings.take(self._connect(), launch, self._name(launch.attempt), folder=folder, limit=limit)
        except (EngineAway, OSError) as error:
            why = error.message if isinstance(error, EngineAway) else f"what the step left cannot be collected yet: {error}"
            self._telling.unreached.again(launch.attempt, why, lambda: self._finish(launch))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            self._telling.ended(launch, not_collected(error))
        else:
            self._collect(launch) if taken else self._look(launch)

    def _collect(self, launch: LaunchSpec) -> None:
        if self._is_gone(launch.attempt):
            self._telling.ended(launch, lost("the container of the step is gone: it was removed, or the machine was restarted"))
            return
        ending = self._telling.left(launch, self.folder(launch.attempt), self._collector, lambda: self._collect(launch))
        if ending is not None:
            with self._removals:  # from before it is told: whoever hears of the end of a run closes this
                self._telling.ended(launch, ending)
                self._remove(launch.attempt)

    def _remove(self, attempt: AttemptId) -> None:
        """Remove the container of an attempt that is over. Where the engine does not now, whoever sweeps does."""
        try:
            self._connect().remove(self._name(attempt))
        except (EngineAway, EngineRefused) as error:
            _log.warning("the container of %s is left for now: %s", attempt.path, error.message)

    def _is_gone(self, attempt: AttemptId) -> bool:
        """Whether there is no container, and no word that it left."""
        if self.folder(attempt).ended():
            return False
        try:
            return self._connect().state(self._name(attempt)) is None
        except EngineAway:
            return False  # what is in the folder tells

    def _name(self, attempt: AttemptId) -> str:
        return containers.name(self._options.home_id, attempt)
