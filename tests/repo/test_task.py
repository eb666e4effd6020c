"""The runtime travels into steps as files: it must run on Python 3.7 with nothing installed, under any package name."""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, SOURCE, python_files

RUNTIME = [path for path in python_files("src") if (ROOT / path).is_relative_to(SOURCE / "task")]
#: Newer names that the runtime tries and does without.
TRIED = ("typing.Annotated",)


def imported(source: str) -> Iterator[str]:
    """The top-level names that a module imports absolutely, late imports included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("path", RUNTIME, ids=lambda path: path.name)
def test_it_imports_only_the_standard_library_and_itself(path: Path) -> None:
    """Absolute imports name the standard library; the runtime's own modules are imported relatively."""
    foreign = set(imported((ROOT / path).read_text(encoding="utf-8"))) - sys.stdlib_module_names
    assert foreign == set()


def test_it_needs_no_newer_python_than_3_7() -> None:
    """The version detector finds nothing in it that Python 3.7 lacks."""
    excluded = [word for name in TRIED for word in ("--exclude", name)]
    command = [str(Path(sysconfig.get_path("scripts")) / "vermin"), "--no-tips", "--violations", "-t=3.7-", *excluded, str(SOURCE / "task")]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
