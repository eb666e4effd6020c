"""Git repositories as tests need them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

#: No settings of whoever runs the tests, and an author.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ann"), ("EMAIL", "ann@example.org"))},
}


def git(folder: Path, *arguments: str) -> str:
    """What git prints; it must succeed."""
    said = subprocess.run(["git", "-C", str(folder), *arguments], env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return said.stdout.strip()


def repository(folder: Path) -> Path:
    """A new repository without a commit, whose branch is `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet")
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    return folder


def commit(folder: Path) -> str:
    """Commit everything; the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A state")
    return git(folder, "rev-parse", "HEAD")
