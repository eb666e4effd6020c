"""The guard: a tiny process that ends the step when the supervisor dies, however it dies.

It holds the reading end of a pipe. The supervisor holds the writing end for life, the step only until it has written its
process id there. End of file means that the supervisor is gone: then the guard kills the step's process group.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as signals
    from typing import NoReturn
else:
    import _signal as signals  # `signal` itself builds enumerations that nobody here needs

#: The signals that are held back until it is settled who gets them: the supervisor in its way, the step as any program.
HELD_BACK = (
    signals.SIGINT,
    signals.SIGHUP,
    signals.SIGQUIT,
    signals.SIGUSR1,
    signals.SIGUSR2,
    signals.SIGTERM,
    signals.SIGCHLD,
)


class Guard:
    """A running guard: its process id, and `line`, the descriptor that is open as long as the supervisor lives."""

    def __init__(self, pid: int, line: int) -> None:
        self.pid = pid
        self.line = line

    def watch_me(self) -> None:
        """Called by the step, as leader of its own process group, before anything of the user's runs."""
        os.write(self.line, b"%d" % os.getpid())
        os.close(self.line)

    def stand_down(self) -> None:
        """End the guard: the step has ended by itself, and its number may soon be another process's."""
        try:
            os.kill(self.pid, signals.SIGKILL)
        except OSError:
            pass  # somebody else has ended it

    def dismiss(self) -> None:
        """End the guard and wait for its end."""
        self.stand_down()
        try:
            os.waitpid(self.pid, 0)
        except OSError:
            pass  # somebody else has ended it


def start() -> Guard:
    """Fork the guard. To be called early: the smaller this process is, the cheaper the fork."""
    listening, line = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _guard(listening)
        finally:
            os._exit(0)
    os.close(listening)
    return Guard(pid, line)


def _guard(listening: int) -> NoReturn:
    os.setsid()  # what is sent to the supervisor's group is not for us; the signals held back stay so
    _close_others(listening)
    said = b""
    while True:
        more = os.read(listening, 64)
        if not more:
            break
        said += more
    if said:
        _kill_group(int(said))
    os._exit(0)


def _close_others(kept: int) -> None:
    """Close all descriptors but one; the attempt's lock is among them."""
    try:
        numbers = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        numbers = list(range(256))
    for number in numbers:
        if number != kept:
            try:
                os.close(number)
            except OSError:
                pass  # the one that listed them


def _kill_group(leader: int) -> None:
    for kill in (os.killpg, os.kill):
        try:
            kill(leader, signals.SIGKILL)
        except OSError:  # noqa: PERF203  # each may fail
            pass  # it has ended, or not become a leader yet
