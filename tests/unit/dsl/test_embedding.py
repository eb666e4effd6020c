"""Files that travel inside a component's source come out as they went in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bakehouse.dsl import embedding
from bakehouse.dsl.errors import WrongValue


@contextmanager
def _unpacked(path: Path) -> Iterator[dict[str, Any]]:
    """Run the text as the step does: the names that it leaves."""
    space: dict[str, Any] = {}
    before = list(sys.path)
    try:
        exec(embedding.unpacking(str(path)), space)  # noqa: S102  # that is what a step does
    finally:
        sys.path[:] = before
    yield space
    space["__kfp_folder"].cleanup()


def test_a_folder(tmp_path: Path) -> None:
    """With what is below it, empty folders, executable files, and what links lead to."""
    folder = tmp_path / "folder"
    (folder / "inner" / "empty").mkdir(parents=True)
    (folder / "inner" / "run.sh").write_text("true")
    (folder / "inner" / "run.sh").chmod(0o755)
    (tmp_path / "elsewhere").write_text("linked")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    with _unpacked(folder) as space:
        found = Path(space["__KFP_EMBEDDED_ASSET_DIR"])
        assert sorted(path.relative_to(found).as_posix() for path in found.rglob("*")) == ["inner", "inner/empty", "inner/run.sh", "link"]
        assert os.access(found / "inner" / "run.sh", os.X_OK)
        assert (found / "link").read_text() == "linked"
        assert "__KFP_EMBEDDED_ASSET_FILE" not in space


def test_a_single_file(tmp_path: Path) -> None:
    """By its own name, quotes included."""
    file = tmp_path / "it's a file.txt"
    file.write_bytes(b"\0bytes")
    with _unpacked(file) as space:
        assert Path(space["__KFP_EMBEDDED_ASSET_FILE"]).read_bytes() == b"\0bytes"


def test_equal_files_give_equal_texts(tmp_path: Path) -> None:
    """Whenever and in whatever order they were made: the cache can tell that nothing changed."""
    for name, order in (("one", "ab"), ("two", "ba")):
        (tmp_path / name).mkdir()
        for letter in order:
            (tmp_path / name / letter).write_text(letter)
            os.utime(tmp_path / name / letter, (ord(letter), len(name)))
    assert embedding.unpacking(str(tmp_path / "one")) == embedding.unpacking(str(tmp_path / "two"))


def test_large_files_are_warned_of(tmp_path: Path) -> None:
    """They fill the component's source."""
    (tmp_path / "large").write_bytes(os.urandom(1 << 21))
    with pytest.warns(UserWarning, match="pass large files as artifacts"):
        embedding.unpacking(str(tmp_path / "large"))


def test_nothing_to_embed(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(WrongValue, match="nowhere"):
        embedding.unpacking(str(tmp_path / "nowhere"))
