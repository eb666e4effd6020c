"""In which state of a git repository the author's file was when a run was submitted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GitState:
    """`file` is the path of the author's file below the root of its repository, with `/`; empty where it lies in none.

    `unknown` says why the rest is not known; empty where it is. `commit` is hexadecimal, empty before the first one; `branch` is empty where
    none is checked out. `tracked`: the file itself belongs to the repository. `changed` are paths that differ from the commit or are new, at
    most 20 of the `changes` that there are; `remote` is where the repository comes from, without credentials, empty where that is nowhere.
    """

    file: str = ""
    commit: str = ""
    branch: str = ""
    tracked: bool = True
    changes: int = 0
    changed: tuple[str, ...] = ()
    remote: str = ""
    unknown: str = ""
