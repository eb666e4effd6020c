"""What a user does with the environments of steps: look at them, delete those that nobody needs, build them anew."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bakehouse.actions import access
from bakehouse.actions.context import Context
from bakehouse.actions.errors import AmbiguousEnvironment, NoSuchEnvironment
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import RunId
from bakehouse.records.retention import InProgress
from bakehouse.runners import building, environment_folders
from bakehouse.runners.environment_folders import Kept
from bakehouse.runners.environments import Environments
from bakehouse.storage import sizes

#: Seconds. The clock of a file may be a little behind that of a run.
_CLOCKS_DIFFER = 2.0


@dataclass(frozen=True)
class Found:
    """An environment, the bytes in it, and the runs whose steps are in it now."""

    kept: Kept
    size: int
    used_by: Sequence[RunId]


@dataclass(frozen=True)
class Pruned:
    """What `prune` did, or would do. `stays` maps the folders of environments that would go to why they do not; `left` is what was half there."""

    gone: Sequence[Found]
    stays: dict[str, str]
    left: int

    @property
    def size(self) -> int:
        """Bytes in what went. Files that the installer's own cache shares free no room."""
        return sum(found.size for found in self.gone)


@dataclass(frozen=True)
class Refreshed:
    """What became of an environment: the folder of the one that counts now, empty if there was a `failure`; what is installed now, and was before."""

    kept: Kept
    folder: str = ""
    installed: Sequence[str] = ()
    failure: str = ""


def list_all(context: Context) -> Sequence[Found]:
    """All environments of the home, those used last first."""
    access.own(context)
    under_way = context.records.retention.in_progress()
    return [_found(kept, under_way) for kept in environment_folders.listed(context.home / "environments")]


def _found(kept: Kept, under_way: Sequence[InProgress]) -> Found:
    below = f"{kept.folder}{os.sep}"
    users = [run.id for run in under_way if any(path.startswith(below) for path in run.interpreters)]
    return Found(kept, sizes.extent(kept.folder).size, users)


def prune(context: Context, *, unused_for: float, plan: bool) -> Pruned:
    """Delete environments that were not used for so many seconds, and those that a newer one replaced; `plan`: only say which.

    One that a run in progress may use stays: whatever was used since the oldest of them began. So does one that is being built.
    What was deleted is built again when a step wants it. Raises `OSError` for what the system refuses.
    """
    root, before = context.home / "environments", time.time() - unused_for
    gone, stays = [], {}
    for found in list_all(context):
        kept = found.kept
        if kept.current and kept.used_at > before:
            continue
        why = _needed(context, found)
        if not why and not plan and not environment_folders.remove(root, kept, _still(context, found)):
            why = "it is being built or used just now"
        if why:
            stays[kept.folder.name] = why
        else:
            gone.append(found)
    halves = environment_folders.left(root)
    removed = halves if plan else [half for half in halves if environment_folders.remove_left(root, half)]
    return Pruned(gone, stays, len(removed))


def _needed(context: Context, found: Found) -> str:
    """Why an environment must stay; empty if nothing says so."""
    if found.used_by:
        return f"run {found.used_by[0]} is in progress and uses it"
    since = _since(context.records.retention.in_progress(), found.kept.used_at)
    return f"run {since} is in progress and may use it" if since else ""


def _since(under_way: Sequence[InProgress], used_at: float) -> str:
    """The run in progress that was there already when an environment was last used: a step that waits in the queue has no attempt yet."""
    return next((run.id for run in under_way if run.created_at <= used_at + _CLOCKS_DIFFER), "")


def _still(context: Context, found: Found) -> Callable[[float], bool]:
    """Whether the environment is as it was found: not used since, and no run that was there then is in progress."""
    return lambda used_at: used_at <= found.kept.used_at and not _needed(context, found)


def refresh(context: Context, environments: Environments, keys: Sequence[str], tell: Callable[[str], None]) -> list[Refreshed]:
    """Build environments anew, by key or the first characters of it; all that can be if none is named. Steps that run keep what they have.

    One after the other: what cannot be built is said, and its old environment stays. Raises `NoSuchEnvironment`, `AmbiguousEnvironment`.
    """
    access.own(context)
    there = [kept for kept in environment_folders.listed(context.home / "environments") if kept.current]
    chosen = [_named(there, key) for key in keys] if keys else [kept for kept in there if kept.installed and not _cannot(kept)]
    return [_refreshed(environments, kept, tell) for kept in {kept.key: kept for kept in chosen}.values()]


def _named(there: Sequence[Kept], key: str) -> Kept:
    found = [kept for kept in there if key and kept.key.startswith(key)]
    if not found:
        raise NoSuchEnvironment(key=key)
    if len(found) > 1:
        raise AmbiguousEnvironment(key=key, keys=", ".join(kept.key for kept in found))
    return found[0]


def _cannot(kept: Kept) -> str:
    """Why an environment cannot be built anew; empty if it can."""
    if not kept.installed:
        return "nothing is installed in it"
    if kept.wanted is None:
        return "what it was made of was not written down: prune it, and it is built anew when a step wants it"
    if kept.interpreter != building.own().executable:
        return f"it was made of another Python, {kept.interpreter}: let the Bakehouse that runs there do it"
    return ""


def _refreshed(environments: Environments, kept: Kept, tell: Callable[[str], None]) -> Refreshed:
    why = _cannot(kept)
    if why or kept.wanted is None:
        return Refreshed(kept, failure=why)
    try:
        folder = environments.refresh(kept.wanted, tell)
    except (Unavailable, OSError) as error:
        return Refreshed(kept, failure=error.message if isinstance(error, Unavailable) else str(error))
    installed = (folder / environment_folders.LOCK).read_text().splitlines()
    return Refreshed(kept, str(folder), tuple(line.split(" ")[0] for line in installed))
