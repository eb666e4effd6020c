"""The memory of a step whose work is done by several processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.task.family import Family
from tests.unit.task.attempts import PYTHONS, Attempt

#: Children by process and thread, and the share of each process in KiB.
_TREE = {(10, 10): "11 12", (10, 13): "14", (11, 11): "15", (12, 12): "", (14, 14): "", (15, 15): ""}
_SHARES = {10: 100, 11: 20, 12: 3, 14: 4000, 15: 50000}
_HOLDING = """
def step():
    import os, time

    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            held = bytearray(60 << 20)
            time.sleep(2)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
"""
_TOLD_TO_GO = """
import os

children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        held = bytearray(20 << 20)
        os.write(1, b".")
        os.read(0, 1)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
"""
_LISTED = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not list children")


def _write(proc: Path) -> None:
    for (process, thread), children in _TREE.items():
        folder = proc / str(process) / "task" / str(thread)
        folder.mkdir(parents=True)
        (folder / "children").write_text(children)
    for process, share in _SHARES.items():
        (proc / str(process) / "smaps_rollup").write_text(f"00400000-7fff [rollup]\nRss:  9999999 kB\nPss:  {share} kB\nPss_Anon:  1 kB\n")


def test_all_descendants_are_added_up(tmp_path: Path) -> None:
    """Children of every thread, and theirs; each by its share of what is held in common."""
    _write(tmp_path)
    family = Family(10, str(tmp_path))
    family.look()
    assert family.peak == sum(_SHARES.values()) * 1024


def test_a_process_alone_is_left_to_the_kernel(tmp_path: Path) -> None:
    """It keeps the peak itself; one that has ended, or of which nothing can be read, counts nothing."""
    _write(tmp_path)
    for process in (12, 99):
        family = Family(process, str(tmp_path))
        family.look()
        assert family.peak == 0
    (tmp_path / "14" / "smaps_rollup").unlink()
    family = Family(10, str(tmp_path))
    family.look()
    assert family.peak == (sum(_SHARES.values()) - _SHARES[14]) * 1024


def test_looks_are_rare_and_the_peak_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice a second at most; what was once held counts when it is free again."""
    now = [100.0]
    monkeypatch.setattr("bakehouse.task.family.time.monotonic", lambda: now[0])
    _write(tmp_path)
    family = Family(11, str(tmp_path))
    family.look()
    first = family.peak
    (tmp_path / "15" / "smaps_rollup").write_text("Pss: 90000 kB\n")
    now[0] += 0.4
    family.look()
    assert family.peak == first
    now[0] += 0.2
    family.look()
    assert family.peak == (90000 + _SHARES[11]) * 1024
    (tmp_path / "15" / "smaps_rollup").write_text("Pss: 1 kB\n")
    now[0] += 1
    family.look()
    assert family.peak == (90000 + _SHARES[11]) * 1024


@_LISTED
def test_processes_of_the_system_are_added_up() -> None:
    """Three children of 20 MiB each, looked at when all of them hold it; what an interpreter needs itself is shared."""
    process = subprocess.Popen([sys.executable, "-S", "-c", _TOLD_TO_GO], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    ready = process.stdout.read(3)
    family = Family(process.pid)
    family.look()
    process.communicate()
    assert (ready, process.returncode) == (b"...", 0)
    assert 60 << 20 < family.peak < 120 << 20


@pytest.mark.slow
@_LISTED
@pytest.mark.parametrize("python", PYTHONS[:1] + PYTHONS[-1:] if len(PYTHONS) > 1 else PYTHONS)
def test_the_processes_of_a_step_count_together(tmp_path: Path, python: str) -> None:
    """Three children of 60 MiB each are more than the largest of them. Nobody hears of a look: they hold it for several."""
    attempt = Attempt(tmp_path, _HOLDING, python=python).run()
    assert attempt.exit["code"] == 0
    assert 180 << 20 < attempt.exit["peak_memory"] < 300 << 20
