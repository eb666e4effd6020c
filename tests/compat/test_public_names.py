"""Every public name of the real `kfp` is here, and is called as it is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bakehouse.app.submodules import NAMES
from tests.compat.test_differential import REAL

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]
MODULES = ["kfp.components", "kfp.kubernetes", "kfp.local"]


@cache
def _names(*command: str) -> dict[str, Any]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    script = str(Path(__file__).with_name("public_names.py"))
    first, *rest = command
    done = subprocess.run([first, script, *rest, *MODULES], capture_output=True, text=True, env=environ, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_name_has_the_same_signature(module: str) -> None:
    """Names, order, kinds and defaults of parameters. Bakehouse may have more names."""
    ours, theirs = _names(sys.executable, "--ours")[module], _names(str(REAL))[module]
    assert theirs
    assert {name: ours.get(name) for name in theirs} == theirs


_MISSING = """
import importlib, json, sys
names = json.loads(sys.argv[1])
print(json.dumps([f"{module}.{name}" for module, own in names.items() for name in own if not hasattr(importlib.import_module(module), name)]))
"""


def test_what_submodules_serve_is_kfps() -> None:
    """Each name in the table of modules below `kfp.dsl` and the like is in that module of the real kfp."""
    names = {module: [one for own in homes.values() for one in own.split()] for module, homes in NAMES.items()}
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(REAL), "-W", "ignore", "-c", _MISSING, json.dumps(names)]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=True)
    assert json.loads(done.stdout) == []
