"""In which state of a git repository the author's file was when a run was submitted, and how git is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: How a command line of git begins that changes nothing, and starts no program that a repository names.
COMMAND = ("git", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false")
#: Set while git runs a hook, say: they would lead it to another repository than that of the file.
_LEADING_AWAY = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX"})


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


def environment(environ: Mapping[str, str], *, ceiling: str) -> dict[str, str]:
    """The environment in which git is asked, by our own; it seeks no repository in the folder `ceiling` or above."""
    passed = {name: value for name, value in environ.items() if name not in _LEADING_AWAY}
    return {**passed, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_CEILING_DIRECTORIES": ceiling}
