"""A folder as an archive: everything in it, nothing from elsewhere, and names that stay where it is unpacked."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from bakehouse.actions import bundles


def archived(folder: Path) -> zipfile.ZipFile:
    """The archive of a folder, whole."""
    return zipfile.ZipFile(io.BytesIO(b"".join(bundles.pieces(folder, "model"))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With files, folders and links."""
    (root := tmp_path / "root").mkdir()
    (root / "weights" / "empty").mkdir(parents=True)
    (root / "run.sh").write_text("echo")
    (root / "run.sh").chmod(0o755)
    (root / "weights" / "grüße 1.txt").write_text("weights")
    (tmp_path / "secret").write_text("mine")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("..")
    (root / "again").symlink_to("weights")
    return root


def test_everything_in_a_folder_is_there(folder: Path) -> None:
    """Below the name of the folder, with contents, permissions and times; nothing is wrong with the archive."""
    os.utime(folder / "run.sh", (1_700_000_000, 1_700_000_000))
    os.utime(folder / "weights" / "grüße 1.txt", (0, 0))  # before all times that an archive knows
    with archived(folder) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "model/", "model/again", "model/out", "model/run.sh", "model/up", "model/weights/", "model/weights/empty/", "model/weights/grüße 1.txt",
        ]  # fmt: skip
        assert archive.read("model/weights/grüße 1.txt") == b"weights"
        assert stat.S_IMODE(archive.getinfo("model/run.sh").external_attr >> 16) == 0o755
        assert archive.getinfo("model/run.sh").date_time[0] == 2023
        assert archive.getinfo("model/weights/grüße 1.txt").date_time[0] == 1980


def test_links_are_links_and_lead_to_nothing_that_is_sent(folder: Path) -> None:
    """What they lead to is not read; their own text is what they are."""
    with archived(folder) as archive:
        for name, target in (("out", str(folder.parent / "secret")), ("up", ".."), ("again", "weights")):
            info = archive.getinfo(f"model/{name}")
            assert stat.S_ISLNK(info.external_attr >> 16)
            assert archive.read(info) == target.encode()
        assert all(b"mine" not in archive.read(name) for name in archive.namelist())


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed; Python's zipfile reads the archive in the other tests")
def test_other_programs_unpack_it(folder: Path, tmp_path: Path) -> None:
    """Links become links again."""
    (tmp_path / "model.zip").write_bytes(b"".join(bundles.pieces(folder, "model")))
    subprocess.run(["unzip", "-q", "model.zip"], cwd=tmp_path, check=True)
    assert (tmp_path / "model" / "again" / "grüße 1.txt").read_text() == "weights"
    assert (tmp_path / "model" / "up").readlink() == Path("..")


def test_names_lead_nowhere_and_stay_apart(tmp_path: Path) -> None:
    """Backslashes, drives, controls and bytes that are no text are written over; two names that become one do not."""
    for name in (b"a\\..\\b", b"C:x", b"line\nend", b"half\xff", b"q?", b"q*"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    with archived(tmp_path) as archive:
        assert sorted(archive.namelist()) == sorted(
            ["model/", "model/a_.._b", "model/C_x", "model/line_end", "model/half\ufffd", "model/q_", "model/q_-2"]
        )


def test_large_files_come_in_pieces(tmp_path: Path) -> None:
    """Of which none is much larger than what is read at once."""
    content = os.urandom(5 << 20)
    (tmp_path / "large").write_bytes(content)
    pieces = list(bundles.pieces(tmp_path, "model"))
    assert max(len(piece) for piece in pieces) < 2 << 20
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.read("model/large") == content


def test_a_link_that_takes_the_place_of_a_file_is_not_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if somebody exchanges it between the look and the reading: then nothing more is sent."""
    looking = os.stat

    def exchanged(path: str, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
        found = looking(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        if path == "run.sh":
            (folder / "run.sh").unlink()
            (folder / "run.sh").symlink_to(folder.parent / "secret")
        return found

    monkeypatch.setattr(os, "stat", exchanged)
    with pytest.raises(OSError, match="symbolic links"):
        list(bundles.pieces(folder, "model"))


def test_pipes_are_left_out_without_waiting(tmp_path: Path) -> None:
    """They hold no bytes."""
    os.mkfifo(tmp_path / "pipe")
    with archived(tmp_path) as archive:
        assert archive.namelist() == ["model/"]


def test_what_cannot_be_read_breaks_the_archive_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that looks whole is whole."""
    (tmp_path / "closed").mkdir()
    scanning = os.scandir

    def refusing(path: int | str) -> object:
        if isinstance(path, int) and os.readlink(f"/proc/self/fd/{path}").endswith("closed"):  # noqa: PTH115  # a path as text
            raise PermissionError(13, "Permission denied", "closed")
        return scanning(path)

    monkeypatch.setattr(os, "scandir", refusing)  # root may read everything
    with pytest.raises(PermissionError):
        list(bundles.pieces(tmp_path, "model"))
