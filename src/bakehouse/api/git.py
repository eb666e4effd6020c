"""The git state of the author's file, as our own API shows it."""

from __future__ import annotations

from bakehouse.api.base import Message


class GitState(Message):
    """In which state of its git repository the author's file was when the run was submitted."""

    file: str = ""
    """Its path below the root of the repository; empty where it lies in none."""
    commit: str = ""
    """Empty before the first one."""
    branch: str = ""
    """Empty where none is checked out."""
    tracked: bool = True
    """Whether the file itself belongs to the repository."""
    changes: int = 0
    """How many paths differ from the commit or are new."""
    changed: list[str] = []
    """The first 20 of them."""
    remote: str = ""
    """Where the repository comes from, without credentials."""
    unknown: str = ""
    """Why the rest is not known; empty where it is."""
