"""What git is asked about the author's file, and what comes of the answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bakehouse.app import git as asked
from bakehouse.app.git import MOST_NAMED, Asking
from bakehouse.ir.git import GitState
from tests.repositories import commit, git, repository

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file two folders below the root of a repository without a commit; git has all the time it needs."""
    monkeypatch.setattr(asked, "LONGEST", 60.0)
    found = repository(tmp_path / "project") / "pipelines" / "train.py"
    found.parent.mkdir()
    found.write_text("x = 1\n")
    return found


def test_a_clean_repository(file: Path, tmp_path: Path) -> None:
    """Commit, branch, the path below the root, and where it comes from, without the password; the first remote if none is the origin."""
    git(tmp_path / "project", "remote", "add", "upstream", "https://me:secret@host.example/project.git?token=secret")
    made = commit(tmp_path / "project")
    remote = "https://host.example/project.git"
    assert Asking(file).state() == GitState("pipelines/train.py", commit=made, branch="main", remote=remote)
    git(tmp_path / "project", "remote", "add", "origin", "git@host.example:project.git")
    assert Asking(file).state().remote == "git@host.example:project.git"


def test_what_was_changed_is_listed(file: Path, tmp_path: Path) -> None:
    """Edits, new files, conflicts and renames, whatever their names; all are counted, the first are named."""
    (tmp_path / "project" / "old name").write_text("same\n" * 20)
    made = commit(tmp_path / "project")
    file.write_text("x = 2\n")
    (tmp_path / "project" / "old name").rename(tmp_path / "project" / "new\nname")
    git(tmp_path / "project", "add", "--all")
    found = Asking(file).state()
    assert (found.commit, found.changes, found.changed) == (made, 3, ("new\nname", "old name", "pipelines/train.py"))
    for number in range(30):
        (tmp_path / "project" / f"{number:02}").touch()
    found = Asking(file).state()
    assert (found.changes, len(found.changed), found.changed[0]) == (33, MOST_NAMED, "00")


def test_no_branch_and_no_commit(file: Path, tmp_path: Path) -> None:
    """A commit that is checked out by its number has no branch; before the first commit there is none."""
    assert Asking(file).state() == GitState("pipelines/train.py", branch="main", tracked=False, changes=1, changed=("pipelines/",))
    made = commit(tmp_path / "project")
    git(tmp_path / "project", "checkout", "--quiet", "--detach")
    assert Asking(file).state() == GitState("pipelines/train.py", commit=made)


def test_an_ignored_file_is_not_tracked(file: Path, tmp_path: Path) -> None:
    """The repository is clean, but its commit does not hold the file."""
    (tmp_path / "project" / ".gitignore").write_text("pipelines\n")
    commit(tmp_path / "project")
    found = Asking(file).state()
    assert (found.changes, found.tracked) == (0, False)


def test_a_name_that_git_could_take_for_a_pattern(file: Path, tmp_path: Path) -> None:
    """Names are taken as they are."""
    odd = file.rename(file.with_name(":(top)*.py"))
    commit(tmp_path / "project")
    assert Asking(odd).state().tracked


def test_a_link_leads_to_the_repository_of_the_file(file: Path, tmp_path: Path) -> None:
    """Not to that of the link."""
    made = commit(tmp_path / "project")
    link = tmp_path / "link.py"
    link.symlink_to(file)
    assert Asking(link).state().commit == made


def test_a_hook_leads_nowhere_else(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git sets variables for its hooks, which name another repository."""
    made = commit(tmp_path / "project")
    monkeypatch.setenv("GIT_DIR", str(repository(tmp_path / "other") / ".git"))
    assert Asking(file).state().commit == made


def test_nothing_is_written_and_no_monitor_is_started(file: Path, tmp_path: Path) -> None:
    """Neither the index nor what the configuration of the repository names as its monitor."""
    commit(tmp_path / "project")
    git(tmp_path / "project", "config", "core.fsmonitor", f"touch {tmp_path}/ran; true")
    file.touch()
    index = tmp_path / "project" / ".git" / "index"
    before = index.stat().st_mtime_ns
    assert Asking(file).state().changes == 0
    assert index.stat().st_mtime_ns == before
    assert not (tmp_path / "ran").exists()


def test_no_repository(tmp_path: Path) -> None:
    """Nothing is asked; a `.git` that is none of git's is no repository either, and another one above it does not count."""
    file = tmp_path / "train.py"
    file.touch()
    assert Asking(file).state() == GitState(unknown="the file lies in no git repository")
    repository(tmp_path)
    inner = tmp_path / "inner" / "train.py"
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    inner.touch()
    found = Asking(inner).state()
    assert (found.file, found.commit) == ("train.py", "")
    assert found.unknown.startswith("git says: not a git repository")


def test_a_git_that_cannot_be_started(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None on the PATH, or none that runs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Asking(file).state() == GitState("pipelines/train.py", unknown="there is no git on the PATH")
    (tmp_path / "git").write_text("no program")
    (tmp_path / "git").chmod(0o755)
    assert Asking(file).state() == GitState("pipelines/train.py", unknown="git cannot be started: Exec format error")


def test_a_git_that_takes_too_long(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for."""
    monkeypatch.setattr(asked, "LONGEST", 0.0)
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = Asking(file).state()
    assert (found.file, found.unknown) == ("pipelines/train.py", "git did not answer within 1 s")


def test_a_git_that_complains(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first line is the reason; where it says nothing, that is said."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    program = tmp_path / "git"
    program.touch(mode=0o755)
    program.write_text("#!/bin/sh\necho 'fatal: all is lost' >&2\necho more >&2\nexit 1\n")
    assert Asking(file).state().unknown == "git says: all is lost"
    program.write_text("#!/bin/sh\nexit 1\n")
    assert Asking(file).state().unknown == "git ended without a word"
