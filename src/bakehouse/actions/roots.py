"""Where the artifacts of a run go: the folder or bucket that its pipeline names as its root, else the usual place. Pure but for `is_hollow`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from bakehouse.actions import access
from bakehouse.actions.context import Context
from bakehouse.errors import BadInput
from bakehouse.ir.execution import folder_name
from bakehouse.ir.spec import PipelineSpec
from bakehouse.storage import addresses
from bakehouse.storage.files import is_local, local_path
from bakehouse.storage.objects import NoObjects


@dataclass(frozen=True)
class Root:
    """The folder or the URI in an object store, and what the user should know about it; empty where it is the one that was named, or none was."""

    path: str
    note: str = ""


@dataclass(frozen=True)
class Usual:
    """Where artifacts go otherwise: to `root`, below the home where that is empty. `serves` tells whether credentials are set up for a URI."""

    home: Path
    root: str = ""
    serves: Callable[[str], bool] = NoObjects().serves


def usual(context: Context) -> Usual:
    """As this installation is set up."""
    access.own(context)
    return Usual(context.home, context.pipeline_root, context.objects.serves)


def root(usual: Usual, spec: PipelineSpec, wanted: str) -> Root:
    """The root of a run: `wanted` by whoever starts it, else by the pipeline, else the usual one.

    A pipeline that was written for a cluster names a bucket; where that is not set up it runs all the same. Raises `BadInput` if `wanted`, or the
    usual root, is neither a folder of this machine nor in an object store.
    """
    if wanted:
        return Root(_place(wanted, "pipeline_root"))
    ours = _place(usual.root, "BAKEHOUSE_PIPELINE_ROOT") if usual.root else str(usual.home / "artifacts" / folder_name(spec.info.name))
    named = spec.default_pipeline_root
    if not named:
        return Root(ours)
    if folder := _folder(named):
        return Root(folder)
    if usual.serves(named):
        return Root(_place(named, "pipeline_root"))
    what = "in a store for which no credentials are set up here" if addresses.is_object(named) else "no folder of this machine"
    return Root(ours, f"the pipeline's root {named} is {what}: its artifacts go to {ours}")


def _place(named: str, setting: str) -> str:
    address = addresses.parsed(named)
    place = _folder(named) if address is None else str(address)
    if place:
        return place
    raise BadInput(
        f"artifacts cannot be kept at {named}: it is no folder of this machine",
        place=setting,
        remedy="Name an absolute path or a URI in an object store (s3://, gs://, az://), or none: then they are kept in the home.",
    )


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
