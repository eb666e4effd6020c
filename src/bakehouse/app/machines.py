"""What this machine has, as far as this process may use it: its share where a container or a batch system gives it less."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path

from bakehouse.orchestrator.requests import NVIDIA

_CGROUP = Path("/sys/fs/cgroup")
_DEVICES = Path("/dev")
_NVIDIA_DEVICE = re.compile(r"nvidia[0-9]+")


def cores(cgroup: Path = _CGROUP) -> float:
    """Cores: those this process may run on, or less where a quota of its control group says so (`cpu.max`)."""
    allowed = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit() and int(period):
        return min(allowed, int(quota) / int(period))
    return allowed


def memory(cgroup: Path = _CGROUP) -> float:
    """Bytes of memory, or fewer where its control group has a limit (`memory.max`)."""
    try:
        installed = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError):
        installed = math.inf  # this system does not tell
    limit = _read(cgroup / "memory.max")
    return min(installed, float(limit)) if limit.isdigit() else installed


def accelerators(devices: Path = _DEVICES) -> Mapping[str, int]:
    """Accelerators by kind: those of NVIDIA's whose device files are there."""
    try:
        count = sum(bool(_NVIDIA_DEVICE.fullmatch(one.name)) for one in devices.iterdir())
    except OSError:
        count = 0
    return {NVIDIA: count} if count else {}


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
