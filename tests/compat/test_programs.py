"""Random pipelines, compiled by both: ours is always valid, and what kfp compiles to something valid, ours compiles to the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bakehouse.errors import Problems
from bakehouse.ir import text, validation
from tests.compat.programs import HEAD, Program
from tests.compat.test_differential import COMPILE, REAL, comparable, compiled, inlined

_SEEDS = range(int(os.environ.get("BAKEHOUSE_TEST_PROGRAMS", "60")))
#: The part of them that kfp compiles to something valid at least; below that, the test would say little.
_COMPARED = 0.5

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]


def _is_valid(document: str) -> bool:
    try:
        return not validation.problems(text.read(document))
    except Problems:
        return False


def test_what_kfp_compiles_we_compile_alike(tmp_path: Path) -> None:
    """Branches in loops in handlers, what they join and collect; kfp fails at some, and writes what is invalid for others."""
    programs = ["\n".join(Program(seed).lines) for seed in _SEEDS]
    source = tmp_path / "programs.py"
    source.write_text("\n\n\n".join([HEAD, *programs, f"PIPELINES = [{', '.join(f'program_{seed}' for seed in _SEEDS)}]\n"]), encoding="utf-8")
    ours, theirs = compiled([source], sys.executable, str(COMPILE), "--ours"), compiled([source], str(REAL), str(COMPILE))
    compared = 0
    for name, program in zip(theirs, programs, strict=True):
        assert "text" in ours[name], (ours[name], program)
        assert _is_valid(ours[name]["text"]), program
        if "text" in theirs[name] and _is_valid(theirs[name]["text"]):
            compared += 1
            mine, kfps = ([inlined(one) for one in comparable(found[name]["text"])] for found in (ours, theirs))
            assert mine == kfps, program
    assert compared >= _COMPARED * len(_SEEDS)
