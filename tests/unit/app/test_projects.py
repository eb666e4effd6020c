"""A project to start from: what is written where, and what is never touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bakehouse.app import projects
from bakehouse.app.errors import NotEmpty
from bakehouse.cli import root
from bakehouse.errors import BadInput, Unavailable

FILES = {".gitignore", "README.md", "pipeline.py", "pyproject.toml", "readings.py", "tests/test_pipeline.py"}


def test_a_new_folder(tmp_path: Path) -> None:
    """It is made, with the folders around it; the project is called as it is."""
    made = projects.create(tmp_path / "around" / "my_project", into_files=False)
    assert (made.name, {*made.written}, made.kept) == ("my_project", FILES, ())
    assert {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()} == FILES
    assert 'name = "my_project"' in (made.folder / "pyproject.toml").read_text(encoding="utf-8")
    assert (made.folder / "README.md").read_text(encoding="utf-8").startswith("# my_project\n")


def test_a_name_that_a_project_cannot_have(tmp_path: Path) -> None:
    """Only letters, digits and a few signs are left of it."""
    assert projects.create(tmp_path / "…mein Projekt!", into_files=False).name == "mein-Projekt"
    assert projects.create(tmp_path / "…", into_files=False).name == "pipeline"


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    """A folder with files is refused; with `--force` what is missing is written beside them."""
    mine = tmp_path / "README.md"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(NotEmpty, match="the folder has files in it"):
        projects.create(tmp_path, into_files=False)
    assert [*tmp_path.iterdir()] == [mine]
    made = projects.create(tmp_path, into_files=True)
    assert (made.kept, {*made.written}) == (("README.md",), FILES - {"README.md"})
    assert mine.read_text(encoding="utf-8") == "mine"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A file, and a folder below one."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BadInput, match="is a file, not a folder"):
        projects.create(file, into_files=True)
    with pytest.raises(Unavailable, match="cannot be written: Not a directory"):
        projects.create(file / "below", into_files=False)


def test_what_the_command_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The files and the next commands; the same as JSON; a refusal with exit code 2."""
    monkeypatch.chdir(tmp_path)
    assert root.main(["init", "my project"]) == 0
    said = capsys.readouterr().out
    assert "6 files in my project" in said
    assert "  cd 'my project'\n  bakehouse run pipeline.py " in said
    assert root.main(["init", "my project"]) == 2
    assert "bakehouse init --force" in capsys.readouterr().err
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert root.main(["init", ".", "--output", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["project"], {*document["written"]}, document["kept"]) == ("here", FILES, [])
