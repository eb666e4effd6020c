"""The git state of the author's file in words. Pure."""

from __future__ import annotations

from bakehouse.app.display.texts import visible
from bakehouse.ir.git import GitState

_COMMIT = 12  # characters of a commit that are shown
_NAMED = 3  # changed paths


def git_words(state: GitState) -> str:
    """`train.py at 1f2e3d4c5b6a on main, 2 changes: train.py, new.py; from https://host/repository`."""
    if state.unknown:
        return visible(f"{state.file}: unknown: {state.unknown}" if state.file else f"unknown: {state.unknown}")
    commit = f"at {state.commit[:_COMMIT]}" if state.commit else "before the first commit"
    branch = f"on {state.branch}" if state.branch else "on no branch"
    untracked = "" if state.tracked else ", which git does not track,"
    remote = f"; from {state.remote}" if state.remote else ""
    return visible(f"{state.file}{untracked} {commit} {branch}, {_changes(state)}{remote}")


def _changes(state: GitState) -> str:
    if not state.changes:
        return "nothing changed"
    more = f" and {state.changes - _NAMED} more" if state.changes > _NAMED else ""
    return f"{state.changes} {'change' if state.changes == 1 else 'changes'}: {', '.join(state.changed[:_NAMED])}{more}"
