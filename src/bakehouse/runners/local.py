"""Runs attempts as processes of this machine: one folder, one runtime process each, and no pid is remembered anywhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse import clock
from bakehouse.clock import Clock
from bakehouse.ir.execution import AttemptId, Cause, Code, Ending, LaunchSpec, Place, RunId, StepError, folder_name
from bakehouse.orchestrator.ports import Environment, Put
from bakehouse.runners import benches, fetching, inputs, modules
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector, lost
from bakehouse.runners.environments import CurrentEnvironment, Environments
from bakehouse.runners.errors import Elsewhere, NotBuilt
from bakehouse.runners.inputs import Known
from bakehouse.runners.launch import Copy, Limits, Step
from bakehouse.runners.starting import RUNTIME, failed_to_start
from bakehouse.runners.telling import Telling
from bakehouse.runners.waiting import Waiter
from bakehouse.runners.workers import Workers
from bakehouse.storage import addresses
from bakehouse.storage.errors import Away
from bakehouse.storage.files import Files, local_path
from bakehouse.storage.objects import NoObjects, Objects

_WORKERS = 4


@dataclass(frozen=True)
class Options:
    """How a local runner works. `engine` names who claims attempts.

    `environ` is the engine's own environment; `stage_inputs`: steps get copies of their inputs, and of modules that travel, which is needed
    where write protection does not bind, that is, for root; `with_uv` false: environments are made with pip. `objects`: where artifacts lie
    that do not lie on this machine.
    """

    engine: str = ""
    clock: Clock = clock.system
    limits: Limits = field(default_factory=Limits)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stage_inputs: bool = field(default_factory=lambda: os.geteuid() == 0)
    with_uv: bool = True
    objects: Objects = field(default_factory=NoObjects)
    runtime: Path = RUNTIME


class LocalRunner:
    """Implements `orchestrator.ports.Runner` below `home`: attempts in `runs/`, environments in `environments/`.

    Methods return at once and may be called from any thread; what comes of them arrives by `put`.
    """

    def __init__(self, home: Path, put: Put, store: Files, *, environment: Environment, options: Options | None = None) -> None:
        self._home, self._store = home, store
        self._current = environment is Environment.CURRENT
        self._options = options or Options()
        self._known = Known(store, home)
        self._collector = Collector(store, self._known, self._options.clock, self._options.objects)
        self._environments: Environments | CurrentEnvironment = (
            CurrentEnvironment(store)
            if self._current
            else Environments(home / "environments", store, environ=self._options.environ, with_uv=self._options.with_uv)
        )
        self._workers = Workers("bakehouse-runner", _WORKERS)
        self._transfers = Workers("bakehouse-transfer", _WORKERS)  # what may take as long as a line does, apart from what does not
        self._waiter = Waiter()
        self._telling = Telling(put, self._options.clock, lambda seconds, job: self._waiter.after(seconds, lambda: self._transfers.do(job)))
        self._children: dict[AttemptId, subprocess.Popen[bytes]] = {}

    def folder(self, attempt: AttemptId) -> AttemptFolder:
        """The folder of an attempt: its log and what else its process left."""
        return AttemptFolder(self._home / "runs" / attempt.path)

    # ------------------------------------------------------------ the port

    def prepare(self, launch: LaunchSpec) -> None:
        """Find or build the environment of the step: `Preparing` while that takes time, then `Prepared` or `NotPrepared`."""
        if launch.importing is not None:
            self._telling.place(launch, Place(interpreter="", python="", platform=""))
        elif launch.program is None:
            self._telling.place(launch, _needs_containers())
        else:
            self._environments.ask(launch, lambda what: self._telling.preparing(launch, what), lambda answer: self._telling.place(launch, answer))

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of the attempt if it is known without building anything, `None` if not; or why there can be none."""
        if launch.importing is not None:
            return Place(interpreter="", python="", platform="")
        if launch.program is None:
            return _needs_containers()
        try:
            return self._environments.known(launch)
        except NotBuilt as error:
            return error.error

    def launch(self, launch: LaunchSpec) -> None:
        """Start the attempt in a thread: `Started`, then `Ended`. Nothing at all if somebody else has claimed it."""
        self._do(launch, lambda: self._launch(launch))

    def adopt(self, launch: LaunchSpec) -> None:
        """Find an attempt that an earlier engine launched. If it never did, it is fenced off: nobody can start it any more."""
        self._do(launch, lambda: self._adopt(launch))

    def stop(self, attempt: AttemptId) -> None:
        """Leave word in the attempt's folder, as soon as the disk takes it, and TERM to its runtime where that is our own child."""
        folder = self.folder(attempt)
        try:
            folder.ask_to_stop()
        except OSError as error:
            self._telling.remark(attempt, f"the step cannot be told to stop yet: {error}")
            self._waiter.until(lambda: _has_ended(folder) or _told_to_stop(folder))
        child = self._children.get(attempt)
        if child is not None:
            self._waiter.terminate(child)
        self._telling.unreached.end(attempt)

    def leave(self, attempt: AttemptId) -> None:
        """Ask nothing more of an attempt that cannot be reached. The process of any other is waited for, and nothing is done to it."""
        self._telling.unreached.forget(attempt)

    def workspace(self, run_id: RunId) -> str:
        """The folder that all steps of a run share."""
        return str(self._home / "runs" / folder_name(run_id) / "workspace")

    def close(self) -> None:
        """Let go of everything: no more events, processes of steps go on. May be called again."""
        self._waiter.close()
        self._environments.close()
        self._workers.close()
        self._transfers.close()

    def _do(self, launch: LaunchSpec, job: Callable[[], None]) -> None:
        """Do this in a thread."""
        remote = [launch.root, *(one.uri for group in (*launch.inputs.values(), launch.output_artifacts.values()) for one in group)]
        (self._transfers if any(addresses.is_object(uri) for uri in remote) else self._workers).do(job)

    # ------------------------------------------------------------ starting, in a worker's thread

    def _launch(self, launch: LaunchSpec, *, rebuilt: bool = False) -> None:
        try:
            if launch.importing is not None:
                self._telling.imported(launch, self._known, self._options.objects)
                return
            inputs.check(launch, self._known)
            interpreter = launch.place.interpreter if launch.place else ""
            if Path(interpreter).exists() or rebuilt:
                self._start(launch, self._step(launch, interpreter))
            else:
                self._environments.ask(launch, lambda _: None, lambda answer: self._rebuilt(launch, answer))
        except Elsewhere:
            return  # whoever claimed it tells its engine
        except Away as error:
            self._telling.away(launch, error, lambda: self._launch(launch, rebuilt=rebuilt))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            self._telling.ended(launch, failed_to_start(error))

    def _start(self, launch: LaunchSpec, step: Step) -> None:
        folder = self.folder(launch.attempt)
        copies = self._copies(launch, folder)
        document = launching.document(launch, folder.path, step, copies=copies, limits=self._options.limits)
        folder.make()
        if launch.workspace:
            Path(launch.workspace).mkdir(parents=True, exist_ok=True)
        local_path(benches.near(launch, folder.path).root).mkdir(parents=True, exist_ok=True)
        for copy in copies:
            copy.target.parent.mkdir(parents=True, exist_ok=True)
        fetching.reach(launch, folder, self._options.objects)
        self._telling.unreached.reached(launch.attempt, "its object store answers again")
        lock = folder.open_lock()
        try:
            if not folder.claim(self._options.engine, self._options.clock()):
                raise Elsewhere(attempt=launch.attempt.path)
            if folder.asked_to_stop():
                self._telling.ended(launch, Ending(cause=Cause.TERMINATED, error=StepError(message="terminated before it started")))
                return
            if launch.code is not None and self._options.stage_inputs:  # else it would have what all steps share
                modules.unpack(launch.code, folder.modules)
            folder.launch.write_text(json.dumps(document))
            child = self._spawn(step, folder, lock)
        finally:
            os.close(lock)
        self._children[launch.attempt] = child
        self._telling.started(launch)
        self._waiter.child(child, self._collecting(launch))
        with suppress(OSError):  # it runs, whatever a disk does now; its runtime looks for that word, too
            if folder.asked_to_stop():
                self._waiter.terminate(child)

    def _copies(self, launch: LaunchSpec, folder: AttemptFolder) -> tuple[Copy, ...]:
        """Copies of the inputs, where steps must not have the originals; of an artifact that was never written there is none."""
        if not self._options.stage_inputs:
            return ()
        return tuple(copy for copy in launching.copies(launch, folder.path) if copy.source.exists())

    def _spawn(self, step: Step, folder: AttemptFolder, lock: int) -> subprocess.Popen[bytes]:
        """Start the runtime; it inherits the lock, and nothing else. Without `preexec_fn`, so that the system may use vfork."""
        command = launching.command(step, self._options.runtime, folder.path, lock)
        # A TERM that comes before the runtime listens would end it without a word: it begins with TERM held back, and lets it in.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            with (folder.path / "runtime.log").open("ab") as log:
                return subprocess.Popen(
                    command,
                    env=step.environment,
                    cwd=folder.work,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[lock],
                    start_new_session=True,
                )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _step(self, launch: LaunchSpec, interpreter: str) -> Step:
        step = launching.step(launch, interpreter, self._options.environ, folder=self.folder(launch.attempt), current=self._current)
        if launch.code is None:
            return step
        return replace(step, modules=str(self.folder(launch.attempt).modules if self._options.stage_inputs else self._shared(launch.code)))

    def _shared(self, code: Code) -> Path:
        return modules.shared(code, self._home / modules.FOLDER, self._store)

    def _rebuilt(self, launch: LaunchSpec, answer: Place | StepError) -> None:
        """The environment was deleted since it was prepared, and made anew: it must be what the cache key says it is."""
        if isinstance(answer, StepError):
            self._telling.ended(launch, Ending(cause=Cause.ENVIRONMENT, error=answer))
        elif launch.place is not None and answer != launch.place:
            message = "the environment of the step was deleted while the run went on, and what would be installed now is not the same"
            self._telling.ended(launch, Ending(cause=Cause.ENVIRONMENT, error=StepError(message=message, remedy="Run the pipeline again.")))
        else:
            self._do(launch, lambda: self._launch(launch, rebuilt=True))

    # ------------------------------------------------------------ adopting and collecting, in a worker's thread

    def _adopt(self, launch: LaunchSpec) -> None:
        if launch.importing is not None:
            self._launch(launch)  # it changes nothing but the records: it may be done again
            return
        folder = self.folder(launch.attempt)
        try:
            fenced = folder.claim(self._options.engine, self._options.clock())
            ours = launch.attempt in self._children
            running = not fenced and (ours or folder.running())
        except OSError as error:
            # It may run, or have ended well: whoever took it for lost would run it twice.
            self._telling.unreached.again(launch.attempt, f"whether the step runs cannot be told: {error}", lambda: self._adopt(launch))
            return
        self._telling.unreached.reached(launch.attempt)
        if fenced:
            self._telling.ended(launch, lost("the engine that was to start the step is gone; the step never started"))
        elif running:
            self._telling.started(launch)
            if not ours:
                self._waiter.attempt(lambda: self._has_gone(launch.attempt), self._collecting(launch))
        else:
            self._collect(launch)

    def _has_gone(self, attempt: AttemptId) -> bool:
        try:
            running = self.folder(attempt).running()
        except OSError as error:
            self._telling.unreached.say(attempt, f"whether the step runs cannot be told: {error}")
            raise
        self._telling.unreached.reached(attempt)
        return not running

    def _collecting(self, launch: LaunchSpec) -> Callable[[], None]:
        return lambda: self._do(launch, lambda: self._collect(launch))

    def _collect(self, launch: LaunchSpec) -> None:
        self._children.pop(launch.attempt, None)
        self._telling.collected(launch, self.folder(launch.attempt), self._collector, lambda: self._collect(launch))


def _has_ended(folder: AttemptFolder) -> bool:
    return folder.claimed() and not folder.running()


def _told_to_stop(folder: AttemptFolder) -> bool:
    """True; raises `OSError` while word cannot be left."""
    folder.ask_to_stop()
    return True


def _needs_containers() -> StepError:
    return StepError(
        message="it is a container component: the local runner runs Python components only",
        remedy="Run it where there is a container engine, or write the step as a @dsl.component.",
    )
