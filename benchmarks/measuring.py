"""One process, measured: wall and CPU time, memory, and how busy the machine was with other things meanwhile."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK = 0.05  # seconds between looks at the process's memory
_SHOWN = 2000


class Failed(Exception):
    """A measured process did not end well: its time means nothing."""


@dataclass(frozen=True)
class Sample:
    """What one process took. Seconds; `foreign` is in cores; memory in bytes.

    `cpu` counts the process and all its children that were waited for; `peak_memory` is the process alone.
    """

    wall: float
    cpu: float
    foreign: float
    peak_memory: int


def measure(command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> Sample:
    """Run a command in `folder` to its end. Raises `Failed` with the end of its output when it does not succeed."""
    with (folder / "output.log").open("wb") as output:
        busy, start = _busy(), time.perf_counter()
        process = subprocess.Popen(command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        memory = _Memory(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = memory.close()
    if process.returncode != 0:
        words = (folder / "output.log").read_text(errors="replace")[-_SHOWN:]
        raise Failed(f"{' '.join(command)}: exit code {process.returncode}\n{words}")
    cpu = usage.ru_utime + usage.ru_stime
    return Sample(wall=wall, cpu=cpu, foreign=max(0.0, (_busy() - busy - cpu) / wall), peak_memory=peak)


def measure_call(call: Callable[[], None]) -> Sample:
    """The same of a function that starts a process and waits for it; its memory is not looked at."""
    busy, used, start = _busy(), os.times(), time.perf_counter()
    call()
    wall, after = time.perf_counter() - start, os.times()
    cpu = sum(after[:4]) - sum(used[:4])
    return Sample(wall=wall, cpu=cpu, foreign=max(0.0, (_busy() - busy - cpu) / wall), peak_memory=0)


class _Memory:
    """The peak memory of a process, read until it ends; the kernel's own figure for it counts its children too."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> int:
        """Stop looking; the peak in bytes, 0 where the system does not tell."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._over.wait(_LOOK):
            try:
                lines = self._status.read_text().splitlines()
            except OSError:
                return
            for line in lines:
                if line.startswith("VmHWM:"):
                    self._peak = max(self._peak, int(line.split()[1]) * 1024)


def _busy() -> float:
    """Seconds that all cores together have been busy since the machine started; 0 where the system does not tell."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _idle, _iowait, irq, softirq = (int(field) for field in fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
