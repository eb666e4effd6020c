"""Asking git, while the author's file is being loaded, in which state of its repository that file is.

Nothing here fails or holds up a run: what git does not say in time is unknown, with its reason. Nothing is asked where no folder above the
file has a `.git`. Git takes no locks and starts no file system monitor for this, and looks for a repository nowhere else.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bakehouse.ir import git
from bakehouse.ir.git import GitState
from bakehouse.ir.urls import without_credentials

#: Seconds from the question on, in which git must have answered.
LONGEST = 1.0
MOST_NAMED = 20  # changed paths
_NOWHERE = "the file lies in no git repository"
_SLOW = f"git did not answer within {LONGEST:g} s"
#: Where the path stands in a line of `git status --porcelain=v2`: the number of fields before it.
_FIELDS_BEFORE = {"1": 8, "u": 10, "?": 1}


class Asking:
    """A question to git that a thread waits for; `state` is the answer."""

    def __init__(self, file: Path) -> None:
        self._file = file.resolve()
        self._give_up = time.monotonic() + LONGEST
        self._found: GitState | None = None
        root = next((folder for folder in self._file.parents if os.path.lexists(folder / ".git")), None)
        if root is None:
            self._found = GitState(unknown=_NOWHERE)
            return
        self._root = root
        self._name = self._file.relative_to(root).as_posix()
        self._thread = threading.Thread(target=self._ask, name="bakehouse-git", daemon=True)
        self._thread.start()

    def state(self) -> GitState:
        """The answer, at the latest `LONGEST` seconds after the question."""
        if self._found is None:
            self._thread.join(max(0.0, self._give_up - time.monotonic()))
        return self._found or GitState(file=self._name, unknown=_SLOW)

    def _ask(self) -> None:
        try:
            self._found = self._answer()
        except subprocess.TimeoutExpired:
            self._found = GitState(file=self._name, unknown=_SLOW)
        except FileNotFoundError:
            self._found = GitState(file=self._name, unknown="there is no git on the PATH")
        except OSError as error:
            self._found = GitState(file=self._name, unknown=f"git cannot be started: {error.strerror}")

    def _answer(self) -> GitState:
        status = self._said("status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=normal")
        if status.returncode != 0:
            return GitState(file=self._name, unknown=_complaint(status.stderr))
        heads, changed = _read(status.stdout)
        commit, branch = heads.get("branch.oid", ""), heads.get("branch.head", "")
        return GitState(
            file=self._name,
            commit="" if commit == "(initial)" else commit,
            branch="" if branch == "(detached)" else branch,
            tracked=bool(self._said("ls-files", "-z", "--", self._name).stdout),
            changes=len(changed),
            changed=tuple(sorted(changed)[:MOST_NAMED]),
            remote=_remote(self._said("config", "--null", "--get-regexp", r"^remote\..*\.url$").stdout),
        )

    def _said(self, *question: str) -> subprocess.CompletedProcess[str]:
        """What git says about the repository. Raises `OSError`, `subprocess.TimeoutExpired`."""
        return subprocess.run(
            [*git.COMMAND, "-C", str(self._root), *question],
            env=git.environment(os.environ, ceiling=str(self._root.parent)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=max(0.0, self._give_up - time.monotonic()),
        )


def _complaint(words: str) -> str:
    """The first thing that git complained about."""
    first = words.strip().partition("\n")[0].removeprefix("fatal: ").removeprefix("error: ")
    return f"git says: {first}" if first else "git ended without a word"


def _read(status: str) -> tuple[Mapping[str, str], Sequence[str]]:
    """Headers by name and changed paths of `git status --porcelain=v2 --branch -z`."""
    heads: dict[str, str] = {}
    changed: list[str] = []
    for line in status.split("\0"):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            heads[name] = value
        elif kind in _FIELDS_BEFORE:
            changed.append(line.split(" ", _FIELDS_BEFORE[kind])[-1])
    return heads, changed


def _remote(config: str) -> str:
    """The URL of `origin`, or of the first remote where none has that name."""
    urls = dict(_urls(config))
    chosen = urls.get("remote.origin.url") or next(iter(urls.values()), "")
    return without_credentials(chosen.partition("?")[0] if "://" in chosen else chosen)


def _urls(config: str) -> Iterator[tuple[str, str]]:
    for entry in config.split("\0"):
        name, line_break, url = entry.partition("\n")
        if line_break:
            yield name, url
