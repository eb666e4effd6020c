"""The whole story of a keeper: it brings what the step needs, lets `main` begin, sends what grows, and takes away what the step gave.

`main` is alive as long as the other end of the FIFO `alive` is open. The keeper never ends before it has told how the attempt ended, unless
the server wants nothing more of it. docs/reference/pods.md is the protocol.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time

from . import gathering, protocol, staging
from .errors import Fault, Refused
from .growing import Growing
from .settings import Settings
from .speaking import CONFLICT, UNSPOKEN, Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

_LOOK_MS = 100
_PUMP_EVERY = 0.4  # seconds
_BEFORE_ITS_LOG = 0.5  # seconds between the begin of `main` and that of its log, at most
_OVER = 410
_LARGEST_PIPE = 1 << 20  # bytes: as much as Linux lets a user have
_MOST_WORDS = 20_000  # characters of what went wrong
_MOST_BYTES = (1 << 63) - 1
#: What is believed of the word that the runner left, from and to which value: anybody in `main` could have written it.
_WORDS = {
    "code": (int, 0, 255),
    "signal": (int, 0, 64),
    "terminated": (bool, False, True),
    "timeout": (bool, False, True),
    "cpu_seconds": (float, 0.0, 1e9),
    "peak_memory": (int, 0, _MOST_BYTES),
}


def main() -> int:
    """Keep the pod of the environment's attempt; the exit code."""
    try:
        settings = Settings(os.environ)
        server = Server(settings.url, settings.token, ca=settings.ca, patience=settings.patience)
    except (LookupError, ValueError, OSError) as error:
        sys.stderr.write(f"bakehouse: the keeper of a pod is started by Bakehouse, with what it needs in its environment: {error}\n")
        return 2
    os.umask(0)  # whoever runs in `main` is another user; each file says itself who may do what
    keeper = Keeper(server, settings.folder, settings.runtime)
    signal.signal(signal.SIGTERM, keeper.terminate)
    try:
        keeper.keep()
    except Refused as error:
        # Nobody wants to hear of this attempt: it was given up, or the token is not its own any more.
        sys.stderr.write(f"bakehouse: the server takes nothing more of this attempt: {error}\n")
        return 1
    return 0


