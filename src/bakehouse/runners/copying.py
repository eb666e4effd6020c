"""Copies of files and folders of which there is never half."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_whole(source: Path, target: Path, *, aside: Path) -> None:
    """Copy a file or folder; links stay links. It is made at `aside`, in the folder of `target`, and renamed. Raises `OSError`."""
    try:
        if source.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
            shutil.copytree(source, aside, symlinks=True)
        else:
            shutil.copyfile(source, aside)
    except OSError:  # half a copy is of no use, and the disk may be full
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
        raise
    aside.replace(target)
