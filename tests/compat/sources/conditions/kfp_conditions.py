"""Conditions as the real `kfp` compiles and runs them; a script for its environment, which imports nothing of this repository.

`compile` reads cases from standard input, `[{"left", "relation", "right" | "constant"}]`, a list of them for an If with its Elifs and
an Else, and writes the compiled pipelines as JSON. `run` runs pipelines with kfp's local runner and writes which branches ran.
"""

import json
import operator
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, NamedTuple

warnings.simplefilter("ignore")

from kfp import compiler, dsl, local

RELATIONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dsl.component
def nothing() -> None:
    """Do nothing."""


@dsl.component
def branch() -> str:
    """Tell that the branch was taken."""
    return "taken"


@dsl.component
def quoted() -> str:
    """Give a text with a quotation mark."""
    return "it's"


@dsl.component
def code() -> str:
    """Give a text that looks like code."""
    return "x' or 'a'=='a"


@dsl.component
def five() -> int:
    """Give a whole number."""
    return 5


@dsl.component
def fields() -> NamedTuple("Fields", [("label", str)]):
    """Give an output that has a name."""
    return ("cat",)


def compiled(chain: list[dict[str, Any]]) -> str:
    """Compile the pipeline of one If, or of an If with its Elifs and an Else."""

    @dsl.pipeline(name="conditions")
    def conditions(s: str = "", i: int = 0, f: float = 0.0, b: bool = False, s2: str = "", i2: int = 0, f2: float = 0.0, b2: bool = False) -> None:
        channels = {"s": s, "i": i, "f": f, "b": b, "s2": s2, "i2": i2, "f2": f2, "b2": b2}
        for index, case in enumerate(chain):
            right = channels[case["right"]] if "right" in case else case["constant"]
            condition = RELATIONS[case["relation"]](channels[case["left"]], right)
            with dsl.Elif(condition) if index else dsl.If(condition):
                nothing()
        if len(chain) > 1:
            with dsl.Else():
                nothing()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conditions.yaml"
        compiler.Compiler().compile(conditions, str(path))
        return path.read_text(encoding="utf-8")


@dsl.pipeline(name="quote")
def quote() -> None:
    """Both branches stand open: one of them must be taken."""
    made = quoted()
    with dsl.If(made.output == "it's"):
        branch()
    with dsl.Else():
        nothing()


@dsl.pipeline(name="field")
def field() -> None:
    """Compare an output that has a name."""
    with dsl.If(fields().outputs["label"] == "cat"):
        branch()


@dsl.pipeline(name="mixed")
def mixed() -> None:
    """Compare a whole number with one that is none."""
    with dsl.If(five().output > 4.5):
        branch()


@dsl.pipeline(name="injected")
def injected() -> None:
    """Compare a text that is not the one it is compared with."""
    with dsl.If(code().output == "y"):
        branch()


def ran(pipeline: Any, root: Path) -> dict[str, Any]:
    """Run a pipeline, and tell the tasks that ran and the file that was run."""
    path = root / "pipeline.yaml"
    compiler.Compiler().compile(pipeline, str(path))
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(root / "outputs"))
    pipeline()
    return {"tasks": sorted({one.parent.name for one in root.glob("outputs/*/**/executor_output.json")}), "text": path.read_text(encoding="utf-8")}


def main() -> None:
    """Do what the first argument says."""
    if sys.argv[1] == "compile":
        found: Any = [compiled(chain) for chain in json.load(sys.stdin)]
    else:
        found = {}
        for pipeline in (quote, field, mixed, injected):
            with tempfile.TemporaryDirectory() as folder:
                found[pipeline.name] = ran(pipeline, Path(folder))
    sys.stdout.write("\n" + json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
