"""What an author waits for: writing a pipeline of many tasks and compiling it, in a process that starts cold."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import measure
from benchmarks.serving import Figure
from benchmarks.workloads import KFP, environment

#: Tasks, and how many seconds they may take.
_SIZES = {500: 0.35, 2000: 1.1}
_LEVELS = 50
_SOURCE = """
from {sdk} import compiler, dsl


@dsl.component
def add(n: int) -> int:
    return n + 1


@dsl.pipeline
def pipeline(n: int = 0) -> int:
    return add(n=n).output


{more}
compiler.Compiler().compile(pipeline, "compiled.yaml")
"""
#: Each task takes what the task of half its number gives.
_TREE = """
@dsl.pipeline
def pipeline():
    tasks = [add(n=0)]
    for i in range(1, {size}):
        tasks.append(add(n=tasks[i // 2].output))
"""
_NESTED = """
def around(inner, level):
    @dsl.pipeline(name=f"level-{{level}}")
    def outer(n: int = 0) -> int:
        return inner(n=add(n=n).output).output
    return outer


for level in range(1, {size}):
    pipeline = around(pipeline, level)
"""


def figures(rounds: int) -> Iterator[Figure]:
    """Seconds of wall time, medians over the rounds; then how much longer the real SDK takes, once, where it is installed."""
    _seconds("bakehouse", "")  # whatever is read from the disk for the first time
    took = {}
    for size, bar in _SIZES.items():
        took[size] = statistics.median(_seconds("bakehouse", _TREE.format(size=size)) for _ in range(rounds))
        yield Figure(f"author and compile {size:,} tasks", took[size], bar, "s")
    base = statistics.median(_seconds("bakehouse", "") for _ in range(rounds))
    small, large = _SIZES
    yield Figure("a task of 2,000 over one of 500", (took[large] - base) / (took[small] - base) / (large / small), 1.3, "x")
    yield Figure(
        f"author and compile {_LEVELS} levels",
        statistics.median(_seconds("bakehouse", _NESTED.format(size=_LEVELS)) for _ in range(rounds)),
        0.35,
        "s",
    )
    if KFP.exists():
        yield Figure(f"the same of kfp, {small:,} tasks", _seconds("kfp", _TREE.format(size=small)), 2.5, "s")


def _seconds(sdk: str, more: str) -> float:
    """A whole process of Python: its start, the imports, the pipeline, the file."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as place:
        folder = Path(place)
        (folder / "source.py").write_text(_SOURCE.format(sdk=sdk, more=more))
        return measure([sys.executable if sdk == "bakehouse" else str(KFP), "source.py"], environment=environment(), folder=folder).wall
