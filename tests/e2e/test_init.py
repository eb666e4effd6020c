"""`bakehouse init`: what it makes runs at once, and its tests pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.home import Home


def test_a_new_project_runs_and_its_tests_pass(tmp_path: Path) -> None:
    """Without an index of packages: nothing is installed for it."""
    project, home = tmp_path / "my_project", Home(tmp_path)
    assert home.call("init", str(project)).returncode == 0
    assert home.run(project / "pipeline.py", "-p", "days=50")["state"] == "SUCCEEDED"
    tested = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=project, check=False, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout
    assert "4 passed" in tested.stdout
