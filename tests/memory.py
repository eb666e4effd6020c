"""How much memory a process took."""

from __future__ import annotations

import os
from pathlib import Path


def peak(process: int | None = None) -> int:
    """The most resident memory of a process since it became its program, in bytes; of this process without a number.

    `getrusage` is no measure of it: what its parent held when it was forked counts there (Linux, `exec(2)` and `getrusage(2)`).
    0 for one that has ended and was not waited for. Raises `OSError` when there is no such process.
    """
    lines = Path(f"/proc/{process or os.getpid()}/status").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) << 10
