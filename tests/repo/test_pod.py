"""The keeper runs in a pod as files, by an interpreter that sees no packages; the runner is built as deploy/Dockerfile does it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.test_task import imported
from tests.repo.tree import ROOT, SOURCE, python_files

KEEPER = [path for path in python_files("src") if (ROOT / path).is_relative_to(SOURCE / "pod")]


@pytest.mark.parametrize("path", KEEPER, ids=lambda path: path.name)
def test_it_imports_only_the_standard_library_and_itself(path: Path) -> None:
    """Absolute imports name the standard library; the keeper's own modules are imported relatively."""
    assert set(imported((ROOT / path).read_text(encoding="utf-8"))) - sys.stdlib_module_names == set()


def test_it_loads_little_before_its_step_starts() -> None:
    """What takes long to import is loaded when it is needed: archives for folders, TLS for https; http.client and pathlib never."""
    load = f"p = type(sys)('p'); p.__path__ = [{str(SOURCE / 'pod')!r}]; sys.modules['p'] = p"
    program = f"import sys; {load}; import p.keeper; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-SEI", "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert {"p.keeper", "socket"} <= set(found)
    assert {"ssl", "http.client", "tarfile", "pathlib", "typing", "dataclasses", "subprocess", "logging", "email"} & set(found) == set()
