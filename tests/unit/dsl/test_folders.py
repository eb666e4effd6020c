"""A folder of modules travels as its content, and as nothing else."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

from bakehouse.dsl import folders
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.folders import Packed, by_folder, packed

_MODULES = {"helpers/__init__.py": "N = 1\n", "helpers/data.csv": "1,2\n", "train.py": "import helpers\n"}


def _written(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def src(tmp_path: Path) -> Path:
    return _written(tmp_path / "src", _MODULES)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def _names(folder: Path) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(packed(folder).data)) as archive:
        return archive.getnames()


def test_equal_contents_are_equal_bytes(src: Path, tmp_path: Path) -> None:
    """Wherever the folder lies, whenever it was written, whoever packs it; what is executable stays so."""
    shutil.copytree(src, tmp_path / "other" / "src")
    os.utime(src / "train.py", (1, 1))
    first, second = packed(src), packed(tmp_path / "other" / "src")
    assert (first.data, first.digest) == (second.data, second.digest)
    (src / "train.py").chmod(0o700)
    assert packed(src).digest != first.digest
    with tarfile.open(fileobj=io.BytesIO(packed(src).data)) as archive:
        assert [(one.name, one.mode, one.mtime, one.uid, one.uname) for one in archive] == [
            ("helpers/__init__.py", 0o644, 0, 0, ""),
            ("helpers/data.csv", 0o644, 0, 0, ""),
            ("train.py", 0o755, 0, 0, ""),
        ]


def test_without_git_everything_travels_and_that_is_said(src: Path) -> None:
    """But for what tools make there: byte code, environments, repositories."""
    _written(src, {"__pycache__/train.pyc": "", ".git2/x": "", ".venv/x": "", "env/pyvenv.cfg": "", "env/lib/x.py": "", "old.pyc": ""})
    assert _names(src) == [".git2/x", "helpers/__init__.py", "helpers/data.csv", "train.py"]
    assert packed(src).notes == ("src holds 4 files, 0 kB; git does not know it: everything in it travels",)


def test_what_git_ignores_does_not_travel(tmp_path: Path, src: Path) -> None:
    """New files do, deleted ones do not; rules above the folder count, and so do repositories within."""
    _git(tmp_path, "init", "-q")
    _written(tmp_path, {".gitignore": "*.csv\nbuild/\n"})
    _written(src, {"build/x.py": "", "gone.py": "", "__pycache__/y.pyc": "", "inner/z.py": "", "inner/z.csv": "", "inner/.gitignore": "*.csv"})
    _git(src / "inner", "init", "-q")
    _git(tmp_path, "add", "src/gone.py", "src/train.py")
    (src / "gone.py").unlink()
    assert _names(src) == ["helpers/__init__.py", "inner/.gitignore", "inner/z.py", "train.py"]
    assert packed(src).notes == ()


def test_links_travel_as_what_they_lead_to(src: Path) -> None:
    """Within the folder; one that leads nowhere is left out, as editors leave such."""
    (src / "again.py").symlink_to("train.py")
    (src / "broken.py").symlink_to("nowhere")
    (src / "lib").symlink_to("helpers")
    with tarfile.open(fileobj=io.BytesIO(packed(src).data)) as archive:
        kinds = {one.name: (one.type, one.linkname) for one in archive}
    assert "broken.py" not in kinds
    assert kinds["again.py"] == (tarfile.REGTYPE, "")
    assert kinds["lib"] == (tarfile.SYMTYPE, "helpers")


def test_sockets_do_not_travel(src: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They hold nothing."""
    monkeypatch.chdir(src)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("talk")
        assert "talk" not in _names(src)


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("no folder", "there is no folder"),
        ("empty", "nothing in the folder"),
        ("link out", "leads out of the folder that travels"),
        ("link to itself", r"src/round cannot be read: Too many levels of symbolic links"),
        ("root", "the folder / holds far more than modules"),
        ("home", "holds far more than modules"),
        ("too large", "holds 12 MB, more than the 10 MB that travel to steps; the largest: big.bin, train.py"),
    ],
)
def test_what_cannot_travel_is_refused(src: Path, mistake: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with a way out."""
    monkeypatch.setattr(folders, "LARGEST", 10_000_000)
    match mistake:
        case "no folder":
            src /= "elsewhere"
        case "empty":
            shutil.rmtree(src)
            src.mkdir()
        case "link out":
            (src / "etc").symlink_to("/etc")
        case "link to itself":
            (src / "round").symlink_to("round")
        case "root":
            src = Path("/")
        case "home":
            monkeypatch.setenv("HOME", str(src))
        case _:
            (src / "big.bin").write_bytes(b"0" * 12_000_000)
    with pytest.raises(WrongValue, match=said) as refused:
        packed(src)
    assert refused.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_named(src: Path) -> None:
    """It may be needed."""
    (src / "train.py").chmod(0)
    with pytest.raises(WrongValue, match=r"train\.py cannot be read: Permission denied"):
        packed(src)
    (src / "train.py").unlink()
    (src / "helpers").chmod(0)
    try:
        with pytest.raises(WrongValue, match=r"helpers/? cannot be read: Permission denied"):
            packed(src)
    finally:
        (src / "helpers").chmod(0o700)


def test_a_folder_is_packed_once(src: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many components name it, in whatever spelling."""
    count: list[Path] = []

    def counted(folder: Path) -> Packed:
        count.append(folder)
        return packed(folder)

    monkeypatch.setattr(folders, "packed", counted)
    found = by_folder({"a": src, "b": src / ".." / "src", "c": src / "helpers"})
    assert len(count) == 2
    assert found["a"] is found["b"]