class Keeper:
    """One attempt, from its launch document to the word how it ended."""

    def __init__(self, server: Server, folder: str, runtime: str) -> None:
        self._server, self._path, self._runtime = server, folder, runtime
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._log, self._series = (Growing(server, self._folder, name) for name in protocol.GROWING)
        self._terminated = False
        self._launch: dict[str, Any] = {}
        self._told: dict[str, Any] = {"times": {"started": time.time()}}

    def terminate(self, _number: int, _frame: FrameType | None) -> None:
        """The pod is to end: `main` was told so, too, and what it leaves is still to be taken away."""
        self._terminated = True

    def keep(self) -> None:
        """Do all of it. Raises `Refused` when the server wants nothing of it."""
        self._noting(self._do)
        self._told["terminated"] = self._told.get("terminated", False) or self._terminated
        while self._tell() == CONFLICT:
            time.sleep(_PUMP_EVERY)
            self._noting(self._bring_again)

    def _noting(self, job: Callable[[], None]) -> None:
        """Do it; what goes wrong with it is how the attempt ended. Raises `Refused` when the server wants nothing of it."""
        try:
            job()
        except Fault as fault:
            self._told.update(fault=fault.message[:_MOST_WORDS], cause=fault.cause)
        except Refused as error:
            if error.code == protocol.GONE:
                self._told.update(fault=error.message, cause="input missing")
            elif error.status in {UNSPOKEN, 401, 403, 404, _OVER}:
                raise
            else:
                self._told.update(fault=f"the server refused something: {error}", cause="engine")
        except Exception as error:
            self._told.update(fault=f"the keeper of the pod failed: {type(error).__name__}: {error}"[:_MOST_WORDS], cause="engine")

    def _tell(self) -> int:
        """Tell how it ended, and what was brought before; the status of the answer."""
        sent = {"log_sent": self._log.sent, "series_sent": self._series.sent, "brought": len(self._server.taken)}
        body = json.dumps({**self._told, **sent}).encode()
        return self._server.ask("POST", "result", body, headers={"Content-Type": "application/json"}).status

    def _bring_again(self) -> None:
        """Bring all to another server, which has taken the attempt over and lacks what the one before has. Raises `Refused`, `Fault`."""
        self._server.taken.clear()
        for growing in (self._log, self._series):
            growing.again()  # both before anything can fail: what is told is what this server has
        for growing in (self._log, self._series):
            growing.pump()
        self._take_away()

    def _do(self) -> None:
        self._launch = json.loads(self._server.ask("GET", "launch").body)
        staging.prepare(self._path, self._runtime, self._launch)
        staging.bring(self._server, self._path, self._launch, lambda: self._terminated)
        if self._terminated:
            self._told["killed"] = True  # it never began
            return
        self._told["times"]["staged"] = time.time()
        # Opened for reading, `alive` lets the runner begin. `out` is held open, so that what is in it is not lost when the runner is killed.
        alive = os.open("alive", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._folder)
        out = os.open("out", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._folder)
        if not self._watch(alive):
            self._told["killed"] = True
            return
        self._take_the_rest(out)
        self._take_away()

    def _watch(self, alive: int) -> bool:
        """Send what grows until `main` is dead; false where it never began and is not to begin any more."""
        poll = select.poll()
        poll.register(alive, 0)
        due, give_up = 0.0, 0.0
        while True:
            dead = bool(poll.poll(_LOOK_MS))
            now = time.monotonic()
            if dead or now >= due:
                self._log.pump()
                self._series.pump()
                due = now + _PUMP_EVERY
            if dead:
                return True
            if self._terminated and not self._log.is_there():
                give_up = give_up or now + _BEFORE_ITS_LOG
                if now > give_up:
                    return False

    def _take_the_rest(self, out: int) -> None:
        """What a killed runner had not read yet, and the word how the command ended, if it could leave one."""
        left = gathering.word(self._folder, "exit.code")
        believed = {}
        if isinstance(left, dict):
            believed = {name: left[name] for name, bounds in _WORDS.items() if _is_within(left.get(name), *bounds)}
        if "code" not in believed:
            left, believed = {}, {"killed": True}
            self._take_from_pipe(out)
        self._told.update(believed)
        log = left.get("log")
        for name in ("bytes", "kept"):
            said = log.get(name) if isinstance(log, dict) else None
            self._told[f"log_{name}"] = said if _is_within(said, int, 0, _MOST_BYTES) else self._log.sent
        began = gathering.word(self._folder, "running") if self._launch["launch"] is not None else left.get("started")
        times, now = self._told["times"], time.time()
        for name, at, otherwise in (("running", began, times["staged"]), ("ended", left.get("ended"), now)):
            times[name] = min(max(at, times["staged"]), now) if _is_within(at, float, 0.0, now + 1) else otherwise

    def _take_from_pipe(self, out: int) -> None:
        """The rest of the log: it is kept, since it cannot be read twice."""
        rest = b""
        try:
            while len(rest) < _LARGEST_PIPE and (data := os.read(out, 1 << 16)):
                rest += data
        except BlockingIOError:
            pass  # a process that outlived the runner still holds it: what it writes is nobody's
        if self._log.size() + len(rest) >= self._launch["log_limit"]:
            rest += b"\n[bakehouse: the rest is left out here: the container was killed]\n"
        self._log.end(rest)
        self._log.pump()

    def _take_away(self) -> None:
        """Outputs of a step that ended well; of any other what the next attempt goes on from."""
        self._spare(lambda: gathering.file(self._server, self._folder, protocol.ERROR, f"files/{protocol.ERROR}"))
        if self._told.get("code") == 0:
            gathering.texts(self._server, self._folder, self._launch["outputs"])
            gathering.artifacts(self._server, self._folder)
            gathering.file(self._server, self._folder, protocol.DOCUMENT, f"files/{protocol.DOCUMENT}")
        elif gathering.holds_something(self._folder, "checkpoint"):
            self._spare(lambda: gathering.tree(self._server, self._folder, "checkpoint", "checkpoint"))

    def _spare(self, take: Callable[[], None]) -> None:
        """Take what a step leaves that fails, if it can be read: else it would hide why the step failed. Raises `Refused`, other `Fault`s."""
        try:
            take()
        except Fault as fault:
            if fault.cause != gathering.BAD_OUTPUT:
                raise
            sys.stderr.write(f"bakehouse: left in the pod: {fault.message}\n")


def _is_within(value: Any, kind: type[Any], least: float, most: float) -> bool:
    """Whether it is a value of this very kind, from `least` to `most`: no number that is none, no truth value for a number."""
    return type(value) is kind and least <= value <= most
