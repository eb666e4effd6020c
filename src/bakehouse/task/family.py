"""How much memory the processes of a step hold together, as far as a look now and then tells.

The kernel keeps the peak of each process, but of none together. While the step has child processes, their shares (PSS: what several processes
use counts once) are added up, twice a second at most and in a fiftieth of the time at most. Where the system does not list children, or they
have left their parents, nothing is known of them.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

_EVERY = 0.5  # seconds
_REST = 50  # times as long as a look took, until the next one
_KIB = 1024
_SHARE = b"Pss:"


class Family:
    """The process `leader` and its descendants; `peak` is the most bytes that they held together, 0 while there was one process only."""

    def __init__(self, leader: int, proc: str = "/proc") -> None:
        self.peak = 0
        self._leader, self._proc = leader, proc
        self._due = 0.0

    def look(self) -> None:
        """Look again, if it is time to."""
        began = time.monotonic()
        if began < self._due:
            return
        members = self._members()
        if len(members) > 1:
            self.peak = max(self.peak, sum(self._share(each) for each in members))
        ended = time.monotonic()
        self._due = ended + max(_EVERY, _REST * (ended - began))

    def _members(self) -> List[int]:
        found = [self._leader]
        for each in found:  # it grows meanwhile
            found.extend(self._children(each))
        return found

    def _children(self, process: int) -> List[int]:
        """The children of all threads of a process."""
        folder = f"{self._proc}/{process}/task"
        try:
            threads = os.listdir(folder)
        except OSError:
            return []  # it has ended
        return [int(child) for thread in threads for child in _read(f"{folder}/{thread}/children").split()]

    def _share(self, process: int) -> int:
        """Bytes that a process holds, its share of what it has in common with others; 0 if it has ended, or belongs to somebody else."""
        for line in _read(f"{self._proc}/{process}/smaps_rollup").splitlines():
            if line.startswith(_SHARE):
                return int(line.split()[1]) * _KIB
        return 0


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
