"""Whether the kernel has ended something for want of memory, as far as a process can see."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

_WORD = b"oom_kill "


def kills(proc: str = "/proc", groups: str = "/sys/fs/cgroup") -> Optional[int]:
    """How often that has happened so far: in this process's control group, or on the machine where no group tells. `None`: nobody tells."""
    for path in [*_of_groups(proc, groups), proc + "/vmstat"]:
        found = _count(path)
        if found is not None:
            return found
    return None


def _of_groups(proc: str, groups: str) -> List[str]:
    """The files that may tell, the nearest first. Inside a container the path of a group may begin above what is mounted."""
    found: List[str] = []
    for line in _read(proc + "/self/cgroup").decode("utf-8", "surrogateescape").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "memory" in controllers.split(","):
            found += [f"{groups}/memory{each}/memory.oom_control" for each in (path.rstrip("/"), "")]
        elif number == "0" and not controllers:
            found += [f"{groups}{each}/memory.events" for each in (path.rstrip("/"), "")]
    return found


def _count(path: str) -> Optional[int]:
    for line in _read(path).splitlines():
        if line.startswith(_WORD) and line[len(_WORD) :].strip().isdigit():
            return int(line[len(_WORD) :])
    return None


def _read(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""  # no Linux, an older kernel, another version of control groups
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
