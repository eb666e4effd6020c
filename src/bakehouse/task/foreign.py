"""A step whose own packages bring a real `kfp`: it runs through that SDK's public entry point, as `python -m kfp.dsl.executor_main` does."""

from __future__ import annotations

import runpy
import sys

from . import documents
from .programs import MODULE, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Mapping


def run(program: Program, launch: Mapping[str, Any], entry: str, begin: Callable[[], None]) -> None:
    """Run the component's function by the module `entry` of `kfp`; `begin` is called before. Raises what the function and `kfp` raise."""
    located = _located(launch["executor_input"], launch.get("paths", {}))
    sys.argv = [
        program.copy,
        "--component_module_path",
        program.copy,
        "--executor_input",
        documents.text_of(located),
        "--function_to_execute",
        program.function,
    ]
    begin()
    runpy.run_module(entry, run_name="__main__", alter_sys=True)
    sys.modules.pop(MODULE, None)


def _located(executor_input: Mapping[str, Any], paths: Mapping[str, str]) -> "Dict[str, Any]":
    """The same document, with paths for URIs where the bytes lie elsewhere: `kfp` knows no other way to say so."""
    located = dict(executor_input)
    for side in ("inputs", "outputs"):
        groups = executor_input.get(side, {}).get("artifacts", {})
        moved = {name: {"artifacts": [_moved(each, paths) for each in group.get("artifacts", ())]} for name, group in groups.items()}
        located[side] = {**executor_input.get(side, {}), "artifacts": moved}
    return located


def _moved(artifact: Mapping[str, Any], paths: Mapping[str, str]) -> "Dict[str, Any]":
    uri = artifact.get("uri", "")
    return {**artifact, "uri": paths.get(uri, uri)}
