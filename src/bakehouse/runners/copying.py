"""Copies of files and folders of which there is never half."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_NUMBERED = re.compile(r"\[Errno (\d+)\] (.*)", re.DOTALL)


def copy_whole(source: Path, target: Path, *, aside: Path) -> None:
    """Copy a file or folder; links stay links. It is made at `aside`, in the folder of `target`, and renamed. Raises `OSError`."""
    try:
        if source.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
            _copy_folder(source, aside)
        else:
            shutil.copyfile(source, aside)
    except OSError:  # half a copy is of no use, and the disk may be full
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
        raise
    aside.replace(target)


def _copy_folder(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, symlinks=True)
    except shutil.Error as error:  # all that could not be copied, of which it keeps but the texts: whoever decides needs the number
        first = str(error.args[0][0][2])
        numbered = _NUMBERED.fullmatch(first)
        raise OSError(int(numbered[1]), numbered[2]) if numbered else OSError(first) from error
