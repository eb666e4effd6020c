"""The files of the repository, as its own promises look at them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "bakehouse"


@cache
def files() -> tuple[Path, ...]:
    """All files that git tracks or would track, relative to the root of the repository."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(sorted({Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()}))


def python_files(*folders: str) -> Iterator[Path]:
    """The Python files below these folders of the repository; all of them where none is named."""
    for path in files():
        if path.suffix == ".py" and (not folders or path.parts[0] in folders):
            yield path


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file and what is in it; a file with a zero byte is not text."""
    for path in files():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data:
            yield path, data.decode("utf-8", errors="replace")
