"""Declared outputs that a step did not write: said at the step itself, with what lies where they were to be. Reads folders only."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from bakehouse.errors import listed
from bakehouse.ir.execution import Artifact, LaunchSpec, Outputs
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.launch import executor_output, output_file
from bakehouse.storage.files import NOTHING, is_local, local_path

_MOST_NAMED = 3
_MOST_LOOKED_AT = 1_000  # entries of a folder
_ITSELF = "write to the very path that the step is given"


def notes(launch: LaunchSpec, folder: AttemptFolder, given: Outputs) -> Mapping[str, str]:
    """What is to be said of each declared output that an attempt which ended well did not write; the output's name goes before it.

    `launch` and `given` name local paths. An empty file or folder was written, and so were metrics that were logged. What lies elsewhere
    than on this machine is not judged.
    """
    texts = {name: output_file(folder.path, name) for name in launch.output_parameters}
    files = {name: local_path(one.uri) for name, group in given.artifacts.items() for one in group if _is_missing(one)}
    declared = (local_path(one.uri) for one in launch.output_artifacts.values())
    ours = frozenset((*declared, executor_output(launch), *texts.values()))
    said = {name: f"was given no value{_beside(name, path, ours)}" for name, path in texts.items() if name not in given.parameters}
    for name, path in files.items():
        said[name] = f"was never written{_beside(name, path, ours) or _within(folder.work)}"
    return said


def _is_missing(artifact: Artifact) -> bool:
    return artifact.digest == NOTHING and is_local(artifact.uri) and not local_path(artifact.uri).exists() and not artifact.is_measurement


def _beside(output: str, path: Path, ours: Collection[Path]) -> str:
    """What lies beside the path of an output, as the end of a sentence; empty where nothing does."""
    names = [one for one in _entries(path.parent) if path.parent / one not in ours and not one.startswith(".")]
    longer = [one for one in names if one.startswith(path.name)]
    if len(longer) == 1:
        ending = _shown(longer[0].removeprefix(path.name))
        return f'; beside its path lies {_shown(longer[0])}: {_ITSELF}, or say where an Output[…] lies: {output}.path += "{ending}"'
    return f"; beside its path lies {_named(longer or names)}: {_ITSELF}" if names else ""


def _within(work: Path) -> str:
    """What lies in the working directory of the step, in the same way."""
    names = _entries(work)
    if not names:
        return ": nothing lies at the path that the step is given"
    return f"; the working directory of the step holds {_named(names)}: {_ITSELF}"


def _entries(folder: Path) -> Sequence[str]:
    """The names in a folder, in order; none where it cannot be read: what cannot be seen is no hint."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) == _MOST_LOOKED_AT:
                    break
    except OSError:
        return ()
    return sorted(found)


def _named(names: Sequence[str]) -> str:
    return listed([_shown(one) for one in names], _MOST_NAMED)


def _shown(name: str) -> str:
    """A name as text: on a disk it may be no Unicode."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
