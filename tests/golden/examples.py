"""The examples, and what they compile to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"


def sources() -> list[Path]:
    """The pipeline files of examples/."""
    return sorted(EXAMPLES.glob("*/pipeline.py"))


def golden(source: Path) -> Path:
    """Where the compiled text of an example is kept."""
    return HERE / f"{source.parent.name}.yaml"


def compiled(source: Path) -> str:
    """What `bakehouse compile` makes of an example."""
    command = [sys.executable, "-m", "bakehouse", "compile", str(source), "-o", "-"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout
