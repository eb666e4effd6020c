"""What a machine has, as far as one may use it."""

from __future__ import annotations

import os
from pathlib import Path

from bakehouse.app import machines


def test_a_quota_makes_less_of_the_cores(tmp_path: Path) -> None:
    """Control groups say so many microseconds of each period; `max` is no quota."""
    own = len(os.sched_getaffinity(0))
    assert machines.cores(tmp_path) == own
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert machines.cores(tmp_path) == own
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert machines.cores(tmp_path) == 0.5
    (tmp_path / "cpu.max").write_text("900000000 100000\n")
    assert machines.cores(tmp_path) == own


def test_a_limit_makes_less_of_the_memory(tmp_path: Path) -> None:
    """One above what is installed does not."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert machines.memory(tmp_path) == installed
    (tmp_path / "memory.max").write_text("max\n")
    assert machines.memory(tmp_path) == installed
    (tmp_path / "memory.max").write_text("1048576\n")
    assert machines.memory(tmp_path) == 1 << 20
    (tmp_path / "memory.max").write_text(f"{installed * 2}\n")
    assert machines.memory(tmp_path) == installed


def test_accelerators_are_counted_by_their_devices(tmp_path: Path) -> None:
    """The device that controls them is none of them."""
    assert machines.accelerators(tmp_path / "none") == {}
    assert machines.accelerators(tmp_path) == {}
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert machines.accelerators(tmp_path) == {"nvidia.com/gpu": 2}
