"""What a step left that had another file system than ours: a path that it names, or a link that it made, means nothing here but in its own folders.

A path on the disk of whoever collects, or what a link would lead to there, was never the step's: reading it would hand it what it must not see.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from bakehouse.ir.execution import LaunchSpec
from bakehouse.runners.errors import BadOutput
from bakehouse.runners.launch import executor_output, output_file
from bakehouse.storage import trees
from bakehouse.storage.files import is_local, local_path

_REMEDY = "Write the bytes themselves to the path that the step is given, as `cp -L` does, or name a place in an object store."


def documents(launch: LaunchSpec, folder: Path) -> None:
    """See to what is read of the step before its artifacts. `launch` has a local root. Raises `BadOutput`."""
    _own(executor_output(launch), [local_path(launch.root)], "its executor_output.json")
    for name in launch.output_parameters:
        _own(output_file(folder, name), [folder], f"output {name}")


def artifact(path: Path, launch: LaunchSpec, name: str) -> None:
    """See to an artifact of this name: it lies below the root, or is one that the step was given. `launch` has a local root. Raises `BadOutput`."""
    given = [local_path(one.uri) for group in launch.inputs.values() for one in group if is_local(one.uri)]
    lent = [*given, *([Path(launch.workspace)] if launch.workspace else [])]
    root = local_path(launch.root)
    _own(path, [root, *lent], f"output {name}")
    if not _within(path, lent):
        for link in _links(path):
            if trees.leads_out(link, os.path.realpath(path)):
                raise BadOutput(f"output {name} has a link that leads out of it: {os.path.relpath(link, path)}", place=str(path), remedy=_REMEDY)


def custom(path: Path, launch: LaunchSpec, folder: Path, name: str) -> None:
    """See to the `custom_path` of an artifact: what is outside of the step's files is not there. Raises `BadOutput`."""
    if not _within(path, [folder, local_path(launch.root)]):
        raise BadOutput(f"output {name}: nothing lies at its custom_path {path}", place=str(path), remedy=_REMEDY)


def _own(path: Path, folders: Sequence[Path], what: str) -> None:
    if not _within(path, folders):
        raise BadOutput(f"{what} lies outside of the files of the step, or is a link that leads out of them", place=str(path), remedy=_REMEDY)


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(not trees.leads_out(str(path), os.path.realpath(one)) for one in folders)


def _links(path: Path) -> Iterable[str]:
    """All links below a folder."""
    waiting = [str(path)] if path.is_dir() else []
    while waiting:
        with os.scandir(waiting.pop()) as listed:
            for one in listed:
                if one.is_symlink():
                    yield one.path
                elif one.is_dir(follow_symlinks=False):
                    waiting.append(one.path)
