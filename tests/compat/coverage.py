"""Every public name of kfp 2.17, every parameter, in every pair of blocks, and the case that uses it; `python -m tests.compat.coverage` prints it.

What acts on a task or stands in a pipeline has a case in each pair of blocks of control flow; a decorator, a class of settings or an annotation
has one. The names come from `inspect` over the real SDK, the cases from watching it compile the sources: nobody lists them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tests.compat.test_differential import traced

REASONS = Path(__file__).with_name("uncovered.yaml")
#: What is used where a pipeline is built, by patterns of names.
_IN_BLOCKS = ["kfp.dsl.PipelineTask.*", "kfp.kubernetes.*", "kfp.dsl.importer", "kfp.dsl.OneOf", "kfp.dsl.Collected", "a call of *"]
_BLOCKS = ["If", "Elif", "Else", "Condition", "ParallelFor", "ParallelFor of artifacts", "ExitHandler"]
#: What can be called in a pipeline, by its class in kfp.
_CALLED = ["PythonComponent", "ContainerComponent", "GraphComponent", "YamlComponent"]
_OUTERMOST = "pipeline"
PAIRS = [_OUTERMOST, *(f"{outer} > {inner}" for outer in (_OUTERMOST, *_BLOCKS) for inner in _BLOCKS)]


@dataclass(frozen=True)
class Use:
    """A use that has to have a case: `NAME`, or `NAME(PARAMETER)`, in a pair of blocks or anywhere; `case` is `SOURCE:FUNCTION`, or empty."""

    what: str
    where: str
    case: str

    def __str__(self) -> str:
        return f"{self.what} in {self.where}" if self.where else self.what


@dataclass(frozen=True)
class Reason:
    """Why there is no case: `names` are patterns of names, parameters and pairs, `test` is a file that tests them instead."""

    names: tuple[str, ...]
    why: str
    test: str

    def holds_for(self, use: Use) -> bool:
        """Whether this is why the use has no case."""
        return any(fnmatchcase(use.where if " > " in name else use.what, name) for name in self.names)


def reasons() -> list[Reason]:
    """The rows of `uncovered.yaml`."""
    rows = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    return [Reason(tuple(row["names"]), row["why"], row.get("test", "")) for row in rows]


def uses(trace: Mapping[str, Any]) -> Iterator[Use]:
    """All that has to have a case, of a trace of `tracing.py`."""
    found = trace["uses"]
    used = [*(f"a call of a {kind}" for kind in _CALLED), *(f"a block of {block}" for block in _BLOCKS), *found]
    names = {**dict.fromkeys(used, ()), **trace["names"]}
    for name, parameters in names.items():
        for parameter in ("", *parameters):
            cases = found.get(name, {}).get(parameter, {})
            what = f"{name}({parameter})" if parameter else name
            if any(fnmatchcase(name, pattern) for pattern in _IN_BLOCKS):
                yield from (Use(what, where, cases.get(where, "")) for where in PAIRS)
            else:
                yield Use(what, "", next(iter(cases.values()), ""))


def main() -> None:
    """Print a line for each use, with its case or the reason why there is none."""
    known = reasons()
    for use in uses(traced()["trace"]):
        why = next((f"({reason.why})" for reason in known if reason.holds_for(use)), "MISSING")
        sys.stdout.write(f"{use}: {use.case or why}\n")


if __name__ == "__main__":
    main()
