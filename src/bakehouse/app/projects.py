"""A project to start from: a copy of the example `starter` under the name of the user's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bakehouse.app import examples
from bakehouse.app.errors import NotEmpty
from bakehouse.errors import BadInput, Unavailable

_STARTER = "starter"
#: Files whose name would mean something where the example itself lies.
_RENAMED = {"gitignore": ".gitignore"}
#: What running the example leaves beside it.
_LEFT = frozenset(("__pycache__", ".pytest_cache"))


@dataclass(frozen=True)
class Project:
    """What was made: `written` and, of a folder that had files, those `kept` that were there; paths within the folder, in order."""

    name: str
    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def create(folder: Path, *, into_files: bool) -> Project:
    """Write a project into a folder, which is made where it is missing; `into_files`: also into one that has files, none of which is touched.

    Raises `NotEmpty`, `BadInput` for what is no folder, and `Unavailable` where it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput("is a file, not a folder", place=str(folder), remedy="Name a folder that is to hold the project.")
    if not into_files and folder.is_dir() and any(folder.iterdir()):
        raise NotEmpty(folder=str(folder))
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-._") or "pipeline"
    written: list[str] = []
    kept: list[str] = []
    source = examples.folder(_STARTER)
    try:
        for file in sorted(one for one in source.rglob("*") if one.is_file() and not _LEFT & {*one.relative_to(source).parts}):
            inside = file.relative_to(source).with_name(_RENAMED.get(file.name, file.name))
            (kept if _exists_already(folder / inside, file.read_text(encoding="utf-8").replace(_STARTER, name)) else written).append(
                inside.as_posix()
            )
    except OSError as error:
        raise Unavailable(f"cannot be written: {error.strerror}", place=str(folder), remedy="Name a folder that is yours to write to.") from error
    return Project(name, folder, tuple(written), tuple(kept))


def _exists_already(path: Path, text: str) -> bool:
    """Write a file, unless it is there already, which is said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return True
    return False
