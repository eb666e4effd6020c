"""The supervisor's waiting: takes the step's output, obeys the word to stop, notices the end of the step and cleans up behind it."""

from __future__ import annotations

import os
import resource  # noqa: F401  # `wait4` asks for it; loaded now, while the step starts
import select
import time

from .family import Family
from .guarding import HELD_BACK, Guard
from .logs import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as signals
    from typing import Any, Optional, Tuple
else:
    import _signal as signals  # `signal` itself builds enumerations that nobody here needs

LOOK_EVERY_MS = 250
_PIECE = 64 << 10
_PIECES_AT_ONCE = 64
#: A pipe holds no more than this after the step's end; what is written later is not the step's.
_LONGEST_REST = 1 << 20
_REMAINS_END_WITHIN = 0.25
_SHELL_SAYS = 128  # and the number of the signal that ended its program
_HEARD = (signals.SIGTERM, signals.SIGCHLD)


class Bell:
    """Signals to the supervisor: SIGTERM and SIGCHLD end a wait at once, the others that were held back are ignored from now on.

    `rung` is readable when one has come; `terminated` says whether SIGTERM has.
    """

    def __init__(self) -> None:
        self.terminated = False
        self.rung, line = os.pipe()
        os.set_blocking(self.rung, False)
        os.set_blocking(line, False)
        signals.set_wakeup_fd(line, warn_on_full_buffer=False)
        signals.signal(signals.SIGTERM, self._terminate)
        signals.signal(signals.SIGCHLD, _wake)
        for number in HELD_BACK:
            if number not in _HEARD:
                signals.signal(number, signals.SIG_IGN)
        signals.pthread_sigmask(signals.SIG_SETMASK, ())

    def _terminate(self, _number: int, _frame: Any) -> None:
        self.terminated = True


class Ended:
    """How the step's main process ended: its wait status, its use of resources, and whether it had been asked to stop.

    `together` is the most memory that it and its child processes were seen to hold at a time, in bytes; 0 if it had none.
    """

    def __init__(self, status: int, usage: Any, *, together: int, stopped: bool) -> None:
        self.status, self.usage, self.together, self.stopped = status, usage, together, stopped

    @property
    def code(self) -> Optional[int]:
        """Its exit code, if it was not killed."""
        return os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else None

    @property
    def signal(self) -> Optional[int]:
        """The number of the signal that killed it, if one did."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else None

    @property
    def killed(self) -> bool:
        """Whether it, or what it stands for (a shell says so with 137), was killed without having been asked to stop."""
        return not self.stopped and (self.signal == signals.SIGKILL or self.code == _SHELL_SAYS + signals.SIGKILL)


class Watch:
    """Over one step: `pid` is the leader of its process group, `output` the reading end of its pipe, `control` the file that says stop."""

    def __init__(self, pid: int, output: int, control: str, *, log: Log) -> None:
        self.pid, self.output, self.control, self.log = pid, output, control, log
        self.bell = Bell()
        self._family = Family(pid)
        self._kill_at: Optional[float] = None
        os.set_blocking(output, False)
        self._poll = select.poll()
        self._poll.register(self.bell.rung, select.POLLIN)
        self._poll.register(output, select.POLLIN)

    def until_end(self, kill_after: float, guard: Guard) -> Ended:
        """Wait for the end of the step's main process, then for that of its group; `kill_after`: seconds from TERM to KILL.

        The output is in the log then, as far as it was written. The guard is ended as soon as it has nothing left to guard.
        """
        open_ = True
        while not self._over():
            self._obey(kill_after)
            self._family.look()
            self._poll.poll(LOOK_EVERY_MS)
            _empty(self.bell.rung)
            if open_ and not self._take(_PIECES_AT_ONCE * _PIECE):
                open_ = False
                self._poll.unregister(self.output)  # the step has closed its output: asking again would not wait
        return self._clean_up(guard)

    def _over(self) -> bool:
        """Whether the main process has ended. It is left a zombie, so that nobody else can get its number yet."""
        if not hasattr(os, "waitid"):
            return self._reaped_early()
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    _early: Optional[Tuple[int, Any]] = None

    def _reaped_early(self) -> bool:
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid:
            self._early = (status, usage)
        return bool(pid)

    def _obey(self, kill_after: float) -> None:
        if self._kill_at is None:
            if self.bell.terminated or os.path.exists(self.control):
                self._kill_at = time.monotonic() + kill_after
                self._signal(signals.SIGTERM)
                self._signal(signals.SIGCONT)  # a stopped process would not see it
        elif time.monotonic() >= self._kill_at:
            self._signal(signals.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except OSError:
            try:
                os.kill(self.pid, number)
            except OSError:
                pass  # it has ended

    def _take(self, most: int) -> bool:
        """Move output to the log, without waiting for more. False at its end."""
        while most > 0:
            try:
                data = os.read(self.output, _PIECE)
            except BlockingIOError:
                return True
            if not data:
                return False
            self.log.add(data)
            most -= len(data)
        return True

    def _clean_up(self, guard: Guard) -> Ended:
        self._signal(signals.SIGKILL)
        guard.stand_down()
        if self._early is None:
            _, status, usage = os.wait4(self.pid, 0)
        else:
            status, usage = self._early
        self._wait_for_remains()
        self._take(_LONGEST_REST)
        return Ended(status, usage, together=self._family.peak, stopped=self._kill_at is not None)

    def _wait_for_remains(self) -> None:
        """Until nothing of the killed group is left that could still write; not for ever: the dead may stay listed where nobody reaps them."""
        give_up = time.monotonic() + _REMAINS_END_WITHIN
        while time.monotonic() < give_up:
            try:
                os.killpg(self.pid, 0)
            except OSError:
                return
            time.sleep(0.001)


def _wake(_number: int, _frame: Any) -> None:
    """Nothing: that the signal came is what counts."""


def _empty(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except BlockingIOError:
        pass
