"""The supervisor of one attempt: the whole story of a step from its launch document to the word how it ended.

It alone holds the attempt's lock, and lives exactly as long as the attempt runs. The step is forked from it.
"""

from __future__ import annotations

import gc
import os
import sys
import time

from . import documents, guarding

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as signals
    from typing import Any, Dict, List, NoReturn, Optional

    from .watching import Ended
else:
    import _signal as signals  # `signal` itself builds enumerations that nobody here needs

#: Bytes in a unit of the peak memory that the system tells.
_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024
_RESERVED = 8192  # with room for the last words of an output, each character of which may take six bytes


def main(arguments: List[str]) -> int:
    """Run the attempt in the folder `arguments[0]`, whose lock is open as descriptor `arguments[1]`, or is the file at that path.

    Returns in the forked step only, its exit code; the supervisor ends by itself, with 0 once the folder holds the word `exit`.
    """
    attempt = Attempt(arguments[0], _lock(arguments[1]))
    step = attempt.started()
    if step:
        attempt.finish(step)
    from . import stepping

    return stepping.run(attempt.folder, attempt.launch, attempt.running_line)


def _lock(text: str) -> int:
    """The descriptor that holds the attempt's lock. Others hold it for a moment at most, while they look whether somebody does."""
    if text.isdigit():
        return int(text)
    import fcntl

    descriptor = os.open(text, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


class Attempt:
    """One attempt, seen from its supervisor.

    Until the step is forked as little as possible is loaded and all signals that matter are held back: the step gets them, and
    their dispositions, as any program has them.
    """

    def __init__(self, folder: str, lock: int) -> None:
        self.folder = os.path.abspath(folder)
        self.times: Dict[str, Optional[float]] = {"started": time.time(), "running": None}
        self.launch: Dict[str, Any] = {}
        self.running_line = -1
        self._lock = lock
        os.set_inheritable(lock, False)
        signals.pthread_sigmask(signals.SIG_SETMASK, guarding.HELD_BACK)
        self._guard = guarding.start()
        self._exit = Exit(self.folder)

    def started(self) -> int:
        """Read the launch document, copy the inputs, fork the step: its process id, or 0 in the step itself."""
        try:
            self.launch = documents.read(self.folder + "/launch.json")
            copies = self.launch.get("stage")
            if copies:
                self._stage(copies)
                self.times["staged"] = time.time()
            if self._stopped():
                self._end({"stopped": True})
            self._output, output = os.pipe()
            self._running, self.running_line = os.pipe()
        except Exception as error:
            self._end({"fault": f"the attempt could not be prepared: {type(error).__name__}: {error}"})
        step = os.fork()
        if step == 0:
            self._become_step(output)
        else:
            os.close(output)
            os.close(self.running_line)
        return step

    def finish(self, step: int) -> NoReturn:
        """Wait for the end of the step and write down how it ended."""
        gc.enable()
        try:
            from . import logs, memory, watching

            before = memory.kills()
            log = logs.Log(self.folder + "/log", int(self.launch["log_limit"]))
            watch = watching.Watch(step, self._output, self.folder + "/control", log=log)
            ended = watch.until_end(float(self.launch["kill_after"]), self._guard)
        except BaseException as error:  # whatever happens here, the step does not outlive its supervisor
            try:
                os.killpg(step, signals.SIGKILL)
            except OSError:
                pass  # it has ended
            self._end({"fault": f"the step could not be watched: {type(error).__name__}: {error}"})
        self._note_running()
        log.close()
        self._end({**_ending(ended, log), "out_of_memory": ended.killed and memory.kills() != before})

    def _stage(self, copies: List[Dict[str, str]]) -> None:
        from . import staging

        try:
            staging.stage(copies, self._stopped)
        except staging.Stopped:
            self._end({"stopped": True})

    def _stopped(self) -> bool:
        """Whether the attempt was asked to stop before there is a step."""
        return signals.SIGTERM in signals.sigpending() or os.path.exists(self.folder + "/control")

    def _become_step(self, output: int) -> None:
        os.setsid()
        self._guard.watch_me()
        for descriptor in (self._lock, self._output, self._running):
            os.close(descriptor)
        self._exit.forget()
        for number in guarding.HELD_BACK:
            signals.signal(number, signals.SIG_DFL)
        signals.signal(signals.SIGINT, signals.default_int_handler)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        signals.pthread_sigmask(signals.SIG_SETMASK, ())

    def _note_running(self) -> None:
        said = b""
        try:
            os.set_blocking(self._running, False)
            said = os.read(self._running, 64)
        except OSError:
            pass
        if said:
            self.times["running"] = float(said)

    def _end(self, word: Dict[str, Any]) -> NoReturn:
        """The last act."""
        code = 0
        self._guard.dismiss()
        self.times["ended"] = time.time()
        whole = {"code": None, "signal": None, "stopped": False, "times": self.times, "cpu_seconds": None, "peak_memory": None}
        whole.update({"log": {"bytes": 0, "kept": 0}, "fault": None})
        whole.update(word)
        try:
            self._exit.write(documents.text_of(whole))
        except OSError as error:
            os.write(2, f"bakehouse: the end of the attempt cannot be written: {error}\n".encode())
            code = 1
        os._exit(code)


class Exit:
    """The word how the attempt ended. Its place on the disk is taken at the start, so that a full disk does not lose it."""

    def __init__(self, folder: str) -> None:
        self._path = folder + "/exit"
        self._aside = folder + "/.exit"
        self._descriptor = -1
        try:
            self._descriptor = os.open(self._aside, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.write(self._descriptor, b" " * _RESERVED)
        except OSError:
            pass

    def forget(self) -> None:
        """Close it in the step."""
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def write(self, text: str) -> None:
        """Say it. Raises `OSError`."""
        try:
            os.ftruncate(self._descriptor, os.pwrite(self._descriptor, text.encode(), 0))
            os.replace(self._aside, self._path)
        except OSError:
            # The step may have removed the whole folder.
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            documents.write(self._path, text)


def _ending(ended: Ended, log: Any) -> Dict[str, Any]:
    usage = ended.usage
    return {
        "code": ended.code,
        "signal": ended.signal,
        "stopped": ended.stopped,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_memory": max(usage.ru_maxrss * _MEMORY_UNIT, ended.together),
        "log": {"bytes": log.written, "kept": log.kept},
        "last_words": log.last_words,
    }
