"""Driving runs in this process: one run under a command that waits for it, or any run as an engine in the background."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack

from bakehouse.actions.context import Context
from bakehouse.app import wiring
from bakehouse.app.settings import Settings
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.commands import Change, RunMoved
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import FINAL_RUN_STATES
from bakehouse.orchestrator.surroundings import Observe
from bakehouse.records.engines import EngineLock
from bakehouse.records.errors import RunIsOver

#: The command of an engine that drives what is left to it, and ends when there is nothing more for a minute.
UNATTENDED = ("engine", "--idle-exit", "60")
_LOOK = 0.2  # seconds between looks at a run that another engine drives
_log = logging.getLogger("bakehouse.engine")


def thread_of(run_id: RunId) -> str:
    """The name of the thread in which the engine of a run speaks, where a program waits for that run."""
    return f"bakehouse-engine {run_id}"


class Drive:
    """One run, driven by an engine in a thread of this process, which holds `lock` from now on. All methods may be called from any thread."""

    def __init__(self, settings: Settings, context: Context, run_id: RunId, observe: Observe, lock: EngineLock) -> None:
        self._context, self._run_id, self._observe = context, run_id, observe
        self._over = threading.Event()
        self._leaving = threading.Event()
        self._failure: BaseException | None = None
        self._waits = False
        with ExitStack() as held:
            held.callback(lock.release)
            self._engine = wiring.make_engine(settings, context.records, lock, self._seen, self._leaving)
            held.callback(self._engine.close)
            self._held = held.pop_all()
        self._thread = threading.Thread(target=self._loop, name=thread_of(run_id), daemon=True)

    def start(self) -> None:
        """Take the run and drive it. If another engine was first, this only watches."""
        self._thread.start()

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; whether the run is over. Raises what the engine's thread died of."""
        over = self._over.wait(timeout)
        if self._failure is not None:
            raise self._failure
        return over

    def terminate(self) -> bool:
        """Ask for the run to end: nothing new starts, running steps get TERM, and KILL 10 s later. `False` if it is over already."""
        try:
            self._context.records.request(self._run_id, RequestKind.TERMINATE, self._context.caller.name)  # a row: it outlives this process
        except RunIsOver:
            return False
        self._engine.wake()
        return True

    def leave(self) -> None:
        """Let go: steps go on, and any engine on this home may take the run at once."""
        self._leaving.set()
        self._engine.wake()
        self._thread.join(timeout=5)

    def _seen(self, run_id: RunId, changes: Sequence[Change]) -> None:
        self._observe(run_id, changes)
        if any(isinstance(change, RunMoved) and change.after in FINAL_RUN_STATES for change in changes):
            self._over.set()

    def _loop(self) -> None:
        try:
            with self._held:
                while not self._leaving.is_set() and not self._over.is_set():
                    self._turn()
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits, which raises it
            self._failure = error
            self._over.set()

    def _turn(self) -> None:
        """Drive the run, or take it; or, where another engine has it, look whether it is over."""
        if self._run_id in self._engine.faults:
            raise self._engine.faults[self._run_id].error
        if self._run_id in self._engine.driven:
            self._engine.turn()
            return
        try:
            mine = self._engine.take(self._run_id)
            if not mine and self._context.records.head(self._run_id).summary.state in FINAL_RUN_STATES:
                self._over.set()
        except Unavailable as error:
            mine = False
            if not self._waits:
                _log.warning("run %s waits for the records: %s", self._run_id, error)
            self._waits = True
        if not mine:
            time.sleep(_LOOK)


def serve_engine(settings: Settings, idle_exit: float | None = None, stop: threading.Event | None = None) -> None:
    """`bakehouse engine`: take every free run of this home and drive it; end after `idle_exit` seconds without a run."""
    wiring.collect_garbage_less_often()
    stop = stop or threading.Event()
    with ExitStack() as held:
        context = held.enter_context(wiring.opened(settings))
        lock = EngineLock.acquire(settings.home)
        held.callback(lock.release)
        engine = wiring.make_engine(settings, context.records, lock, wiring.unobserved, stop)
        held.callback(engine.close)
        _serve(engine, idle_exit, stop)


def _serve(engine: Engine, idle_exit: float | None, stop: threading.Event) -> None:
    idle_since = time.monotonic()
    while not stop.is_set():
        engine.turn(adopt=True)
        if engine.driven:
            idle_since = time.monotonic()
        elif idle_exit is not None and time.monotonic() - idle_since >= idle_exit:
            return


def detach(settings: Settings) -> int:
    """Start an unattended engine in the background, its words in `engines/detached.log`; its process id."""
    log = settings.home / "engines" / "detached.log"
    with log.open("ab") as words:
        command = [sys.executable, "-m", "bakehouse", *UNATTENDED]
        process = subprocess.Popen(  # it outlives this process by intent
            command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True
        )
    return process.pid
