"""Where the artifacts of a run go: the folder that its pipeline names as its root, else one below the home. Pure but for `is_hollow`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from bakehouse.errors import BadInput
from bakehouse.ir.execution import folder_name
from bakehouse.ir.spec import PipelineSpec
from bakehouse.storage.files import is_local, local_path


@dataclass(frozen=True)
class Root:
    """The folder, and what the user should know about it; empty where it is the one that was named, or none was."""

    path: str
    note: str = ""


def root(home: Path, spec: PipelineSpec, wanted: str) -> Root:
    """The root of a run: `wanted` by whoever starts it, else by the pipeline, else below the home.

    A pipeline that was written for a cluster names a bucket; here it runs all the same. Raises `BadInput` if `wanted` is no folder of this machine.
    """
    ours = str(home / "artifacts" / folder_name(spec.info.name))
    named = wanted or spec.default_pipeline_root
    if not named:
        return Root(ours)
    folder = _folder(named)
    if folder:
        return Root(folder)
    if wanted:
        raise BadInput(
            f"artifacts cannot be kept at {wanted}: it is no folder of this machine",
            place="pipeline_root",
            remedy="Name an absolute path, or none: then they are kept in the home.",
        )
    return Root(ours, f"the pipeline's root {named} is no folder of this machine: its artifacts go to {ours}")


def is_hollow(uri: str) -> bool:
    """Whether a local folder lies there with nothing but folders in it. Raises `OSError` for what cannot be read."""

    def refused(error: OSError) -> NoReturn:
        raise error

    if not is_local(uri):
        return False
    folder = local_path(uri)
    if folder.is_symlink() or not folder.is_dir():
        return False
    return not any(files or any(Path(path, one).is_symlink() for one in below) for path, below, files in os.walk(folder, onerror=refused))


def _folder(named: str) -> str:
    """An absolute path, written as such or as a `file:` URI; else empty."""
    parts = urlsplit(named)
    path = unquote(parts.path) if parts.scheme == "file" and parts.netloc in {"", "localhost"} else named
    return path.rstrip("/") if path.startswith("/") and path.strip("/") else ""
