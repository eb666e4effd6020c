"""Calls outside a pipeline beside those of the real kfp: the same program, run by both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.compat.test_differential import REAL

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]
PROGRAM = Path(__file__).with_name("sources") / "calls" / "calls.py"


def _said(folder: Path, python: str, *options: str) -> dict[str, Any]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environ |= {"PIP_NO_INDEX": "1", "BAKEHOUSE_HOME": str(folder / "home")}
    done = subprocess.run([python, str(PROGRAM), str(folder), *options], capture_output=True, text=True, env=environ, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def kfp(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _said(tmp_path_factory.mktemp("kfp"), str(REAL))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _said(tmp_path_factory.mktemp("ours"), sys.executable, "--ours")


@pytest.mark.parametrize("name", ["value", "output", "artifact", "pipeline", "told"])
def test_what_kfp_gives_is_given(name: str, kfp: dict[str, Any], ours: dict[str, Any]) -> None:
    """Values with their types, artifacts with content and metadata; nothing where a failure is only told."""
    assert ours[name] == kfp[name]


def test_whole_numbers_stay_whole(kfp: dict[str, Any], ours: dict[str, Any]) -> None:
    """With kfp those inside lists and mappings become floats, and one that is given for a float is refused."""
    assert ours["several"] == kfp["several"]
    assert [type(one) for one in kfp["several"]["numbers"][1]] == [float, float]
    assert [type(one) for one in ours["several"]["numbers"][1]] == [int, int]
    assert kfp["float"][0] == "InconsistentTypeException"
    assert ours["float"] == {"Output": ["float", 1.5]}


def test_artifacts_go_from_call_to_call(kfp: dict[str, Any], ours: dict[str, Any]) -> None:
    """Kfp refuses them at the top."""
    assert kfp["artifact given"][0] == "ValueError"
    assert ours["artifact given"] == {"Output": ["int", 4]}


def test_a_failure_is_caught_as_with_kfp(kfp: dict[str, Any], ours: dict[str, Any]) -> None:
    """It is a RuntimeError there."""
    assert kfp["failed"][0] == "RuntimeError"
    assert "RuntimeError" in ours["failed"]
