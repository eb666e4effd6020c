"""What a function returns without an annotation: told with its line, but only where something is lost."""

from __future__ import annotations

import pytest

from bakehouse.ir import dropped
from bakehouse.ir.dropped import Dropped
from bakehouse.ir.spec import Component, Container, Dag, Executor, PipelineInfo, PipelineSpec

_RUN = "python3 -m kfp.dsl.executor_main $0"
_ARGS = ("--executor_input", "{{$}}", "--function_to_execute", "f")


def _found(**executors: Executor) -> list[Dropped]:
    spec = PipelineSpec(
        PipelineInfo("p"),
        Component(dag=Dag({})),
        {f"comp-{name}": Component(executor_label=f"exec-{name}") for name in executors},
        {f"exec-{name}": executor for name, executor in executors.items()},
    )
    return list(dropped.values(spec))


def _python(source: str) -> Container:
    return Container("python:3.11", ("sh", "-ec", _RUN, f"import json\n\n{source}"), _ARGS)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def f(n: int):\n    return n\n", 1),
        ("def f(n: int) -> None:\n    if n:\n        return\n    return n\n", 3),
        ("def f():\n    for _ in []:\n        try:\n            return 0\n        finally:\n            pass\n", 3),
        ("def g():\n    pass\n\ndef f(\n    n: int,\n):\n    return n\n", 3),
    ],
    ids=["plain", "said to be none", "deep inside", "below others"],
)
def test_a_value_that_is_lost(source: str, line: int) -> None:
    """By the label of its executor and its line below the `def`."""
    (found,) = _found(a=_python(source))
    assert found == Dropped("exec-a", line)
    assert found.message.startswith("a returns a value that nobody gets")


@pytest.mark.parametrize(
    "source",
    [
        "def f() -> int:\n    return 1\n",
        "def f() -> 'int':\n    return 1\n",
        "def f():\n    return\n",
        "def f():\n    return None\n",
        "def f():\n    def g():\n        return 1\n    print('return 1', g(), (lambda: 1)())\n",
        "def f():\n    class G:\n        def g(self):\n            return 1\n",
        "def g():\n    return 1\n",
        "def f():\n    return return\n",
        "f = print  # return it\n",
    ],
)
def test_nothing_is_lost(source: str) -> None:
    """It is an output, or it is nothing, or another function's; what is no Python is not looked at."""
    assert _found(a=_python(source)) == []


def test_other_containers_are_not_looked_at() -> None:
    """Their commands may say `return` too."""
    assert _found(a=Container("alpine", ("sh", "-c", "def f():\n    return 1\n")), b=Container("alpine")) == []


def test_each_executor_is_told_of() -> None:
    """Two of one source are two."""
    same = _python("def f():\n    return 1\n")
    assert [one.label for one in _found(a=same, b=same)] == ["exec-a", "exec-b"]
