"""What is shown of a step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bakehouse.actions.steps import executed
from bakehouse.ir.execution import Program
from tests.unit.runners.specs import spec


def test_no_url_tells_its_password(tmp_path: Path) -> None:
    """Neither in a command nor in a requirement nor in a variable; the source is the author's own text."""
    raw, shown = "https://me:secret@host/x", "https://host/x"
    launch = replace(spec(tmp_path), command=("fetch",), args=(raw,), env={"PROXY": raw, "MODE": "fast"}, program=None)
    assert (executed(launch).command, executed(launch).env) == (("fetch", shown), {"PROXY": shown, "MODE": "fast"})
    python = executed(replace(launch, program=Program(source=f"def f(): get('{raw}')", function="f", requirements=(f"x @ {raw}",))))
    assert (python.requirements, python.source) == ((f"x @ {shown}",), f"def f(): get('{raw}')")
