"""A file is there whole, or as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bakehouse.storage import whole


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_written_and_replaced(tmp_path: Path, durable: bool) -> None:  # noqa: FBT001  # a case
    """With the mode that is asked for, and with nothing beside it."""
    file = tmp_path / "file"
    whole.write(file, b"one", durable=durable)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"one", 0o600)
    whole.write(file, b"two", mode=0o640, durable=durable)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"two", 0o640)
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    """And nothing of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        whole.write(folder, b"one")
    with pytest.raises(OSError, match="missing"):
        whole.write(tmp_path / "missing" / "file", b"one")
    assert list(tmp_path.iterdir()) == [folder]


def test_what_is_written_once_stays(tmp_path: Path) -> None:
    """Whoever comes second is told so; nothing else is left, and nobody else may read it."""
    path = tmp_path / "key"
    assert whole.once(path, b"first")
    assert not whole.once(path, b"second")
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_without_links_keeps_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a secret that could not be put into its place."""

    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refuse)
    with pytest.raises(PermissionError):
        whole.once(tmp_path / "key", b"secret")
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_there_is(tmp_path: Path) -> None:
    """What is aside has room for its own."""
    path = tmp_path / ("n" * 255)
    whole.write(path, b"x")
    assert list(tmp_path.iterdir()) == [path]
