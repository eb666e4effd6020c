"""The digest of what an attempt executes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir.execution import AttemptId, Importing, LaunchSpec, Place, Program, RunId, TaskId
from bakehouse.orchestrator import fingerprints

_COMMAND = LaunchSpec(AttemptId(RunId("r"), TaskId("t"), 1), "p", "busybox", command=("sh", "-c"), args=("true",))
_FUNCTION = replace(_COMMAND, command=(), args=(), program=Program("def f():\n    pass\n", "f"))


@pytest.mark.parametrize("launch", [_COMMAND, _FUNCTION], ids=["command", "function"])
def test_the_same_code_has_the_same_digest(launch: LaunchSpec) -> None:
    """Whatever run, attempt, environment and parameters."""
    other = replace(
        launch, attempt=AttemptId(RunId("s"), TaskId("u"), 2), parameters={"n": 1}, env={"A": "1"}, place=Place("/python", "3.12", "linux", "a==1\n")
    )
    assert fingerprints.code(other) == fingerprints.code(launch)
    assert len(fingerprints.code(launch)) == 64


def test_other_code_has_another_one() -> None:
    """Image, command, arguments, source, the function's name; an importer runs none."""
    launches = [
        _COMMAND,
        _FUNCTION,
        replace(_COMMAND, image="other"),
        replace(_COMMAND, command=("sh",)),
        replace(_COMMAND, args=("false",)),
        replace(_FUNCTION, program=Program("def f():\n    return 1\n", "f")),
        replace(_FUNCTION, program=Program("def f():\n    pass\n", "g")),
        replace(_COMMAND, importing=Importing()),
    ]
    assert len({fingerprints.code(each) for each in launches}) == len(launches)
    assert fingerprints.code(launches[-1]) == ""
